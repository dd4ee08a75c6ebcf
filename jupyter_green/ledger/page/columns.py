"""Columns over time, as SVG whose widths are shares of the page's, and whose letters are not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ...report.format import energy_unit
from .markup import element, text

_HEIGHT = 180
_TOP, _BELOW = 12, 24
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_LABELS = 6
_FEWEST = 7
"""Columns that there is room for, so that a single day is no wall."""
_SHARE = 0.72
"""Of a column's room that it fills."""


class Column(NamedTuple):
    """A period's joules, and between which the true ones lie."""

    label: str
    """Below the axis."""
    words: str
    """What is said of it."""
    energy_j: float
    reach_j: tuple[float, float]


def columns(shown: Sequence[Column], fill: str) -> str:
    """Return an axis of joules, and beside it the columns, for those who see them.

    Parameters
    ----------
    shown
        At least one; one without joules leaves its room empty.
    fill
        Of the columns.
    """
    highest_j = max(column.reach_j[1] for column in shown) or 1.0
    size_j, unit = energy_unit(highest_j)
    step = _step(highest_j / size_j)
    ticks = [step * n for n in range(math.ceil(highest_j / size_j / step - 1e-9) + 1)]
    top_j = ticks[-1] * size_j
    axis = "".join(
        _text(
            f"{tick:g} {unit}" if tick else "0", x="100%", y=_y(tick / ticks[-1]) + 4, anchor="end"
        )
        for tick in ticks
    )
    lines = "".join(
        f'<line x1="0" x2="100%" y1="{_y(t / ticks[-1])}" y2="{_y(t / ticks[-1])}"/>' for t in ticks
    )
    room = 100 / max(len(shown), _FEWEST)
    drawn = "".join(_column(c, n * room, room, top_j, fill) for n, c in enumerate(shown))
    every = math.ceil(len(shown) / _MOST_LABELS)
    labels = "".join(
        _text(c.label, x=f"{n * room:.2f}%", y=_TOP + _HEIGHT + 17, anchor="start")
        for n, c in enumerate(shown)
        if n % every == 0
    )
    height = _TOP + _HEIGHT + _BELOW
    plot = f'<g class="grid">{lines}</g>{drawn}{labels}'
    return (
        f'<div class="chart" aria-hidden="true"><svg class="axis" height="{height}">{axis}</svg>'
        f'<svg class="plot" height="{height}">{plot}</svg></div>'
    )


def _column(column: Column, left: float, room: float, top_j: float, fill: str) -> str:
    if column.energy_j <= 0:
        return ""
    x, width = left + room * (1 - _SHARE) / 2, room * _SHARE
    y = min(_y(column.energy_j / top_j), _y(0) - 1)
    low, high = (_y(bound / top_j) for bound in column.reach_j)
    middle = f"{left + room / 2:.3f}%"
    return element(
        "g",
        element("title", text(column.words, 200))
        + f'<rect class="room" x="{left:.3f}%" width="{room:.3f}%" y="{_TOP}" height="{_HEIGHT}"/>'
        f'<rect x="{x:.3f}%" width="{width:.3f}%" y="{y}" height="{_y(0) - y:.1f}" fill="{fill}"/>'
        f'<line class="reach" x1="{middle}" x2="{middle}" y1="{low}" y2="{high}"/>',
        class_="column",
    )


def _text(words: str, *, x: str, y: float, anchor: str) -> str:
    return element("text", text(words), x=x, y=f"{y:g}", text_anchor=anchor)


def _y(share: float) -> float:
    return round(_TOP + _HEIGHT * (1 - share), 1)


def _step(highest: float) -> float:
    """Return a round step, of which three to six make up the highest."""
    rough = highest / 4
    scale = 10.0 ** math.floor(math.log10(rough))
    return next(step * scale for step in _STEPS if step * scale >= rough * 0.999)
