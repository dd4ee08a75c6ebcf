"""The door of the service: who connects is let in, but not who says no proper first word."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from ..sampler import wire
from .connection import RECEIVED

ACCEPTED = 32
"""Clients that are let in between two looks at the others."""
TOGETHER_S = 0.02
"""Those who come within so long of others are let in together."""
REST_S = 0.1
"""How long no client is let in where the system has no room for one."""


class Door:
    """Where clients come in.

    Parameters
    ----------
    listener
        The socket on which the service listens.
    selector
        Tells when a client has come.
    let_in
        Is called with each client's socket and with what it has said so far.
    """

    def __init__(
        self,
        listener: socket.socket,
        selector: selectors.BaseSelector,
        let_in: Callable[[socket.socket, bytes], None],
    ) -> None:
        listener.settimeout(0.0)
        self._listener = listener
        self._selector = selector
        self._let_in = let_in
        self.due_s: float | None = None
        """When to open it again, ``None`` while it is open."""

    def open(self) -> None:
        """Listen."""
        self.due_s = None
        self._selector.register(self._listener, selectors.EVENT_READ, self.look)

    def on_time(self, now_s: float) -> None:
        """Open it again if that is due."""
        if self.due_s is not None and self.due_s <= now_s:
            self.open()

    def look(self) -> None:
        """Let in who has come."""
        for _ in range(ACCEPTED):
            try:
                connected, _ = self._listener.accept()
            except BlockingIOError:
                self._close(TOGETHER_S)
                return
            except OSError:  # there is no room for another file
                self._close(REST_S)
                return
            self._hear(connected)

    def _close(self, seconds: float) -> None:
        self._selector.unregister(self._listener)
        self.due_s = time.monotonic() + seconds

    def _hear(self, connected: socket.socket) -> None:
        """Hear what a client has said: most have greeted by now."""
        try:
            said = connected.recv(RECEIVED, socket.MSG_DONTWAIT)
        except BlockingIOError:
            self._let_in(connected, b"")
            return
        except OSError:
            said = b""
        if said:
            self._let_in(connected, said)
        else:  # it has left
            connected.close()


def turn_away(connected: socket.socket, why: str) -> None:
    """Tell who has connected why it is not served."""
    with suppress(OSError):
        connected.send(wire.encode([wire.REFUSED, why]), socket.MSG_DONTWAIT)
    connected.close()
