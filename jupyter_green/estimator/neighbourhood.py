"""What was seen near a window's edges: readings, refreshes, and the mean powers between these."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..sampler.accumulator import DomainSample
from .quantity import Interval
from .refreshes import Period, Refresh, refreshes

NEAR = 5
"""Refreshes on each side of an edge that are taken into account."""
KEPT_AT_EDGES = 100
"""Readings at each end of a window that are never thinned: the refreshes around the edges are in
them."""
NEAR_PERIODS = 25
"""Readings that are further away, and not among the nearest 100, tell nothing of an edge."""
TIMING_SD = 0.577
"""The standard deviation of a refresh's time, in half-widths of its bounds: anywhere in them."""


@dataclass(frozen=True)
class Stretch:
    """The time between two neighbouring refreshes and the mean power in it."""

    begin_ns: float
    end_ns: float
    power_w: float
    sd_w: float
    whole: bool
    """Whether no window's edge lies in it."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end_ns - self.begin_ns) * 1e-9


@dataclass(frozen=True)
class Neighbourhood:
    """What is known of one domain near a window's edges.

    Parameters
    ----------
    window
        Begin and end, CLOCK_MONOTONIC in ns.
    windows
        This one first, then those near it.
    readings
        All of the domain's good readings that are remembered, in time order.
    seen
        The refreshes that were seen in the readings around both edges.
    near
        Those few of them that are taken into account.
    """

    window: tuple[int, int]
    windows: Sequence[Interval]
    readings: Sequence[DomainSample]
    period: Period
    seen: Sequence[Refresh]
    near: Sequence[Refresh]
    edges_ns: Sequence[int]
    stretches: Sequence[Stretch]

    def window_at(self, t_ns: float) -> Interval | None:
        """Return the window that is open at a time, this one before any other."""
        return next((w for w in self.windows if _is_within(w, t_ns)), None)

    def stretch_at(self, t_ns: float) -> Stretch | None:
        """Return the stretch between refreshes in which a time lies."""
        return next((s for s in self.stretches if s.begin_ns <= t_ns < s.end_ns), None)

    def is_inside(self, stretch: Stretch) -> bool:
        """Whether a window was open in the middle of a stretch."""
        return self.window_at((stretch.begin_ns + stretch.end_ns) / 2) is not None

    def crosses_edge(self, begin_ns: float, end_ns: float) -> bool:
        """Whether any window near began or ended between two times."""
        return _any_within(self.edges_ns, begin_ns, end_ns)

    def slope_w(self, refresh: Refresh) -> float:
        """Return the power at a refresh, the higher one where it is not known."""
        beside = [s for s in self.stretches if refresh.t_ns in (s.begin_ns, s.end_ns)]
        whole = [s.power_w for s in beside if s.whole]
        if whole:
            return sum(whole) / len(whole)
        return max(s.power_w for s in beside)

    def bounds_j(self) -> tuple[float, float]:
        """Return what the window used at least and at most: power is never negative."""
        t0_ns, t1_ns = self.window
        before = [r.energy_j for r in self.seen if r.latest_ns <= t0_ns]
        after = [r.energy_j for r in self.seen if r.earliest_ns >= t1_ns]
        inside = [r.energy_j for r in self.seen if t0_ns <= r.earliest_ns and r.latest_ns <= t1_ns]
        least_j = inside[-1] - inside[0] if inside else 0.0
        return least_j, after[0] - before[-1] if before and after else math.inf

    def distance_s(self) -> float:
        """Return how far it is from the farther edge to the refresh that is nearest to it."""
        return max(min(abs(r.t_ns - t_ns) for r in self.near) * 1e-9 for t_ns in self.window)


def around(
    readings: Sequence[DomainSample],
    window: tuple[int, int],
    others: Sequence[Interval],
    period: Period,
) -> Neighbourhood | None:
    """Return what is known near a window's edges, ``None`` where fewer than two refreshes are."""
    seen = refreshes(_around(readings, window, period), period)
    near = _near(seen, window)
    if len(near) < 2:
        return None
    windows = [Interval(*window), *others]
    edges_ns = sorted(
        t
        for t in {t for pair in windows for t in pair if t is not None}
        if near[0].t_ns < t < near[-1].t_ns or t in window
    )
    stretches = [_stretch(a, b, edges_ns) for a, b in itertools.pairwise(near)]
    return Neighbourhood(window, windows, readings, period, seen, near, edges_ns, stretches)


def before(readings: Sequence[DomainSample], t_ns: float) -> int:
    """Return how many readings are earlier than a time."""
    return bisect.bisect_left(readings, t_ns, key=lambda r: r.t_ns)


def after(readings: Sequence[DomainSample], t_ns: float) -> int:
    """Return the place of the first reading that is later than a time."""
    return bisect.bisect_right(readings, t_ns, key=lambda r: r.t_ns)


def _around(
    readings: Sequence[DomainSample], window: tuple[int, int], period: Period
) -> Sequence[DomainSample]:
    """Return the readings around both edges: of a long window most lie far from either."""
    reach_ns = NEAR_PERIODS * period.seconds * 1e9
    begin, end = (
        slice(
            max(0, min(before(readings, t_ns) - KEPT_AT_EDGES, before(readings, t_ns - reach_ns))),
            max(after(readings, t_ns) + KEPT_AT_EDGES, after(readings, t_ns + reach_ns)),
        )
        for t_ns in window
    )
    if end.start <= begin.stop:
        return readings[begin.start : end.stop]
    return [*readings[begin], *readings[end]]


def _near(seen: Sequence[Refresh], window: tuple[int, int]) -> list[Refresh]:
    """Return the refreshes around both edges; what lies between does not matter."""
    kept: set[int] = set()
    times_ns = [r.t_ns for r in seen]
    for edge_ns in window:
        at = bisect.bisect_right(times_ns, edge_ns)
        kept.update(range(max(0, at - NEAR), min(len(seen), at + NEAR)))
    return [seen[i] for i in sorted(kept)]


def _stretch(a: Refresh, b: Refresh, edges_ns: Sequence[int]) -> Stretch:
    seconds = max(b.t_ns - a.t_ns, 1.0) * 1e-9
    power_w = (b.energy_j - a.energy_j) / seconds
    timing_s = math.hypot(a.margin_ns, b.margin_ns) * 1e-9 * TIMING_SD
    whole = not _any_within(edges_ns, a.t_ns, b.t_ns)
    return Stretch(a.t_ns, b.t_ns, power_w, power_w * timing_s / seconds, whole)


def _any_within(times_ns: Sequence[int], begin_ns: float, end_ns: float) -> bool:
    at = bisect.bisect_right(times_ns, begin_ns)
    return at < len(times_ns) and times_ns[at] < end_ns


def _is_within(window: Interval, t_ns: float) -> bool:
    begin_ns, end_ns = window
    return begin_ns <= t_ns and (end_ns is None or t_ns < end_ns)
