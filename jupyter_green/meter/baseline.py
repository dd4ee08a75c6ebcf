"""The idle watts of each domain, measured on request, and joules above them.

Gross joules are the figure; net joules stand beside it once a baseline exists. A
baseline that was taken while something ran would make every net figure too small,
so one that is not idle is refused, with the reason.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._format import duration, percent
from ..sampler.host_load import PROC_ROOT, HostLoad, Load
from ..sources.base import Domain
from .attribution import Metered
from .report import DomainReport, Report

if TYPE_CHECKING:
    from .meter import Meter

OLD_AFTER_S = 3600.0
"""A machine's idle power moves with its temperature and with what is loaded."""

BASELINE_S = 10.0
"""How long it is measured if not told otherwise."""

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

_REMEDY = "Stop what runs, or wait until it is done, and measure the baseline again."


class NotIdle(RuntimeError):  # noqa: N818  (it says what the machine is)
    """The machine was doing something, so that its power is no baseline."""


class BaselineError(ValueError):
    """A stored baseline that cannot be read. The message says what is wrong with it."""


@dataclass(frozen=True)
class Baseline:
    """What each domain draws while nothing runs, in watts."""

    measured_at: str
    """RFC 3339, UTC."""
    duration_s: float
    power_w: Mapping[str, float]
    """Mean over the measurement, by domain."""
    spread_w: Mapping[str, float]
    """Half-width of the interval that holds 95 % of its one-second means."""

    def __str__(self) -> str:
        """Return the idle watts as text, a line for each domain."""
        watts = (
            f"{id_}: {watts:.3g} ± {self.spread_w[id_]:.2g} W"
            for id_, watts in self.power_w.items()
        )
        return "\n".join([f"Idle power over {duration(self.duration_s)}:", *watts])

    def age_s(self, now: datetime | None = None) -> float:
        """Return the seconds since it was measured; `now` has a time zone."""
        now = now or datetime.now(timezone.utc)
        return (now - _time(self.measured_at)).total_seconds()

    def age_note(self, now: datetime | None = None) -> str:
        """Return a sentence where the baseline is old, else nothing."""
        age_s = self.age_s(now)
        if age_s <= OLD_AFTER_S:
            return ""
        return (
            f"The baseline is {age_s / 3600:.1f} hours old, and idle power changes with "
            "temperature and with what is loaded: measure it again with `%green baseline`."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON types."""
        return {
            "measured_at": self.measured_at,
            "duration_s": self.duration_s,
            "power_w": dict(self.power_w),
            "spread_w": dict(self.spread_w),
        }

    @classmethod
    def from_dict(cls, record: Any) -> Baseline:
        """Read a record back.

        Raises
        ------
        BaselineError
            Where a field is absent or of the wrong type.
        """
        try:
            power_w, spread_w = _watts(record["power_w"]), _watts(record["spread_w"])
            found = cls(str(record["measured_at"]), float(record["duration_s"]), power_w, spread_w)
            found.age_s()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BaselineError(f"this is no baseline: {type(error).__name__}: {error}") from None
        if power_w.keys() != spread_w.keys():
            raise BaselineError("this is no baseline: its power and its spread name other domains")
        return found


@dataclass(frozen=True)
class Net:
    """Joules above the baseline, with the half-width of their 95 % interval."""

    energy_j: float
    uncertainty_j: float


def net(domains: Iterable[Metered], duration_s: float, baseline: Baseline) -> Net | None:
    """Return what the counted domains used above the baseline over a window.

    ``None`` where a counted domain has no baseline. Net energy is never negative:
    where a window used less than the baseline says, it is 0, and its interval
    reaches as far as what is missing.
    """
    net_j = 0.0
    errors_j: list[float] = []
    for domain in domains:
        if not domain.counted:
            continue
        if domain.id not in baseline.power_w:
            return None
        net_j += domain.energy_j - baseline.power_w[domain.id] * duration_s
        errors_j += [domain.uncertainty_j, baseline.spread_w[domain.id] * duration_s]
    if not errors_j:
        return None
    return Net(max(0.0, net_j), max(math.hypot(*errors_j), -net_j))


# --- measuring it ---------------------------------------------------------------------------


def shortest_s(domains: Iterable[Domain]) -> float:
    """Return the shortest measurement that tells the idle power of all `domains`, in seconds."""
    return max([_SHORTEST_S, *(_REFRESHES * domain.resolution_s for domain in domains)])


def measure_baseline(
    meter: Meter,
    seconds: float = BASELINE_S,
    *,
    proc_root: Path = PROC_ROOT,
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

    Raises
    ------
    ValueError
        For a time that is too short for the slowest domain.
    NotIdle
        Where something ran, or the power was not steady.
    RuntimeError
        Where no domain can be read.
    """
    domains = meter.discover().domains
    if not domains:
        raise RuntimeError(
            "there is no baseline to measure, as no domain can be read here: "
            "`%green doctor` says why, and what to do"
        )
    least_s = shortest_s(domains)
    if not least_s <= seconds < math.inf:
        raise ValueError(f"a baseline takes at least {least_s:g} seconds here, not {seconds:g}")
    if meter.open_windows:
        raise NotIdle(
            "another measurement is running, so the machine is not idle: let it end, then measure "
            "the baseline"
        )
    host = HostLoad(os.getpid(), proc_root)
    before = host.read()
    window = meter.begin("baseline")
    status = "interrupted"
    try:
        _wait(meter, seconds)
        status = "ok"
    finally:
        window.end(status, wait=False)
    _check_cpus(before, host.read())
    report = window.report
    spread_w = {}
    for domain in report.domains.values():
        _check_utilization(domain)
        means_w = _means_w(report, domain.id)
        _check_steady(domain, means_w)
        own_w = domain.uncertainty_j / report.duration_s
        spread_w[domain.id] = math.hypot(own_w, 1.96 * _deviation_w(means_w))
    power_w = {domain.id: domain.mean_power_w for domain in report.domains.values()}
    return Baseline(report.started_at, report.duration_s, power_w, spread_w)


def _wait(meter: Meter, seconds: float) -> None:
    """Sleep, looking once a second whether something else began."""
    end_s = time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0:
        time.sleep(min(1.0, left_s))
        if meter.open_windows > 1:
            raise NotIdle(f"another measurement began while the baseline was taken. {_REMEDY}")


def _check_cpus(before: Load | None, after: Load | None) -> None:
    if before is None or after is None:
        return
    machine_s = (after.t_ns - before.t_ns) * 1e-9 * after.cpus
    busy = (after.host_busy_s - before.host_busy_s) / machine_s
    if busy > _BUSY_SHARE:
        raise NotIdle(
            f"the processor was {percent(busy)} busy, so the machine is not idle "
            f"(it may be up to {percent(_BUSY_SHARE)}). {_REMEDY}"
        )


def _check_utilization(domain: DomainReport) -> None:
    busy_percent = domain.conditions.get("utilization_percent", 0.0)
    if busy_percent > _GPU_BUSY_PERCENT:
        raise NotIdle(f"{domain.id} was {busy_percent:.0f} % busy, so it is not idle. {_REMEDY}")


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
            f"{max(means_w):.3g} W, {means_w[0]:.3g} W at first and {means_w[-1]:.3g} W at last. "
            f"A device that cools down or goes to sleep needs a minute. {_REMEDY}"
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


def _time(text: str) -> datetime:
    # datetime.fromisoformat understands the "Z" from Python 3.11 on.
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return found


def _watts(record: Mapping[str, Any]) -> dict[str, float]:
    watts = {str(id_): float(value) for id_, value in record.items()}
    if not all(math.isfinite(value) and value >= 0 for value in watts.values()):
        raise ValueError("a power is negative or not a number")
    return watts
