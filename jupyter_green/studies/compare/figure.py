"""A comparison as a matplotlib figure: the rounds, paired, and the ratios with their intervals.

Nothing of ``pyplot`` is used.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...printable import printable, shortened
from ...report.figure import COLUMN_IN, ReportFigure
from ...report.format import prefix
from . import text
from .fields import StudyFields

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's, told apart by all kinds of eyes; those that stand out best first."""
_MARKERS = "os^Dv<>P"
_GREY = "#7c7f84"
_LONGEST_NAME = 24
_ROOM = 1.4
"""How far the axis of differences reaches beyond what is drawn, as a multiple."""


def figure(study: StudyFields, *, width_in: float = 2 * COLUMN_IN) -> Figure:
    """Return a figure of the rounds' joules per unit, and of each pair's difference.

    Rounds that were disturbed are hollow. The grey band is the margin.

    Parameters
    ----------
    study
        What to draw.
    width_in
        Width of the figure in inches.
    """
    is_narrow = width_in <= 1.5 * COLUMN_IN
    size = 6.5 if is_narrow else 9.0
    rows_in = (1.2 + 0.28 * len(study.pairs)) * size / 9
    height_in = 0.62 * width_in + rows_in if is_narrow else max(0.36 * width_in, rows_in + 0.6)
    made = ReportFigure(figsize=(width_in, height_in))
    made.set_layout_engine("constrained")
    made.suptitle(_title(study, width_in, size), fontsize=size + 1, x=0.01, ha="left")
    if not study.pairs:
        return made
    if is_narrow:
        above, below = made.subplots(2, 1, height_ratios=[0.5 * width_in, rows_in])
    else:
        above, below = made.subplots(1, 2, width_ratios=[1.35, 1])
    _draw_rounds(study, above, size)
    _draw_pairs(study, below, size)
    return made


def _draw_rounds(study: StudyFields, ax: Axes, size: float) -> None:
    """Draw each variant's joules per unit by round; a line joins those of one round."""
    numbers = list(range(1, study.rounds + 1))
    values = {name: study.values(name) for name in study.variants}
    scale, letter = prefix(max(max(of_one) for of_one in values.values()))
    for number, of_round in zip(numbers, zip(*values.values(), strict=True), strict=True):
        ends = [min(of_round) / scale, max(of_round) / scale]
        ax.plot([number, number], ends, color=_GREY, alpha=0.5, linewidth=0.8, zorder=1)
    for place, name in enumerate(study.variants):
        colour = _COLOURS[place % len(_COLOURS)]
        faces = ["none" if number in study.disturbed else colour for number in numbers]
        ax.scatter(
            numbers,
            [value / scale for value in values[name]],
            s=2.2 * size,
            c=faces,
            edgecolors=colour,
            marker=_MARKERS[place % len(_MARKERS)],
            zorder=2,
        )
        ax.plot([], [], color=colour, marker=_MARKERS[place % len(_MARKERS)], linestyle="none",
                markersize=0.5 * size, label=_name(name))  # fmt: skip
    ax.set_xlabel("Round", fontsize=size)
    ax.set_ylabel(f"Energy per {_escaped(printable(study.unit))} ({letter}J)", fontsize=size)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.grid(visible=True, axis="y", color=_GREY, alpha=0.25, linewidth=0.6)
    ax.legend(fontsize=size, frameon=False, loc="lower left", bbox_to_anchor=(0, 1),
              ncols=min(3, len(study.variants)), handletextpad=0.2, borderaxespad=0.1)  # fmt: skip
    _plain(ax, size)


def _draw_pairs(study: StudyFields, ax: Axes, size: float) -> None:
    """Draw each pair's difference in percent with its interval, the first pair on top."""
    margin = study.pairs[0].margin
    ax.axvspan(
        100 * (1 / (1 + margin) - 1), 100 * margin, color=_GREY, alpha=0.15, linewidth=0, zorder=0
    )
    ax.axvline(0, color=_GREY, linewidth=0.8, zorder=1)
    reach = [100 * margin]
    for row, pair in enumerate(study.pairs):
        value, low, high = (100 * (r - 1) for r in (pair.ratio, *pair.interval))
        reach += [abs(edge) for edge in (value, low, high) if math.isfinite(edge)]
        colour = _COLOURS[study.variants.index(pair.other) % len(_COLOURS)]
        if math.isfinite(high):
            ax.plot([low, high], [row, row], color=colour, linewidth=0.2 * size, zorder=2,
                    solid_capstyle="butt")  # fmt: skip
        ax.plot(value, row, "o", color=colour, markersize=0.6 * size, zorder=3)
        ax.annotate(f"{value:+.1f} %", (value, row), xytext=(0, 0.8 * size), fontsize=0.9 * size,
                    textcoords="offset points", ha="center", color=colour)  # fmt: skip
    widest = _ROOM * max(reach)
    ax.set_xlim(-widest, widest)
    ax.set_ylim(len(study.pairs) - 0.4, -0.9)
    ax.set_yticks(range(len(study.pairs)))
    ax.set_yticklabels([f"{_name(p.other)}\nagainst {_name(p.reference)}" for p in study.pairs])
    ax.xaxis.set_major_locator(MaxNLocator(5, symmetric=True))
    ax.set_xlabel("Difference in energy (%), 95 % CI", fontsize=size)
    _plain(ax, size)


def _title(study: StudyFields, width_in: float, size: float) -> str:
    """Return the verdicts, those of many pairs left to the picture, in lines that have room."""
    room = int(width_in * 72 / (0.52 * size))
    said = text.verdicts(study)
    lines = said if len(said) <= 3 else said[:1]
    return _escaped("\n".join(broken for line in lines for broken in _broken(line, room)))


def _broken(line: str, room: int) -> list[str]:
    lines = [""]
    for word in line.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _plain(ax: Axes, size: float) -> None:
    ax.tick_params(labelsize=size)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def _name(name: str) -> str:
    return _escaped(shortened(printable(name), _LONGEST_NAME))


def _escaped(words: str) -> str:
    """Keep what a user calls a variant from being read as a formula."""
    return words.replace("$", r"\$")
