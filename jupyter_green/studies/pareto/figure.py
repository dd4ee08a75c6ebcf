"""A front as a matplotlib figure: the metric by joules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from ...printable import printable
from ...report.colours import ENERGY_COLOUR
from ...report.figure import GREY, ReportFigure, escaped, figure_of, points_of_text
from ...report.format import prefix
from .places import Box, baseline, places
from .points import Point
from .ranking import Ranking, Standing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT_SHARE = 0.55
_LOGARITHMIC_FROM = 20.0
"""From this ratio of the dearest to the cheapest on."""
_LETTER = 0.6
"""How wide a letter is, as a share of its size."""
_LOOKS: dict[Standing, tuple[str, str]] = {
    "front": (ENERGY_COLOUR, ENERGY_COLOUR),
    "not ranked": (ENERGY_COLOUR, "none"),
    "dominated": (GREY, "none"),
}
"""Edge and face of a point."""


def figure(front: Ranking, ax: Axes | None = None, *, width_in: float = 7.0) -> Figure:
    """Return a figure of the metric by joules: see :meth:`.front.Front.plot`."""
    if ax is not None:
        size = points_of_text(float(ax.bbox.width / ax.figure.dpi))
        _draw(front, ax, size)
        _name_all(front, ax, size)
        return figure_of(ax)
    made = ReportFigure(figsize=(width_in, _HEIGHT_SHARE * width_in))
    made.set_layout_engine("constrained")
    axes, size = made.add_subplot(), points_of_text(width_in)
    _draw(front, axes, size)
    made.draw_without_rendering()  # which lays it out
    _name_all(front, axes, size)
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


def _name_all(front: Ranking, ax: Axes, size: float) -> None:
    """Write the name of each point beside it."""
    scale, _ = prefix(max(point.energy_j for point in front.points))
    letters = 0.9 * size
    dots_per_point = ax.figure.dpi / 72
    at = [(point.energy_j / scale, point.metric) for point in front.points]
    names = [f"{p.label} (knee)" if p == front.knee else p.label for p in front.points]
    shown = ax.bbox
    found = places(
        [(x / dots_per_point, y / dots_per_point) for x, y in ax.transData.transform(at)],
        [_LETTER * letters * len(name) for name in names],
        letters,
        Box(*(edge / dots_per_point for edge in (shown.x0, shown.y0, shown.x1, shown.y1))),
    )
    for point, xy, name, place in zip(front.points, at, names, found, strict=True):
        ax.annotate(
            escaped(name),
            xy,
            xytext=(place[0] * 0.6 * letters, baseline(letters, place)),
            horizontalalignment="left" if place[0] > 0 else "right",
            textcoords="offset points",
            fontsize=letters,
            fontweight="bold" if point == front.knee else "normal",
            color=GREY if front.standing(point) == "dominated" else "black",
        )
