"""The folder in which the samplers of a host find each other, whoever's they are.

Each has one small file there and holds a lock on it (flock(2)) while it lives; a file
whose lock is free was left by one that has ended. Others' files are not trusted: at
worst, what is said of neighbours is wrong.

The folder is at a fixed place, whatever the environment says about temporary files. Where
it cannot be used by everybody, as somebody made it for themselves, the next place is
taken; whoever looks, looks into all of them.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from .metered import MOST_BYTES, Metered, unpack

try:
    import fcntl
except ImportError:  # no such locks on Windows, and so no neighbours
    fcntl = None  # type: ignore[assignment]

RUNTIME_VARIABLE = "JUPYTER_GREEN_RUNTIME"
"""Another folder, for tests and for hosts whose users have no common ``/tmp``."""

_PLACES = ("/tmp", "/dev/shm", "/var/tmp")  # noqa: S108  (that all users share it is the point)
_NAMES = ("jupyter-green", "jupyter-green-2", "jupyter-green-3")
_FILE = re.compile(r"[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,20}\.sampler")
_MOST_FILES = 10_000
_ANYBODY = 0o1777
"""All may add files, each may remove only their own: like ``/tmp`` itself."""


def folders(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Return where samplers may be found, the place to be preferred first."""
    chosen = environ.get(RUNTIME_VARIABLE)
    if chosen:
        return (Path(chosen),)
    usual = [Path(place) for place in _PLACES if Path(place).is_dir()]
    usual = usual or [Path(tempfile.gettempdir())]
    return tuple(place / name for place in usual for name in _NAMES)


class Entry(NamedTuple):
    """What a sampler has published."""

    folder: Path
    name: str
    metered: Metered
    lives: bool
    is_ours: bool
    """Whether its file is this user's, so that it can be removed."""

    def remove(self) -> None:
        """Remove its file, if it can be."""
        with contextlib.suppress(OSError):
            (self.folder / self.name).unlink()


class Published:
    """The file of a sampler: the others see it once it is locked and complete.

    Raises
    ------
    OSError
        Where no folder can be used.
    """

    def __init__(self, places: tuple[Path, ...], name: str, data: bytes) -> None:
        if fcntl is None:
            raise OSError("this system has no flock")
        self._name = name
        self._folder, self._folder_fd = first_usable(places)
        try:
            self._fd = self._register(data)
        except OSError:
            os.close(self._folder_fd)
            raise

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._folder / self._name

    def write(self, data: bytes) -> None:
        """Replace what it says.

        Raises
        ------
        OSError
            Where that is not possible.
        """
        if os.fstat(self._fd).st_nlink == 0:  # a clean-up of old files took it away
            os.close(self._fd)
            self._fd = self._register(data)
            return
        os.pwrite(self._fd, data, 0)
        os.ftruncate(self._fd, len(data))

    def release(self) -> None:
        """Say that this sampler has ended; the file stays."""
        os.close(self._fd)
        os.close(self._folder_fd)

    def _register(self, data: bytes) -> int:
        draft = f".{self._name}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(draft, flags, 0o600, dir_fd=self._folder_fd)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.pwrite(fd, data, 0)
            os.fchmod(fd, 0o644)  # whatever the umask
            os.rename(draft, self._name, src_dir_fd=self._folder_fd, dst_dir_fd=self._folder_fd)
        except OSError:
            os.close(fd)
            with contextlib.suppress(OSError):
                os.unlink(draft, dir_fd=self._folder_fd)
            raise
        return fd


def entries(places: tuple[Path, ...], name: str = "") -> Iterator[Entry]:
    """Yield what all samplers in these folders have published, but for the file of that `name`."""
    if fcntl is None:
        return
    for folder in places:
        try:
            folder_fd = _open(folder)
        except OSError:
            continue
        try:
            for each in _names(folder_fd):
                if each != name and (entry := _read(folder, each, folder_fd)) is not None:
                    yield entry
        finally:
            os.close(folder_fd)


def _names(folder_fd: int) -> list[str]:
    names: list[str] = []
    with contextlib.suppress(OSError), os.scandir(folder_fd) as found:
        names += [entry.name for entry in itertools.islice(found, _MOST_FILES)]
    return [name for name in names if _FILE.fullmatch(name)]


def first_usable(places: tuple[Path, ...]) -> tuple[Path, int]:
    """Return the first folder that all users can put files into, made if need be, and open it.

    Raises
    ------
    OSError
        Where there is none.
    """
    fault = OSError("there is no folder for temporary files")
    for folder in places:
        with contextlib.suppress(OSError):
            folder.mkdir()
            folder.chmod(_ANYBODY)  # mkdir's own mode is cut by the umask
        try:
            folder_fd = _open(folder)
        except OSError as error:
            fault = error
            continue
        if _is_for_anybody(folder_fd):
            return folder, folder_fd
        os.close(folder_fd)
        fault = PermissionError(f"{folder} is not for everybody")
    raise fault


def _is_for_anybody(folder_fd: int) -> bool:
    """Whether all users can put files there, where it is our own by letting them."""
    status = os.fstat(folder_fd)
    if status.st_mode & _ANYBODY == _ANYBODY:
        return True
    if status.st_uid != os.geteuid():
        return False
    with contextlib.suppress(OSError):
        os.fchmod(folder_fd, _ANYBODY)
        return True
    return False


def _open(folder: Path) -> int:
    """Open a folder that is none of a link."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _read(folder: Path, name: str, folder_fd: int) -> Entry | None:
    """Return what a sampler has published, ``None`` where there is nothing to be had."""
    try:
        # A pipe in the place of a file would make an ordinary open wait for ever.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        fd = os.open(name, flags, dir_fd=folder_fd)
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            return None
        metered = unpack(os.pread(fd, MOST_BYTES + 1, 0)) or unpack(os.pread(fd, MOST_BYTES + 1, 0))
        lives = is_locked(fd)
        is_ours = status.st_uid == os.geteuid()
    except OSError:
        return None
    finally:
        os.close(fd)
    if metered is not None:
        return Entry(folder, name, metered, lives, is_ours)
    if is_ours and not lives:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder_fd)
    return None


def is_locked(fd: int) -> bool:
    """Whether another process holds the lock of a file; if not, it is shared with this one now."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
