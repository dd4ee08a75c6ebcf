"""The result of several runs in one line: the figure, and its details in brackets."""

from __future__ import annotations

from ..flags import REPLAYED
from ..report.format import (
    bound,
    duration,
    is_below_resolution,
    is_estimate,
    mean_power,
    scale_words,
    with_prefix,
)
from ..report.words import how
from .statistics import Statistics


def figure(result: Statistics, digits: int) -> str:
    """Return the mean joules per loop with the half-width of their 95 % interval."""
    mean_j, interval_j = result.mean_j, result.interval_j
    if mean_j is None:
        return "not measured"
    if result.is_below_resolution:
        return f"< {bound((mean_j + (result.interval_j or 0.0)) * result.scale_range.high)}"
    mark = "≈ " if is_estimate(result.provenance) else ""
    text = f"{mark}{_joules(mean_j, digits)}"
    return text if interval_j is None else f"{text} ± {_joules(interval_j, 2, mean_j)}"


def details(result: Statistics, digits: int, one: str = "loop") -> str:
    """Return the number of runs and loops, their scatter, the watts and the seconds.

    Parameters
    ----------
    one
        What the joules are of: a ``loop``, or a whole ``run``.
    """
    parts = []
    if any(REPLAYED in report.flags for report in result.reports):
        parts.append("REPLAYED, not measured")
    if is_estimate(result.provenance):
        parts.append(how(result.provenance))
    parts.append(_runs(result, one))
    time = _seconds(result.mean_duration_s)
    if result.mean_j is not None and not result.is_below_resolution:
        if result.scale_range.reach:
            parts[-1] += f", scale{scale_words(result.scale_range).replace(',', '')}"
        if result.stdev_j is not None:
            parts.append(f"s.d. {_joules(result.stdev_j, 2, result.mean_j)}")
        parts += _net(result, digits)
        if result.mean_power_w is not None:
            time = f"{mean_power(result)}, {time}"
    return f"per {one} ({'; '.join([*parts, time])})"


def _runs(result: Statistics, one: str) -> str:
    loops = f"{result.loops:,} loop{'s' if result.loops > 1 else ''}"
    count = len(result.in_mean)
    runs = f"1 run, {loops}" if count == 1 else f"{count} runs of {loops}"
    if one == "run":
        runs = f"{count} run{'s' if count > 1 else ''}"
    has_interval = result.mean_j is not None and not result.is_below_resolution
    return f"95 % interval of {runs}" if has_interval else runs


def _net(result: Statistics, digits: int) -> list[str]:
    """Return the net joules with the half-width of their interval, nothing if there are none."""
    net_j, interval_j = result.net_mean_j, result.net_interval_j
    if net_j is None or interval_j is None:
        return []
    if is_below_resolution(net_j, interval_j):
        return [f"net < {bound((net_j + interval_j) * result.scale_range.high)} above idle"]
    return [f"net {_joules(net_j, digits)} ± {_joules(interval_j, 2, net_j)} above idle"]


def _joules(energy_j: float, digits: int, like_j: float | None = None) -> str:
    """Return joules with so many significant digits, in the unit that fits `like_j`."""
    return with_prefix(energy_j, "J", digits, energy_j if like_j is None else like_j)


def _seconds(duration_s: float) -> str:
    return duration(duration_s) if duration_s >= 1e-3 else with_prefix(duration_s, "s", 3)
