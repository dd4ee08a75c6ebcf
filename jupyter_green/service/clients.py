"""The programs that are connected: who is let in, whose turn it is, and who is let go."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Collection, Sequence
from typing import Any

from ..sampler import wire
from ..sampler.peer import peer
from .allowance import Allowance
from .answers import Answers
from .connection import Connection
from .door import turn_away
from .greeting import Greeting

MOST_CLIENTS = 1000
MOST_OF_USER = 256
GREETING_S = 2.0
"""How long a client may take to say the first word."""


class Clients:
    """All clients of a service.

    Parameters
    ----------
    selector
        Tells when they say something.
    greeting
        Answers their first line.
    answers
        Handles what they ask for.
    """

    def __init__(
        self, selector: selectors.BaseSelector, greeting: Greeting, answers: Answers
    ) -> None:
        self._selector = selector
        self._greeting = greeting
        self._answers = answers
        self._connections: dict[int, Connection] = {}
        self._allowances: dict[int, Allowance] = {}
        self._next_number = 0
        self._due_s: dict[Connection, float] = {}
        """When to look at a client again: it has not greeted, or its turn comes."""
        self._spoken_to: set[Connection] = set()

    @property
    def connected(self) -> Collection[Connection]:
        """Those that are there."""
        return self._connections.values()

    @property
    def due_s(self) -> float | None:
        """When to look at one of them again, ``None`` where none waits."""
        return min(self._due_s.values(), default=None)

    def let_in(self, connected: socket.socket, said: bytes) -> None:
        """Let a client in that has said so much; of one that says nonsense nothing is kept."""
        answer = b""
        if b"\n" in said or len(said) > wire.LONGEST_REQUEST:
            line, _, said = said.partition(b"\n")
            try:
                answer = self._greeting.answer(line)
            except wire.BadRequestError as error:
                turn_away(connected, str(error))
                return
        allowance = self._allowances.setdefault(peer(connected).uid, Allowance())
        if full := self._full(allowance):
            turn_away(connected, full)
            return
        connection = Connection(connected, self._next_number, allowance, self._spoken_to)
        self._next_number += 1
        allowance.connections += 1
        self._connections[connection.number] = connection
        self._due_s[connection] = time.monotonic() + GREETING_S
        if answer:
            self._greeted(connection, answer)
        self._hear(connection, said)

    def _full(self, allowance: Allowance) -> str:
        """Return why there is no room for another program of a user, empty where there is."""
        if allowance.connections >= MOST_OF_USER:
            return f"it is full: {MOST_OF_USER} programs of this user are connected, as many as may"
        if len(self._connections) >= MOST_CLIENTS:
            return f"it is full: {MOST_CLIENTS} programs are connected, as many as may"
        return ""

    def look(self, connection: Connection, mask: int) -> None:
        """Send to a client what it takes, and handle what it has sent."""
        if mask & selectors.EVENT_WRITE:
            connection.flush()
        said = connection.receive() if mask & selectors.EVENT_READ else b""
        connection.has_left |= said is None
        self._hear(connection, said or b"")

    def on_time(self, now_s: float) -> None:
        """Go on with those whose turn has come, and let those go that have not greeted."""
        for connection in [each for each, due_s in self._due_s.items() if due_s <= now_s]:
            del self._due_s[connection]
            if not connection.has_greeted:
                connection.refuse("it has not said what it is")
            self._hear(connection, b"")

    def send(self) -> None:
        """Send to each client all that was said to it."""
        spoken_to = list(self._spoken_to)
        self._spoken_to.clear()
        for connection in spoken_to:
            connection.flush()
            self._attend(connection)

    def close(self) -> None:
        """Let all go."""
        for connection in self._connections.values():
            connection.close()

    # --- one client -------------------------------------------------------------------------

    def _hear(self, connection: Connection, said: bytes) -> None:
        try:
            connection.take(said)
            while (request := self._next_request(connection)) is not None:
                self._answers.handle(connection, request)
        except wire.BadRequestError as error:
            connection.refuse(str(error))
        self._attend(connection)

    def _next_request(self, connection: Connection) -> Sequence[Any] | None:
        """Return a client's next request, ``None`` where there is none whose turn has come."""
        if connection.waiting and not connection.has_greeted:
            self._greeted(connection, self._greeting.answer(connection.waiting.popleft()))
        if connection.has_left or connection in self._due_s:
            return None
        request, connection.postponed = connection.postponed, None
        if request is not None or not connection.waiting:
            return request
        request = wire.request(connection.waiting.popleft())
        now_s = time.monotonic()
        due_s = self._answers.bucket(connection, request).take(now_s)
        if due_s <= now_s:
            return request
        connection.postponed = request
        self._due_s[connection] = due_s
        return None

    def _greeted(self, connection: Connection, answer: bytes) -> None:
        connection.has_greeted = True
        connection.send_line(answer)
        self._due_s.pop(connection, None)

    def _attend(self, connection: Connection) -> None:
        """Wait for what a client is to do next, or let it go."""
        if connection.has_left:
            self._let_go(connection)
            return
        events = selectors.EVENT_WRITE if connection.has_unsent else 0
        if connection.is_heard_out:
            events |= selectors.EVENT_READ
        if events == connection.awaited:
            return
        if not connection.awaited:
            self._selector.register(connection.socket, events, connection)
        elif events:
            self._selector.modify(connection.socket, events, connection)
        else:
            self._selector.unregister(connection.socket)
        connection.awaited = events

    def _let_go(self, connection: Connection) -> None:
        if self._connections.pop(connection.number, None) is None:
            return
        self._due_s.pop(connection, None)
        self._answers.leave(connection)
        connection.allowance.connections -= 1
        if connection.awaited:
            self._selector.unregister(connection.socket)
        connection.close()
        self._spoken_to.discard(connection)
