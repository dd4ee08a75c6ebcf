"""``jg.pareto(reports, "acc")``: the runs that no other beats in both metric and joules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ...report.fields import ReportFields
from ...report.outcome import number
from ...shown import Shown
from .points import Cost, Pair, points_of
from .ranking import Best, Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Front(Ranking, Shown):
    """Runs by their standing, and what can be made of them; printed, it is a table.

    What it holds is documented in :class:`~.ranking.Ranking`.
    """

    def __str__(self) -> str:
        """Return the table as text."""
        from .table import text

        return text(self)

    def plot(self, ax: Axes | None = None, *, width_in: float = 7.0) -> Figure:
        """Return a matplotlib figure of the metric by joules, the front as a line.

        Parameters
        ----------
        ax
            Axes to draw in, instead of a figure of its own.
        width_in
            Width of a figure of its own, in inches; 3.5 is a column of a paper.

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        from .figure import figure

        return figure(self, ax, width_in=width_in)

    def to_frame(self) -> DataFrame:
        """Return a pandas DataFrame with a row for each point, by its joules.

        Raises
        ------
        ImportError
            Without pandas.
        """
        from .table import frame

        return frame(self)


def pareto(
    runs: Mapping[str, ReportFields | Pair] | Iterable[ReportFields | Pair],
    metric: str,
    cost: Cost = "energy_j",
    *,
    best: Best = "highest",
    point: float = 0.01,
    floor: float | None = None,
) -> Front:
    """Return which runs no other beats in both a metric and joules: ``jg.pareto(reports, "acc")``.

    Parameters
    ----------
    runs
        Reports that have the metric, or pairs of a metric and joules, with the half-width of the
        joules' 95 % interval as a third number if it is known; with labels as a mapping's keys.
    metric
        The metric's name.
    cost
        ``energy_j``, or ``per`` for the joules per unit of work that each report counts.
    best
        ``highest`` or ``lowest``, as for a loss.
    point
        What a point of the metric is; the table says how many joules each costs.
    floor
        Shows the metric per joule in a column, but not of points that are worse than this.

    Raises
    ------
    TypeError
        For what is neither a report nor a pair of numbers.
    ValueError
        Where no run has both, joules are per different units, or a parameter is none of those.
    """
    if not isinstance(metric, str) or not metric.strip():
        raise ValueError("the metric has no name: give the one that was logged, such as 'acc'")
    if best not in ("highest", "lowest"):
        raise ValueError(f"best is {best!r}: give 'highest', or 'lowest' as for a loss")
    if number(point, "point") <= 0:
        raise ValueError(f"point is {point:g}: give what counts as one, more than 0, such as 0.01")
    if floor is not None:
        floor = number(floor, "floor")
    points, left_out = points_of(runs, metric, cost)
    by_joules = tuple(sorted(points, key=lambda each: each.energy_j))
    return Front(metric, best, float(point), floor, by_joules, tuple(left_out))
