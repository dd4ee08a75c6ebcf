"""A window: a stretch of time, its two edges, and the report on what was used between them."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Callable, MutableMapping, Sequence
from typing import Literal, overload

from ..estimator.quantity import Interval
from ..estimator.refreshes import QUICK_S
from ..report import times
from ..report.fields import STATUSES
from ..report.report import Report
from ..sampler.client import ConditionsSeen, Event, LoadSeen, Polls, SamplerClient, Settled, Started
from ..sampler.messages import BEGIN, END, Sample
from ..sampler.reader import is_edge_polled
from ..sources.base import Conditions, Domain, Missing
from .baseline import Baseline
from .memory import Memory
from .summary import Run, Subject, summarise
from .surroundings import Surroundings
from .synchronise import synchronise
from .trace import Point, Trace

END_TIMEOUT_S = 3.0
"""How long `end` waits for the last sample; a report without it says so."""
SETTLE_TIMEOUT_S = 1.0
"""How long it then waits for the counters' next refreshes, which take a quarter of a second."""


class Window:
    """A stretch of time that is measured. Made by :meth:`Meter.begin` or :meth:`Meter.window`."""

    def __init__(
        self,
        client: SamplerClient,
        memory: Memory,
        windows: MutableMapping[str, Window],
        subject: Subject,
        *,
        interval_s: float,
        on_point: Callable[[Point], None] | None = None,
    ) -> None:
        self.run_id = uuid.uuid4().hex
        self.subject = subject
        self.started_at = times.now()
        self._client = client
        self._memory = memory
        self._windows = windows
        """Those that are told of samples: this one from its begin until all is known."""
        self._trace = Trace(client.domains, interval_s)
        self._on_point = on_point
        self._status = "ok"
        self._report: Report | None = None
        self._begin_ns: int | None = None
        self._end_ns: int | None = None
        self._around = Surroundings()
        self._others: Sequence[Interval] = ()
        self._is_settled = False

    def begin(self) -> None:
        """Mark the begin of the window, once the GPU has done what it was given before.

        A second call changes nothing.
        """
        if self._begin_ns is None:
            try:
                self._around.not_synchronised += synchronise()
            finally:  # the cell runs all the same where somebody interrupts the synchronising
                begin_ns = self._memory.clock_ns()
                self.started_at = times.now()
                self._end_once = weakref.finalize(
                    self, _end, self._client, self._memory, self.run_id
                )
                self._end_once.atexit = False
                self._begin_ns = begin_ns
                self._open(begin_ns)

    @property
    def is_watched(self) -> bool:
        """Whether somebody wants each point of the curve as it comes."""
        return self._on_point is not None

    @property
    def settles_soon(self) -> bool:
        """Whether the report is final some milliseconds after the end, as no counter is slow."""
        return all(d.resolution_s < QUICK_S for d in self._trace.domains if is_edge_polled(d))

    @property
    def begin_ns(self) -> int | None:
        """When it began, CLOCK_MONOTONIC in nanoseconds."""
        return self._begin_ns

    @property
    def end_ns(self) -> int | None:
        """When it ended, CLOCK_MONOTONIC in nanoseconds."""
        return self._end_ns

    @property
    def duration_s(self) -> float:
        """The seconds since it began, or those that it took."""
        if self._begin_ns is None:
            return 0.0
        return ((self._end_ns or self._memory.clock_ns()) - self._begin_ns) * 1e-9

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended."""
        return self._begin_ns is not None and self._end_ns is None

    @property
    def domains(self) -> Sequence[Domain]:
        """What is being read."""
        return self._trace.domains

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What cannot be read, with reasons and remedies."""
        return self._client.missing

    @property
    def interval_s(self) -> float:
        """The sampling period, in seconds."""
        return self._trace.interval_s

    @property
    def newest(self) -> Point | None:
        """The last point of the curve so far, ``None`` before the first."""
        return self._trace.points[-1] if self._trace.points else None

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Stretches without samples so far, CLOCK_MONOTONIC in nanoseconds."""
        return self._trace.gaps

    @property
    def baseline(self) -> Baseline | None:
        """The idle power that net energy is counted from, once it was measured."""
        return self._memory.baseline

    @property
    def conditions(self) -> dict[str, Conditions]:
        """What each device was doing when it was last asked, by domain."""
        with self._memory.lock:  # another thread adds to them
            return self._around.newest_conditions()

    @property
    def process_ids(self) -> frozenset[int]:
        """The ids of this program and its descendants, as last seen; empty before they were."""
        with self._memory.lock:  # another thread adds to them
            return frozenset(self._around.tree_pids)

    def last_read_ns(self, id_: str) -> int | None:
        """When a domain was last read well, CLOCK_MONOTONIC; ``None`` before that."""
        readings = self._trace.readings.get(id_)
        return readings[-1].t_ns if readings else None

    @property
    def report(self) -> Report:
        """The final report; waits for the counters' refreshes after the end, a quarter of a second.

        Raises
        ------
        RuntimeError
            While the window is open.
        """
        self._require_ended()
        if self._report is None:
            self._client.wait_for_end(self.run_id, END_TIMEOUT_S)
            self.wait_until_settled(SETTLE_TIMEOUT_S)
            with self._memory.lock:
                if self._report is None:  # else another thread has asked for it as well
                    self._report = self._summary()
                self._windows.pop(self.run_id, None)
        return self._report

    @property
    def provisional_report(self) -> Report:
        """The report from what is known right after the end, with a wider interval.

        Waits for the reading at this edge, usually less than a millisecond.

        Raises
        ------
        RuntimeError
            While the window is open.
        """
        self._require_ended()
        if self._report is not None:
            return self._report
        self._client.wait_for_end(self.run_id, END_TIMEOUT_S)
        return self._summary()

    def wait_until_settled(self, timeout_s: float) -> bool:
        """Wait until :attr:`report` has all that there is to know; return whether it has."""
        return self._client.wait_until_settled(self.run_id, timeout_s)

    def _require_ended(self) -> None:
        if self._end_ns is None:
            raise RuntimeError("the window has not ended: call begin() and end() first")

    def _summary(self) -> Report:
        assert self._begin_ns is not None
        interval = Interval(self._begin_ns, self._end_ns)
        with self._memory.lock:  # another thread adds to the trace
            if not self._is_settled:
                self._look_around()
            self._around.baseline = self._memory.baseline
            run = Run(self.run_id, interval, self._others, self.started_at, self._status)
            return summarise(run, self.subject, self._trace, self._client.missing, self._around)

    @overload
    def end(self, status: str = ..., *, wait: Literal[True] = ...) -> Report: ...
    @overload
    def end(self, status: str = ..., *, wait: Literal[False]) -> None: ...
    def end(self, status: str = "ok", *, wait: bool = True) -> Report | None:
        """Mark the end of the window at once.

        Parameters
        ----------
        status
            ``ok``, ``error`` or ``interrupted``.
        wait
            Whether to wait until the figure is final, at most a quarter of a second
            on a GPU, and return the report. Otherwise :attr:`report` has it later.
            The edge is marked at once either way.

        A second call changes nothing.

        Raises
        ------
        ValueError
            For another status than these.
        RuntimeError
            For a window that has not begun.
        """
        if self._begin_ns is None:
            raise RuntimeError("the window has not begun: call begin() first")
        if status not in STATUSES:
            raise ValueError(f"status is {status!r}, expected one of {', '.join(STATUSES)}")
        try:
            if self._end_ns is None:
                self._around.not_synchronised += synchronise()
        finally:
            if self._end_ns is None:
                self._end_ns = self._memory.clock_ns()
                self._status = status
            self._memory.window_ended(self.run_id, self._end_ns)
            self._end_once()  # also where an interrupt came between, the time before
        return self.report if wait else None

    def take_in(self, event: Event) -> None:
        """Take in what the sampler tells; the meter calls it from the sampler client's thread."""
        with self._memory.lock:
            point = self._book(event)
        if point is not None and self._on_point is not None:
            self._on_point(point)

    def _open(self, begin_ns: int) -> None:
        """Begin with what was read lately, and have what is read from now on."""
        with self._memory.lock:
            self._trace.domains = self._client.domains
            for id_, readings in self._memory.readings_before(begin_ns).items():
                self._trace.add_readings(id_, readings)
            self._memory.window_began(self.run_id, begin_ns)
            self._windows[self.run_id] = self
        self._client.begin(self.run_id, self.interval_s, watched=self.is_watched)

    def _book(self, event: Event) -> Point | None:
        """Book an event; return the point that it adds to an open window's curve."""
        if not self._trace.domains:
            self._trace.domains = self._client.domains  # the sampler was late to start
        if isinstance(event, Started):
            self._trace.restart(self._client.domains)
        elif isinstance(event, Sample):
            return self._add(event)
        elif isinstance(event, Polls):
            for id_, readings in event.readings.items():
                self._trace.add_readings(id_, readings)
        elif isinstance(event, ConditionsSeen):
            if self.is_open or not self._around.devices:
                self._around.add_conditions(event.conditions)
        elif isinstance(event, LoadSeen):
            self._add_load(event)
        elif event.window == self.run_id:
            self._settle(event)
        return None

    def _settle(self, event: Settled) -> None:
        self._around.other_meters = event.others
        self._look_around()
        self._is_settled = True

    def _look_around(self) -> None:
        """Note what lies near the window; long afterwards nobody knows it any more."""
        self._others = self._memory.windows_beside(self.run_id)
        self._around.periods = self._memory.periods

    def _add_load(self, seen: LoadSeen) -> None:
        self._around.tree_pids |= seen.pids
        if seen.mark == (BEGIN, self.run_id):
            self._around.begin_load = seen.load
        elif seen.mark == (END, self.run_id):
            self._around.end_load = seen.load

    def _add(self, sample: Sample) -> Point | None:
        assert self._begin_ns is not None
        is_end = sample.mark == (END, self.run_id)
        late = self._end_ns is not None and sample.t_ns > self._end_ns
        if sample.t_ns < self._begin_ns or (late and not is_end):
            for id_, reading in sample.domains.items():
                self._trace.add_readings(id_, (reading,))
            return None
        point = self._trace.add(sample)
        return point if self._end_ns is None else None


def _end(client: SamplerClient, memory: Memory, run_id: str) -> None:
    """End a window: its user has, or has dropped it."""
    memory.window_ended(run_id, memory.clock_ns())
    client.end(run_id)
