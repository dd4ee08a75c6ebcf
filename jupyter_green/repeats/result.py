"""What came of running the same code several times: joules per loop, and how certain they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean, linear_regression, stdev
from typing import Any

from ..flags import BELOW_RESOLUTION, DRIFT, FIRST_RUN, REPLAYED, SENSORS_DIFFER
from ..report.addition import total_provenance
from ..report.format import duration, is_below_resolution, is_estimate, power, with_prefix
from ..report.report import Report
from ..sources.base import Provenance
from . import student
from .remarks import flags_of_runs, remarks_on_runs

_SIGNIFICANT = 0.99
_LEAST_EXCESS = 0.2
"""By what share of the others' energy a first run must exceed them to stand out."""
_LEAST_DRIFT = 0.02
"""The share of the mean by which the runs must change from first to last to drift."""
_LEAST_TESTED = 4
"""Runs; with fewer neither an outlier nor a trend can be told."""


@dataclass(frozen=True)
class Repeats:
    """Runs of the same code: joules and seconds per loop, and how certain they are.

    A first run that stands out is in `reports`, `energies_j` and `durations_s`,
    but not in the mean (flag ``first-run``).

    Parameters
    ----------
    loops
        Loops in each run.
    reports
        The report of each run, in order.
    digits
        Significant digits of the mean when it is shown.
    """

    loops: int
    reports: tuple[Report, ...] = field(repr=False)
    digits: int = 3

    @property
    def repeats(self) -> int:
        """How many runs there are."""
        return len(self.reports)

    @property
    def energies_j(self) -> tuple[float | None, ...]:
        """Joules per loop of each run, ``None`` where nothing could be read."""
        return tuple(
            None if report.energy_j is None else report.energy_j / self.loops
            for report in self.reports
        )

    @property
    def durations_s(self) -> tuple[float, ...]:
        """Seconds per loop of each run."""
        return tuple(report.duration_s / self.loops for report in self.reports)

    @property
    def mean_j(self) -> float | None:
        """Mean joules per loop, ``None`` where nothing could be read."""
        energies_j = self._run_energies_j
        return fmean(energies_j) / self.loops if energies_j else None

    @property
    def stdev_j(self) -> float | None:
        """Standard deviation of the runs' joules per loop, ``None`` for fewer than two runs."""
        energies_j = self._run_energies_j
        return stdev(energies_j) / self.loops if len(energies_j) > 1 else None

    @property
    def interval_j(self) -> float | None:
        """Half-width of the 95 % interval of the mean, in joules per loop.

        The runs' scatter by Student's t, with the instrument's own uncertainty
        added in quadrature.
        """
        instrument_j = self._instrument_j
        if instrument_j is None:
            return None
        return math.hypot(_scatter_j(self._run_energies_j) / self.loops, instrument_j)

    @property
    def net_mean_j(self) -> float | None:
        """Mean joules per loop above the idle baseline, ``None`` where a run has no net energy."""
        net_j = self._run_net_j
        return fmean(net_j) / self.loops if net_j else None

    @property
    def net_interval_j(self) -> float | None:
        """Half-width of the 95 % interval of the net mean, in joules per loop.

        As that of the gross mean, with the baseline's own uncertainty, which is
        the same in all runs.
        """
        net_j, instrument_j = self._run_net_j, self._instrument_j
        if not net_j or instrument_j is None:
            return None
        baseline_j = fmean(_baseline_part_j(report) for report in self._in_mean) / self.loops
        return math.hypot(_scatter_j(net_j) / self.loops, instrument_j, baseline_j)

    @property
    def mean_duration_s(self) -> float:
        """Mean seconds per loop."""
        return fmean(report.duration_s for report in self._in_mean) / self.loops

    @property
    def mean_power_w(self) -> float | None:
        """Mean watts, ``None`` where nothing could be read."""
        if self.mean_j is None or self.mean_duration_s <= 0:
            return None
        return self.mean_j / self.mean_duration_s

    @property
    def provenance(self) -> str | None:
        """How the joules came about, as in a report."""
        return total_provenance(r.provenance for r in self.reports if r.provenance is not None)

    @property
    def flags(self) -> tuple[str, ...]:
        """What stands out, and then the flags of the reports, each once.

        ``below-resolution``, ``first-run``, ``drift``, ``sensors-differ`` are those
        of the runs together.
        """
        if self.mean_j is None:
            return flags_of_runs(self.reports)
        found = {
            BELOW_RESOLUTION: self._is_below_resolution,
            FIRST_RUN: self._first_stands_out,
            DRIFT: self._drift is not None,
            SENSORS_DIFFER: len({_counted_ids(report) for report in self.reports}) > 1,
        }
        own = tuple(flag for flag, holds in found.items() if holds)
        return own + flags_of_runs(self.reports)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The flags as sentences, and what to do about them."""
        return tuple(self._remarks())

    def __str__(self) -> str:
        """Return the figures in one line, and each remark in one of its own."""
        return "\n".join((f"{self.figure} {self.details}", *self.remarks))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002, FBT001  (IPython's)
        printer.text(str(self))

    # --- which runs count -------------------------------------------------------------------

    @property
    def _in_mean(self) -> tuple[Report, ...]:
        measured = tuple(report for report in self.reports if report.energy_j is not None)
        if not measured:
            return self.reports
        return measured[1:] if self._first_stands_out else measured

    @property
    def _run_energies_j(self) -> list[float]:
        """The joules of the runs in the mean, all loops together."""
        return [report.energy_j for report in self._in_mean if report.energy_j is not None]

    @property
    def _run_net_j(self) -> list[float]:
        """The net joules of the runs in the mean, none where one of them has none."""
        net_j = [report.net_energy_j for report in self._in_mean]
        return [] if None in net_j else [each for each in net_j if each is not None]

    @property
    def _is_replayed(self) -> bool:
        return any(REPLAYED in report.flags for report in self.reports)

    @property
    def _first_excess(self) -> float | None:
        """How many times the others' energy the first run used, where it stands out.

        It does where it lies above the 99 % prediction interval of the others.
        """
        known_j = [report.energy_j for report in self.reports if report.energy_j is not None]
        if len(known_j) < _LEAST_TESTED or len(known_j) < self.repeats:
            return None
        if any(is_below_resolution(r.energy_j, r.uncertainty_j) for r in self.reports):
            return None
        first_j, *others_j = known_j
        mean_j, n = fmean(others_j), len(others_j)
        reach = student.quantile(_SIGNIFICANT, n - 1) * math.sqrt(1 + 1 / n)
        least_j = max(
            reach * stdev(others_j),
            _LEAST_EXCESS * mean_j,
            _at_random_j(self.reports[0]),
        )
        return first_j / mean_j if mean_j > 0 and first_j - mean_j > least_j else None

    @property
    def _first_stands_out(self) -> bool:
        return self._first_excess is not None

    @property
    def _drift(self) -> float | None:
        """By what share of the mean the energy changes from run to run, where it does.

        A line through the runs whose slope differs from 0 at 1 % (t-test).
        """
        energies_j = self._run_energies_j
        n = len(energies_j)
        if n < _LEAST_TESTED or self._is_below_resolution:
            return None
        mean_j = fmean(energies_j)
        line = linear_regression(range(n), energies_j)
        changes = abs(line.slope) * (n - 1) > _LEAST_DRIFT * mean_j
        if not changes or student.probability_within(_slope_t(energies_j, line), n - 2) < (
            _SIGNIFICANT
        ):
            return None
        return line.slope / mean_j

    # --- how certain they are ---------------------------------------------------------------

    @property
    def _instrument_j(self) -> float | None:
        """The sensors' share of the 95 % interval of the mean, in joules per loop.

        What is off at random at the edges of each run shrinks with the number of
        runs; a model's error, or a counter that never moved, is the same in all.
        """
        reports = self._in_mean
        if self.mean_j is None:
            return None
        random_j = math.hypot(*(_at_random_j(report) for report in reports)) / len(reports)
        common_j = fmean(_in_common_j(report) for report in reports)
        return math.hypot(random_j, common_j) / self.loops

    @property
    def _is_below_resolution(self) -> bool:
        return self.mean_j is not None and is_below_resolution(self.mean_j, self._instrument_j)

    # --- as text ----------------------------------------------------------------------------

    @property
    def figure(self) -> str:
        """The mean joules per loop with their standard deviation, as text."""
        mean_j, stdev_j = self.mean_j, self.stdev_j
        if mean_j is None:
            return "not measured"
        mark = "≈ " if is_estimate(self.provenance) else ""
        if self._is_below_resolution:
            return f"< {_joules(mean_j + (self.interval_j or 0.0), 2)}"
        figure = f"{mark}{_joules(mean_j, self.digits)}"
        return figure if stdev_j is None else f"{figure} ± {_joules(stdev_j, 2, mean_j)}"

    @property
    def details(self) -> str:
        """Of how many runs and loops the figure is, its interval, and seconds and watts."""
        mean_j, known = self.mean_j, not self._is_below_resolution
        loops = f"{self.loops:,} loop{'s' if self.loops > 1 else ''}"
        runs = f"{len(self._in_mean)} runs, {loops} each"
        if len(self._in_mean) == 1:
            runs = f"1 run, {loops}"
        elif mean_j is not None and known:
            runs = f"mean ± s.d. of {runs}"
        parts = [runs]
        if is_estimate(self.provenance):
            parts.insert(0, "estimated" if self.provenance == "estimate" else "partly estimated")
        if self._is_replayed:
            parts.insert(0, "REPLAYED, nothing was measured")
        if mean_j is not None and known:
            parts.append(f"95 % interval ± {_joules(self.interval_j or 0.0, 2, mean_j)}")
            parts += self._net
        last = _seconds(self.mean_duration_s)
        if self.mean_power_w is not None and known:
            last += f", {power(self.mean_power_w)}"
        return f"per loop ({'; '.join([*parts, last])})"

    @property
    def _net(self) -> list[str]:
        """The net joules with the half-width of their interval, as a list of at most one."""
        net_j, interval_j = self.net_mean_j, self.net_interval_j
        if net_j is None or interval_j is None:
            return []
        if is_below_resolution(net_j, interval_j):
            return [f"net < {_joules(net_j + interval_j, 2)} above idle"]
        return [f"net {_joules(net_j, self.digits)} ± {_joules(interval_j, 2, net_j)} above idle"]

    def _remarks(self) -> Iterator[str]:
        flags = self.flags
        if self.mean_j is None:
            yield (
                "No energy sensor can be read here: `jupyter_green.discover()` says why, and "
                "what to do about it."
            )
        if BELOW_RESOLUTION in flags:
            yield (
                "The runs are too short for the sensors: give more loops (-n), or leave that out "
                "to have enough chosen."
            )
        excess, drift = self._first_excess, self._drift
        if excess is not None:
            yield (
                f"The first run used {excess:.1f} × the energy of the others (caches, imports, "
                "compilation): it is not in the mean."
            )
        if drift is not None:
            yield (
                f"The runs drift by {100 * drift:+.1f} % per run (warm-up, throttling or another "
                "load): the mean holds for these runs only."
            )
        if SENSORS_DIFFER in flags:
            yield "Not every sensor could be read in every run: the runs are not alike."
        yield from remarks_on_runs(self.reports)


def _scatter_j(energies_j: Sequence[float]) -> float:
    """Return the half-width of the 95 % interval of a mean by Student's t, 0 for one value."""
    n = len(energies_j)
    if n < 2:
        return 0.0
    return student.quantile(0.95, n - 1) * stdev(energies_j) / math.sqrt(n)


def _baseline_part_j(report: Report) -> float:
    """Return what the baseline adds to the uncertainty of a run's net energy, in joules."""
    whole_j, gross_j = report.net_uncertainty_j or 0.0, report.uncertainty_j or 0.0
    return math.sqrt(max(0.0, whole_j**2 - gross_j**2))


def _is_in_common(provenance: Provenance, flags: Sequence[str]) -> bool:
    """Whether a domain's uncertainty is the same in all runs, so that no mean makes it smaller."""
    return provenance is Provenance.ESTIMATE or BELOW_RESOLUTION in flags


def _at_random_j(report: Report) -> float:
    """Return the part of a run's uncertainty that is another one in each run, in joules."""
    return math.hypot(
        *(
            domain.uncertainty_j
            for domain in report.domains.values()
            if domain.counted and not _is_in_common(domain.provenance, domain.flags)
        )
    )


def _in_common_j(report: Report) -> float:
    """Return the part of a run's uncertainty that is the same in all runs, in joules."""
    return math.hypot(
        *(
            domain.uncertainty_j
            for domain in report.domains.values()
            if domain.counted and _is_in_common(domain.provenance, domain.flags)
        )
    )


def _counted_ids(report: Report) -> frozenset[str]:
    return frozenset(domain.id for domain in report.domains.values() if domain.counted)


def _slope_t(values: Sequence[float], line: Any) -> float:
    """Return the t statistic of a regression line's slope over the whole numbers from 0."""
    n = len(values)
    squares = sum((y - line.intercept - line.slope * x) ** 2 for x, y in enumerate(values))
    spread = sum((x - (n - 1) / 2) ** 2 for x in range(n))
    error = math.sqrt(squares / (n - 2) / spread)
    return abs(line.slope) / error if error > 0 else math.inf


def _joules(energy_j: float, digits: int, like_j: float | None = None) -> str:
    """Return joules with so many significant digits, in the unit that fits `like_j`."""
    return with_prefix(energy_j, "J", digits, energy_j if like_j is None else like_j)


def _seconds(duration_s: float) -> str:
    return duration(duration_s) if duration_s >= 1e-3 else with_prefix(duration_s, "s", 3)
