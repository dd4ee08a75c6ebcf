"""Writes the reference pages: ``python -m scripts.reference``; ``--check`` names stale ones."""

from __future__ import annotations

import sys
from pathlib import Path

from . import command, environment, flags, magics, python, settings

PAGES = Path(__file__).parents[2] / "docs" / "reference"
MADE = {
    "command.md": command.page,
    "environment.md": environment.page,
    "flags.md": flags.page,
    "magics.md": magics.page,
    "python.md": python.page,
    "settings.md": settings.page,
}


def main() -> int:
    """Write the pages, or say which are not what the code says."""
    wanted = {PAGES / name: make() for name, make in MADE.items()}
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.name} is out of date: run `python -m scripts.reference`")
        return bool(stale)
    for path in stale:
        path.write_text(wanted[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
