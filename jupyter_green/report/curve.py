"""The curve of a report: which points stay where not all can, and the joules along it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .fields import ReportFields, ReportTrace

MAX_TRACE_POINTS = 240


def thin(trace: ReportTrace, points: int) -> ReportTrace:
    """Return `trace` with at most `points` points, peaks and both ends kept."""
    if len(trace.t_s) <= points:
        return trace
    order = kept_points(trace, points)
    return ReportTrace(
        t_s=tuple(trace.t_s[i] for i in order),
        power_w={id_: tuple(p[i] for i in order) for id_, p in trace.power_w.items()},
    )


def kept_points(trace: ReportTrace, points: int) -> Sequence[int]:
    """Return the places of at most `points` points that show the curve's course.

    The inner points fall into equal stretches; of each stretch the point with
    the highest and the one with the lowest total power stay, in their order.
    """
    n = len(trace.t_s)
    if n <= points:
        return range(n)
    total = [
        sum(p for p in (powers[i] for powers in trace.power_w.values()) if p is not None)
        for i in range(n)
    ]
    stretches = max(1, (points - 2) // 2)
    kept = {0, n - 1}
    for k in range(stretches):
        stretch = range(1 + k * (n - 2) // stretches, 1 + (k + 1) * (n - 2) // stretches)
        kept.add(max(stretch, key=total.__getitem__))
        kept.add(min(stretch, key=total.__getitem__))
    return sorted(kept)


def joules(report: ReportFields, trace: ReportTrace) -> list[float]:
    """Return the joules so far at each point of the trace.

    Their course is the integral of the counted domains' watts, their end the
    report's joules: a thinned curve alone does not give them exactly. Where
    no watts are known, as before the first point, the mean is used.
    """
    counted = [
        watts
        for id_, watts in trace.power_w.items()
        if id_ in report.domains and report.domains[id_].counted
    ]
    so_far = [(report.mean_power_w or 0.0) * trace.t_s[0]]
    for i, (a, b) in enumerate(pairwise(trace.t_s), start=1):
        known = [watts[i] for watts in counted]
        power_w = sum(w for w in known if w is not None)
        if all(w is None for w in known):
            power_w = report.mean_power_w or 0.0
        so_far.append(so_far[-1] + power_w * (b - a))
    scale = (report.energy_j or 0.0) / so_far[-1] if so_far[-1] > 0 else 0.0
    return [joules * scale for joules in so_far]
