"""How a host's joules are spread over a window, as far as its curve shows."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from ..report.fields import ReportTrace


def slice_energies(
    energy_j: float,
    trace: ReportTrace,
    domains: Collection[str],
    *,
    idle_w: float,
    slice_s: float,
    until_s: float,
) -> list[float]:
    """Return the joules of each slice of a window, which add up to `energy_j`.

    A curve of few points says little of short slices, and none says nothing: then time counts.

    Parameters
    ----------
    energy_j
        Of these domains, above `idle_w`.
    trace
        Their watts, each the mean since the point before.
    slice_s, until_s
        How long a slice is, and until when: the last slice may be shorter.
    """
    lengths_s = [
        min(slice_s, until_s - place * slice_s) for place in range(math.ceil(until_s / slice_s))
    ]
    spread = [0.0] * len(lengths_s)
    for begin_s, end_s, watts in _steps(trace, domains, until_s):
        at_s = begin_s
        for place in range(int(begin_s / slice_s), len(spread)):
            part_s = min(end_s, (place + 1) * slice_s) - at_s
            if part_s <= 0:
                break
            spread[place] += part_s * watts
            at_s += part_s
    above = [max(0.0, j - idle_w * s) for j, s in zip(spread, lengths_s, strict=True)]
    weights = above if sum(above) > 0 else lengths_s
    whole = sum(weights)
    return [energy_j * weight / whole for weight in weights] if whole > 0 else []


def _steps(
    trace: ReportTrace, domains: Collection[str], until_s: float
) -> Iterator[tuple[float, float, float]]:
    """Go through the curve: from when until when, and the watts of these domains."""
    points = [
        (t_s, watts)
        for place, t_s in enumerate(trace.t_s)
        if (watts := _watts(trace, domains, place)) is not None and t_s > 0
    ]
    begin_s = 0.0
    for place, (t_s, watts) in enumerate(points):
        end_s = min(t_s, until_s) if place + 1 < len(points) else until_s
        if end_s > begin_s:
            yield begin_s, end_s, watts
            begin_s = end_s


def _watts(trace: ReportTrace, domains: Collection[str], place: int) -> float | None:
    watts: Sequence[float | None] = [
        trace.power_w[id_][place] for id_ in domains if id_ in trace.power_w
    ]
    known = [each for each in watts if each is not None]
    return sum(known) if known and len(known) == len(watts) else None
