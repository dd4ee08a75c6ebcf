"""One connection to the service, by which a host is watched: it reads every 2 s, and when asked."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence
from typing import Any

from ..sampler import wire
from ..sampler.greeting import Greeted
from ..sampler.replies import BadReplyError, reply

ANSWER_S = 2.0
"""How long the service may take to answer, and to take what it is told."""
RENEWED_S = wire.LONGEST_WATCH_S / 3
"""How often it is asked to go on."""
SILENT_S = 10.0
"""A service that has sent nothing for so long is given up."""


class Watching:
    """Has the service watch its host.

    Parameters
    ----------
    found
        The service.

    Raises
    ------
    OSError
        Where the service has ended; so do all methods that speak to it.
    """

    def __init__(self, found: Greeted) -> None:
        self._socket = found.connection
        self._received = found.received
        self._heard_s = time.monotonic()
        self._renew_s = 0.0
        self.go_on()

    def go_on(self) -> None:
        """Have it go on, if it is time to say so."""
        if time.monotonic() >= self._renew_s:
            self._renew_s = time.monotonic() + RENEWED_S
            self._say([wire.WATCH_HOST, wire.LONGEST_WATCH_S])

    def look(self) -> None:
        """Have it read now."""
        self._say([wire.LOOK])

    def is_heard(self, bell: socket.socket) -> bool:
        """Wait until there is something to do; return whether the bell rings."""
        left_s = max(0.0, min(self._renew_s, self._heard_s + SILENT_S) - time.monotonic())
        readable, _, _ = select.select([bell, self._socket], [], [], left_s)
        if self._socket in readable:
            self._receive()
        elif time.monotonic() - self._heard_s > SILENT_S:
            raise OSError("it does not answer any more")
        return bell in readable

    def said(self) -> list[list[Any]]:
        """Return the messages that have come.

        Raises
        ------
        BadReplyError
            Where something is none.
        """
        *lines, self._received = self._received.split(b"\n")
        return [reply(line) for line in lines]

    def _receive(self) -> None:
        received = self._socket.recv(1 << 16)
        if not received:
            raise OSError("it has ended")
        self._heard_s = time.monotonic()
        self._received += received
        if len(self._received) > wire.LONGEST_REPLY:
            raise BadReplyError("a line has no end")

    def _say(self, request: Sequence[Any]) -> None:
        self._socket.settimeout(ANSWER_S)
        self._socket.sendall(wire.encode(request))
