"""``python -m scripts.release [--keep]``: build twice, look into what was built, install it everywhere.

Says each step as it is done. Exits with 1 if one failed; what this machine lacks is named and
left out.
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
    """Run all steps; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.release", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="check what was built the last time")
    arguments = parser.parse_args()
    steps = Steps()
    built = FOLDER / "dist"
    if not arguments.keep:
        shutil.rmtree(FOLDER, ignore_errors=True)
        build.twice(FOLDER, built, steps)
    if not any(built.glob("*.whl")):
        return steps.end()
    tools = environments.tools(FOLDER / "tools")
    archives.check(built, tools, steps)
    environments.check(built, FOLDER / "environments", tools, steps)
    return steps.end()


if __name__ == "__main__":
    sys.exit(main())
