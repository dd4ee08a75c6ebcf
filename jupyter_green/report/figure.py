"""Reports as matplotlib figures, for notebooks and for print.

Nothing of ``pyplot`` is used: no backend is chosen, no window opened, no figure kept.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from ..printable import printable, shortened
from . import members, words
from .colours import ENERGY_COLOUR, domain_colours
from .curve import joules
from .fields import DomainReport, ReportFields
from .format import (
    duration,
    is_below_resolution,
    is_estimate,
    is_vague_reading,
    mean_power,
    peak_power,
    power,
    prefix,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


COLUMN_IN = 3.5
"""The width of a column in most journals; below twice of it the text is smaller."""
_SCREEN_DPI = 96
"""Pixels per inch of CSS."""
GREY = "#7c7f84"
_TIMES = ((7200.0, 3600.0, "h"), (300.0, 60.0, "min"), (0.5, 1.0, "s"), (0.0, 1e-3, "ms"))
"""The units of the time axis: the least duration and the unit, in seconds, and its name."""
_DASHES = (5, 2.5)
_PLOT_SHARE = 0.29
"""The height of the plot as a share of a figure's width."""
_BESIDE_AXES = 8.0
"""What stands to the left of the axes, in sizes of the text."""
_LINE = 1.35
"""The distance of two lines of text, in sizes of the text."""
_LEAST_POINTS = 4.0
_LONGEST_NAME = 32
_MOST_METRICS = 4


class ReportFigure(Figure):
    """A figure that notebooks show, with or without ``%matplotlib inline``."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the picture, and its size on a page, which shows it finer where it can."""
        image = io.BytesIO()
        self.savefig(image, format="png", dpi=2 * _SCREEN_DPI)
        width_in, height_in = self.get_size_inches()
        size = {"width": width_in * _SCREEN_DPI, "height": height_in * _SCREEN_DPI}
        return image.getvalue(), {name: round(pixels) for name, pixels in size.items()}


def figure_of(ax: Axes) -> Figure:
    """Return the whole figure that axes are in."""
    own = ax.figure
    return own.figure if isinstance(own, SubFigure) else own


def figure(
    report: ReportFields, ax: Axes | None = None, *, width_in: float = 2 * COLUMN_IN
) -> Figure:
    """Return a figure of the watts of each domain and of the joules so far.

    Estimates are dashed, stretches without samples blank; where net energy is known a
    thin line shows the idle power that it was counted from.

    Parameters
    ----------
    report
        What to draw.
    ax
        Axes to draw in, instead of a figure of its own.
    width_in
        Width of a figure of its own, in inches.
    """
    if ax is not None:
        size = points_of_text(_width_in(ax))
        handles = _draw(report, ax, size, float(ax.bbox.width))
        _explain_inside(ax, handles, size)
        return figure_of(ax)
    size = points_of_text(width_in)
    made = ReportFigure(figsize=(width_in, width_in))
    made.set_layout_engine("constrained")
    axes = made.add_subplot()
    handles = _draw(report, axes, size, made.bbox.width - _BESIDE_AXES * size * made.dpi / 72)
    legend_in = _explain(made, handles, size) / made.dpi if handles else 0.0
    title_in = (axes.get_title(loc="left").count("\n") + 1) * _LINE * (size + 1) / 72
    made.set_size_inches(width_in, _PLOT_SHARE * width_in + title_in + legend_in + 6 * size / 72)
    return made


def _explain(made: Figure, handles: Sequence[Artist], size: float) -> float:
    """Put a legend below the axes in as many columns as have room; return its height in pixels."""
    for columns in range(min(3, len(handles)), 0, -1):
        legend = made.legend(
            handles=handles,
            loc="outside lower center",
            ncols=columns,
            fontsize=size,
            frameon=False,
            handlelength=size / 4,
            columnspacing=size / 7,
            handletextpad=size / 14,
        )
        box = legend.get_window_extent()
        if box.width <= 0.98 * made.bbox.width or columns == 1:
            break
        legend.remove()
    return float(box.height)


def _explain_inside(ax: Axes, handles: Sequence[Artist], size: float) -> None:
    """Put a legend into axes of somebody else's, in letters small enough to have room."""
    while True:
        legend = ax.legend(
            handles=handles, loc="best", fontsize=size, framealpha=0.8, labelspacing=0.25
        )
        box = legend.get_window_extent()
        if size <= _LEAST_POINTS or (box.width < ax.bbox.width and box.height < ax.bbox.height):
            return
        size *= 0.85


def _draw(report: ReportFields, ax: Axes, size: float, room_px: float) -> list[Artist]:
    """Draw a report below a title with so much room, and return what the legend explains."""
    time_scale, time_unit = next((s, u) for t, s, u in _TIMES if report.duration_s >= t)
    ax.set_xlabel(f"Time ({time_unit})", fontsize=size)
    ax.set_xlim(0, max(report.duration_s / time_scale, 1e-9))
    ax.set_title(_title(report, ax, size + 1, room_px), loc="left", fontsize=size + 1)
    ax.tick_params(labelsize=size)
    ax.grid(visible=True, axis="y", color=GREY, alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines["top"].set_visible(False)
    if words.is_replayed(report):
        _watermark(ax)
    domains = members.in_order(list(report.domains.values()))
    curves = [(d, watts) for d in domains if (watts := _unbroken(report, d)) is not None]
    known = [w for _, watts in curves for w in watts if not math.isnan(w)]
    if not known or report.duration_s <= 0:
        ax.set_ylabel("Power (W)", fontsize=size)
        ax.set_yticks([])
        ax.text(0.5, 0.5, _why_blank(report), ha="center", va="center", fontsize=size,
                color=GREY, transform=ax.transAxes, wrap=True)  # fmt: skip
        return []
    times = [t / time_scale for t in report.trace.t_s]
    watt_scale, watt_prefix = prefix(max(known))
    ax.set_ylabel(f"Power ({watt_prefix}W)", fontsize=size)
    for begin_s, end_s in report.gaps:
        ax.axvspan(begin_s / time_scale, end_s / time_scale, color=GREY, alpha=0.12, linewidth=0)
    handles: list[Artist] = []
    if report.energy_j:
        handles.append(_energy(report, ax, times, size))
    colours = domain_colours(domains)
    for domain, watts in curves:
        (line,) = ax.plot(
            times,
            [w / watt_scale for w in watts],
            drawstyle="steps-pre",  # a value holds from the sample before up to its own
            color=colours[domain.id],
            linewidth=(0.155 if domain.counted else 0.09) * size,
            label=_name(domain, domains),
        )
        if is_estimate(domain.provenance.value):
            line.set_dashes(_DASHES)
        handles.append(line)
    _mark(report, ax, time_scale, size, room_px)
    idle_w = _idle_w(report)
    if idle_w is not None:
        handles.append(
            ax.axhline(
                idle_w / watt_scale, color=GREY, linewidth=0.8, label=f"idle {power(idle_w)}"
            )
        )
    ax.set_ylim(0, None)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    return [*handles[1:], handles[0]] if report.energy_j else handles


def _energy(report: ReportFields, ax: Axes, times: Sequence[float], size: float) -> Artist:
    """Draw the joules so far on an axis of their own, behind the watts."""
    scale, letter = prefix(report.energy_j or 0.0)
    so_far = [0.0, *(j / scale for j in joules(report, report.trace))]
    right = ax.twinx()
    right.set_zorder(ax.get_zorder() - 1)
    ax.patch.set_visible(False)
    right.set_ylabel(f"Energy ({letter}J)", fontsize=size, color=ENERGY_COLOUR)
    right.tick_params(labelsize=size, colors=ENERGY_COLOUR)
    right.spines["top"].set_visible(False)
    right.spines["right"].set_color(ENERGY_COLOUR)
    right.fill_between([0.0, *times], so_far, color=ENERGY_COLOUR, alpha=0.12, linewidth=0)
    (line,) = right.plot(
        [0.0, *times],
        so_far,
        color=ENERGY_COLOUR,
        linewidth=0.18 * size,
        label=f"total {escaped(words.joules(report))}",
    )
    right.set_ylim(0, None)
    right.yaxis.set_major_locator(MaxNLocator(5))
    return line


def _mark(report: ReportFields, ax: Axes, time_scale: float, size: float, room_px: float) -> None:
    """Draw the program's own marks, and their texts where those have room."""
    axes_px = room_px - _BESIDE_AXES * size * ax.figure.dpi / 72  # beside it, joules
    free_px = 0.0
    for mark in report.marks:
        ax.axvline(mark.t_s / time_scale, color=GREY, linewidth=0.6, linestyle=":")
        text = shortened(printable(mark.text), _LONGEST_NAME)
        width_px = _text_px(text, ax, 0.8 * size)
        begin_px = mark.t_s / report.duration_s * axes_px
        if text and free_px <= begin_px <= axes_px - width_px:
            ax.text(mark.t_s / time_scale, 0.98, f" {escaped(text)}", fontsize=0.8 * size,
                    color=GREY, va="top", transform=ax.get_xaxis_transform())  # fmt: skip
            free_px = begin_px + width_px + size


def _unbroken(report: ReportFields, domain: DomainReport) -> list[float] | None:
    """Return a domain's watts, NaN where none are known, ``None`` where none are at all.

    Those of joules below the resolution say nothing, as in every other place.
    """
    trace = report.trace
    watts = trace.power_w.get(domain.id, ())
    if is_below_resolution(domain.energy_j, domain.uncertainty_j) or all(
        w is None for w in watts[1:]
    ):
        return None
    shown = [math.nan]
    for (begin_s, end_s), w in zip(pairwise(trace.t_s), watts[1:], strict=True):
        middle_s = (begin_s + end_s) / 2
        is_gap = any(a <= middle_s <= b for a, b in report.gaps)
        shown.append(math.nan if w is None or is_gap else w)
    return shown


def _idle_w(report: ReportFields) -> float | None:
    """Return the idle power that the report's net energy was counted from."""
    if report.energy_j is None or not report.net_energy_j or report.duration_s <= 0:
        return None
    return max(0.0, report.energy_j - report.net_energy_j) / report.duration_s


def _title(report: ReportFields, ax: Axes, size: float, room_px: float) -> str:
    """Return what the window was and used, broken into lines that have room."""
    figures = [words.joules(report)]
    if report.mean_power_w is not None:
        figures.append(f"{mean_power(report)} mean")
        is_vague = is_vague_reading(report.energy_j, report.uncertainty_j)
        if report.peak_power_w is not None and not is_vague:
            figures[-1] += f", peak {peak_power(report, report.peak_power_w)}"
    if per := words.joules_per_unit(report):
        figures.insert(1, per)
    figures.append(duration(report.duration_s))
    figures += words.metrics(report)[:_MOST_METRICS]
    if report.net_energy_j is not None:
        figures.append(f"net {words.net_energy(report)} above idle")
    label = shortened(printable(report.label or ""), 60).split()
    lines = [*_lines(label, " ", ax, size, room_px), *_lines(figures, " · ", ax, size, room_px)]
    return escaped("\n".join(lines))


def _lines(
    parts: Sequence[str], between: str, ax: Axes, size: float, room_px: float
) -> Iterator[str]:
    """Put parts together to lines no wider than there is room."""
    line = ""
    for part in parts:
        longer = f"{line}{between}{part}" if line else part
        if line and _text_px(longer, ax, size) > room_px:
            yield line
            longer = part
        line = longer
    if line:
        yield line


def _text_px(text: str, ax: Axes, size: float) -> float:
    """Return the width of a text in pixels."""
    drawn = ax.text(0, 0, escaped(text), fontsize=size, transform=ax.transAxes)
    width_px = float(drawn.get_window_extent().width)
    drawn.remove()
    return width_px


def _name(domain: DomainReport, domains: Sequence[DomainReport]) -> str:
    figure = words.domain_joules(domain)
    aside = members.about(domain, domains)
    id_ = shortened(printable(domain.id), _LONGEST_NAME)
    return escaped(", ".join(filter(None, (f"{id_} {figure}", aside))))


def _why_blank(report: ReportFields) -> str:
    if not report.domains:
        return "no sensor could be read"
    return "no curve: too short for two samples"


def _watermark(ax: Axes) -> None:
    ax.text(
        *(0.5, 0.5, words.REPLAY),
        ha="center",
        va="center",
        rotation=12,
        fontsize=5.5 * _width_in(ax) + 6,
        fontweight="bold",
        color=GREY,
        alpha=0.35,
        transform=ax.transAxes,
        zorder=6,
    )


def _width_in(ax: Axes) -> float:
    own = ax.figure
    assert own is not None
    return float(ax.bbox.width / own.dpi)


def points_of_text(width_in: float) -> float:
    """Return the size of the text that suits a width."""
    return 6.5 if width_in <= 1.5 * COLUMN_IN else 9.0


def escaped(text: str) -> str:
    """Keep what a user calls a cell from being read as a formula."""
    return text.replace("$", r"\$")
