"""What was seen near a window's edges: readings, refreshes, and the mean powers between these."""

from __future__ import annotations

import functools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ..sampler.accumulator import DomainSample
from .edge import Stretch
from .quantity import Interval
from .refreshes import Period, Refresh, refreshes

NEAR = 5
"""Refreshes on each side of an edge that are taken into account."""
KEPT_AT_EDGES = 100
"""Readings at each end of a window that are never thinned: the refreshes around the edges are in
them."""
NEAR_PERIODS = 25
"""Readings that are further away, and not among the nearest 100, say nothing about an edge."""
MOST_STRETCHES = 5
"""Whole intervals beside an edge that are taken into account."""
FAR_S, FAR_PERIODS = 6.0, 10
"""Stretches that begin further from an edge than both say nothing of it."""


@dataclass(frozen=True)
class Neighbourhood:
    """What is known of one counter near a window's edges.

    Parameters
    ----------
    window
        Begin and end, CLOCK_MONOTONIC in ns.
    others
        The windows near it.
    seen
        The refreshes that were seen in the readings around both edges.
    near
        Those few of them that are taken into account.
    """

    window: tuple[int, int]
    others: Sequence[Interval]
    period: Period
    seen: Sequence[Refresh]
    near: Sequence[Refresh]

    def bounds_j(self) -> tuple[float, float]:
        """Return what the window used at least and at most: power is never negative."""
        t0_ns, t1_ns = self.window
        brackets = [(*refresh.bracket_ns, refresh.energy_j) for refresh in self.seen]
        before = [energy_j for _, last_ns, energy_j in brackets if last_ns <= t0_ns]
        after = [energy_j for first_ns, _, energy_j in brackets if first_ns >= t1_ns]
        inside = [
            energy_j
            for first_ns, last_ns, energy_j in brackets
            if t0_ns <= first_ns and last_ns <= t1_ns
        ]
        least_j = inside[-1] - inside[0] if inside else 0.0
        return least_j, after[0] - before[-1] if before and after else math.inf

    def distance_s(self) -> float:
        """Return how far it is from the farther edge to the refresh that is nearest to it."""
        return max(min(abs(r.t_ns - t_ns) for r in self.near) * 1e-9 for t_ns in self.window)

    def stretches_from(
        self, place: int, step: int, edge_ns: int, until_ns: int | None = None
    ) -> list[Stretch]:
        """Return the stretches from one refresh on, away from an edge.

        They end at another window's edge, at a distance from which they say nothing of
        this one, or, within the window, at `until_ns`.
        """
        reach_ns = max(FAR_PERIODS * self.period.seconds, FAR_S) * 1e9
        edges_ns = (
            () if until_ns is not None else [t for o in self.others for t in o if t is not None]
        )
        found: list[Stretch] = []
        while 0 <= place + step < len(self.near) and len(found) < MOST_STRETCHES:
            a, b = self.near[place], self.near[place + step]
            low_ns, high_ns = min(a.t_ns, b.t_ns, edge_ns), max(a.t_ns, b.t_ns, edge_ns)
            seconds = abs(b.t_ns - a.t_ns) * 1e-9
            is_past = until_ns is not None and step * (b.t_ns - until_ns) > 0
            is_disturbed = any(low_ns < t_ns < high_ns for t_ns in edges_ns)
            if is_past or is_disturbed or seconds <= 0 or abs(a.t_ns - edge_ns) > reach_ns:
                break
            found.append(Stretch(abs(b.energy_j - a.energy_j) / seconds, seconds))
            place += step
        return found


def around(
    readings: Sequence[DomainSample],
    window: tuple[int, int],
    others: Sequence[Interval],
    period: Period,
) -> Neighbourhood | None:
    """Return what is known near a window's edges, ``None`` where fewer than two refreshes are."""
    seen = refreshes(_around(readings, window, period), period)
    near = _near(seen, window)
    return Neighbourhood(window, others, period, seen, near) if len(near) > 1 else None


def _around(
    readings: Sequence[DomainSample], window: tuple[int, int], period: Period
) -> Sequence[DomainSample]:
    """Return the readings around both edges: of a long window most lie far from either."""
    reach_ns = NEAR_PERIODS * period.seconds * 1e9
    times_ns = [reading.t_ns for reading in readings]
    before, after = (functools.partial(f, times_ns) for f in (bisect_left, bisect_right))
    begin, end = (
        slice(
            max(0, min(before(t_ns) - KEPT_AT_EDGES, before(t_ns - reach_ns))),
            max(after(t_ns) + KEPT_AT_EDGES, after(t_ns + reach_ns)),
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
        at = bisect_right(times_ns, edge_ns)
        kept.update(range(max(0, at - NEAR), min(len(seen), at + NEAR)))
    return [seen[i] for i in sorted(kept)]
