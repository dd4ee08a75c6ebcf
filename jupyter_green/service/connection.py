"""One client of the service: what it has sent that is not handled yet, and what it has not read."""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from typing import Any

from ..sampler import wire
from .allowance import Allowance
from .windows import ClientWindow

RECEIVED = 1 << 14
"""Bytes that are taken at once; no more are before these are handled."""
MANY_WAIT = 1 << 16
"""Bytes that a client has not read, from which on it gets a sample a second."""
MOST_WAIT = 1 << 20
"""Bytes that a client has not read, with which it is given up."""
TOGETHER_NS = 1_000_000_000
"""The samples of so long are sent together to who watches no curve."""


class Connection:
    """One client.

    Parameters
    ----------
    connected
        Its socket.
    number
        Tells it from others.
    uid, allowance
        Its user, and what that one may ask for.
    """

    def __init__(
        self, connected: socket.socket, number: int, uid: int, allowance: Allowance
    ) -> None:
        connected.settimeout(0.0)
        self.socket = connected
        self.number = number
        self.uid = uid
        self.allowance = allowance
        self.has_greeted = False
        self.has_left = False
        self.awaited = 0
        """What the service waits for of it: the events of its selector."""
        self.waiting: deque[bytes] = deque()
        """Lines that are not handled yet."""
        self.windows: dict[int, ClientWindow] = {}
        """Those that have not settled."""
        self.watches_until_ns = 0
        self.sampled_ns = 0
        """The time of the last sample between edges that it got."""
        self._line = b""
        self._held: list[bytes] = []
        self._held_ns = 0
        self._unsent = bytearray()

    @property
    def has_unsent(self) -> bool:
        """Whether it is to be told when the client reads."""
        return bool(self._unsent)

    @property
    def is_slow(self) -> bool:
        """Whether the client reads little of what is sent."""
        return len(self._unsent) > MANY_WAIT

    @property
    def interval_ns(self) -> int | None:
        """How often it wants samples, ``None`` where no window of it is open."""
        if not self.windows:
            return None
        intervals = [w.interval_s for w in self.windows.values() if w.is_open]
        return int(min(intervals) * 1e9) if intervals else None

    @property
    def is_watched(self) -> bool:
        """Whether samples are to come one by one."""
        return any(window.is_watched for window in self.windows.values() if window.is_open)

    def receive(self) -> bool:
        """Take in what the client has sent; return whether it is still there.

        Raises
        ------
        BadRequestError
            For a line that is too long.
        """
        try:
            received = self.socket.recv(RECEIVED)
        except BlockingIOError:
            return True
        except OSError:
            return False
        *lines, self._line = (self._line + received).split(b"\n")
        self.waiting.extend(lines)
        if len(self._line) > wire.LONGEST_REQUEST:
            raise wire.BadRequestError(f"a line is longer than {wire.LONGEST_REQUEST} bytes")
        return bool(received)

    def send(self, message: list[Any]) -> None:
        """Send a message, after those that were held back."""
        self.send_line(wire.encode(message))

    def send_line(self, line: bytes) -> None:
        """Send an encoded message, after those that were held back."""
        if self._held:
            line = b"".join((*self._held, line))
            self._held.clear()
        self._unsent += line
        self.flush()

    def hold_line(self, line: bytes, t_ns: int) -> None:
        """Send an encoded message with others of the same second."""
        if not self._held:
            self._held_ns = t_ns
        self._held.append(line)
        if t_ns - self._held_ns >= TOGETHER_NS:
            self.send_line(self._held.pop())

    def flush(self) -> None:
        """Send what the client takes."""
        try:
            while self._unsent:
                del self._unsent[: self.socket.send(self._unsent)]
        except BlockingIOError:
            self.has_left |= len(self._unsent) > MOST_WAIT
        except OSError:
            self.has_left = True

    def refuse(self, why: str) -> None:
        """Say why nothing more comes."""
        self.send([wire.REFUSED, why])
        self.has_left = True

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            self.socket.close()
