"""Files of sysfs, procfs and control groups, where one that cannot be read is empty."""

from __future__ import annotations

import os
from pathlib import Path

_CHUNK = 1 << 14
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)


def text(path: Path) -> str:
    """Return what a file says, without the white space around it."""
    try:
        # Each second, for every zone: Path.read_text takes three times as long.
        fd = os.open(path, os.O_RDONLY | _CLOEXEC)
    except OSError:
        return ""
    try:
        said = b"".join(iter(lambda: os.read(fd, _CHUNK), b""))
    except OSError:
        return ""
    finally:
        os.close(fd)
    return said.decode("utf-8", errors="replace").strip()


def integer(path: Path) -> int | None:
    """Return the number in a file, ``None`` where there is none."""
    try:
        return int(text(path))
    except ValueError:
        return None
