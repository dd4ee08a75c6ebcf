"""The result of running the same code several times, as ``%timeit`` returns one for seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ..printable import printable
from ..report.report import Report
from ..shown import Shown
from . import text
from .comparison import RepeatsComparison
from .remarks import remarks
from .statistics import Statistics, statistics_of


@dataclass(frozen=True)
class Repeats(Shown):
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

    @cached_property
    def _statistics(self) -> Statistics:
        return statistics_of(self.loops, self.reports)

    @property
    def repeats(self) -> int:
        """The number of runs."""
        return len(self.reports)

    @property
    def energies_j(self) -> tuple[float | None, ...]:
        """Joules per loop of each run, ``None`` where nothing could be read."""
        energies_j = (report.energy_j for report in self.reports)
        return tuple(None if run_j is None else run_j / self.loops for run_j in energies_j)

    @property
    def durations_s(self) -> tuple[float, ...]:
        """Seconds per loop of each run."""
        return tuple(report.duration_s / self.loops for report in self.reports)

    @property
    def mean_j(self) -> float | None:
        """Mean joules per loop, ``None`` where nothing could be read."""
        return self._statistics.mean_j

    @property
    def stdev_j(self) -> float | None:
        """Standard deviation of the runs' joules per loop, ``None`` for fewer than two runs."""
        return self._statistics.stdev_j

    @property
    def interval_j(self) -> float | None:
        """Half-width of the 95 % interval of the mean, in joules per loop.

        The scatter of the runs by Student's t and the sensors' own uncertainty, in
        quadrature.
        """
        return self._statistics.interval_j

    @property
    def net_mean_j(self) -> float | None:
        """Mean joules per loop above the idle baseline, ``None`` where a run has no net energy."""
        return self._statistics.net_mean_j

    @property
    def net_interval_j(self) -> float | None:
        """Half-width of the 95 % interval of the net mean, in joules per loop.

        It includes the uncertainty of the baseline, which is common to all runs.
        """
        return self._statistics.net_interval_j

    @property
    def mean_duration_s(self) -> float:
        """Mean seconds per loop."""
        return self._statistics.mean_duration_s

    @property
    def mean_power_w(self) -> float | None:
        """Mean watts, ``None`` where nothing could be read."""
        return self._statistics.mean_power_w

    @property
    def provenance(self) -> str | None:
        """How the joules came about, as in a report."""
        return self._statistics.provenance

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags of the runs together, and then those of the reports, each once.

        Those of the runs are ``below-resolution``, ``first-run``, ``drift`` and
        ``sensors-differ``.
        """
        return self._statistics.flags

    @property
    def remarks(self) -> tuple[str, ...]:
        """The flags as sentences, and what to do about them."""
        return tuple(map(printable, remarks(self._statistics)))

    @property
    def figure(self) -> str:
        """The mean joules per loop with the half-width of their 95 % interval, as text."""
        return text.figure(self._statistics, self.digits)

    @property
    def details(self) -> str:
        """The number of runs and loops, their scatter, the watts and the seconds, as text."""
        return text.details(self._statistics, self.digits)

    def compare(self, other: Repeats) -> RepeatsComparison:
        """Return how much more or less energy a loop of `other` used than one of this.

        Raises
        ------
        TypeError
            For anything but another result of ``%energy -o`` or ``%%energy -r -o``.
        """
        if not isinstance(other, Repeats):
            raise TypeError(
                f"repeated runs are compared with repeated runs, not with a {type(other).__name__}"
            )
        return RepeatsComparison(self._statistics, other._statistics)

    def __str__(self) -> str:
        """Return the figures in one line, and each remark in one of its own."""
        return "\n".join((f"{self.figure} {self.details}", *self.remarks))
