"""The meter: opens windows on the sampler and turns what was sampled into reports."""

from __future__ import annotations

import atexit
import functools
import os
import threading
import time
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, Literal, ParamSpec, TypeVar, overload
from weakref import WeakValueDictionary

from ..sampler.client import ConditionsSeen, Event, LoadSeen, Polls, SamplerClient, Settled, Started
from ..sampler.messages import BEGIN, END, DomainSample, Sample
from ..sampler.reader import is_hunted
from ..sources.base import Conditions, Discovery, Domain, Missing
from .baseline import Baseline
from .refreshes import QUICK_S, Period, observed_period
from .report import STATUSES, Report
from .summary import Run, Subject, summarise
from .surroundings import Surroundings
from .synchronise import synchronise
from .trace import Point, Trace
from .uncertainty import Span, nominal_period

INTERVAL_S = 0.1
SHORTEST_INTERVAL_S = 0.001
END_TIMEOUT_S = 3.0
"""How long `end` waits for the last sample; a report without it says so."""
PREPARE_TIMEOUT_S = 0.003
"""How long making a window waits for a reading from right before its edge."""
SETTLE_TIMEOUT_S = 1.0
"""How long it then waits for the counters' next refreshes, which take a quarter of a second."""
REMEMBERED_S = 5.0
"""How far back readings from before a window are of use to it."""
REMEMBERED_READINGS = 80
REMEMBERED_SPANS = 64
"""Windows that have ended; those that are open are never forgotten."""

P = ParamSpec("P")
R = TypeVar("R")


class Meter:
    """Measures windows. One sampler process, started on the first `begin`.

    Parameters
    ----------
    interval_s
        The sampling period, in seconds. It shapes the curve; the joules come
        from readings at the window's two edges.

    Examples
    --------
    >>> with Meter() as meter:
    ...     window = meter.begin("epoch")
    ...     train()
    ...     report = window.end()
    """

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        if not SHORTEST_INTERVAL_S <= interval_s <= 3600:
            raise ValueError(
                f"interval_s is {interval_s!r}: give a sampling period between "
                f"{SHORTEST_INTERVAL_S:g} and 3600 seconds (0.1 is ten samples a second)"
            )
        self.interval_s = interval_s
        # A window that its user drops without ending it is ended here.
        self._windows: WeakValueDictionary[str, Window] = WeakValueDictionary()
        # Whoever holds it may come back: the garbage collector runs a program's own
        # finalizers anywhere, and these may measure, too.
        self._lock = threading.RLock()
        self._recent: dict[str, deque[DomainSample]] = {}
        self._spans: list[_Edges] = []
        self._periods: dict[str, Period] = {}
        self.baseline: Baseline | None = None
        """The idle power that net energy is counted from, once it was measured."""
        self._client = SamplerClient(self._on_event)
        atexit.register(self.close)

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def sampler_pid(self) -> int | None:
        """The sampler's process id, ``None`` while there is none."""
        return self._client.pid

    @property
    def open_windows(self) -> int:
        """How many windows are open."""
        return len(self.windows)

    @property
    def windows(self) -> list[Window]:
        """The windows that are open."""
        return [window for window in list(self._windows.values()) if window.is_open]

    @property
    def periods(self) -> dict[str, Period]:
        """The refresh period of each counter of which refreshes were seen."""
        return dict(self._periods)

    def discover(self) -> Discovery:
        """Return what this machine can tell and what not, from the sampler's own probe."""
        self._client.start()
        return Discovery(self._client.domains, self._client.missing)

    def begin(self, label: str | None = None, *, stage: str | None = None) -> Window:
        """Open a window; the joules count from now on."""
        window = self.window(Subject(label=label, stage=stage))
        window.begin()
        return window

    def window(
        self, subject: Subject | None = None, on_point: Callable[[Point], None] | None = None
    ) -> Window:
        """Return a window that is ready to begin: nothing is counted yet.

        The sampler runs and has read the counters, for which this waits some tenths
        of a millisecond, 3 ms at most. Beginning it then is only a mark: do so soon, as
        a short window is told the better the younger the reading before it is.

        Parameters
        ----------
        subject
            What the window is about.
        on_point
            Called from another thread for each new point of the curve.
        """
        self._client.start()
        self._client.prepare()
        window = Window(self, subject or Subject(), on_point)
        self._client.wait_until_prepared(PREPARE_TIMEOUT_S)
        return window

    def close(self) -> None:
        """End the sampler. Windows that are still open end with what was read so far."""
        atexit.unregister(self.close)
        self._client.close()

    def _on_event(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, Sample):
                for id_, reading in event.domains.items():
                    self._remember(id_, reading)
            elif isinstance(event, Polls):
                for id_, readings in event.readings.items():
                    for reading in readings:
                        self._remember(id_, reading)
            elif isinstance(event, Settled):
                self._learn_periods()
            elif isinstance(event, Started):
                self._recent.clear()
            windows = list(self._windows.values())
        for window in windows:
            window._on_event(event)  # noqa: SLF001  (a window is a part of its meter)
        if isinstance(event, Settled):
            self._forget(event.window)

    def _remember(self, id_: str, reading: DomainSample) -> None:
        self._recent.setdefault(id_, deque(maxlen=REMEMBERED_READINGS)).append(reading)

    def _recent_since(self, id_: str, t_ns: int) -> list[DomainSample]:
        recent = [r for r in self._recent.get(id_, ()) if r.t_ns > t_ns]
        return sorted(recent, key=lambda r: r.t_ns)

    def _learn_periods(self) -> None:
        since_ns = time.monotonic_ns() - int(REMEMBERED_S * 1e9)
        for domain in self._client.domains:
            if is_hunted(domain):
                nominal = nominal_period(domain)
                known = self._periods.get(domain.id, nominal)
                recent = self._recent_since(domain.id, since_ns)
                self._periods[domain.id] = observed_period(recent, nominal, known)

    def _open(self, window: Window, edges: _Edges) -> None:
        with self._lock:
            since_ns = edges.begin_ns - int(REMEMBERED_S * 1e9)
            window._trace.domains = self._client.domains  # noqa: SLF001
            for id_ in self._recent:
                window._trace.add_readings(id_, self._recent_since(id_, since_ns))  # noqa: SLF001
            self._windows[window.run_id] = window
            ended = [other for other in self._spans if other.end_ns is not None]
            for other in ended[:-REMEMBERED_SPANS]:
                self._spans.remove(other)
            self._spans.append(edges)
        self._client.begin(window.run_id, self.interval_s, watched=window.is_watched)

    def _near(self, edges: _Edges) -> list[tuple[int, int | None]]:
        """Return the windows that may share a refresh with this one."""
        with self._lock:
            spans = [other for other in self._spans if other is not edges]
        return [(other.begin_ns, other.end_ns) for other in spans]

    def _forget(self, run_id: str) -> None:
        with self._lock:
            self._windows.pop(run_id, None)


@dataclass(eq=False)
class _Edges:
    """When a window began and ended, which others have to know."""

    begin_ns: int
    end_ns: int | None = None


def _now() -> str:
    """Return the time for people, RFC 3339 in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _end(client: SamplerClient, run_id: str, edges: _Edges) -> None:
    """End a window: its user has, or has dropped it."""
    if edges.end_ns is None:
        edges.end_ns = time.monotonic_ns()
    client.end(run_id)


class Window:
    """A stretch of time that is measured. Made by :meth:`Meter.begin` or :meth:`Meter.window`."""

    def __init__(
        self, meter: Meter, subject: Subject, on_point: Callable[[Point], None] | None
    ) -> None:
        self.run_id = uuid.uuid4().hex
        self.subject = subject
        self.started_at = _now()
        self._meter = meter
        self._client = meter._client  # noqa: SLF001  (a window is a part of its meter)
        self._trace = Trace(self._client.domains, meter.interval_s)
        self._on_point = on_point
        self._status = "ok"
        self._report: Report | None = None
        self._edges: _Edges | None = None
        self._around = Surroundings()
        self._near: list[tuple[int, int | None]] = []
        self._is_settled = False

    def begin(self) -> None:
        """Mark the begin of the window, once the GPU has done what it was given before.

        A second call changes nothing.
        """
        if self._edges is None:
            try:
                self._around.not_synchronised += synchronise()
            finally:  # the cell runs all the same where somebody interrupts the synchronising
                edges = _Edges(time.monotonic_ns())
                self.started_at = _now()
                self._end_once = weakref.finalize(self, _end, self._client, self.run_id, edges)
                self._end_once.atexit = False
                self._edges = edges
                self._meter._open(self, edges)  # noqa: SLF001  (a part of its meter)

    @property
    def is_watched(self) -> bool:
        """Whether somebody wants each point of the curve as it comes."""
        return self._on_point is not None

    @property
    def settles_soon(self) -> bool:
        """Whether the report is final some milliseconds after the end, as no counter is slow."""
        return all(d.resolution_s < QUICK_S for d in self._trace.domains if is_hunted(d))

    @property
    def begin_ns(self) -> int | None:
        """When it began, CLOCK_MONOTONIC in nanoseconds."""
        return self._edges.begin_ns if self._edges else None

    @property
    def end_ns(self) -> int | None:
        """When it ended, CLOCK_MONOTONIC in nanoseconds."""
        return self._edges.end_ns if self._edges else None

    @property
    def duration_s(self) -> float:
        """The seconds since it began, or those that it took."""
        if self._edges is None:
            return 0.0
        return ((self._edges.end_ns or time.monotonic_ns()) - self._edges.begin_ns) * 1e-9

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended."""
        return self._edges is not None and self._edges.end_ns is None

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
        return self._meter.baseline

    @property
    def conditions(self) -> dict[str, Conditions]:
        """What each device was doing when it was last asked, by domain."""
        with self._meter._lock:  # noqa: SLF001  (its thread adds to them)
            return self._around.newest_conditions()

    @property
    def process_ids(self) -> frozenset[int]:
        """The ids of this program and its descendants, as last seen; empty before they were."""
        with self._meter._lock:  # noqa: SLF001  (its thread adds to them)
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
        if self._edges is None or self._edges.end_ns is None:
            raise RuntimeError("the window has not ended: call begin() and end() first")
        if self._report is None:
            self._client.wait_for_end(self.run_id, END_TIMEOUT_S)
            self.wait_until_settled(SETTLE_TIMEOUT_S)
            with self._meter._lock:  # noqa: SLF001  (a window is a part of its meter)
                if self._report is None:  # else another thread has asked for it as well
                    self._report = self._summary()
            self._meter._forget(self.run_id)  # noqa: SLF001  (a window is a part of its meter)
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
        if self._edges is None or self._edges.end_ns is None:
            raise RuntimeError("the window has not ended: call begin() and end() first")
        if self._report is not None:
            return self._report
        self._client.wait_for_end(self.run_id, END_TIMEOUT_S)
        return self._summary()

    def wait_until_settled(self, timeout_s: float) -> bool:
        """Wait until :attr:`report` has all that there is to know; return whether it has."""
        return self._client.wait_until_settled(self.run_id, timeout_s)

    def _summary(self) -> Report:
        assert self._edges is not None
        assert self._edges.end_ns is not None
        with self._meter._lock:  # noqa: SLF001  (its thread adds to the trace)
            if not self._is_settled:
                self._look_around(self._edges)
            span = Span(self._edges.begin_ns, self._edges.end_ns, self._near)
            self._around.baseline = self._meter.baseline
            run = Run(self.run_id, span, self.started_at, self._status)
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
        if self._edges is None:
            raise RuntimeError("the window has not begun: call begin() first")
        if status not in STATUSES:
            raise ValueError(f"status is {status!r}, expected one of {', '.join(STATUSES)}")
        try:
            if self._edges.end_ns is None:
                self._around.not_synchronised += synchronise()
        finally:
            if self._edges.end_ns is None:
                self._edges.end_ns = time.monotonic_ns()
                self._status = status
            self._end_once()  # also where an interrupt came between, the time before
        return self.report if wait else None

    def _on_event(self, event: Event) -> None:
        with self._meter._lock:  # noqa: SLF001  (a window is a part of its meter)
            point = self._take_in(event)
        if point is not None and self._on_point is not None:
            self._on_point(point)

    def _take_in(self, event: Event) -> Point | None:
        """Book what the sampler tells; return the point that it adds to an open window's curve."""
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
        assert self._edges is not None
        self._around.other_meters = event.others
        self._look_around(self._edges)
        self._is_settled = True

    def _look_around(self, edges: _Edges) -> None:
        """Note what lies near the window; long afterwards nobody knows it any more."""
        self._near = self._meter._near(edges)  # noqa: SLF001  (a window is a part of its meter)
        self._around.periods = self._meter.periods

    def _add_load(self, seen: LoadSeen) -> None:
        self._around.tree_pids |= seen.pids
        if seen.mark == (BEGIN, self.run_id):
            self._around.begin_load = seen.load
        elif seen.mark == (END, self.run_id):
            self._around.end_load = seen.load

    def _add(self, sample: Sample) -> Point | None:
        edges = self._edges
        assert edges is not None
        is_end = sample.mark == (END, self.run_id)
        late = edges.end_ns is not None and sample.t_ns > edges.end_ns
        if sample.t_ns < edges.begin_ns or (late and not is_end):
            for id_, reading in sample.domains.items():
                self._trace.add_readings(id_, (reading,))
            return None
        point = self._trace.add(sample)
        return point if edges.end_ns is None else None


# --- one meter for everybody ----------------------------------------------------------------

_shared: Meter | None = None
_shared_pid = 0


def shared_meter() -> Meter:
    """Return this process's meter, made on the first use (and anew after a fork)."""
    global _shared, _shared_pid
    if _shared is None or _shared_pid != os.getpid():
        _shared, _shared_pid = Meter(), os.getpid()
    return _shared


def close_shared_meter() -> None:
    """End this process's sampler; the next use starts another."""
    global _shared  # noqa: PLW0603  (one sampler per process is the point)
    if _shared is not None and _shared_pid == os.getpid():
        _shared.close()
    _shared = None


def discover() -> Discovery:
    """Return what this machine can tell, what not, why, and the remedy."""
    return shared_meter().discover()


on_block_end: list[Callable[[Window], None]] = []
"""Called with the window of each `measure` block that has ended; they must not raise."""


class measure:  # noqa: N801  (used like a function: `with measure("fit"):`)
    """Measure a block: ``with measure("fit", stage="training") as m: …``, then ``m.report``.

    The block's exceptions pass through; the report then has the status
    ``error`` or ``interrupted``.
    """

    def __init__(self, label: str | None = None, *, stage: str | None = None) -> None:
        self._subject = Subject(label=label, stage=stage)
        self._window: Window | None = None

    def __enter__(self) -> measure:
        self._window = shared_meter().window(self._subject)
        self._window.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._window is not None
        self._window.end(status_of(error), wait=False)
        for tell in tuple(on_block_end):
            tell(self._window)

    @property
    def report(self) -> Report:
        """The report of the block, once it has ended."""
        if self._window is None:
            raise RuntimeError("nothing was measured yet: use it in a `with` statement")
        return self._window.report


@overload
def measured(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def measured(
    *, label: str | None = ..., stage: str | None = ...
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def measured(
    function: Callable[P, R] | None = None, /, *, label: str | None = None, stage: str | None = None
) -> Any:
    """Measure each call of a function; its attribute ``report`` is that of the last call.

    Without a `label` the function's name is used.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            block = measure(label or function.__qualname__, stage=stage)
            try:
                with block:
                    return function(*args, **kwargs)
            finally:
                wrapper.report = block.report  # type: ignore[attr-defined]

        return wrapper

    return decorate if function is None else decorate(function)


def status_of(error: BaseException | None) -> str:
    """Return a report's status for how a block ended."""
    if error is None:
        return "ok"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
