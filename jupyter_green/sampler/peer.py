"""Who is at the other end of a Unix socket, as the system says."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

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
