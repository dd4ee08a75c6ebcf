"""A source in a thread of its own, so that one whose driver hangs holds up no other."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..sources.base import Conditions
from . import messages
from .messages import Poll
from .reader import Part, Reader


@dataclass
class Read:
    """Read everything now; afterwards watch for the next refreshes where `polls_edges` is set.

    An answer that is not awaited is left in :attr:`ReaderThread.left`.
    """

    ticket: int
    polls_edges: bool
    awaited: bool

    def absorb(self, later: Read) -> None:
        """Do what a later request wants, too: one answer is for both."""
        self.ticket = later.ticket
        self.polls_edges |= later.polls_edges
        self.awaited |= later.awaited


@dataclass(frozen=True)
class Watch:
    """Watch for the next refreshes: everything was read for a ticket just now."""

    ticket: int


@dataclass(frozen=True)
class Answer:
    """What a source showed for a ticket."""

    reader: ReaderThread
    ticket: int
    part: Part


@dataclass(frozen=True)
class PollingEnded:
    """Edge polling has ended for all requests up to a ticket."""

    reader: ReaderThread
    ticket: int


@dataclass(frozen=True)
class Polled:
    """A message with the polls of a source, to be dropped once that is no longer read."""

    reader: ReaderThread
    message: list[Any]


@dataclass(frozen=True)
class Seen:
    """What the devices of a source are doing, by the place of each among all domains."""

    reader: ReaderThread
    conditions: dict[int, Conditions]
    t_ns: int
    """When it was asked."""


FIRST_PATIENCE_S = 2.0
"""How long a source may take that was never read before it is said not to answer."""
PATIENCE_S = 0.25
"""The same for one that is usually quick."""
PROMPT_S = 0.05
"""A sample, and with it the end of a cell, waits for a source that usually answers by then."""
PATIENT_ROUNDS = 4.0
"""The same in usual times, for one that is not."""
MOST_SETTLING_ROUNDS = 3.0
"""A reading that was under way at an edge, one behind it, and one to see the counter moved."""
LONGEST_SETTLING_S = 1.5

Request = Read | Watch | Callable[[], object]


class ReaderThread:
    """Reads one source on request, and polls it by itself around the edges of windows."""

    def __init__(self, reader: Reader, first: int, events: queue.SimpleQueue[Any]) -> None:
        self.reader = reader
        self.first = first
        """The place of the source's first domain among all."""
        self.asked = 0
        """The last ticket that it was given."""
        self.answered = 0
        self.given_up = 0
        """The last ticket that was given up before it was answered."""
        self.edges_polled = 0
        self.asked_to_poll = 0
        self.left: deque[Answer] = deque()
        """Answers that wake no thread."""
        self._events = events
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._ticket = 0
        self._is_polling = False
        self._owes_since_s: float | None = None
        self._rests_until_s = 0.0
        self._lock = threading.Lock()
        self._waiting: Read | None = None
        """The last request to read, until it is begun."""
        self._start()

    @property
    def stuck(self) -> bool:
        """Whether it still owes an answer that was given up."""
        return self.answered < self.given_up

    @property
    def is_slow(self) -> bool:
        """Whether it takes its time, as far as that is known by now."""
        return self.reader.pace.is_slow or not self.answered

    @property
    def is_prompt(self) -> bool:
        """Whether a sample may wait for it."""
        return self.reader.pace.round_s < PROMPT_S

    def hangs(self, now_s: float) -> bool:
        """Whether it owes an answer for longer than it ever takes: it is not asked until then."""
        if self._owes_since_s is None:
            return False
        rounds_s = PATIENT_ROUNDS * (self.reader.pace.round_s + self.reader.conditions_s)
        patience_s = max(PATIENCE_S, rounds_s) if self.answered else FIRST_PATIENCE_S
        return now_s - self._owes_since_s >= patience_s

    def rests(self, now_s: float) -> bool:
        """Whether a sample between two edges does without it, as it would do nothing else."""
        if self._owes_since_s is None:
            return self.is_slow and now_s < self._rests_until_s
        return self.is_slow

    def settling_s(self, now_s: float) -> float:
        """Return how much longer than others it takes to show what was used at an edge."""
        if not self.is_slow or self.hangs(now_s) or not self.reader.source.may_hang:
            return 0.0
        if not self.answered:
            return LONGEST_SETTLING_S
        rounds_s = MOST_SETTLING_ROUNDS * self.reader.pace.round_s
        return min(rounds_s + self.reader.conditions_s, LONGEST_SETTLING_S)

    def ask(self, request: Read, now_s: float) -> None:
        """Have it read. What a slow source has not begun by the next request is done with it."""
        self.asked = request.ticket
        if request.polls_edges:
            self.asked_to_poll = request.ticket
        if self._owes_since_s is None:
            self._owes_since_s = now_s
        with self._lock:
            if self._waiting is not None and self.is_slow:
                self._waiting.absorb(request)
                return
            self._waiting = request
        self._requests.put(request)

    def has_answered(self, ticket: int, now_s: float) -> None:
        """Note that what was asked until a ticket has been answered."""
        self.answered = ticket
        self._owes_since_s = None if ticket >= self.asked else now_s
        self._rests_until_s = now_s + self.reader.pace.round_s

    @property
    def can_read_here(self) -> bool:
        """Whether the caller may read instead: the thread is idle, and no call can hang."""
        is_idle = self.answered >= self.asked and self.edges_polled >= self.asked_to_poll
        return is_idle and not self.reader.source.may_hang

    def read_here(self, ticket: int) -> Part:
        """Read in the caller's thread, which spares two wake-ups."""
        self.asked = self.answered = self.edges_polled = ticket
        return self._take()

    def read_edge_here(self, ticket: int) -> Part:
        """Read in the caller's thread, which is to have the next refreshes watched for then."""
        self.asked = self.answered = self.asked_to_poll = ticket
        return self._take()

    def watch_edge(self, ticket: int) -> None:
        """Have the next refreshes watched for; everything was read just now."""
        self.reader.poll_edges()
        self._requests.put(Watch(ticket))

    def do(self, action: Callable[[], object]) -> None:
        """Have it do something else, in its own thread."""
        self._requests.put(action)

    def do_before_reading(self, action: Callable[[], object]) -> None:
        """Do something else before it reads again, in whichever thread that will be."""
        if self.can_read_here:
            action()
        else:
            self.do(action)

    def stop(self) -> None:
        """Close the source and end the thread, after the requests before this."""
        self._requests.put(None)

    def _start(self) -> None:
        threading.Thread(target=self._run, name=self.reader.source.name, daemon=True).start()

    def _run(self) -> None:
        while True:
            due_s = self.reader.due_s
            wait_s = None if due_s is None else max(0.0, due_s - time.monotonic())
            try:
                request = self._requests.get(timeout=wait_s)
            except queue.Empty:
                self._on_time()
                continue
            if request is None:
                self.reader.source.close()
                return
            self._handle(request)

    def _on_time(self) -> None:
        """Poll what is due."""
        if polls := self._poll():
            self._events.put(Polled(self, messages.polls(self.first, polls)))
        self._tell_end()

    def _handle(self, request: Request) -> None:
        """Do what was asked for."""
        if isinstance(request, Read):
            self._read(request)
        elif isinstance(request, Watch):
            self._ticket = request.ticket
            self._is_polling = True
        else:
            request()
        self._tell_end()

    def _read(self, request: Read) -> None:
        with self._lock:
            if self._waiting is request:
                self._waiting = None
        self._ticket = request.ticket
        part = self._take()
        if request.polls_edges:
            self.reader.poll_edges()
            self._is_polling = True
        answer = Answer(self, request.ticket, part)
        if request.awaited:
            self._events.put(answer)
        else:
            self.left.append(answer)

    def _tell_end(self) -> None:
        """Announce it if edge polling has just ended."""
        if self._is_polling and self.reader.due_s is None:
            self._is_polling = False
            self._events.put(PollingEnded(self, self._ticket))

    def _take(self) -> Part:
        """Read; a source that raises, though it must not, is an error of its own domains."""
        try:
            return self.reader.take()
        except Exception as error:  # noqa: BLE001  (the other sources are read on)
            text = f"{self.reader.source.name}: {type(error).__name__}: {error}"
            return Part([text] * len(self.reader.domains), {})

    def _poll(self) -> list[Poll]:
        try:
            return self.reader.poll()
        except Exception:  # noqa: BLE001  (the next sample says what is wrong)
            self.reader.stop_edge_polling()
            return []
