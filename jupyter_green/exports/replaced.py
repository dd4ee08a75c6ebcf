"""A file that is replaced as a whole, or stays as it was."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Write beside a file and rename at the end; where something is raised, nothing is left.

    What is no file, such as ``/dev/stdout`` or a pipe, is written straight. A link stays a link.

    Parameters
    ----------
    path
        The file, which need not exist.

    Raises
    ------
    OSError
        Where it cannot be written.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as out:
            yield out
        return
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"{path} is a folder")
    beside = target.with_name(f".jupyter-green-{secrets.token_hex(6)}.part")
    try:
        with beside.open("xb") as out:
            if target.exists():
                beside.chmod(target.stat().st_mode & 0o777)
            yield out
            out.flush()
            os.fsync(out.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
