"""Reports as matplotlib figures, for notebooks and for print.

Nothing of ``pyplot`` is used: no backend is chosen, no window opened, no figure kept.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from ..printable import printable, shortened
from . import words
from .colours import DOMAIN_COLOURS, ENERGY_COLOUR
from .curve import joules
from .fields import DomainReport, ReportFields
from .format import duration, is_estimate, mean_power, power, prefix

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


COLUMN_IN = 3.5
"""The width of a column in most journals; below twice of it the text is smaller."""
_SCREEN_DPI = 96
"""Pixels per inch of CSS."""
_GREY = "#7c7f84"
_TIMES = ((7200.0, 3600.0, "h"), (300.0, 60.0, "min"), (0.5, 1.0, "s"), (0.0, 1e-3, "ms"))
"""The units of the time axis: the least duration and the unit, in seconds, and its name."""
_DASHES = (5, 2.5)


class ReportFigure(Figure):
    """A figure that notebooks show, with or without ``%matplotlib inline``."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the picture, and its size on a page, which shows it finer where it can."""
        image = io.BytesIO()
        self.savefig(image, format="png", dpi=2 * _SCREEN_DPI)
        width_in, height_in = self.get_size_inches()
        size = {"width": width_in * _SCREEN_DPI, "height": height_in * _SCREEN_DPI}
        return image.getvalue(), {name: round(pixels) for name, pixels in size.items()}


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
        handles = _draw(report, ax, _points(_width_in(ax)))
        ax.legend(handles=handles, loc="best", fontsize=_points(_width_in(ax)), framealpha=0.8)
        own = ax.figure
        return own.figure if isinstance(own, SubFigure) else own
    size = _points(width_in)
    columns = 3 if width_in > 1.5 * COLUMN_IN else 2
    rows = math.ceil((len(report.domains) + 2) / columns)
    made = ReportFigure(figsize=(width_in, 0.16 * rows + 0.9 + 0.29 * width_in + 0.35))
    made.set_layout_engine("constrained")
    handles = _draw(report, made.add_subplot(), size)
    if handles:
        made.legend(
            handles=handles,
            loc="outside lower center",
            ncols=min(columns, len(handles)),
            fontsize=size,
            frameon=False,
            handlelength=size / 4,
            columnspacing=size / 7,
            handletextpad=size / 14,
        )
    return made


def _draw(report: ReportFields, ax: Axes, size: float) -> list[Artist]:
    """Draw a report and return what the legend explains."""
    time_scale, time_unit = next((s, u) for t, s, u in _TIMES if report.duration_s >= t)
    ax.set_xlabel(f"Time ({time_unit})", fontsize=size)
    ax.set_xlim(0, max(report.duration_s / time_scale, 1e-9))
    ax.set_title(_title(report), loc="left", fontsize=size + 1)
    ax.tick_params(labelsize=size)
    ax.grid(visible=True, axis="y", color=_GREY, alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines["top"].set_visible(False)
    if words.is_replayed(report):
        _watermark(ax)
    known = [w for watts in report.trace.power_w.values() for w in watts[1:] if w is not None]
    if not known or report.duration_s <= 0:
        ax.set_ylabel("Power (W)", fontsize=size)
        ax.set_yticks([])
        ax.text(0.5, 0.5, _why_blank(report), ha="center", va="center", fontsize=size,
                color=_GREY, transform=ax.transAxes, wrap=True)  # fmt: skip
        return []
    times = [t / time_scale for t in report.trace.t_s]
    watt_scale, watt_prefix = prefix(max(known))
    ax.set_ylabel(f"Power ({watt_prefix}W)", fontsize=size)
    for begin_s, end_s in report.gaps:
        ax.axvspan(begin_s / time_scale, end_s / time_scale, color=_GREY, alpha=0.12, linewidth=0)
    handles: list[Artist] = []
    if report.energy_j:
        handles.append(_energy(report, ax, times, size))
    for index, domain in enumerate(report.domains.values()):
        watts = _unbroken(report, domain)
        if watts is not None:
            (line,) = ax.plot(
                times,
                [w / watt_scale for w in watts],
                drawstyle="steps-pre",  # a value holds from the sample before up to its own
                color=DOMAIN_COLOURS[index % len(DOMAIN_COLOURS)],
                linewidth=(0.155 if domain.counted else 0.09) * size,
                label=_name(domain),
            )
            if is_estimate(domain.provenance.value):
                line.set_dashes(_DASHES)
            handles.append(line)
    idle_w = _idle_w(report)
    if idle_w is not None:
        handles.append(
            ax.axhline(
                idle_w / watt_scale, color=_GREY, linewidth=0.8, label=f"idle {power(idle_w)}"
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
        label=f"total {_escaped(words.joules(report))}",
    )
    right.set_ylim(0, None)
    right.yaxis.set_major_locator(MaxNLocator(5))
    return line


def _unbroken(report: ReportFields, domain: DomainReport) -> list[float] | None:
    """Return a domain's watts, NaN where none are known, ``None`` where none are at all."""
    trace = report.trace
    watts = trace.power_w.get(domain.id, ())
    if all(w is None for w in watts[1:]):
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


def _title(report: ReportFields) -> str:
    figures = [f"{words.joules(report)} in {duration(report.duration_s)}"]
    if report.mean_power_w is not None:
        figures.append(f"mean {mean_power(report)}")
    if report.net_energy_j is not None:
        figures.append(f"net {words.net_energy(report)} above idle")
    lines = [shortened(printable(report.label or ""), 60), *_wrapped(figures)]
    return _escaped("\n".join(line for line in lines if line))


def _wrapped(figures: Sequence[str]) -> list[str]:
    first, *rest = figures
    if len(rest) < 2:
        return [" · ".join(figures)]
    return [f"{first} · {rest[0]}", *rest[1:]]


def _name(domain: DomainReport) -> str:
    figure = words.domain_joules(domain)
    aside = "" if domain.counted else ", not in the total"
    return _escaped(f"{printable(domain.id)} {figure}{aside}")


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
        color=_GREY,
        alpha=0.35,
        transform=ax.transAxes,
        zorder=6,
    )


def _width_in(ax: Axes) -> float:
    own = ax.figure
    assert own is not None
    return float(ax.bbox.width / own.dpi)


def _points(width_in: float) -> float:
    """Return the size of the text that suits a width."""
    return 6.5 if width_in <= 1.5 * COLUMN_IN else 9.0


def _escaped(text: str) -> str:
    """Keep what a user calls a cell from being read as a formula."""
    return text.replace("$", r"\$")
