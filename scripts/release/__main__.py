"""``python -m scripts.release``: build twice, look into what was built, install it everywhere.

Says each step as it is done. Exits with 1 if one failed; what this machine lacks is named and
left out. ``--only TEXT`` takes what was built the last time, and the steps with TEXT in their name.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from . import archives, build, environments
from .steps import Steps

FOLDER = Path("build/release").resolve()


def main() -> int:
    """Run the steps; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.release")
    parser.add_argument("--only", metavar="TEXT", help="steps with this in their name, no build")
    only = parser.parse_args().only
    steps = Steps(only or "")
    built = FOLDER / "dist"
    if only is None:
        shutil.rmtree(FOLDER, ignore_errors=True)
        build.twice(FOLDER, built, steps)
    if any(built.glob("*.whl")):
        tools = environments.tools(FOLDER / "tools")
        archives.check(built, tools, steps)
        environments.check(built, tools, FOLDER / "environment", steps)
        environments.follow_the_site(built, tools, FOLDER / "reader", steps)
    return steps.end()


if __name__ == "__main__":
    sys.exit(main())
