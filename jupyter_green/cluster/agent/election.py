"""Which of the agents that a host's workers start is the one that meters it.

The agent holds a lock, and the host's workers share another while they live: both end with the
process that holds them, however that ends. Workers with temporary folders of their own may get
an agent each: a notebook then has all but one of a host leave.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from ...sources.machine import host

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class Lock:
    """A file that is locked: by one, or shared by many.

    Raises
    ------
    OSError
        Where the file cannot be made, as it is another user's.
    """

    def __init__(self, what: str, cluster: str) -> None:
        who = os.getuid() if hasattr(os, "getuid") else 0
        which = hashlib.sha256(cluster.encode()).hexdigest()[:16]
        self.path = Path(tempfile.gettempdir(), f"jupyter-green-{who}-{host()}-{which}-{what}.lock")
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        self._fd = os.open(self.path, flags, 0o600)

    def take(self) -> bool:
        """Hold it alone; return whether that was possible."""
        try:
            self._flock("LOCK_EX", "LOCK_NB")
        except BlockingIOError:
            return False
        return True

    def share(self) -> None:
        """Hold it with others."""
        self._flock("LOCK_SH")

    def is_free(self) -> bool:
        """Whether nobody holds it."""
        is_free = self.take()
        if is_free:
            self._flock("LOCK_UN")
        return is_free

    def may_be_held(self) -> bool:
        """Whether somebody holds it, or that is not to be known."""
        return fcntl is None or not self.is_free()

    def release(self) -> None:
        """Let go of it."""
        with contextlib.suppress(OSError):
            os.close(self._fd)

    def remove(self) -> None:
        """Take its file away: who holds it needs it no more."""
        with contextlib.suppress(OSError):
            self.path.unlink()

    def _flock(self, *names: str) -> None:
        if fcntl is not None:
            fcntl.flock(self._fd, sum(getattr(fcntl, name) for name in names))


def agent_lock(cluster: str) -> Lock:
    """Return the lock of a cluster's agent on this host, not taken."""
    return Lock("agent", cluster)


def workers_lock(cluster: str) -> Lock:
    """Return the lock that a cluster's workers on this host share, not taken."""
    return Lock("workers", cluster)
