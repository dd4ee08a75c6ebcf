"""Taking windows out of the intake's files, which others go on writing.

A file has one writer, and only grows: so what is in it already is overwritten where it stands,
with lines of the same length.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from . import lines
from .writer import files


def erase(intake: Path, run_ids: Collection[str]) -> None:
    """Overwrite what the files of an intake say of some windows.

    What samplers read at their edges stays, as it is other windows' as well.

    Raises
    ------
    OSError
        Where a file cannot be written.
    """
    for _ in range(2):  # one that is sealed meanwhile has another name then
        for file in files(intake):
            with contextlib.suppress(FileNotFoundError):
                _erase(file.path, run_ids)


def _erase(path: Path, run_ids: Collection[str]) -> None:
    with path.open("rb") as stream, path.open("r+b", buffering=0) as over:
        place = 0
        for line in lines.complete(stream):
            entry = lines.unpack(line)
            if entry is not None and (instead := _instead(entry, run_ids, len(line))):
                over.seek(place)
                over.write(instead)
            place = stream.tell()
        os.fsync(over.fileno())


def _instead(entry: Mapping[str, Any], run_ids: Collection[str], length: int) -> bytes | None:
    """Return the line that is to stand in the place of one; ``None`` where it may stay."""
    if entry.get("run_id") in run_ids:
        return lines.pack_as_long(length, lines.FORGOTTEN)
    sample = entry.get("sample")
    if isinstance(sample, list) and len(sample) > 2:
        edge = sample[2]
        if isinstance(edge, list) and len(edge) == 2 and edge[1] in run_ids:
            unmarked = [*sample[:2], None, *sample[3:]]
            return lines.pack_as_long(length, lines.MARK, sample=unmarked)
    return None
