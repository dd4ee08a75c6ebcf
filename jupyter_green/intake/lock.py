"""The lock of the booker: one of a ledger and host at a time; and asking it to let go of it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..sources.machine import host
from .mounts import is_on_network
from .places import make_private

try:
    import fcntl
except ImportError:  # Windows: there the store's own lock has to do
    fcntl = None  # type: ignore[assignment]

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_LOOK_S = 0.05


def lock_path(ledger: Path) -> Path:
    """Return the file that is locked: on a disk of this host, as locks over a network may hang."""
    name = f"booker-{host()}.lock"
    if not is_on_network(ledger):
        return ledger / name
    who = os.getuid() if hasattr(os, "getuid") else 0
    which = hashlib.sha256(os.fsencode(ledger.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"jupyter-green-{who}-{which}-{name}"


@contextmanager
def booker_lock(ledger: Path) -> Iterator[bool]:
    """Hold the lock if it is free; yield whether it is held now.

    Raises
    ------
    OSError
        Where the file cannot be made.
    """
    with _held(lock_path(ledger)) as held:
        yield held


@contextmanager
def taken_over(ledger: Path, patience_s: float) -> Iterator[bool]:
    """Have the booker at work end, and hold its lock in its place; yield whether it is held.

    Raises
    ------
    OSError
        Where a file cannot be made.
    """
    until_s = time.monotonic() + patience_s
    with (
        _waited_for(_wanted_path(ledger), until_s),  # it ends with this process, however that ends
        _waited_for(lock_path(ledger), until_s) as held,
    ):
        yield held


def is_wanted(ledger: Path) -> bool:
    """Whether somebody asks the booker to let go of its lock."""
    path = _wanted_path(ledger)
    try:
        if not path.exists():
            return False
        with _held(path) as is_free:
            return not is_free
    except OSError:
        return False


@contextmanager
def _waited_for(path: Path, until_s: float) -> Iterator[bool]:
    while True:
        with _held(path) as held:
            if held or time.monotonic() > until_s:
                yield held
                return
        time.sleep(_LOOK_S)


def _wanted_path(ledger: Path) -> Path:
    return lock_path(ledger).with_suffix(".wanted")


@contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Lock a file if it is free; yield whether it is locked now."""
    make_private(path.parent)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        yield _lock(fd)
    finally:
        with contextlib.suppress(OSError):
            os.close(fd)


def _lock(fd: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # ENOLCK: two bookers at once cost time, and book nothing twice
        return True
    return True


def locks_work(folder: Path) -> bool:
    """Whether a folder's file system locks files; many a cluster's does not, or not for this host.

    Where no file can be made to find that out, they are taken to work.
    """
    if fcntl is None:
        return True
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _NO_LOCKS
    return True
