"""From a window's readings to joules with a 95 % interval, one domain at a time.

A counter's joules come from its refreshes around the window (:mod:`.counter`). Integrated
power, and counters of which no refresh was seen, are read at its edges by interpolation.
The interval is the reading's: what the instrument has wrong in common is its scale.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from itertools import pairwise

from ..flags import BELOW_RESOLUTION, EXTRAPOLATED
from ..sampler.accumulator import DomainSample
from ..sampler.edge_polling import QUICK_S
from ..sampler.reader import is_edge_polled
from ..sources.base import Domain, Provenance
from .counter import counter_energy
from .quantity import DomainEnergy, Interval
from .refreshes import PERIOD_TOLERANCE, UNLEARNED, Period

STUCK_PERIODS = 20
STUCK_S = 0.5
"""A counter that has stood still for this many periods, and so long, is not counting."""


def nominal_period(domain: Domain) -> Period:
    """Return a domain's refresh period as far as it is known before any was seen."""
    tolerance = UNLEARNED if domain.resolution_s < QUICK_S else PERIOD_TOLERANCE
    return Period(domain.resolution_s, tolerance * domain.resolution_s)


def energy_within(
    domain: Domain,
    readings: Sequence[DomainSample],
    window: Interval,
    others: Sequence[Interval] = (),
    period: Period | None = None,
) -> DomainEnergy | None:
    """Return the energy of `domain` within a window, ``None`` where it is not known.

    Parameters
    ----------
    readings
        The domain's good readings around the window, in time order.
    window, others
        The window, which has ended, and those near it.
    period
        The counter's refresh period as observed, where it was.
    """
    begin_ns, end_ns = window.begin_ns, window.ended_ns
    if not readings or readings[-1].t_ns < begin_ns:
        return None
    if is_edge_polled(domain):
        if _stands_still(domain, readings):
            return _unmoved(domain, readings, window)
        known = period or nominal_period(domain)
        found = counter_energy(domain, readings, (begin_ns, end_ns), others, known)
        if found is not None:
            return found
    return _interpolated(domain, readings, begin_ns, end_ns)


def stands_still(domain: Domain, readings: Sequence[DomainSample], window: Interval) -> bool:
    """Whether a counter did not move for so long that it cannot be counting."""
    enough_s = max(STUCK_PERIODS * domain.resolution_s, STUCK_S)
    return (
        is_edge_polled(domain) and window.duration_s > enough_s and _stands_still(domain, readings)
    )


def _stands_still(domain: Domain, readings: Sequence[DomainSample]) -> bool:
    """Whether a counter was seen to show one figure for some periods."""
    if not readings or readings[0].energy_j != readings[-1].energy_j:
        return False
    return (readings[-1].t_ns - readings[0].t_ns) * 1e-9 > 2 * domain.resolution_s


def _unmoved(domain: Domain, readings: Sequence[DomainSample], window: Interval) -> DomainEnergy:
    """Return less than one step of the counter, plus one refresh where it may be late."""
    shown_s = (readings[-1].t_ns - readings[0].t_ns) * 1e-9
    steps_j = 2 * domain.unit_j * max(1.0, window.duration_s / shown_s)
    return DomainEnergy(steps_j / 2, steps_j / 2, (BELOW_RESOLUTION,))


def _interpolated(
    domain: Domain, figures: Sequence[DomainSample], t0_ns: int, t1_ns: int
) -> DomainEnergy | None:
    """Return the difference of the energy at both edges, each between two readings."""
    first_w, last_w = _edge_power_w(domain, figures, t0_ns, t1_ns)
    if first_w is None or last_w is None:
        return None
    begin_j, begin_gap_s = _energy_at(figures, t0_ns, first_w, last_w)
    end_j, end_gap_s = _energy_at(figures, t1_ns, first_w, last_w)
    energy_j = max(0.0, end_j - begin_j)
    resolution_s = domain.resolution_s
    is_seen = figures[-1].t_ns > figures[0].t_ns
    is_counter = domain.provenance is Provenance.COUNTER
    if is_counter and is_seen and figures[-1].energy_j == figures[0].energy_j:
        return _below_resolution(domain, first_w, t1_ns - t0_ns)
    lag_j = resolution_s * max(first_w, last_w)
    parts = [lag_j, begin_gap_s * first_w, end_gap_s * last_w]
    if domain.provenance is Provenance.POWER:
        parts.append(_trapezoid_error_j(figures))
    far = max(begin_gap_s, end_gap_s) > max(2 * resolution_s, 0.01)
    return DomainEnergy(energy_j, math.hypot(*parts), (EXTRAPOLATED,) if far else ())


def _edge_power_w(
    domain: Domain, figures: Sequence[DomainSample], t0_ns: int, t1_ns: int
) -> tuple[float | None, float | None]:
    """Return the power at both edges: as reported, else by the counter over five refreshes or more.

    It is taken over as long a time as it is carried over to an edge without readings.
    """
    first, last = figures[0], figures[-1]
    first_w, last_w = first.power_w, last.power_w
    least_s = 5 * domain.resolution_s
    if first_w is None:
        over_s = max(least_s, (first.t_ns - t0_ns) * 1e-9)
        enough_ns = first.t_ns + int(over_s * 1e9)
        at = bisect.bisect_left(figures, enough_ns, key=lambda f: f.t_ns)
        first_w = mean_power_w(domain, figures, min(at, len(figures) - 1), over_s)
    if last_w is None:
        over_s = max(least_s, (t1_ns - last.t_ns) * 1e-9)
        last_w = mean_power_w(domain, figures, len(figures) - 1, over_s)
    return first_w, last_w


def mean_power_w(
    domain: Domain, figures: Sequence[DomainSample], at: int, over_s: float
) -> float | None:
    """Return the mean watts between reading `at` and the last one at least `over_s` before it.

    Where there is none it is the first reading; ``None`` for a single one. Steps of a coarse
    counter never make more than the domain can draw.
    """
    last = figures[at]
    latest_ns = last.t_ns - int(over_s * 1e9)
    before = at - 1  # far enough wherever samples are farther apart than that
    if at > 0 and figures[before].t_ns > latest_ns:
        before = bisect.bisect_right(figures, latest_ns, 0, before, key=lambda f: f.t_ns) - 1
    before = max(0, before)
    dt_s = (last.t_ns - figures[before].t_ns) * 1e-9
    if dt_s <= 0:
        return None
    mean_w = (last.energy_j - figures[before].energy_j) / dt_s
    return mean_w if domain.power_limit_w is None else min(mean_w, domain.power_limit_w)


def _energy_at(
    figures: Sequence[DomainSample], t_ns: int, first_w: float, last_w: float
) -> tuple[float, float]:
    """Return the joules at a time, and how far from a reading that time lies, in s."""
    first, last = figures[0], figures[-1]
    if t_ns <= first.t_ns:
        gap_s = (first.t_ns - t_ns) * 1e-9
        return first.energy_j - first_w * gap_s, gap_s
    if t_ns >= last.t_ns:
        gap_s = (t_ns - last.t_ns) * 1e-9
        return last.energy_j + last_w * gap_s, gap_s
    after = bisect.bisect_right(figures, t_ns, key=lambda f: f.t_ns)
    a, b = figures[after - 1], figures[after]
    share = (t_ns - a.t_ns) / (b.t_ns - a.t_ns)
    gap_s = min(t_ns - a.t_ns, b.t_ns - t_ns) * 1e-9
    return a.energy_j + (b.energy_j - a.energy_j) * share, gap_s


def _below_resolution(domain: Domain, power_w: float, duration_ns: int) -> DomainEnergy:
    """Return an interval from 0 to one refresh at full power, as the counter stood still."""
    highest_w = power_w or domain.power_limit_w or 0.0
    upper_j = highest_w * (duration_ns * 1e-9 + domain.resolution_s)
    return DomainEnergy(upper_j / 2, upper_j / 2, (BELOW_RESOLUTION,))


def _trapezoid_error_j(figures: Sequence[DomainSample]) -> float:
    """Bound the error of the trapezoid rule: the power may step anywhere between two samples."""
    errors_j = (
        (b.power_w - a.power_w) / 2 * (b.t_ns - a.t_ns) * 1e-9
        for a, b in pairwise(figures)
        if a.power_w is not None and b.power_w is not None
    )
    return math.sqrt(sum(e * e for e in errors_j))
