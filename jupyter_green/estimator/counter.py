"""A counter's joules over one window, from its refreshes around the window's edges.

A counter's figure at a refresh is exact, so a window's energy lies between two sums: the
one that leaves out and the one that takes in the two refresh intervals that hold its
edges. How each of them divides at its edge is what :mod:`.edge` narrows by what was read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ..flags import BELOW_RESOLUTION, EXTRAPOLATED
from ..sampler.accumulator import DomainSample
from ..sources.base import Domain
from .edge import (
    DISAGREEMENT,
    EdgeInterval,
    Part,
    Stretch,
    from_outside,
    outside_part,
    scatter_w2,
)
from .neighbourhood import Neighbourhood, around
from .quantity import DomainEnergy, Interval
from .refreshes import Period

HALF_WIDTHS_SD = 1.85
"""Standard deviations in the half-width of a 95 % interval; the errors' tails are longer than a
normal distribution's."""

ACROSS = 0.6
"""How much of the difference between before and after counts as variance of the outside, where one
interval was read beside the edge; the more were, the less it tells."""
THIN = 0.3
"""What may have gone unseen of the outside that was hardly read, 1 s.d. as a share of its power."""
THIN_PERIODS, THIN_S = 1.5, 0.03
"""After reading it for so many refresh periods, or so long, half of that variance is left."""

BEYOND_OTHER = 0.55
"""How far the power before a window lies from that after it where only one was read, 1 s.d. as a
share of it or, if that is more, of the power at the edge."""


def counter_energy(
    domain: Domain,
    readings: Sequence[DomainSample],
    window: tuple[int, int],
    others: Sequence[Interval],
    period: Period,
) -> DomainEnergy | None:
    """Return the energy within `window` (begin and end, CLOCK_MONOTONIC in ns).

    ``None`` where no refresh on either side was seen. See :func:`.energy.energy_within`.
    """
    near = around(readings, window, others, period)
    limit_w = domain.power_limit_w or math.inf
    part = _window_part(near, limit_w) if near else None
    if near is None or part is None:
        return None
    least_j, most_j = near.bounds_j()
    most_j = max(least_j, min(most_j, limit_w * (window[1] - window[0]) * 1e-9))
    energy_j = min(max(part.energy_j, least_j), most_j)
    half_j = HALF_WIDTHS_SD * math.sqrt(part.variance_j2)
    half_j = min(half_j, max(energy_j - least_j, most_j - energy_j)) + 2 * domain.unit_j
    is_far = near.distance_s() > max(3 * domain.resolution_s, 0.03)
    flags = (EXTRAPOLATED,) if is_far else (BELOW_RESOLUTION,) if half_j >= energy_j else ()
    return DomainEnergy(energy_j, half_j, flags)


def _window_part(near: Neighbourhood, limit_w: float) -> Part | None:
    """Return the joules of the window and their variance."""
    begin_ns, end_ns = near.window
    refreshes = near.near
    first = next((i for i, r in enumerate(refreshes) if r.t_ns > begin_ns), len(refreshes))
    after = next((i for i, r in enumerate(refreshes) if r.t_ns > end_ns), len(refreshes))
    if first < 1 or after >= len(refreshes):
        return None
    before = near.stretches_from(first - 1, -1, begin_ns)
    behind = near.stretches_from(after, 1, end_ns)
    begin = _interval(near, (first - 1, first), begin_ns, before, behind)
    end = _interval(near, (after, after - 1), end_ns, behind, before)
    if first == 1 and not before:
        begin = _as_beyond(begin, end)
    if after == len(refreshes) - 1 and not behind:
        end = _as_beyond(end, begin)
    if first == after:
        return _within_one_interval(begin, end, (end_ns - begin_ns) * 1e-9, limit_w)
    begin = replace(begin, inside=near.stretches_from(first, 1, begin_ns, until_ns=end_ns))
    end = replace(end, inside=near.stretches_from(after - 1, -1, end_ns, until_ns=begin_ns))
    between = ((b.energy_j - a.energy_j, b.t_ns - a.t_ns) for a, b in pairwise(refreshes))
    top_w = max(energy_j * 1e9 / max(ns, 1.0) for energy_j, ns in between)
    inside_w = end.inside[0].power_w if end.inside else None
    parts = outside_part(begin, inside_w, top_w), outside_part(end, inside_w, top_w)
    whole_j = refreshes[after].energy_j - refreshes[first - 1].energy_j
    return Part(whole_j - sum(p.energy_j for p in parts), sum(p.variance_j2 for p in parts))


def _as_beyond(edge: EdgeInterval, other: EdgeInterval) -> EdgeInterval:
    """Return an edge outside which nothing was read, with what was read beyond the other edge."""
    if not other.outside:
        return edge
    unlike_w2 = (BEYOND_OTHER * max(other.outside_w, edge.energy_j / edge.seconds)) ** 2
    return replace(edge, outside=other.outside, doubt_w2=other.doubt_w2 + unlike_w2)


def _doubt_w2(beside: Sequence[Stretch], beyond: Sequence[Stretch], seconds: float) -> float:
    """Return by what variance the outside of an edge may differ from what was read beside it."""
    nearest = [side[0] for side in (beside, beyond) if side]
    if not nearest:
        return 0.0
    read_s = sum(stretch.seconds for stretch in (*beside, *beyond))
    power_w = max(stretch.power_w for stretch in nearest)
    enough_s = min(THIN_PERIODS * seconds, THIN_S)
    thin_w2 = (THIN * power_w) ** 2 * enough_s / (enough_s + read_s)
    if len(nearest) < 2:
        return thin_w2
    return thin_w2 + ACROSS * scatter_w2(nearest[0], nearest[1], seconds) / len(beside)


def _interval(
    near: Neighbourhood,
    at: tuple[int, int],
    edge_ns: int,
    outside: Sequence[Stretch],
    beyond: Sequence[Stretch],
) -> EdgeInterval:
    """Return the interval of an edge between the refreshes at two places, outside and inside."""
    out, inner = (near.near[i] for i in at)
    return EdgeInterval(
        energy_j=abs(inner.energy_j - out.energy_j),
        outside_s=abs(edge_ns - out.t_ns) * 1e-9,
        inside_s=abs(inner.t_ns - edge_ns) * 1e-9,
        outside_margin_s=out.margin_ns * 1e-9,
        inside_margin_s=inner.margin_ns * 1e-9,
        outside=outside,
        inside=(),
        doubt_w2=_doubt_w2(outside, beyond, near.period.seconds),
    )


def _within_one_interval(
    begin: EdgeInterval, end: EdgeInterval, window_s: float, limit_w: float
) -> Part:
    """Return the joules of a window in which no refresh was seen."""
    whole_j, whole_s = begin.energy_j, begin.seconds
    mean_w = whole_j / max(whole_s, 1e-9)
    around_j = begin.outside_w * begin.outside_s + end.outside_w * end.outside_s
    inside_w = max((whole_j - around_j) / max(window_s, 1e-6), mean_w)
    parts = from_outside(begin, inside_w), from_outside(end, inside_w)
    energy_j = whole_j - sum(part.energy_j for part in parts)
    is_at_odds = inside_w > limit_w  # so what was read outside does not hold beside the window
    moves = 1.0 if is_at_odds else max(begin.rest(inside_w), end.rest(inside_w))
    disagreement = DISAGREEMENT * (energy_j - mean_w * window_s) * moves
    return Part(energy_j, sum(part.variance_j2 for part in parts) + disagreement**2)
