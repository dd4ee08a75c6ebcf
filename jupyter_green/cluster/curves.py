"""The curve of several hosts: the watts of each at the same times."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..report.fields import ReportTrace

_MOST_TIMES = 960
"""A record shows a quarter of them, with its peaks kept."""
_Watts = Sequence["float | None"]


class HostCurve(NamedTuple):
    """What one host drew."""

    t_s: Sequence[float]
    """Seconds since the begin of all."""
    power_w: Mapping[str, Sequence[_Watts]]
    """By the id under which they stand: one or more curves, each with a value for each time."""
    hold_s: float
    """How long a last value stands for what comes after it."""


def together(curves: Sequence[HostCurve], duration_s: float) -> ReportTrace:
    """Return one curve, at the times of all; where a host has no value, those of others add up.

    A value is the mean since the point before.
    """
    times = _times(curves, duration_s)
    sums: dict[str, list[float | None]] = {}
    for curve in curves:
        places = [_place(curve, t_s) for t_s in times]
        for id_, parts in curve.power_w.items():
            own = _sums(parts, len(curve.t_s))
            total = sums.setdefault(id_, [None] * len(times))
            for index, place in enumerate(places):
                value = None if place is None else own[place]
                total[index] = _plus(total[index], value)
    return ReportTrace(tuple(times), {id_: tuple(values) for id_, values in sums.items()})


def common_gaps(
    gaps: Iterable[Sequence[tuple[float, float]]],
) -> tuple[tuple[float, float], ...]:
    """Return the stretches in which no host has samples, of the gaps of each."""
    common: list[tuple[float, float]] | None = None
    for own in gaps:
        if common is None:
            common = list(own)
        else:
            pairs = ((max(a, c), min(b, d)) for a, b in common for c, d in own)
            common = [pair for pair in pairs if pair[0] < pair[1]]
    return tuple(sorted(common or ()))


def _times(curves: Sequence[HostCurve], duration_s: float) -> list[float]:
    times = sorted({min(max(t_s, 0.0), duration_s) for curve in curves for t_s in curve.t_s})
    if len(times) <= _MOST_TIMES:
        return times
    return [times[round(n * (len(times) - 1) / (_MOST_TIMES - 1))] for n in range(_MOST_TIMES)]


def _place(curve: HostCurve, t_s: float) -> int | None:
    """Return which of a curve's points has the watts of a time."""
    place = bisect_left(curve.t_s, t_s)
    if place < len(curve.t_s):
        return place if place or curve.t_s[0] <= t_s else None
    is_held = bool(curve.t_s) and t_s <= curve.t_s[-1] + curve.hold_s
    return len(curve.t_s) - 1 if is_held else None


def _sums(parts: Sequence[_Watts], count: int) -> list[float | None]:
    total: list[float | None] = [None] * count
    for watts in parts:
        total = [_plus(a, b) for a, b in zip(total, watts, strict=True)]
    return total


def _plus(a: float | None, b: float | None) -> float | None:
    return b if a is None else a if b is None else a + b
