"""A counter's joules over one window, from its refreshes around the window's edges.

What the numbers below stand for was chosen on simulated windows (steps, ramps and
bursts of 1 ms to 10 s, alone and back to back): `docs/uncertainty.md`.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..sampler.messages import DomainSample
from ..sources.base import Domain
from . import fit
from .refreshes import QUICK_S, Period, Refresh, refreshes
from .trace import KEPT_AT_EDGES

NEAR = 5
"""Refreshes on each side of an edge that are taken into account."""
NEAR_PERIODS = 25
"""Readings that are further away, and not among the nearest 100, tell nothing of an edge."""
STEADY_INSIDE = 0.8
STEADY_INSIDE_QUICK = 0.5
"""How far the power of a working device wanders in one period, as a share of it, and in a
period of some milliseconds: work comes in bursts and steps of any length."""
STEADY_OUTSIDE = 0.1
"""How far that of an idle device wanders, as a share: by so much in a second, less in a shorter
time, as its square root."""
TRUST = 3.0
"""How many observed differences those shares are worth."""
READING_SD = 0.025
"""How far a reported power may be from the counter's, beside the gain that both share."""
IDLE_SD = 1.0
"""How well the power between two windows is known from other idle stretches, as a share."""
TIMING_SD = 0.577
"""The standard deviation of a refresh's time, in half-widths of its bounds: anywhere in them."""
COVERAGE = 2.1
"""Standard deviations in the half-width of a 95 % interval."""


@dataclass(frozen=True)
class Fitted:
    """Joules and the half-width of their 95 % interval."""

    energy_j: float
    uncertainty_j: float
    distance_s: float
    """From the farther edge to the refresh that is nearest to it."""


@dataclass(frozen=True)
class _Interval:
    """The mean power between two refreshes; `whole` if no window's edge lies between."""

    begin_ns: float
    end_ns: float
    power_w: float
    sd_w: float
    whole: bool
    inside: bool
    """Whether some window was open there."""

    @property
    def seconds(self) -> float:
        return (self.end_ns - self.begin_ns) * 1e-9


def fitted(
    domain: Domain,
    readings: Sequence[DomainSample],
    window: tuple[int, int],
    others: Sequence[tuple[int, int | None]],
    period: Period,
) -> Fitted | None:
    """Return the energy within `window`, ``None`` where fewer than two refreshes were seen.

    Parameters
    ----------
    readings
        The domain's good readings around the window, in time order.
    window, others
        Begin and end (CLOCK_MONOTONIC, ns) of the window, and of those near it.
    period
        The counter's refresh period.
    """
    t0_ns, t1_ns = window
    seen = refreshes(_around(readings, window, period), period)
    near = _near(seen, t0_ns, t1_ns)
    if len(near) < 2:
        return None
    windows = [window, *others]
    edges_ns = sorted(
        t
        for t in {t for pair in windows for t in pair if t is not None}
        if near[0].t_ns < t < near[-1].t_ns or t in window
    )
    intervals = _intervals(near, edges_ns, windows)
    reported = _reported_before(readings, t0_ns, period)
    energy_j, sd_j = _fit(
        _Model(domain, readings, window, windows, edges_ns, intervals, period, reported), near
    )
    least_j, most_j = _bounds(seen, t0_ns, t1_ns)
    kept_j = min(max(energy_j, least_j), most_j)
    half_j = min(COVERAGE * sd_j, max(most_j - kept_j, kept_j - least_j)) + domain.unit_j
    return Fitted(kept_j, half_j, _distance_s(near, t0_ns, t1_ns))


@dataclass(frozen=True)
class _Model:
    """What the fit assumes about the power."""

    domain: Domain
    readings: Sequence[DomainSample]
    window: tuple[int, int]
    windows: Sequence[tuple[int, int | None]]
    edges_ns: Sequence[int]
    intervals: Sequence[_Interval]
    period: Period
    reported: fit.PowerSeen | None

    @property
    def mean_w(self) -> float:
        """Over all refreshes that are taken into account."""
        energy_j = sum(i.power_w * i.seconds for i in self.intervals)
        return energy_j / sum(i.seconds for i in self.intervals)

    @property
    def top_w(self) -> float:
        """About as far as the power may jump."""
        powers = [i.power_w for i in self.intervals]
        if self.reported:
            powers.append(self.reported.power_w)
        return max(*powers, self.mean_w, (self.domain.power_limit_w or 0.0) / 2)

    def level_w(self, *, inside: bool) -> float | None:
        """Return the mean power within or between windows, ``None`` where it was not seen."""
        powers = [i.power_w for i in self.intervals if i.whole and i.inside is inside]
        if not powers and self.reported and not inside:
            return self.reported.power_w
        return sum(powers) / len(powers) if powers else None

    def diffusion(self, *, inside: bool) -> float:
        """Return how the power wanders: from neighbouring intervals, else from experience.

        Over two neighbouring means of a random walk's power the variance of the
        difference is a third of the time that both take, times the diffusion.
        """
        level_w = self.level_w(inside=inside) or self.mean_w
        if inside:
            share = STEADY_INSIDE_QUICK if self.period.seconds < QUICK_S else STEADY_INSIDE
            expected = (share * level_w) ** 2 / self.period.seconds
        else:
            expected = (STEADY_OUTSIDE * level_w) ** 2
        total, count = TRUST * expected, TRUST
        for a, b in zip(self.intervals, self.intervals[1:], strict=False):
            alike = a.whole and b.whole and a.inside is inside is b.inside
            close = a.seconds + b.seconds < 12 * self.period.seconds + 0.1
            if alike and close and not _any_within(self.edges_ns, a.begin_ns, b.end_ns):
                square = max(0.0, (a.power_w - b.power_w) ** 2 - a.sd_w**2 - b.sd_w**2)
                total += 3 * square / (a.seconds + b.seconds)
                count += 1
        found = total / count
        return max(found, self._reported_diffusion()) if inside else found

    def _reported_diffusion(self) -> float:
        """Bursts shorter than a period show in the reported power only."""
        behind_ns = 1.5e9 * self.period.seconds
        squares = []
        for begin_ns, end_ns in self.windows:
            first = _after(self.readings, begin_ns + behind_ns)
            last = len(self.readings) if end_ns is None else _before(self.readings, end_ns)
            powers = [r.power_w for r in self.readings[first:last] if r.power_w is not None]
            pairs = itertools.pairwise(powers)
            squares += [(a - b) ** 2 / 2 for a, b in pairs if a != b]
        return sum(squares) / len(squares) / self.period.seconds if squares else 0.0

    def is_inside(self, t_ns: float) -> bool:
        """Whether some window is open at a time."""
        return _is_inside(self.windows, t_ns)


def _fit(model: _Model, near: Sequence[Refresh]) -> tuple[float, float]:
    t0_ns, t1_ns = model.window

    def seconds(t_ns: float) -> float:
        return (t_ns - t0_ns) * 1e-9

    diffusion = {inside: model.diffusion(inside=inside) for inside in (True, False)}
    idle_w = model.level_w(inside=False)
    top_w = model.top_w
    events: list[fit.EnergySeen | fit.PowerSeen | fit.Edge] = [
        fit.EnergySeen(
            seconds(r.t_ns), r.energy_j, _slope_w(model, r) * r.margin_ns * 1e-9 * TIMING_SD
        )
        for r in near
    ]
    for t_ns in model.edges_ns:
        inside = model.is_inside(t_ns + 1)
        kind = fit.Begin if t_ns == t0_ns else fit.End if t_ns == t1_ns else fit.Edge
        known = not inside and idle_w is not None
        events.append(
            kind(
                seconds(t_ns),
                max(IDLE_SD * (idle_w or 0.0), 1.0) if known else top_w,
                diffusion[inside],
                idle_w if known else None,
            )
        )
    if model.reported is not None:
        at_s = min(model.reported.t_s, -1e-6)
        events.append(fit.PowerSeen(at_s, model.reported.power_w, model.reported.sd_w))
    start = fit.PowerSeen(seconds(near[0].t_ns), model.mean_w, top_w)
    return fit.energy_between(events, start, diffusion[model.is_inside(near[0].t_ns)])


def _around(
    readings: Sequence[DomainSample], window: tuple[int, int], period: Period
) -> Sequence[DomainSample]:
    """Return the readings around both edges: of a long window most lie far from either."""
    reach_ns = NEAR_PERIODS * period.seconds * 1e9
    begin, end = (
        slice(
            max(
                0, min(_before(readings, t_ns) - KEPT_AT_EDGES, _before(readings, t_ns - reach_ns))
            ),
            max(_after(readings, t_ns) + KEPT_AT_EDGES, _after(readings, t_ns + reach_ns)),
        )
        for t_ns in window
    )
    if end.start <= begin.stop:
        return readings[begin.start : end.stop]
    return [*readings[begin], *readings[end]]


def _before(readings: Sequence[DomainSample], t_ns: float) -> int:
    """Return how many readings are earlier than a time."""
    return bisect.bisect_left(readings, t_ns, key=lambda r: r.t_ns)


def _after(readings: Sequence[DomainSample], t_ns: float) -> int:
    """Return the place of the first reading that is later than a time."""
    return bisect.bisect_right(readings, t_ns, key=lambda r: r.t_ns)


def _near(seen: Sequence[Refresh], t0_ns: int, t1_ns: int) -> list[Refresh]:
    """Return the refreshes around both edges; what lies between does not matter."""
    kept: set[int] = set()
    times_ns = [r.t_ns for r in seen]
    for edge_ns in (t0_ns, t1_ns):
        at = bisect.bisect_right(times_ns, edge_ns)
        kept.update(range(max(0, at - NEAR), min(len(seen), at + NEAR)))
    return [seen[i] for i in sorted(kept)]


def _intervals(
    near: Sequence[Refresh], edges_ns: Sequence[int], windows: Sequence[tuple[int, int | None]]
) -> list[_Interval]:
    found = []
    for a, b in itertools.pairwise(near):
        seconds = max(b.t_ns - a.t_ns, 1.0) * 1e-9
        power_w = (b.energy_j - a.energy_j) / seconds
        timing_s = math.hypot(a.margin_ns, b.margin_ns) * 1e-9 * TIMING_SD
        whole = not _any_within(edges_ns, a.t_ns, b.t_ns)
        inside = _is_inside(windows, (a.t_ns + b.t_ns) / 2)
        found.append(
            _Interval(a.t_ns, b.t_ns, power_w, power_w * timing_s / seconds, whole, inside)
        )
    return found


def _slope_w(model: _Model, refresh: Refresh) -> float:
    """Return the power at a refresh, the higher one where it is not known."""
    beside = [i for i in model.intervals if refresh.t_ns in (i.begin_ns, i.end_ns)]
    whole = [i.power_w for i in beside if i.whole]
    if whole:
        return sum(whole) / len(whole)
    return max(i.power_w for i in beside)


def _reported_before(
    readings: Sequence[DomainSample], t0_ns: int, period: Period
) -> fit.PowerSeen | None:
    """Return the power that the hardware reported last before the window.

    It belongs to the refresh before it, half a period back on average.
    """
    latest_ns = t0_ns + 0.05 * period.seconds * 1e9
    for reading in reversed(readings[: _after(readings, latest_ns)]):
        if reading.power_w is not None:
            t_s = (reading.t_ns - t0_ns) * 1e-9 - period.seconds / 2
            return fit.PowerSeen(t_s, reading.power_w, READING_SD * reading.power_w)
    return None


def _bounds(seen: Sequence[Refresh], t0_ns: int, t1_ns: int) -> tuple[float, float]:
    """Return what the window used at least and at most: power is never negative."""
    before = [r.energy_j for r in seen if r.latest_ns <= t0_ns]
    after = [r.energy_j for r in seen if r.earliest_ns >= t1_ns]
    inside = [r.energy_j for r in seen if t0_ns <= r.earliest_ns and r.latest_ns <= t1_ns]
    least_j = inside[-1] - inside[0] if inside else 0.0
    return least_j, after[0] - before[-1] if before and after else math.inf


def _distance_s(near: Sequence[Refresh], t0_ns: int, t1_ns: int) -> float:
    return max(min(abs(r.t_ns - edge_ns) for r in near) * 1e-9 for edge_ns in (t0_ns, t1_ns))


def _any_within(times_ns: Sequence[int], begin_ns: float, end_ns: float) -> bool:
    at = bisect.bisect_right(times_ns, begin_ns)
    return at < len(times_ns) and times_ns[at] < end_ns


def _is_inside(windows: Sequence[tuple[int, int | None]], t_ns: float) -> bool:
    return any(a <= t_ns and (b is None or t_ns < b) for a, b in windows)
