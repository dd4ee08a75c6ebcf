"""A window: a stretch of time, its two edges, and the report on what was used between them."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Literal, overload

from ..report import times
from ..report.fields import STATUSES
from ..report.report import Report
from ..sampler.client import SamplerClient
from ..sampler.edge_polling import QUICK_S
from ..sampler.events import Event
from ..sampler.reader import is_edge_polled
from ..sources.base import Domain, Missing
from .achieving import Achieving
from .baseline import Baseline
from .between import Between
from .bookings import Bookings
from .budget import Budget
from .edge_counters import EdgeCounter
from .elsewhere import Elsewhere, HostsSoFar
from .memory import Edges, Memory
from .own_thread import OwnThread
from .recording import Recording
from .summary import Subject
from .synchronise import synchronise, uses_frameworks
from .trace import Point

END_TIMEOUT_S = 3.0
"""How long `end` waits for the last sample; a report without it says so."""
SETTLE_TIMEOUT_S = 1.9
"""How long it then waits for the counters' next refreshes, which take a quarter of a second, and
of boards whose driver is slow a second more."""
ELSEWHERE_S = 4.0
"""How long it then waits for other hosts, whose counters take as long."""


class Window(Achieving):
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
        budget: Budget | None = None,
        bookings: Bookings | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.run_id = uuid.uuid4().hex
        self.subject = subject
        self.started_at = times.now()
        self.recording = Recording(self.run_id, client, memory, interval_s)
        """What was read so far."""
        self._client = client
        self._memory = memory
        self._windows = windows
        """Those that receive events: this one from its begin until it is settled."""
        self._on_point = on_point
        self._budget = budget
        self._bookings = bookings
        self._elsewhere = elsewhere
        self.parent: str | None = None
        """The window that was open when this one began, the innermost of several."""
        self._end_if_dropped: weakref.finalize[..., Window] | None = None
        self._status = "ok"
        self._report: Report | None = None
        self._own_thread = OwnThread()

    def begin(self) -> None:
        """Mark the begin of the window, once the GPU has finished its earlier work.

        The mark comes last of all: what else there is to do at a begin would be in the
        window, at the power of before. A second call changes nothing.
        """
        edges = self.recording.edges
        if edges.begin_ns is None:
            try:
                self._open_elsewhere()
                if not self.recording.follows:
                    self._client.wait_until_prepared()
                self.recording.surroundings.not_synchronised += synchronise()
                self._own_thread.begin()
                self._open()
                edges.begin_ns = self._memory.clock_ns()
                if self._elsewhere is not None:
                    self._elsewhere.begin(edges.begin_ns)
            except BaseException:  # the cell runs even if the user interrupts what comes before it
                if edges.begin_ns is None:
                    self._open()
                    edges.begin_ns = self._memory.clock_ns()
                raise

    def mark(self, text: str) -> None:
        """Put a tick on the curve here, as ``epoch 3``; outside the window it does nothing."""
        if self.is_open:
            self.recording.marks.add(self._memory.clock_ns(), text)

    def cancel(self) -> None:
        """End it if it has begun, as an interrupt has kept what was to be measured from running."""
        if self.is_open:
            self.end("interrupted", wait=False)

    @property
    def is_watched(self) -> bool:
        """Whether each point of the curve is passed on at once."""
        return self._on_point is not None or self._budget is not None

    @property
    def settles_soon(self) -> bool:
        """Whether the report is final some milliseconds after the end, as no counter is slow."""
        return all(d.resolution_s < QUICK_S for d in self.domains if is_edge_polled(d))

    @property
    def begin_ns(self) -> int | None:
        """When it began, CLOCK_MONOTONIC in nanoseconds."""
        return self.recording.edges.begin_ns

    @property
    def end_ns(self) -> int | None:
        """When it ended, CLOCK_MONOTONIC in nanoseconds."""
        return self.recording.edges.end_ns

    @property
    def duration_s(self) -> float:
        """Its length in seconds, or how long it has been open."""
        if self.begin_ns is None:
            return 0.0
        return ((self.end_ns or self._memory.clock_ns()) - self.begin_ns) * 1e-9

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended."""
        return self.recording.is_open

    @property
    def energy_so_far_j(self) -> float | None:
        """Its joules until its end or now, those since the last reading at the power of then.

        It waits for nothing and has no ±: the report is more exact. ``None`` where nothing was
        read yet.
        """
        newest = self.recording.newest
        if newest is None or newest.total_j is None or self.begin_ns is None:
            return None
        counted = {domain.id for domain in self.domains if domain.counted}
        power_w = sum(watts or 0.0 for id_, watts in newest.power_w.items() if id_ in counted)
        since_s = self.duration_s - (newest.t_ns - self.begin_ns) * 1e-9
        return newest.total_j + power_w * max(0.0, since_s)

    def others_so_far(self) -> HostsSoFar | None:
        """Return what other hosts have told of it by now; ``None`` where none are metered."""
        return self._elsewhere.so_far(self.domains) if self._elsewhere is not None else None

    @property
    def domains(self) -> Sequence[Domain]:
        """What is being read."""
        return self.recording.trace.domains

    @property
    def counters(self) -> Mapping[str, EdgeCounter]:
        """What the hardware's counters showed at both edges; empty while the window is open."""
        return self.recording.counters()

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What cannot be read, with reasons and remedies."""
        return self.recording.missing

    @property
    def interval_s(self) -> float:
        """The sampling period, in seconds."""
        return self.recording.trace.interval_s

    @property
    def baseline(self) -> Baseline | None:
        """The idle power above which net energy counts, once it was measured."""
        return self._memory.baseline

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
            self._client.wait_until_settled(self.run_id, SETTLE_TIMEOUT_S)
            if self._elsewhere is not None:
                self._elsewhere.wait(ELSEWHERE_S)
            with self._memory.lock:
                if self._report is None:  # else another thread has made it
                    self._report = self._summary()
                self._windows.pop(self.run_id, None)
            if self._elsewhere is not None:
                self._book()  # what was handed in may have been without the others
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
        return self.report_within(END_TIMEOUT_S)

    def report_within(self, timeout_s: float) -> Report:
        """Return the report from what is known after waiting so long for the reading at the end.

        It never waits for refreshes. Without that reading its interval is wider still.

        Raises
        ------
        RuntimeError
            While the window is open.
        """
        self._require_ended()
        if self._report is not None:
            return self._report
        self._client.wait_for_end(self.run_id, timeout_s)
        return self._summary()

    def before(self) -> Between | None:
        """Return what was used from the end of the window before to this one's begin.

        Only of counters, which go on by themselves; ``None`` where another window was open, or
        none had ended.

        Raises
        ------
        RuntimeError
            While the window is open.
        """
        self._require_ended()
        return self.recording.before()

    def wait_until_read(self, timeout_s: float) -> bool:
        """Wait for the reading at the end, usually less than a millisecond; say if it is there."""
        return self._client.wait_for_end(self.run_id, timeout_s)

    def wait_until_settled(self, timeout_s: float) -> bool:
        """Wait until :attr:`report` would be final; return whether it is."""
        is_settled = self._client.wait_until_settled(self.run_id, timeout_s)
        return is_settled and (self._elsewhere is None or self._elsewhere.wait(timeout_s))

    def _require_ended(self) -> None:
        if self.end_ns is None:
            raise RuntimeError("the window has not ended: call begin() and end() first")

    def report_so_far(self) -> Report:
        """Return the report from what is known by now, without waiting.

        Of a window that is open it goes up to the newest sample.
        """
        return self._report or self._summary()

    def leave_unbooked(self) -> None:
        """Keep the report out of the ledger; to be called before the begin."""
        self._bookings = None

    def _book(self) -> None:
        """Hand the report in to the ledger, or hand it in again, once the window has ended."""
        if self._bookings is not None and self.end_ns is not None:
            self._bookings.ended(self)

    def _summary(self) -> Report:
        report = self.recording.report(self.subject, self.started_at, self._status)
        if self._elsewhere is not None:
            report = self._elsewhere.joined(report)
        return self._budget.told_in(report) if self._budget is not None else report

    @overload
    def end(self, status: str = ..., *, wait: Literal[True] = ...) -> Report: ...
    @overload
    def end(self, status: str = ..., *, wait: Literal[False]) -> None: ...
    def end(self, status: str = "ok", *, wait: bool = True) -> Report | None:
        """Mark the end of the window at once. A second call changes nothing.

        Parameters
        ----------
        status
            ``ok``, ``error`` or ``interrupted``.
        wait
            Whether to wait until the figure is final, at most a quarter of a second
            on a GPU, and return the report. Otherwise :attr:`report` has it later.
            The edge is marked at once either way.

        Raises
        ------
        ValueError
            For another status than these.
        RuntimeError
            For a window that has not begun.
        """
        called_ns = self._memory.clock_ns()  # the lines from here on are none of the caller's
        edges = self.recording.edges
        if edges.begin_ns is None:
            raise RuntimeError("the window has not begun: call begin() first")
        if status not in STATUSES:
            raise ValueError(f"status is {status!r}, expected one of {', '.join(STATUSES)}")
        try:
            if self._budget is not None:
                self._budget.over()
            if edges.end_ns is None:
                self._status = status
                self.recording.surroundings.not_synchronised += synchronise()
                edges.end_ns = self._memory.clock_ns() if uses_frameworks() else called_ns
                self.recording.surroundings.own_thread_s = self._own_thread.used_s()
            self._close()
            self.recording.choose_gpus_for_good()
        except BaseException:  # it ends even if the user interrupts this
            if edges.end_ns is None:
                self._status = status
            self._close()
            self._book()
            raise
        self._book()
        return self.report if wait else None

    def end_as_marked(self, begin_ns: int, end_ns: int) -> None:
        """End it between these two times, as whoever it is metered for has marked them.

        The sensors were read about each of them. CLOCK_MONOTONIC in nanoseconds.
        """
        edges = self.recording.edges
        edges.begin_ns, edges.end_ns = begin_ns, max(begin_ns, end_ns)
        self._close()
        self.recording.choose_gpus_for_good()

    def take_in(self, event: Event) -> None:
        """Take in what the sampler sends; the meter calls it from the sampler client's thread."""
        point = self.recording.add(event)
        if point is None:
            return
        if self._on_point is not None:
            self._on_point(point)
        if self._budget is not None:
            self._budget.take(point, self.duration_s)

    def _open(self) -> None:
        """Start with the latest readings, and receive those from now on.

        A second call does what an interrupt has kept the first one from.
        """
        if self._end_if_dropped is None:
            what = self._client, self._memory, self.recording.edges, self.run_id
            self._end_if_dropped = weakref.finalize(self, _end, *what)
            self._end_if_dropped.atexit = False
        opened = None
        with self._memory.lock:  # no reading falls between the two
            if self.run_id not in self._windows:
                self.started_at = times.now()
                self.parent = self._innermost()
                self.recording.begin()
                self._memory.add_window(self.run_id, self.recording.edges)
                self._windows[self.run_id] = self
        if self._bookings is not None:
            opened = self._bookings.opened(self)
        self._client.begin(self.run_id, self.interval_s, watched=self.is_watched, opened=opened)

    def _open_elsewhere(self) -> None:
        if self._elsewhere is not None:
            self._elsewhere.open(self.run_id)
            self._client.prepare()  # what was read before is old by now

    def _innermost(self) -> str | None:
        """Return the window that began last of those that are open."""
        others = (window for window in list(self._windows.values()) if window.is_open)
        found = max(others, key=lambda window: window.begin_ns or 0, default=None)
        return found.run_id if found is not None else None

    def _close(self) -> None:
        """Say that it has ended; a second call changes nothing."""
        edges = self.recording.edges
        _end(self._client, self._memory, edges, self.run_id)
        if self._elsewhere is not None and edges.begin_ns is not None and edges.end_ns is not None:
            self._elsewhere.end(edges.begin_ns, edges.end_ns)
        if self._end_if_dropped is not None:
            self._end_if_dropped.detach()


def _end(client: SamplerClient, memory: Memory, edges: Edges, run_id: str) -> None:
    """End a window that its user has ended, or dropped."""
    if edges.end_ns is None:
        edges.end_ns = memory.clock_ns()
    client.end(run_id, (edges.begin_ns or edges.end_ns, edges.end_ns))
