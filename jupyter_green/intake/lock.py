"""The lock of the booker: one of a ledger and host at a time."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
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
    path = lock_path(ledger)
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
