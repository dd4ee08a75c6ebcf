"""Which points of a curve stay where not all can."""

from __future__ import annotations

from collections.abc import Sequence

from .report import ReportTrace

MAX_TRACE_POINTS = 240


def thin(trace: ReportTrace, points: int) -> ReportTrace:
    """Return `trace` with at most `points` points, peaks and both ends kept."""
    if len(trace.t_s) <= points:
        return trace
    order = telling(trace, points)
    return ReportTrace(
        t_s=tuple(trace.t_s[i] for i in order),
        power_w={id_: tuple(p[i] for i in order) for id_, p in trace.power_w.items()},
    )


def telling(trace: ReportTrace, points: int) -> Sequence[int]:
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
