"""A front as a matplotlib figure: the metric by joules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from ...printable import printable
from ...report.colours import ENERGY_COLOUR
from ...report.figure import GREY, ReportFigure, escaped, figure_of, points_of_text
from ...report.format import prefix
from .points import Point
from .ranking import Ranking, Standing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT_SHARE = 0.55
_LOGARITHMIC_FROM = 20.0
"""From this ratio of the dearest to the cheapest on."""
_TO_THE_LEFT_FROM = 0.82
"""From this part of the width on, a name stands to the left of its point."""
_LOOKS: dict[Standing, tuple[str, str]] = {
    "front": (ENERGY_COLOUR, ENERGY_COLOUR),
    "not ranked": (ENERGY_COLOUR, "none"),
    "dominated": (GREY, "none"),
}
"""Edge and face of a point."""


def figure(front: Ranking, ax: Axes | None = None, *, width_in: float = 7.0) -> Figure:
    """Return a figure of the metric by joules: see :meth:`.front.Front.plot`."""
    if ax is not None:
        _draw(front, ax, points_of_text(float(ax.bbox.width / ax.figure.dpi)))
        return figure_of(ax)
    made = ReportFigure(figsize=(width_in, _HEIGHT_SHARE * width_in))
    made.set_layout_engine("constrained")
    _draw(front, made.add_subplot(), points_of_text(width_in))
    return made


def _draw(front: Ranking, ax: Axes, size: float) -> None:
    scale, letter = prefix(max(point.energy_j for point in front.points))
    unit = next((point.unit for point in front.points), None)
    ax.set_xlabel(f"Energy ({letter}J{f' per {escaped(unit)}' if unit else ''})", fontsize=size)
    ax.set_ylabel(escaped(printable(front.metric)), fontsize=size)
    ax.tick_params(labelsize=size)
    ax.grid(visible=True, color=GREY, alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if front.points[-1].energy_j > _LOGARITHMIC_FROM * front.points[0].energy_j:
        ax.set_xscale("log")
    line = front.front
    ax.plot(
        [point.energy_j / scale for point in line],
        [point.metric for point in line],
        drawstyle="steps-post",  # up to the next one, nothing is better than this one
        color=ENERGY_COLOUR,
        linewidth=0.16 * size,
        alpha=0.5,
    )
    for standing in _LOOKS:
        _scatter(front, standing, ax, size, scale)
    ax.margins(x=0.08, y=0.14)
    ax.autoscale_view()
    for point in front.points:
        _name(front, point, ax, size, scale)
    handles, labels = ax.get_legend_handles_labels()
    if len(labels) > 1:
        ax.legend(handles, labels, fontsize=size, frameon=False, loc="best")


def _scatter(front: Ranking, standing: Standing, ax: Axes, size: float, scale: float) -> None:
    edge, face = _LOOKS[standing]
    found = [point for point in front.points if front.standing(point) == standing]
    if not found:
        return
    ax.errorbar(
        [point.energy_j / scale for point in found],
        [point.metric for point in found],
        xerr=[_below(found, scale), [point.uncertainty_j / scale for point in found]],
        linestyle="none",
        marker="o",
        markersize=0.75 * size,
        markeredgecolor=edge,
        markerfacecolor=face,
        ecolor=edge,
        elinewidth=0.1 * size,
        label=standing,
    )


def _below(found: list[Point], scale: float) -> list[float]:
    """Return how far the intervals reach down: never to 0, which a logarithmic axis lacks."""
    return [min(point.uncertainty_j, 0.99 * point.energy_j) / scale for point in found]


def _name(front: Ranking, point: Point, ax: Axes, size: float, scale: float) -> None:
    is_knee = point == front.knee
    at = (point.energy_j / scale, point.metric)
    across, _ = ax.transAxes.inverted().transform(ax.transData.transform(at))
    side = -1 if across > _TO_THE_LEFT_FROM else 1  # where there is room
    ax.annotate(
        escaped(f"{point.label} (knee)" if is_knee else point.label),
        at,
        xytext=(side * 0.6 * size, -1.2 * size),
        horizontalalignment="left" if side > 0 else "right",
        textcoords="offset points",
        fontsize=0.9 * size,
        fontweight="bold" if is_knee else "normal",
        color=GREY if front.standing(point) == "dominated" else "black",
    )
