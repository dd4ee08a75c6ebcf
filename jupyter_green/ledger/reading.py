"""Reading the intake: every file from where it was read to, until it can be removed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..intake import lines
from ..intake.owner import Owner, is_gone
from ..intake.places import ASIDE
from ..intake.writer import SAMPLER, IntakeFile, files
from .row import is_id

STALE_S = 86_400.0
"""After which without a mark a window is over whose process cannot be looked at from here."""
_MOST_ASIDE = 1 << 20
"""Bytes of what cannot be read that are kept of a file."""

Key = tuple[Owner, str, tuple[int, int]]


@dataclass
class _Seen:
    """How far a file was read."""

    file: IntakeFile
    offset: int = 0
    is_finished: bool = False
    """Whether no more comes: it was sealed, or its writer is gone; and all was read."""


@dataclass
class Opened:
    """A window whose begin was told, by the sampler that wrote of it."""

    entry: Mapping[str, Any]
    owner: Owner
    writers: set[Owner] = field(default_factory=set)


class IntakeReader:
    """Follows the files of an intake.

    Parameters
    ----------
    intake
        The folder.
    """

    def __init__(self, intake: Path) -> None:
        self._intake = intake
        self._seen: dict[Key, _Seen] = {}
        self._left: list[IntakeFile] = []
        """Files to be read before it looks for others: of many, a look at the folder takes long."""
        self.opened: dict[str, Opened] = {}
        """The windows that have begun, and are in files that were not removed."""
        self.is_behind = False
        """Whether there may be files that were not read yet."""
        self.unread = 0
        """Lines that could not be read, and were put aside."""

    @property
    def waits(self) -> bool:
        """Whether there are files that were not there when it last looked, or that have grown."""
        for file in files(self._intake):
            seen = self._seen.get(_key(file))
            with contextlib.suppress(OSError):
                if seen is None or file.path.stat().st_size > seen.offset:
                    return True
        return False

    def read(self, most: int) -> list[Mapping[str, Any]]:
        """Return the reports that were handed in since the last call.

        Parameters
        ----------
        most
            Reports after which no further file is begun; :attr:`is_behind` then says so.

        Raises
        ------
        OSError
            Where the folder cannot be read.
        """
        looked = not self._left
        if looked:
            found = sorted(files(self._intake), key=lambda f: (f.role != SAMPLER, f.order))
            self._left = found[::-1]  # what was opened first comes last, and is taken from there
        closed: list[Mapping[str, Any]] = []
        while self._left and len(closed) < most:
            file = self._left.pop()
            seen = self._seen.setdefault(_key(file), _Seen(file))
            seen.file = file
            # Looked at before it is read: what a writer wrote before it ended is then there.
            is_last = file.is_sealed or _is_over(file.owner, file.path)
            with contextlib.suppress(OSError):  # sealed just now, under another name
                self._read(seen, closed, is_last=is_last)
        self.is_behind = bool(self._left) or not looked
        return closed

    def over(self) -> set[str]:
        """Return the windows whose process has ended; to be asked before :meth:`read`."""
        return {
            run_id
            for run_id, opened in self.opened.items()
            if all(_is_over(opened.owner, self._newest(writer)) for writer in opened.writers)
        }

    def is_all_read(self, run_id: str) -> bool:
        """Whether no more comes of a window from the samplers that wrote of it."""
        writers = self.opened[run_id].writers
        return all(seen.is_finished for seen in self._of(writers))

    def path_of(self, run_id: str) -> Path:
        """Return a file that tells of a window."""
        return self._newest(next(iter(self.opened[run_id].writers)))

    def marks_of(self, run_id: str) -> list[tuple[Owner, Mapping[str, Any]]]:
        """Return the entries of the samplers that wrote of a window, in the order of writing."""
        found = []
        for seen in sorted(self._of(self.opened[run_id].writers), key=lambda s: s.file.order):
            with contextlib.suppress(OSError), seen.file.path.open("rb") as stream:
                entries = map(lines.unpack, lines.complete(stream))
                found += [(seen.file.owner, entry) for entry in entries if entry is not None]
        return found

    def remove(self, booked: set[str]) -> None:
        """Remove the files of which everything is booked; a next booker reads those that stay.

        Parameters
        ----------
        booked
            The windows that have durable rows.
        """
        held = {
            writer
            for run_id, opened in self.opened.items()
            if run_id not in booked
            for writer in opened.writers
        }
        for key, seen in list(self._seen.items()):
            if seen.is_finished and not (seen.file.role == SAMPLER and seen.file.owner in held):
                with contextlib.suppress(FileNotFoundError):
                    try:
                        seen.file.path.unlink()
                    except PermissionError:
                        continue
                del self._seen[key]
        left = {seen.file.owner for seen in self._seen.values() if seen.file.role == SAMPLER}
        for run_id, opened in list(self.opened.items()):
            opened.writers &= left  # of a window that is booked another one's files may stay
            if not opened.writers:
                del self.opened[run_id]

    def _of(self, writers: set[Owner]) -> list[_Seen]:
        seen = self._seen.values()
        return [s for s in seen if s.file.role == SAMPLER and s.file.owner in writers]

    def _newest(self, writer: Owner) -> Path:
        """Return the file that a sampler wrote last."""
        return max(self._of({writer}), key=lambda seen: seen.file.order).file.path

    def _read(self, seen: _Seen, closed: list[Mapping[str, Any]], *, is_last: bool) -> None:
        if seen.is_finished:
            return
        with seen.file.path.open("rb") as stream:
            stream.seek(seen.offset)
            for line in lines.complete(stream):
                entry = lines.unpack(line)
                if entry is None or not self._take(entry, seen.file, closed):
                    self.put_aside(seen.file.path, line)
            seen.offset = stream.tell()
            if is_last:
                if torn := stream.read(lines.MOST_BYTES):
                    self.put_aside(seen.file.path, torn)
                seen.is_finished = True

    def _take(
        self, entry: Mapping[str, Any], file: IntakeFile, closed: list[Mapping[str, Any]]
    ) -> bool:
        """Take an entry; return whether it is any."""
        kind, run_id = entry["kind"], entry.get("run_id")
        if kind in {lines.MARK, lines.SENSORS, lines.FORGOTTEN}:
            return True
        if kind not in {lines.CLOSED, lines.OPENED} or not is_id(run_id):
            return False
        run_id = str(run_id)
        if kind == lines.CLOSED:
            closed.append({**entry, "_file": file.path})
        else:
            try:
                owner = Owner.of_text(entry["owner"])
            except (KeyError, ValueError, AttributeError):
                return False
            self.opened.setdefault(run_id, Opened(entry, owner)).writers.add(file.owner)
        return True

    def put_aside(self, path: Path, line: bytes) -> None:
        """Keep what cannot be read, as far as there is room; nothing is raised."""
        self.unread += 1
        aside = self._intake / ASIDE / path.stem
        with contextlib.suppress(OSError):
            aside.parent.mkdir(exist_ok=True, mode=0o700)
            with aside.open("ab") as stream:
                left = _MOST_ASIDE - stream.tell()
                stream.write(line.rstrip(b"\n")[: max(0, left - 1)] + b"\n")


def _key(file: IntakeFile) -> Key:
    return file.owner, file.role, file.order


def _is_over(owner: Owner, path: Path) -> bool:
    """Whether a process has ended, as far as can be told from here."""
    gone = is_gone(owner)
    if gone is not None:
        return gone
    try:
        return time.time() - path.stat().st_mtime > STALE_S
    except OSError:
        return False
