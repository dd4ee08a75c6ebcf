"""Messages over a connection: a JSON array each, one a line."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

LONGEST = 1 << 20
"""Bytes of a line."""
SENT_S = 2.0
"""How long the other end may take to make room."""
KEEP_ALIVE = (("TCP_KEEPIDLE", 2), ("TCP_KEEPINTVL", 1), ("TCP_KEEPCNT", 3))
"""After how many seconds a silent connection is tried, how often, and how many times: tcp(7)."""


class Lines:
    """One end of a connection. Many threads may send, one reads."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._sending = threading.Lock()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if sys.platform == "linux":
            for name, value in KEEP_ALIVE:
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def send(self, words: Sequence[Any]) -> None:
        """Send a message.

        Raises
        ------
        OSError
            Where the other end has gone, or takes nothing.
        """
        line = json.dumps(words, separators=(",", ":")).encode() + b"\n"
        with self._sending:
            self._socket.sendall(line)

    def received(self) -> Iterator[list[Any]]:
        """Yield what comes until the other end has gone, or sends what is no message."""
        left = b""
        while True:
            try:
                found = self._socket.recv(1 << 16)
            except OSError:
                return
            *lines, left = (left + found).split(b"\n")
            for line in lines:
                try:
                    words = json.loads(line)
                except (ValueError, RecursionError):
                    return
                if not isinstance(words, list) or not words:
                    return
                yield words
            if not found or len(left) > LONGEST:
                return

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
