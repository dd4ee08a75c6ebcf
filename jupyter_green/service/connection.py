"""One client of the service: what it has sent that is not handled yet, and what it has not read."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ..sampler import wire
from .allowance import ALMOST, INTERVAL_S, Allowance
from .windows import ClientWindow

RECEIVED = 1 << 14
"""Bytes that are taken at once; no more are before these are handled."""
MANY_WAIT = 1 << 16
"""Bytes that a client has not read, from which on it gets a sample a second."""
MOST_WAIT = 1 << 20
"""Bytes that a client has not read, with which it is given up."""
SLOW_NS = TOGETHER_NS = 1_000_000_000
"""The samples of so long are sent together to who watches no curve."""


class Connection:
    """One client.

    Parameters
    ----------
    connected
        Its socket.
    number
        Tells it from others.
    allowance
        What its user may ask for.
    spoken_to
        The clients to which something is to be sent: it is added where that is so.
    """

    def __init__(
        self,
        connected: socket.socket,
        number: int,
        allowance: Allowance,
        spoken_to: set[Connection],
    ) -> None:
        self.socket = connected
        self.number = number
        self.allowance = allowance
        self.has_greeted = False
        self.has_left = False
        self.key: str | None = None
        """Under which is kept what is read where the connection ends within a window."""
        self.awaited = 0
        """What the service waits for of it: the events of its selector."""
        self.waiting: deque[bytes] = deque()
        """Lines that are not handled yet."""
        self.postponed: Sequence[Any] | None = None
        """A request whose turn is to come."""
        self.windows: dict[int, ClientWindow] = {}
        """Those that have not settled."""
        self.watches_until_ns = 0
        self._sampled_ns = 0
        """The time of the last sample between edges that it got."""
        self._interval_ns: int | None = None
        """How often it wants samples, ``None`` where no window of it is open."""
        self._is_watched = False
        """Whether samples are to come one by one."""
        self._line = b""
        self._held: list[bytes] = []
        self._held_ns = 0
        self._unsent = bytearray()
        self._spoken_to = spoken_to

    @property
    def has_unsent(self) -> bool:
        """Whether it is to be told when the client reads."""
        return bool(self._unsent)

    @property
    def is_heard_out(self) -> bool:
        """Whether all that it has sent is handled."""
        return not self.waiting and self.postponed is None

    # --- its windows ------------------------------------------------------------------------

    @property
    def has_open_window(self) -> bool:
        """Whether one of its windows has not ended."""
        return self._interval_ns is not None

    def add_window(self, number: int, window: ClientWindow) -> None:
        """Take in a window that begins."""
        self.windows[number] = window
        self.windows_changed()

    def windows_changed(self) -> None:
        """Find out how its samples are to come, as a window has begun or ended."""
        opened = [window for window in self.windows.values() if window.is_open]
        intervals = [window.interval_s for window in opened]
        self._interval_ns = int(min(intervals) * 1e9) if intervals else None
        self._is_watched = any(window.is_watched for window in opened)

    def offer_sample(self, t_ns: int, line: bytes) -> None:
        """Send a sample between edges, if the client wants one so soon after the last."""
        watches_host = t_ns <= self.watches_until_ns
        interval_ns = self._interval_ns
        if interval_ns is None:
            if not watches_host:
                return
            interval_ns = int(INTERVAL_S * 1e9)
        if len(self._unsent) > MANY_WAIT:
            interval_ns = max(interval_ns, SLOW_NS)
        is_early = t_ns - self._sampled_ns < ALMOST * interval_ns
        if is_early or not self.allowance.takes_sample(t_ns):
            return
        self._sampled_ns = t_ns
        if self._is_watched or watches_host:
            self.send_line(line)
        else:
            self.hold_line(line, t_ns)

    # --- what it sends ----------------------------------------------------------------------

    def receive(self) -> bytes | None:
        """Return what the client has sent, ``None`` where it has left."""
        try:
            return self.socket.recv(RECEIVED, socket.MSG_DONTWAIT) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def take(self, received: bytes) -> None:
        """Take in what was received.

        Raises
        ------
        BadRequestError
            For a line that is too long.
        """
        *lines, self._line = (self._line + received).split(b"\n")
        self.waiting.extend(lines)
        if len(self._line) > wire.LONGEST_REQUEST:
            raise wire.BadRequestError(f"a line is longer than {wire.LONGEST_REQUEST} bytes")

    # --- what is sent to it -----------------------------------------------------------------

    def send(self, message: Sequence[Any]) -> None:
        """Send a message at the end of this round, after those that were held back."""
        self.send_line(wire.encode(message))

    def send_line(self, line: bytes) -> None:
        """Send an encoded message, after those that were held back."""
        if self._held:
            line = b"".join((*self._held, line))
            self._held.clear()
        self._unsent += line
        self._spoken_to.add(self)

    def send_now(self, message: Sequence[Any]) -> None:
        """Send a message for which a program may wait, after those that were held back."""
        self.send(message)
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
                del self._unsent[: self.socket.send(self._unsent, socket.MSG_DONTWAIT)]
        except BlockingIOError:
            self.has_left |= len(self._unsent) > MOST_WAIT
        except OSError:
            self.has_left = True

    def refuse(self, why: str) -> None:
        """Say why nothing more comes."""
        self.send([wire.REFUSED, why])
        self.has_left = True

    def close(self) -> None:
        """Send what it still takes, and end it."""
        self.flush()
        with suppress(OSError):
            self.socket.close()
