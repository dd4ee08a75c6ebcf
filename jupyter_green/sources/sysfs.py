"""Files of sysfs, procfs and control groups, where one that cannot be read is empty."""

from __future__ import annotations

from pathlib import Path


def text(path: Path) -> str:
    """Return what a file says, without the white space around it."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def integer(path: Path) -> int | None:
    """Return the number in a file, ``None`` where there is none."""
    try:
        return int(text(path))
    except ValueError:
        return None
