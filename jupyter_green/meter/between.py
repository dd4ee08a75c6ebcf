"""What the machine used between two windows, as far as its counters tell.

Nothing is read there. But a counter goes on by itself, and what it shows at the end of one
window and at the begin of the next is known: the difference is what was used in between.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ..estimator.energy import energy_within
from ..estimator.quantity import Energy, Interval
from ..estimator.refreshes import Period
from ..report.fields import Before, DomainReport
from ..sampler.accumulator import SLACK_S, DomainSample, unseen_wraps
from ..sources.base import Domain, Provenance

NEAR_S = 0.5
"""How far from an edge a reading may lie to say something of it."""


@dataclass(frozen=True)
class EdgeSeen:
    """When a window began or ended, and what was read about then."""

    t_ns: int
    readings: Mapping[str, Sequence[DomainSample]]


@dataclass(frozen=True)
class Between:
    """What was used between two windows."""

    interval: Interval
    domains: Mapping[str, Energy] = field(default_factory=dict)
    """Of each counted domain whose counter covers all of the time."""


def between(
    end: EdgeSeen,
    begin: EdgeSeen,
    domains: Iterable[Domain],
    others: Sequence[Interval],
    periods: Mapping[str, Period],
) -> Between:
    """Return what was used from the end of one window to the begin of the next.

    Parameters
    ----------
    end, begin
        The end of the one, and the begin of the next.
    others
        All windows near, this one among them.
    periods
        The counters' refresh periods, as observed.
    """
    gap = Interval(end.t_ns, begin.t_ns)
    found = {}
    for domain in domains:
        if domain.counted and domain.provenance is Provenance.COUNTER:
            near = (*end.readings.get(domain.id, ()), *begin.readings.get(domain.id, ()))
            shown = counted_on(domain, [r for r in near if _is_near(r, gap)])
            energy = energy_within(domain, shown, gap, others, periods.get(domain.id))
            if energy is not None:
                found[domain.id] = Energy(energy.energy_j, energy.uncertainty_j)
    return Between(gap, found)


def of_total(seen: Between | None, domains: Iterable[DomainReport]) -> Before | None:
    """Return what all domains of a window's total used before it; ``None`` where one is unknown."""
    counted = [domain for domain in domains if domain.counted]
    if seen is None or not counted:
        return None
    if any(
        domain.provenance is not Provenance.COUNTER or domain.id not in seen.domains
        for domain in counted
    ):
        return None
    found = [seen.domains[domain.id] for domain in counted]
    return Before(
        duration_s=seen.interval.duration_s,
        energy_j=sum(each.energy_j for each in found),
        uncertainty_j=math.hypot(*(each.uncertainty_j for each in found)),
    )


def counted_on(domain: Domain, readings: Iterable[DomainSample]) -> list[DomainSample]:
    """Return readings with the joules since the first of them, as the hardware's counter says.

    There are none where it may have begun anew or gone round unseen: where a difference is more
    than the domain can draw, or so much time went by that it could have drawn a whole round.
    """
    known = {r.t_ns: r for r in readings if r.counter is not None}
    if not known:
        return []
    ordered = [known[t_ns] for t_ns in sorted(known)]
    shown = [ordered[0]._replace(energy_j=0.0)]
    for before, after in pairwise(ordered):
        units = _difference(domain, before, after)
        if units is None:
            return []
        energy_j = shown[-1].energy_j + units * domain.unit_j
        shown.append(DomainSample(after.t_ns, energy_j, after.power_w, after.counter, after.took_s))
    return shown


def _is_near(reading: DomainSample, gap: Interval) -> bool:
    reach_ns = int(NEAR_S * 1e9)
    return gap.begin_ns - reach_ns <= reading.t_ns <= gap.ended_ns + reach_ns


def _difference(domain: Domain, before: DomainSample, after: DomainSample) -> int | None:
    """Return by how much a counter went on between two readings; ``None`` where it is not sure."""
    assert before.counter is not None
    assert after.counter is not None
    units = after.counter - before.counter
    if units < 0:
        units += domain.wrap_range or 0
    seconds = (after.t_ns - before.t_ns) * 1e-9
    limit_w = domain.power_limit_w
    if units < 0 or unseen_wraps(domain, units, seconds, 0.0) is not None:
        return None
    if limit_w is not None:
        longest_s = seconds + domain.resolution_s + SLACK_S
        return units if units * domain.unit_j <= limit_w * longest_s else None
    return units if after.counter >= before.counter else None
