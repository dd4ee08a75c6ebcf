"""The files of one writer: each grows, is sealed, and is then the booker's."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .. import clock
from .owner import Owner
from .places import make_private

GROWING = ".growing"
SEALED = ".lines"
METER = "meter"
SAMPLER = "sampler"
_FILE = re.compile(
    rf"([\w-]{{1,90}})\.({METER}|{SAMPLER})-(\d{{1,20}})-(\d{{1,9}})\.(growing|lines)"
)


class IntakeFile(NamedTuple):
    """A file of the intake, as its name tells of it."""

    path: Path
    owner: Owner
    """Its writer."""
    role: str
    order: tuple[int, int]
    """Later files of one boot have higher ones."""
    is_sealed: bool


def files(intake: Path) -> Iterator[IntakeFile]:
    """Yield the files of an intake; what is named otherwise is nobody's.

    Raises
    ------
    OSError
        Where the folder is there and cannot be read.
    """
    try:
        names = sorted(path.name for path in intake.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if (found := _FILE.fullmatch(name)) is None:
            continue
        text, role, since, number, state = found.groups()
        with contextlib.suppress(ValueError):
            order = int(since), int(number)
            yield IntakeFile(intake / name, Owner.of_text(text), role, order, f".{state}" == SEALED)


def _write_all(fd: int, data: bytes) -> None:
    written = os.write(fd, data)
    if written < len(data):
        raise OSError(f"only {written} of {len(data)} bytes could be written")


class Writer:
    """Writes lines for one process and role; made again after a fork.

    Parameters
    ----------
    intake
        The folder, made if it is not there.
    owner
        This process.
    role
        :data:`METER` or :data:`SAMPLER`.
    """

    def __init__(self, intake: Path, owner: Owner, role: str) -> None:
        self._intake = intake
        self._name = f"{owner.text}.{role}-{clock.now_ns()}"
        self._numbers = itertools.count()
        self._path: Path | None = None
        self._fd = -1
        self.size = 0
        """Bytes of the file that grows, 0 where there is none."""

    @property
    def is_growing(self) -> bool:
        """Whether a file has been begun and not been sealed."""
        return self._path is not None

    def write(self, lines: Iterable[bytes]) -> None:
        """Append lines, beginning a file if there is none.

        Raises
        ------
        OSError
            Where they cannot be written, as the disk is full. The file ends before them.
        """
        if self._path is None:
            self._begin()
        data = b"".join(lines)
        try:
            _write_all(self._fd, data)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.size)
            raise
        self.size += len(data)

    def sync(self) -> None:
        """Have what was written outlast a power cut.

        Raises
        ------
        OSError
            Where the disk cannot.
        """
        if self._path is not None:
            os.fsync(self._fd)

    def seal(self) -> None:
        """Leave the file to the booker; the next line begins another one.

        Raises
        ------
        OSError
            Where this cannot be. The file then stays as it is, and its lines count all the same
            once this process has ended.
        """
        if self._path is None:
            return
        self.sync()
        os.rename(self._path, self._path.with_suffix(SEALED))  # noqa: PTH104  (the fast way)
        self._end()

    def give_up(self) -> None:
        """Seal the file if that can be, and begin another one with the next line."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                os.rename(self._path, self._path.with_suffix(SEALED))  # noqa: PTH104
            self._end()

    def leave(self) -> None:
        """Forget the file, which stays as it is: after a fork it is the parent's."""
        if self._path is not None:
            self._end()

    def _begin(self) -> None:
        make_private(self._intake.parent)
        make_private(self._intake)
        path = self._intake / f"{self._name}-{next(self._numbers)}{GROWING}"
        how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        self._fd = os.open(path, how, 0o600)
        self._path, self.size = path, 0

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._fd)
        self._path, self._fd, self.size = None, -1, 0
