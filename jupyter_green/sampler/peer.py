"""Who is at the other end of a Unix socket, as the system says."""

from __future__ import annotations

import os
import select
import socket
import struct
from typing import NamedTuple

SO_PEERPIDFD = 77
"""Since Linux 6.5: include/uapi/asm-generic/socket.h."""
_UCRED = struct.Struct("3i")


class Peer(NamedTuple):
    """The process that has connected, or listens: SO_PEERCRED of unix(7)."""

    pid: int
    """0 where it is in another process namespace."""
    uid: int
    gid: int


def peer(connection: socket.socket) -> Peer:
    """Return who is at the other end."""
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    return Peer(*_UCRED.unpack(found))


def has_ended(connection: socket.socket) -> bool:
    """Whether the process at the other end is known to have ended, so that its id may be another's.

    It is not known of before Linux 6.5.
    """
    try:
        pidfd = connection.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        return bool(poll.poll(0))
    finally:
        os.close(pidfd)
