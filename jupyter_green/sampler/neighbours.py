"""Who else meters this host at the same time, so that two do not silently claim the same joules.

Each sampler has one small file in a folder that all users of the host share, and
holds a lock on it (flock(2)) while it lives; a file whose lock is free was left by
one that died. The file says when windows were open there. Nothing more: no joules,
no names. What others have written is not trusted, and at worst a flag is wrong.

Samplers find each other where they share the folder. Containers with a ``/tmp`` of
their own do not.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import struct
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

try:
    import fcntl
except ImportError:  # no such locks on Windows, and so no neighbours
    fcntl = None  # type: ignore[assignment]

RUNTIME_VARIABLE = "JUPYTER_GREEN_RUNTIME"
"""Another folder, for tests and for hosts whose users have no common ``/tmp``."""

_SUFFIX = ".sampler"
_MOST_FILES = 1000
_ANYBODY = 0o1777
"""All may add files, each may remove only their own: like ``/tmp`` itself."""


def runtime_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that all samplers of a host share."""
    chosen = environ.get(RUNTIME_VARIABLE)
    return Path(chosen) if chosen else Path(tempfile.gettempdir()) / "jupyter-green"


class _Record(NamedTuple):
    """When windows were open, CLOCK_MONOTONIC in nanoseconds; 0 for never."""

    open_windows: int = 0
    open_since_ns: int = 0
    """Without a break; 0 while none is open."""
    last_begin_ns: int = 0
    """The stretch before, with its end."""
    last_end_ns: int = 0

    def overlaps(self, begin_ns: int, end_ns: int) -> bool:
        if self.open_windows and self.open_since_ns < end_ns:
            return True
        return self.last_begin_ns < end_ns and begin_ns < self.last_end_ns

    def marked(self, open_windows: int, now_ns: int) -> _Record:
        if open_windows and not self.open_windows:
            return self._replace(open_windows=open_windows, open_since_ns=now_ns)
        if self.open_windows and not open_windows:
            return _Record(0, 0, self.open_since_ns, now_ns)
        return self._replace(open_windows=open_windows)


_FORMAT = struct.Struct("<8s4Q")
_MAGIC = b"jgreen1\n"


class Neighbour(NamedTuple):
    """Another program that meters this host now."""

    process_id: int
    """As its own process namespace counts: a container's is another one."""
    open_windows: int
    since_ns: int
    """When the first of them was opened, CLOCK_MONOTONIC."""


def at_work(folder: Path | None = None, program: int | None = None) -> list[Neighbour]:
    """Return the other programs with open windows, this one (or `program`) left out.

    It only reads the registry; there are none if that cannot be read.
    """
    if fcntl is None:
        return []
    ours = f"{os.getpid() if program is None else program}-"
    try:
        folder_fd = _open_folder(runtime_folder() if folder is None else folder)
    except OSError:
        return []
    try:
        return [
            Neighbour(int(name.partition("-")[0]), record.open_windows, record.open_since_ns)
            for name, record in _records(folder_fd, ours)
            if record.open_windows and name.partition("-")[0].isdigit()
        ]
    finally:
        os.close(folder_fd)


class Neighbours:
    """The entry of this sampler in the registry, and its view of the others.

    Nothing here raises: without the folder `available` is false and there are no
    neighbours. Samplers of one program are none to each other.

    Parameters
    ----------
    folder
        The registry, if not the usual one.
    program
        The process id of the program that is metered; by default the parent's.
    """

    def __init__(self, folder: Path | None = None, program: int | None = None) -> None:
        program = os.getppid() if program is None else program
        self._folder = runtime_folder() if folder is None else folder
        self._record = _Record()
        self._program = f"{program}-"
        self._name = f"{self._program}{os.getpid()}-{time.monotonic_ns()}{_SUFFIX}"
        self._folder_fd: int | None = None
        self._fd: int | None = None
        if fcntl is None:
            return
        with contextlib.suppress(OSError):
            self._folder_fd = _open_folder(self._folder)
            self._register(self._folder_fd)

    @property
    def available(self) -> bool:
        """Whether others can see this sampler, and this one them."""
        return self._fd is not None

    def mark(self, open_windows: int, now_ns: int) -> None:
        """Publish how many windows are open from `now_ns` (CLOCK_MONOTONIC) on."""
        self._record = self._record.marked(open_windows, now_ns)
        if self._fd is None or self._folder_fd is None:
            return
        with contextlib.suppress(OSError):
            if os.fstat(self._fd).st_nlink == 0:  # a clean-up of old files took it away
                os.close(self._fd)
                self._fd = None
                self._register(self._folder_fd)
            else:
                os.pwrite(self._fd, _pack(self._record), 0)

    def overlapping(self, begin_ns: int, end_ns: int) -> int:
        """Return how many other samplers had a window open at any time in between.

        To be asked soon after `end_ns`: of what was before, a sampler remembers
        the last stretch with open windows.
        """
        return sum(record.overlaps(begin_ns, end_ns) for record in self._others())

    def close(self) -> None:
        """Leave the registry."""
        for fd in (self._fd, self._folder_fd):
            if fd is not None:
                os.close(fd)
        if self._fd is not None:
            with contextlib.suppress(OSError):
                (self._folder / self._name).unlink()
        self._fd = self._folder_fd = None

    def _register(self, folder_fd: int) -> None:
        """Make this sampler's file; the others see it once it is locked and complete."""
        draft = f".{self._name}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(draft, flags, 0o600, dir_fd=folder_fd)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.pwrite(fd, _pack(self._record), 0)
            os.fchmod(fd, 0o644)  # whatever the umask
            os.rename(draft, self._name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
        except OSError:
            os.close(fd)
            with contextlib.suppress(OSError):
                os.unlink(draft, dir_fd=folder_fd)
            raise
        self._fd = fd

    def _others(self) -> Iterator[_Record]:
        if self._folder_fd is None:
            return
        # Another sampler of the same program is none.
        for _, record in _records(self._folder_fd, self._program):
            yield record


def _records(folder_fd: int, ours: str) -> Iterator[tuple[str, _Record]]:
    """Yield the names and records of living samplers, those whose name begins with `ours` not."""
    names: list[str] = []
    with contextlib.suppress(OSError), os.scandir(folder_fd) as entries:
        names += [entry.name for entry in itertools.islice(entries, _MOST_FILES)]
    for name in names:
        if name.endswith(_SUFFIX) and not name.startswith((".", ours)):
            record = _read(name, folder_fd)
            if record is not None:
                yield name, record


def _open_folder(folder: Path) -> int:
    """Open the registry's folder, made where there is none.

    Raises
    ------
    OSError
        Where it cannot be made, is no folder, or is a link to one.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(_ANYBODY)  # mkdir's own mode is cut by the umask
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _pack(record: _Record) -> bytes:
    return _FORMAT.pack(_MAGIC, *record)


def _read(name: str, folder_fd: int) -> _Record | None:
    """Return another sampler's record, ``None`` where there is none to be had.

    The file of a dead one is removed if it is our own user's.
    """
    try:
        # A pipe in the place of a file would make an ordinary open wait for ever.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        fd = os.open(name, flags, dir_fd=folder_fd)
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size != _FORMAT.size:
            return None
        if not _is_locked(fd):
            if status.st_uid == os.getuid():
                os.unlink(name, dir_fd=folder_fd)
            return None
        magic, *times = _FORMAT.unpack(os.pread(fd, _FORMAT.size, 0))
    except (OSError, struct.error):
        return None
    else:
        return _Record(*times) if magic == _MAGIC else None
    finally:
        os.close(fd)


def _is_locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
