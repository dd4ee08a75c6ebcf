"""Has the sources read, and puts each sample together of what they show."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..flags import NO_ANSWER
from . import messages
from .accumulator import DomainSample
from .batch import Batch
from .messages import Poll
from .reader import Part
from .reader_thread import PATIENCE_S, Answer, Read, ReaderThread

PREPARED = (messages.PREPARE, "")
"""The mark of a sample that a window waits for."""


@dataclass
class Pending:
    """A sample that waits for its parts."""

    ticket: int
    t_ns: int
    until_s: float
    marks: Sequence[tuple[str, str]]
    """Why it was asked for, two where a window follows another; none of one between edges."""
    asked: set[ReaderThread]
    awaited: set[ReaderThread]
    """Those of them that are quick enough to wait for."""
    seen: set[ReaderThread] = field(default_factory=set)
    """Those that have been read, though what they showed may still have to be added up."""
    parts: dict[ReaderThread, Part] = field(default_factory=dict)
    is_told: bool = False
    """Whether it was said that the quick sources were read."""

    @property
    def is_complete(self) -> bool:
        """Whether no part is still to come."""
        return all(thread in self.parts or thread.stuck for thread in self.awaited)

    @property
    def is_quick_read(self) -> bool:
        """Whether only sources that can hang are still to come."""
        return all(thread.reader.source.may_hang for thread in self.asked - self.seen)


class Samples:
    """The samples that are being read.

    Parameters
    ----------
    readers
        The sources that there are, in the order of a sample's entries.
    batch
        Where samples go.
    pending
        Those that wait for their parts; they are added and taken away here.
    sent
        Is called with the ticket of each that was sent.
    clock_ns
        CLOCK_MONOTONIC.
    """

    def __init__(
        self,
        readers: Sequence[ReaderThread],
        batch: Batch,
        pending: deque[Pending],
        sent: Callable[[int], None],
        clock_ns: Callable[[], int],
    ) -> None:
        self.ticket = 0
        """That of the last one that was asked for."""
        self._readers = readers
        self._batch = batch
        self._pending = pending
        self._sent = sent
        self._clock_ns = clock_ns
        self._late_flags: dict[int, str] = {}
        """What happened to domains whose part came after its sample was sent."""

    @property
    def _now_s(self) -> float:
        return self._clock_ns() * 1e-9

    @property
    def due_s(self) -> float | None:
        """When the first one is sent without what is missing, ``None`` where none waits."""
        return min((pending.until_s for pending in self._pending), default=None)

    def waits_for(self, ticket: int) -> bool:
        """Return whether a sample, or one before it, has not been sent."""
        return bool(self._pending) and self._pending[0].ticket <= ticket

    def clear(self) -> None:
        """Forget those that wait: the sources are others now."""
        self._pending.clear()
        self._late_flags.clear()

    def give_up(self, now_s: float) -> None:
        """Send those that are due without what is missing."""
        while self._pending and self._pending[0].until_s <= now_s:
            pending = self._pending[0]
            for thread in pending.awaited - pending.parts.keys():
                thread.given_up = pending.ticket
            self._complete()

    def read(self, *marks: tuple[str, str]) -> None:
        """Have all sources read for a sample, at an edge with its marks."""
        self.ticket += 1
        t_ns = self._clock_ns()
        now = t_ns * 1e-9
        asked = {t for t in self._readers if not t.hangs(now) and (t.is_slow or not t.stuck)}
        if not marks:
            asked = {thread for thread in asked if not thread.rests(now)}
        awaited = {thread for thread in asked if thread.is_prompt and not thread.stuck}
        self._pending.append(Pending(self.ticket, t_ns, now + PATIENCE_S, marks, asked, awaited))
        if marks:
            self._read_at_edge(self._pending[-1])
        else:
            self._read_between(self._pending[-1])
        self._complete()

    def _read_at_edge(self, pending: Pending) -> None:
        """Have everything read and watched, first what can be read here: that wakes nobody."""
        here = {thread for thread in pending.asked if thread.can_read_here}
        for thread in here:
            thread.reader.look()
        if PREPARED in pending.marks and pending.asked != here:
            pending.seen = here
            self._tell_quick()  # somebody waits: all that takes time is later
        for thread in here:
            pending.parts[thread] = thread.read_edge_here(pending.ticket)
        self._complete()  # somebody waits, and the threads that watch would contend
        for thread in here:
            thread.watch_edge(pending.ticket)
        for thread in pending.asked - here:
            read = Read(pending.ticket, polls_edges=True, awaited=True)
            thread.ask(read, pending.t_ns * 1e-9)

    def _read_between(self, pending: Pending) -> None:
        """Have a sample between two edges read, which only shapes the curve.

        It may take its time, and wakes as few threads as can be. Those that are asked
        come last, as they would otherwise contend for the interpreter.
        """
        here = {thread for thread in pending.asked if thread.can_read_here}
        for thread in here:
            pending.parts[thread] = thread.read_here(pending.ticket)
        for thread in pending.asked - here:
            read = Read(pending.ticket, polls_edges=False, awaited=self._batch.ends)
            thread.ask(read, pending.t_ns * 1e-9)

    def collect(self) -> None:
        """Take the answers that woke no thread."""
        for thread in self._readers:
            while thread.left:
                self.answered(thread.left.popleft())

    def answered(self, answer: Answer) -> None:
        """Take what a source has read."""
        answer.reader.has_answered(answer.ticket, self._now_s)
        is_late = True
        for pending in self._pending:
            is_due = answer.reader in pending.asked - pending.parts.keys()
            if is_due and pending.ticket <= answer.ticket:
                pending.parts[answer.reader] = answer.part
                pending.seen.add(answer.reader)
                is_late = False
        if is_late and answer.reader in self._readers:
            self._tell_late(answer)
        self._complete()
        self._tell_quick()

    def _tell_late(self, answer: Answer) -> None:
        """Send what was read for a sample that did not wait for it."""
        first = answer.reader.first
        self._late_flags |= {first + index: flag for index, flag in answer.part.flags.items()}
        read = [
            Poll(index, e.t_ns, e.energy_j, e.counter, e.power_w, e.took_s)
            for index, e in enumerate(answer.part.entries)
            if isinstance(e, DomainSample)
        ]
        if read:
            self._batch.post(messages.polls(first, read))

    def _complete(self) -> None:
        while self._pending and self._pending[0].is_complete:
            self._send(self._pending.popleft())

    def _tell_quick(self) -> None:
        """Say so where a window waits for a sample of which only sources that can hang are due."""
        for pending in self._pending:
            if pending.is_complete or pending.is_told or PREPARED not in pending.marks:
                continue
            if pending.is_quick_read:
                pending.is_told = True
                self._batch.post([messages.QUICK_READ])

    def _send(self, pending: Pending) -> None:
        entries: list[DomainSample | str | None] = []
        flags, self._late_flags = self._late_flags, {}
        for thread in self._readers:
            part = pending.parts.get(thread)
            if part is not None:
                entries += part.entries
                flags |= {thread.first + index: flag for index, flag in part.flags.items()}
                continue
            count = len(thread.reader.domains)
            if thread.hangs(self._now_s):
                entries += [f"{thread.reader.source.name} does not answer"] * count
                flags |= dict.fromkeys(range(thread.first, thread.first + count), NO_ANSWER)
            else:
                entries += [None] * count  # it takes its time, and is sent when it has come
        if pending.marks:
            sample = functools.partial(messages.sample, pending.t_ns)
            first, *rest = pending.marks
            told = [sample(first, entries, flags), *(sample(mark, entries, {}) for mark in rest)]
            self._batch.post_together(told)
        else:
            self._batch.post(messages.sample(pending.t_ns, None, entries, flags))
        self._sent(pending.ticket)
