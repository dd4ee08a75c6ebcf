"""What a meter remembers beyond a single window."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ..clock import now_ns
from ..estimator.energy import nominal_period
from ..estimator.quantity import Interval
from ..estimator.refreshes import Period, observed_period
from ..sampler.accumulator import DomainSample
from ..sampler.reader import is_edge_polled
from ..sources.base import Domain
from .agreement import Agreement
from .baseline import Baseline
from .between import NEAR_S, EdgeSeen

REMEMBERED_S = 5.0
"""How old a reading may be for a window to use it."""
REMEMBERED_READINGS = 80
"""Of each domain."""
LEARN_NS = 200_000_000
REMEMBERED_WINDOWS = 64
"""Windows that have ended; those that are open are never forgotten."""

_time = attrgetter("t_ns")


@dataclass(eq=False)
class Edges:
    """When a window began and when it ended, CLOCK_MONOTONIC; ``None`` until it has.

    All that know a window hold the same edges, so that one assignment is a mark.
    """

    begin_ns: int | None = None
    end_ns: int | None = None


class Memory:
    """The latest readings, the counters' refresh periods, the windows' edges, the idle power.

    The meter adds to it and its windows read it, from several threads: hold `lock`
    while you use things that belong together.
    """

    def __init__(self, clock_ns: Callable[[], int] = now_ns) -> None:
        self.clock_ns = clock_ns
        """CLOCK_MONOTONIC, or a simulated one."""
        # Reentrant: the garbage collector may run a finalizer of the user's program
        # anywhere, and that may measure, too.
        self.lock = threading.RLock()
        self.baseline: Baseline | None = None
        self._recent: dict[str, deque[DomainSample]] = {}
        """In time order."""
        self._periods: dict[str, Period] = {}
        self._learnt_ns = clock_ns() - LEARN_NS
        self._windows: dict[str, Edges] = {}
        self._agreements: dict[str, Agreement] = {}
        self._last_end = EdgeSeen(0, {})
        """When a window ended last, and what was read about then."""

    def add(self, id_: str, readings: Iterable[DomainSample]) -> None:
        """Remember readings of a domain in place of its oldest."""
        with self.lock:
            recent = self._recent.setdefault(id_, deque(maxlen=REMEMBERED_READINGS))
            known_ns = latest_ns = recent[-1].t_ns if recent else -1
            in_time_order = True
            for reading in readings:
                # The reading at an edge of two windows comes for each of them.
                if reading.t_ns != known_ns:
                    in_time_order &= reading.t_ns >= latest_ns
                    latest_ns = reading.t_ns
                    recent.append(reading)
            if not in_time_order:
                in_order = {reading.t_ns: reading for reading in sorted(recent, key=_time)}
                self._recent[id_] = deque(in_order.values(), maxlen=REMEMBERED_READINGS)

    def forget_readings(self) -> None:
        """Forget all readings: those to come are on another scale."""
        with self.lock:
            self._recent.clear()
            self._last_end = EdgeSeen(0, {})

    def readings_before(self, t_ns: int) -> dict[str, list[DomainSample]]:
        """Return the readings that a window from `t_ns` on can use, by domain, in time order."""
        since_ns = t_ns - int(REMEMBERED_S * 1e9)
        with self.lock:
            return {id_: self._since(id_, since_ns) for id_ in self._recent}

    @property
    def periods(self) -> dict[str, Period]:
        """The observed refresh period of each counter."""
        with self.lock:
            return dict(self._periods)

    def learn_periods(self, domains: Sequence[Domain]) -> None:
        """Learn the refresh periods of these domains' counters from the latest readings.

        Where short windows follow each other, not after each of them.
        """
        now_ns = self.clock_ns()
        since_ns = now_ns - int(REMEMBERED_S * 1e9)
        with self.lock:
            if now_ns - self._learnt_ns < LEARN_NS:
                return
            self._learnt_ns = now_ns
            for domain in domains:
                if is_edge_polled(domain):
                    nominal = nominal_period(domain)
                    known = self._periods.get(domain.id, nominal)
                    recent = self._since(domain.id, since_ns)
                    self._periods[domain.id] = observed_period(recent, nominal, known)

    @property
    def agreements(self) -> dict[str, Agreement]:
        """How well each counter agrees with the power reported beside it, in all windows so far."""
        with self.lock:
            return dict(self._agreements)

    def add_agreement(self, id_: str, seen: Agreement) -> None:
        """Take in what a window says of a counter and the power reported beside it."""
        with self.lock:
            self._agreements[id_] = self._agreements.get(id_, Agreement()) + seen

    def add_window(self, run_id: str, edges: Edges) -> None:
        """Remember a window that is about to begin, and forget the oldest that have ended."""
        with self.lock:
            ended = [id_ for id_, each in self._windows.items() if each.end_ns is not None]
            for id_ in ended[:-REMEMBERED_WINDOWS]:
                del self._windows[id_]
            self._windows[run_id] = edges

    def add_end(self, t_ns: int, readings: Mapping[str, Sequence[DomainSample]]) -> None:
        """Remember what was read about the end of a window."""
        reach_ns = int(NEAR_S * 1e9)
        with self.lock:
            if t_ns > self._last_end.t_ns:
                near = {
                    id_: [r for r in those if abs(r.t_ns - t_ns) < reach_ns]
                    for id_, those in readings.items()
                }
                self._last_end = EdgeSeen(t_ns, near)

    @property
    def last_end(self) -> EdgeSeen | None:
        """When the last window ended; ``None`` while one is open, or before the first."""
        with self.lock:
            begun = [each for each in self._windows.values() if each.begin_ns is not None]
            ends_ns = [each.end_ns for each in begun if each.end_ns is not None]
            if not begun or len(ends_ns) < len(begun):
                return None
            ends = self._last_end.readings
            readings = {id_: (*ends.get(id_, ()), *recent) for id_, recent in self._recent.items()}
            return EdgeSeen(max(ends_ns), readings)

    def windows_beside(self, run_id: str) -> list[Interval]:
        """Return the other windows that have begun, which may share a refresh with this one."""
        with self.lock:
            return [
                Interval(each.begin_ns, each.end_ns)
                for id_, each in self._windows.items()
                if id_ != run_id and each.begin_ns is not None
            ]

    def _since(self, id_: str, t_ns: int) -> list[DomainSample]:
        recent = self._recent.get(id_)
        if not recent or recent[0].t_ns > t_ns:
            return list(recent or ())
        return [reading for reading in recent if reading.t_ns > t_ns]
