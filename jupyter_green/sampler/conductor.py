"""Says when to read: what the kernel asks for, and what is due."""

from __future__ import annotations

import functools
import os
import queue
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..sources.base import Domain, Missing, Source
from ..sources.discovery import fingerprint, open_sources
from . import lineage, messages
from .batch import Batch
from .container import limited_container
from .device_conditions import DeviceConditions
from .edge_loads import EdgeLoads
from .edge_polling import LONGEST_S
from .host_load import HostLoad
from .neighbours import Neighbours
from .outbox import Outbox
from .placement import Placement
from .rate import Rate
from .reader import Reader
from .reader_thread import Answer, Polled, PollingEnded, ReaderThread, Seen
from .samples import PREPARED, Pending, Samples
from .throttling import Throttling

LOOK_DELAY_S = 0.0003
"""By then the kernel has taken what was sent, for which it may need this processor."""
LOOK_EACH_S = 1.0
"""Sensors that have come or gone are looked for no more often: a begin may wait for that."""
LOAD_DELAY_S = 0.004
"""By then the refreshes of the fastest counters have been seen; nothing may disturb that."""


@dataclass(frozen=True)
class Ended:
    """A window that has ended, while the counters' next refreshes are still watched."""

    ticket: int
    heard_ns: int
    ended_ns: int
    """When it ended, which a sampler that hung hears later."""

    def until_s(self, longer_s: float) -> float:
        """Return when the wait is over, which takes longer than usual where a driver is slow."""
        return self.heard_ns * 1e-9 + LONGEST_S + longer_s


class Conductor:
    """Takes requests, and says when to read."""

    def __init__(
        self,
        events: queue.SimpleQueue[Any],
        outbox: Outbox,
        root_pid: int,
        probe: Callable[[], tuple[list[Source], tuple[Missing, ...]]] = open_sources,
        *,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        new_thread: Callable[[Reader, int, queue.SimpleQueue[Any]], ReaderThread] = ReaderThread,
        placement: Placement | None = None,
    ) -> None:
        self._events = events
        self._probe = probe
        self._clock_ns = clock_ns
        self._new_thread = new_thread
        self._rate = Rate()
        self._begun_ns: dict[str, int] = {}
        self._unsettled: dict[str, Ended] = {}
        self._readers: list[ReaderThread] = []
        self._missing: tuple[Missing, ...] = ()
        self._fingerprint: object = None
        self._looks_after: int | None = None
        """The ticket of what is sent before sensors that have come or gone are looked for."""
        self._look_due_s: float | None = None
        self._looks_again_s = 0.0
        self._resumed = False
        pending: deque[Pending] = deque()
        self._batch = Batch(outbox, self._rate, pending)
        self.samples = Samples(self._readers, self._batch, pending, self._sent, clock_ns)
        self._loads_due: deque[tuple[float, Sequence[tuple[str, str]]]] = deque()
        """The edges up to which the host's load is due, those of one time together, and when."""
        self._load = HostLoad(
            root_pid,
            clock_ns=clock_ns,
            adopter=os.getppid,
            container=limited_container(),
            throttling=Throttling(),
        )
        self._conditions = DeviceConditions(events, self._batch, self._load, clock_ns)
        self._edge_loads = EdgeLoads(self._load)
        self._look_at_load_s = 0.0
        """When to look again which processes there are, while a window is open."""
        self._placement = placement
        program = lineage.program(root_pid)
        self._neighbours = Neighbours(program=program, clock_ns=clock_ns)

    @property
    def _now_s(self) -> float:
        return self._clock_ns() * 1e-9

    @property
    def _settling_s(self) -> float:
        """How much longer than others the slowest source takes to show what an edge was like."""
        now = self._now_s
        return max((thread.settling_s(now) for thread in self._readers), default=0.0)

    @property
    def domains(self) -> list[Domain]:
        """All domains, in the order of a sample's entries."""
        return [domain for thread in self._readers for domain in thread.reader.domains]

    @property
    def wait_s(self) -> float | None:
        """How long there is nothing to do but to wait for events."""
        longer_s = self._settling_s
        times = [ended.until_s(longer_s) for ended in self._unsettled.values()]
        if (due_s := self.samples.due_s) is not None:
            times.append(due_s)
        if self._rate.due_s is not None:
            times.append(self._rate.due_s)
        if self._look_due_s is not None:
            times.append(self._look_due_s)
        if self._loads_due:
            times.append(self._loads_due[0][0])
        return max(0.0, min(times) - self._now_s) if times else None

    def open(self) -> None:
        """Probe the sources and say what there is."""
        self._fingerprint = fingerprint()
        self._conditions.forget()
        self.samples.clear()
        sources, self._missing = self._probe()
        self._readers.clear()
        for source in sources:
            reader = Reader(source, self._clock_ns)
            thread = self._new_thread(reader, len(self.domains), self._events)
            self._readers.append(thread)
        self._batch.post(messages.hello(self.domains, self._missing))
        self._load.read()  # the first time takes ten times as long as the next

    def close(self) -> None:
        """Close the sources."""
        self._neighbours.close()
        for thread in self._readers:
            thread.stop()

    def handle(self, event: object) -> None:
        """Take a request from the kernel, or what a source has read."""
        self.samples.collect()
        if isinstance(event, Answer):
            self.samples.answered(event)
        elif isinstance(event, PollingEnded):
            event.reader.edges_polled = event.ticket
            self._settle()
        elif isinstance(event, Seen):
            if event.reader in self._readers:
                self._conditions.send(event)
        elif isinstance(event, Polled):
            # One that was stopped numbers its domains as they were before.
            if event.reader in self._readers:
                self._batch.post(event.message)
        else:
            assert isinstance(event, list)
            self._request(event)

    def on_time(self) -> None:
        """Do what is due."""
        self.samples.collect()
        now = self._now_s
        self.samples.give_up(now)
        due_s = self._rate.due_s
        if due_s is not None and due_s <= now:
            self._rate.taken(now)
            if self._batch.is_empty:
                self._batch.begin(now)
            self.samples.read()
            if self._rate.open_windows and now >= self._conditions.due_s:
                self._conditions.ask_due(self._readers, now)
                self._neighbours.mark(self._rate.open_windows, self._clock_ns())
            if self._rate.open_windows and now >= self._look_at_load_s:
                self._load.read()
                self._look_at_load_s = now + self._load.interval_s
        if self._look_due_s is not None and self._look_due_s <= now:
            self._look_again()
        self._send_loads(now)
        self._settle()

    # --- requests ---------------------------------------------------------------------------

    def _request(self, request: Sequence[Any]) -> None:
        kind = request[0]
        self._look_again()  # if that is still due: not while a window is open
        if kind == messages.RESUME:
            self._resume(request)
        elif kind == messages.PREPARE:
            self._forget_old()
            if self._now_s >= self._looks_again_s:
                self._looks_after = self.samples.ticket + 1
            self.samples.read(PREPARED)
        elif kind == messages.BEGIN:
            self._forget_old()
            self._at_edge(request)
        elif kind == messages.END:
            self._at_edge(request)
        elif kind == messages.FOLLOW:
            self._at_edge(*request[1:])
        elif kind == messages.WATCH_HOST:
            if self._rate.due_s is None:
                self._forget_old()
            self._rate.watch_host(request[1], self._now_s)

    def _at_edge(self, *edges: Sequence[Any]) -> None:
        """Read once for the edges of one time: an end, a begin, or both."""
        marks = [(edge[0], edge[1]) for edge in edges]
        self.samples.read(*marks)
        if self._placement is not None:
            self._placement.keep_off_program()
        for edge in sorted(edges, key=lambda edge: edge[0] != messages.BEGIN):  # so that it goes on
            if edge[0] == messages.BEGIN:
                self._begins(edge)
            else:
                self._ends(edge)
        self._mark(marks)
        self._settle()

    def _begins(self, request: Sequence[Any]) -> None:
        _, window, interval_s, is_watched, begun_ns = request[:5]
        if is_watched:
            self._batch.watched.add(window)
        self._begun_ns[window] = begun_ns
        self._rate.begin(window, interval_s, self._now_s)

    def _ends(self, request: Sequence[Any]) -> None:
        _, window, ended_ns = request[:3]
        self._batch.watched.discard(window)
        self._unsettled[window] = Ended(self.samples.ticket, self._clock_ns(), ended_ns)
        self._rate.end(window, self._now_s)

    def _resume(self, request: Sequence[Any]) -> None:
        anchors = messages.latest(request)
        for thread in self._readers:
            thread.do_before_reading(functools.partial(thread.reader.resume, anchors))
        self._resumed = True

    @property
    def _is_idle(self) -> bool:
        return not (self._rate.open_windows or self._unsettled)

    def _forget_old(self) -> None:
        """After an idle stretch, forget old readings: the energy in between is not needed."""
        if self._resumed:
            self._resumed = False
        elif self._is_idle:
            for thread in self._readers:
                if thread.reader.has_old:
                    thread.do_before_reading(thread.reader.rebase)

    def _look_again(self) -> None:
        """After an idle stretch, look for sensors that have come or gone, where that is due.

        It takes as long as some readings, so what a window waits for is sent before.
        """
        is_due = self._looks_after is not None or self._look_due_s is not None
        self._looks_after = self._look_due_s = None
        if not (is_due and self._is_idle):
            return
        self._looks_again_s = self._now_s + LOOK_EACH_S
        if fingerprint() != self._fingerprint:
            for thread in self._readers:
                thread.stop()
            self.open()
            self.samples.read(PREPARED)

    def _sent(self, ticket: int) -> None:
        """Look for sensors soon, where that waited for this sample."""
        if ticket == self._looks_after:
            self._looks_after, self._look_due_s = None, self._now_s + LOOK_DELAY_S

    def _mark(self, marks: Sequence[tuple[str, str]]) -> None:
        """Publish that we are metering; what would disturb the readers comes later."""
        now_ns = self._clock_ns()
        self._neighbours.mark(self._rate.open_windows, now_ns)
        self._loads_due.append((now_ns * 1e-9 + LOAD_DELAY_S, marks))

    def _send_loads(self, now: float) -> None:
        """Say how busy the host was up to the edges, and what the devices are doing."""
        while self._loads_due and self._loads_due[0][0] <= now:
            _, marks = self._loads_due.popleft()
            loads = self._edge_loads.read(marks)
            pids = self._load.pids
            if loads:
                found = zip(marks, loads, strict=True)
                self._batch.post_together([messages.load(*each, pids) for each in found])
            self._conditions.ask(self._readers, now)

    def _settle(self) -> None:
        """Announce the windows for which no more readings come."""
        now = self._now_s
        for window, ended in list(self._unsettled.items()):
            if self.samples.waits_for(ended.ticket):
                return
            waits = any(
                t.edges_polled < min(ended.ticket, t.asked_to_poll) and not t.hangs(now)
                for t in self._readers
            )
            waits |= any((messages.END, window) in marks for _, marks in self._loads_due)
            if not waits or ended.until_s(self._settling_s) <= now:
                del self._unsettled[window]
                begun_ns = self._begun_ns.pop(window, ended.ended_ns)
                others = self._neighbours.overlapping(begun_ns, ended.ended_ns)
                self._batch.post([messages.SETTLED, window, others])
