"""Which of several runs count in the mean, what they used per loop, and how certain that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import LinearRegression, fmean, linear_regression, stdev

from ..flags import BELOW_RESOLUTION, DRIFT, FIRST_RUN, SENSORS_DIFFER
from ..report.addition import total_provenance, uncertainty_of_sum
from ..report.fields import DomainReport
from ..report.format import is_below_resolution
from ..report.report import Report
from ..report.scale import ScaleRange, joined, range_of
from . import student

_SIGNIFICANT = 0.99
_LEAST_EXCESS = 0.2
"""A first run that stands out uses at least this share more than the mean of the others."""
_LEAST_DRIFT = 0.02
"""Runs that drift change by at least this share of their mean from first to last."""
_LEAST_TESTED = 4
"""With fewer runs, neither an outlier nor a trend is certain enough."""


@dataclass(frozen=True)
class Statistics:
    """Joules and seconds per loop of several runs, and what stands out about the runs."""

    loops: int
    reports: tuple[Report, ...]
    """All runs."""
    in_mean: tuple[Report, ...]
    """The runs that count: those that were measured, less a first one that stands out."""
    mean_j: float | None
    stdev_j: float | None
    interval_j: float | None
    net_mean_j: float | None
    net_interval_j: float | None
    mean_duration_s: float
    provenance: str | None
    is_below_resolution: bool
    """Whether the sensors' own uncertainty is as large as the mean."""
    first_excess: float | None
    """The energy of a first run that stands out, as a multiple of the others' mean."""
    scale_range: ScaleRange
    """Between how many times the mean the true one lies, the readings taken as exact."""
    drift: float | None
    """By what share of the mean the energy changes per run, if it does."""

    @property
    def energy_j(self) -> float | None:
        """Joules per loop, as those of a report."""
        return self.mean_j

    @property
    def uncertainty_j(self) -> float | None:
        """Half-width of their 95 % interval."""
        return self.interval_j

    @property
    def mean_power_w(self) -> float | None:
        """Mean watts, ``None`` where nothing could be read."""
        if self.mean_j is None or self.mean_duration_s <= 0:
            return None
        return self.mean_j / self.mean_duration_s

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags of the runs together, and then those of the reports, each once."""
        own: tuple[str, ...] = ()
        if self.mean_j is not None:
            found = {
                BELOW_RESOLUTION: self.is_below_resolution,
                FIRST_RUN: self.first_excess is not None,
                DRIFT: self.drift is not None,
                SENSORS_DIFFER: len(set(map(_counted_ids, self.reports))) > 1,
            }
            own = tuple(flag for flag, holds in found.items() if holds)
        return own + flags_of_runs(self.reports)


def statistics_of(loops: int, reports: tuple[Report, ...]) -> Statistics:
    """Return the statistics of runs of so many loops each."""
    excess = first_excess(reports)
    in_mean = _in_mean(reports, without_first=excess is not None)
    energies_j = [report.energy_j for report in in_mean if report.energy_j is not None]
    net_j = _net_energies_j(in_mean)
    mean_j = fmean(energies_j) / loops if energies_j else None
    reading_j = sensors_j(in_mean) / loops
    is_vague = mean_j is not None and is_below_resolution(mean_j, reading_j)
    return Statistics(
        loops=loops,
        reports=reports,
        in_mean=in_mean,
        mean_j=mean_j,
        stdev_j=stdev(energies_j) / loops if len(energies_j) > 1 else None,
        interval_j=math.hypot(_scatter_j(energies_j) / loops, reading_j) if energies_j else None,
        net_mean_j=fmean(net_j) / loops if net_j else None,
        net_interval_j=(
            math.hypot(_scatter_j(net_j) / loops, reading_j, _baseline_j(in_mean) / loops)
            if net_j
            else None
        ),
        mean_duration_s=fmean(report.duration_s for report in in_mean) / loops,
        provenance=total_provenance(r.provenance for r in reports if r.provenance is not None),
        is_below_resolution=is_vague,
        first_excess=excess,
        scale_range=range_of(
            joined(part for report in in_mean for part in report.scales), sum(energies_j)
        ),
        drift=None if is_vague else drift(energies_j),
    )


def flags_of_runs(reports: Sequence[Report]) -> tuple[str, ...]:
    """Return the flags of the reports, each once."""
    return tuple(dict.fromkeys(flag for report in reports for flag in report.flags))


# --- which runs count -----------------------------------------------------------------------


def first_excess(reports: Sequence[Report]) -> float | None:
    """Return the first run's energy as a multiple of the others' mean, if it stands out.

    It does if it lies above the 99 % prediction interval of the others.
    """
    known_j = [report.energy_j for report in reports if report.energy_j is not None]
    if len(known_j) < _LEAST_TESTED or len(known_j) < len(reports):
        return None
    if any(is_below_resolution(report.energy_j, report.uncertainty_j) for report in reports):
        return None
    first_j, *others_j = known_j
    mean_j, n = fmean(others_j), len(others_j)
    reach = student.quantile(_SIGNIFICANT, n - 1) * math.sqrt(1 + 1 / n)
    least_j = max(
        reach * stdev(others_j),
        _LEAST_EXCESS * mean_j,
        _known_uncertainty_j(reports[0]),
    )
    return first_j / mean_j if mean_j > 0 and first_j - mean_j > least_j else None


def _in_mean(reports: tuple[Report, ...], *, without_first: bool) -> tuple[Report, ...]:
    measured = tuple(report for report in reports if report.energy_j is not None)
    if not measured:
        return reports
    return measured[1:] if without_first else measured


def _net_energies_j(reports: Sequence[Report]) -> list[float]:
    """Return the net joules of the runs, none if one of them has none."""
    net_j = [report.net_energy_j for report in reports if report.net_energy_j is not None]
    return net_j if len(net_j) == len(reports) else []


def _counted_ids(report: Report) -> frozenset[str]:
    return frozenset(domain.id for domain in report.domains.values() if domain.counted)


# --- trend ----------------------------------------------------------------------------------


def drift(energies_j: Sequence[float]) -> float | None:
    """Return by what share of the mean the energy changes per run, if it does.

    It does if the slope of a line through the runs differs from 0 at 1 % (t-test).
    """
    n = len(energies_j)
    if n < _LEAST_TESTED:
        return None
    mean_j = fmean(energies_j)
    line = linear_regression(range(n), energies_j)
    if abs(line.slope) * (n - 1) <= _LEAST_DRIFT * mean_j:
        return None
    is_certain = student.probability_within(_slope_t(energies_j, line), n - 2) >= _SIGNIFICANT
    return line.slope / mean_j if is_certain else None


def _slope_t(values: Sequence[float], line: LinearRegression) -> float:
    """Return the t statistic of a regression line's slope over the whole numbers from 0."""
    n = len(values)
    squares = sum((y - line.intercept - line.slope * x) ** 2 for x, y in enumerate(values))
    spread = sum((x - (n - 1) / 2) ** 2 for x in range(n))
    error = math.sqrt(squares / (n - 2) / spread)
    return abs(line.slope) / error if error > 0 else math.inf


# --- uncertainty, in joules per run ---------------------------------------------------------


def _scatter_j(energies_j: Sequence[float]) -> float:
    """Return the half-width of the 95 % interval of a mean by Student's t, 0 for one value."""
    n = len(energies_j)
    if n < 2:
        return 0.0
    return student.quantile(0.95, n - 1) * stdev(energies_j) / math.sqrt(n)


def sensors_j(reports: Sequence[Report]) -> float:
    """Return the sensors' part of the 95 % interval of the mean.

    Errors at the edges of each run are independent and shrink with the number of runs;
    figures that are only bounds, as those of a counter that never moved, stay bounds.
    """
    by_domain: dict[str, list[DomainReport]] = {}
    for report in reports:
        for domain in report.domains.values():
            if domain.counted:
                by_domain.setdefault(domain.id, []).append(domain)
    parts_j = (uncertainty_of_sum(of_one)[0] for of_one in by_domain.values())
    return math.hypot(*parts_j) / len(reports)


def _known_uncertainty_j(report: Report) -> float:
    """Return the uncertainty of those of a run's joules that are more than bounds."""
    known = (
        domain.uncertainty_j
        for domain in report.domains.values()
        if domain.counted and not is_below_resolution(domain.energy_j, domain.uncertainty_j)
    )
    return math.hypot(*known)


def _baseline_j(reports: Sequence[Report]) -> float:
    """Return what the baseline adds to the uncertainty of the runs' net energy."""
    return fmean(
        math.sqrt(max(0.0, (r.net_uncertainty_j or 0.0) ** 2 - (r.uncertainty_j or 0.0) ** 2))
        for r in reports
    )
