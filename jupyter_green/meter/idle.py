"""Measuring the idle power of each domain, on request.

A baseline that was taken while something ran would make every net figure too small,
so one that is not idle is refused, with the reason.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..flags import EXTRAPOLATED, READ_FAILED
from ..report.fields import DomainReport
from ..report.format import percent
from ..report.report import Report
from ..sampler.load import PROC_ROOT, Load
from ..sources.base import Domain
from .baseline import Baseline
from .meter import Meter
from .window import Window

BASELINE_S = 10.0
"""How long it is measured by default."""

_SHORTEST_S = 1.0
_REFRESHES = 20
"""Refreshes of the coarsest domain that a baseline needs: 5 % of one is then 0.25 %."""
_BUSY_SHARE = 0.10
_GPU_BUSY_PERCENT = 5.0
_STEADY_SHARE = 0.10
_STEADY_W = 1.0
"""Differences below this are no sign of work, whatever share of a small power they are."""
_FEWEST_STRETCHES = 5
_MAD_TO_DEVIATION = 1.4826
"""From the median absolute deviation to the standard deviation of normal noise."""

_NOT_READ_REMEDY = "`%green doctor` says why and what to do; then measure again."
_REMEDY = "Stop other work, or wait until it is done, then measure again."


class NotIdle(RuntimeError):  # noqa: N818  (it says what the machine is)
    """The machine was doing something, so that its power is no baseline."""


def shortest_s(domains: Iterable[Domain]) -> float:
    """Return how long the idle power of all `domains` must be measured at least, in seconds."""
    return max([_SHORTEST_S, *(_REFRESHES * domain.resolution_s for domain in domains)])


def measure_baseline(
    meter: Meter,
    seconds: float = BASELINE_S,
    *,
    proc_root: Path = PROC_ROOT,
    sleep: Callable[[float], None] = time.sleep,
) -> Baseline:
    """Measure what the machine draws while nothing runs.

    Parameters
    ----------
    meter
        A meter without an open window.
    seconds
        How long to measure.
    proc_root
        Where the host's CPU time is read.
    sleep
        What lets seconds go by.

    Raises
    ------
    ValueError
        For a time that is too short for the slowest domain.
    NotIdle
        Where something ran, or the power was not steady.
    RuntimeError
        Where no domain can be read, or one that counts not to the end.
    """
    domains = meter.discover().domains
    if not domains:
        raise RuntimeError("no sensor can be read here: `%green doctor` says why and what to do")
    least_s = shortest_s(domains)
    if not least_s <= seconds < math.inf:
        raise ValueError(f"a baseline takes at least {least_s:g} seconds here, not {seconds:g}")
    if meter.open_windows:
        raise NotIdle(
            "another measurement is running: wait until it ends, then measure the baseline"
        )
    from ..sampler.host_load import HostLoad  # few kernels measure a baseline

    host = HostLoad(os.getpid(), proc_root)
    before = host.read()
    window = meter.begin_unbooked("baseline")
    status = "interrupted"
    try:
        _wait(meter, window, seconds, sleep)
        status = "ok"
    finally:
        window.end(status, wait=False)
    _check_cpus(before, host.read())
    report = window.report
    _check_read(report)
    spread_w = {}
    for domain in report.domains.values():
        _check_utilization(domain)
        means_w = _means_w(report, domain.id)
        _check_steady(domain, means_w)
        own_w = domain.uncertainty_j / report.duration_s
        spread_w[domain.id] = math.hypot(own_w, 1.96 * _deviation_w(means_w))
    power_w = {domain.id: domain.mean_power_w for domain in report.domains.values()}
    return Baseline(report.started_at, report.duration_s, power_w, spread_w)


def _wait(meter: Meter, window: Window, seconds: float, sleep: Callable[[float], None]) -> None:
    """Sleep, looking once a second whether something else began."""
    while (left_s := seconds - window.duration_s) > 0:
        sleep(min(1.0, left_s))
        if meter.open_windows > 1:
            raise NotIdle(f"another measurement started meanwhile. {_REMEDY}")


def _check_read(report: Report) -> None:
    """Refuse a measurement in which nothing counts, or what counts was not read to the end."""
    counted = [domain for domain in report.domains.values() if domain.counted]
    reasons = [f"{missing.id} ({missing.reason})" for missing in report.missing]
    if not counted:
        said = f": {', '.join(reasons)}" if reasons else ""
        raise RuntimeError(f"no sensor could be read meanwhile{said}. {_NOT_READ_REMEDY}")
    lost = {READ_FAILED, EXTRAPOLATED}
    if failed := [domain.id for domain in counted if lost <= set(domain.flags)]:
        raise RuntimeError(
            f"not all of the time could be read: {', '.join(failed)}. {_NOT_READ_REMEDY}"
        )


def _check_cpus(before: Load | None, after: Load | None) -> None:
    if before is None or after is None:
        return
    machine_s = (after.t_ns - before.t_ns) * 1e-9 * after.cpus
    # Linux counts in ticks: of a machine that is always busy there may be one more.
    busy = min((after.host_busy_s - before.host_busy_s) / machine_s, 1.0)
    if busy > _BUSY_SHARE:
        raise NotIdle(
            f"the CPU was {percent(busy)} busy (at most {percent(_BUSY_SHARE)} counts as idle). "
            f"{_REMEDY}"
        )


def _check_utilization(domain: DomainReport) -> None:
    busy_percent = domain.conditions.get("utilization_percent", 0.0)
    if busy_percent > _GPU_BUSY_PERCENT:
        raise NotIdle(
            f"{domain.id} was {busy_percent:.0f} % busy (at most {_GPU_BUSY_PERCENT:.0f} % counts "
            f"as idle). {_REMEDY}"
        )


def _check_steady(domain: DomainReport, means_w: Sequence[float]) -> None:
    """Refuse a trend, a spread, or a peak that background noise does not make."""
    third = len(means_w) // 3
    if third == 0:
        return
    trend_w = statistics.median(means_w[-third:]) - statistics.median(means_w[:third])
    peaks_w = domain.mean_power_w - statistics.median(means_w)
    limit_w = max(_STEADY_SHARE * domain.mean_power_w, _STEADY_W)
    if max(abs(trend_w), abs(peaks_w), _deviation_w(means_w)) > limit_w:
        raise NotIdle(
            f"the power of {domain.id} was not steady: between {min(means_w):.3g} and "
            f"{max(means_w):.3g} W, {means_w[0]:.3g} W at the start and {means_w[-1]:.3g} W at "
            "the end. "
            f"A device that is cooling down or going to sleep needs a minute. {_REMEDY}"
        )


def _means_w(report: Report, id_: str) -> list[float]:
    """Return the mean watts over each second of the curve, in at least some stretches."""
    length_s = min(1.0, report.duration_s / _FEWEST_STRETCHES)
    t_s = report.trace.t_s
    edges = [bisect_left(t_s, n * length_s) for n in range(round(report.duration_s / length_s))]
    stretches = (
        [w for w in report.trace.power_w[id_][first:last] if w is not None]
        for first, last in zip(edges, [*edges[1:], len(t_s)], strict=True)
    )
    return [statistics.mean(stretch) for stretch in stretches if stretch]


def _deviation_w(means_w: Sequence[float]) -> float:
    """Return a standard deviation that one outlier does not make."""
    if not means_w:
        return 0.0
    median_w = statistics.median(means_w)
    return _MAD_TO_DEVIATION * statistics.median(abs(w - median_w) for w in means_w)
