"""The windows of one connection to the service, each of which begins as the one before ends."""

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
LONGEST_WINDOW_S = 5.0
INTERVAL_S = 2 * LONGEST_WINDOW_S
"""How often it reads within a window: its edges are enough."""
SILENT_S = 20.0
"""A service that has sent nothing for so long is given up."""


class Windows:
    """Keeps one window open.

    Parameters
    ----------
    found
        The service.
    number
        That of the first window.

    Raises
    ------
    OSError
        Where the service has ended; so do all methods that speak to it.
    """

    def __init__(self, found: Greeted, number: int) -> None:
        self.number = number
        """Of the window that is open."""
        self._socket = found.connection
        self._received = found.received
        self._offset_ns = found.offset_ns
        self._begun_ns = self._now_ns
        self._heard_s = time.monotonic()
        self._say([wire.BEGIN, number, INTERVAL_S, False])

    @property
    def _now_ns(self) -> int:
        """The time by the service's clock."""
        return time.monotonic_ns() + self._offset_ns

    @property
    def _left_s(self) -> float:
        """In what time another window is to begin."""
        return LONGEST_WINDOW_S - (self._now_ns - self._begun_ns) * 1e-9

    @property
    def is_old(self) -> bool:
        """Whether another one is to begin."""
        return self._left_s <= 0.0

    def follow(self, number: int) -> None:
        """End the window, and begin the next with the same reading."""
        now_ns = self._now_ns
        end = [wire.END, self.number, self._begun_ns, now_ns]
        self._say([wire.FOLLOW, end, [wire.BEGIN, number, INTERVAL_S, False]])
        self.number, self._begun_ns = number, now_ns

    def is_heard(self, bell: socket.socket) -> bool:
        """Wait until there is something to do; return whether the bell rings."""
        readable, _, _ = select.select([bell, self._socket], [], [], max(0.0, self._left_s))
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
