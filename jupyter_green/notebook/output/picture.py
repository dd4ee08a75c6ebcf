"""The picture of a report: watts of each domain and the joules they add up to, as SVG.

It stands in an ``<img>``, which keeps it in untrusted notebooks, and so knows
nothing of the page's theme: its ground is transparent and its colours have a
contrast of at least 3:1 (WCAG 2.2, 1.4.11) both on white and on ``#111``.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from ...printable import printable, shortened
from ...report import words
from ...report.colours import ENERGY_COLOUR, domain_colours
from ...report.curve import joules, thin
from ...report.fields import DomainReport, Mark, ReportTrace
from ...report.format import duration, is_below_resolution, is_estimate, prefix
from ...report.groups import groups
from ...report.members import members
from ...report.report import Report

# Half pixels, so that whole numbers are fine enough.
WIDTH = 1440
HEIGHT = 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 104, 1332, 20, 216
_GREY = "#7c7f84"
_DASH = "14 8"
_LONGEST_MARK = 24
_LETTER = 12
"""As wide as a letter may be."""
_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def data_uri(svg: str) -> str:
    """Return an SVG as the address of an image."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode('ascii')}"


def swatch(colour: str, provenance: str | None) -> str:
    """Return a sample of a line, for a legend.

    It knows its own size: where an ``<img>`` loses its address, one without a size is not seen.
    """
    size = 'width="28" height="12" viewBox="0 0 56 24"'
    line = f'<path d="M0 12h56" {_stroke(colour, provenance)} stroke-width="6"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{line}</svg>'


def curve(report: Report, points: int) -> str | None:
    """Return watts and joules over the window, or ``None`` where there is no curve to show.

    Parameters
    ----------
    report
        The window's report.
    points
        The most points of a line.
    """
    trace = thin(report.trace, points)
    lines = list(_lines(report, trace))
    if not lines or report.duration_s <= 0:
        return None
    top_w = _ceiling(max(w for line in lines for w in line.power_w if w is not None))
    is_known = not is_below_resolution(report.energy_j, report.uncertainty_j)
    top_j = _ceiling(report.energy_j) if report.energy_j and is_known else None
    area = _Area(report.duration_s, top_w, top_j)
    broken = [_is_broken(a, b, report.gaps) for a, b in _intervals(trace)]
    parts = [*_frame(area), *(_gap(area, a, b) for a, b in report.gaps)]
    if top_j is not None:
        parts.append(_energy(area, joules(report, trace), trace.t_s))
    parts += [_line(area, line, trace.t_s, broken) for line in lines]
    parts += _marks(area, report.marks)
    if words.is_replayed(report):
        parts.append(_watermark())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="system-ui,sans-serif" font-size="22" fill="none">{"".join(parts)}</svg>'
    )


@dataclass(frozen=True)
class _Line:
    """A member of the total or a group of them, and its watts at the points of the trace."""

    colour: str
    provenance: str | None
    power_w: Sequence[float | None]


def _lines(report: Report, trace: ReportTrace) -> Iterator[_Line]:
    """Return a line for each row of the legend that says anything of the watts."""
    colours = domain_colours(report.domains.values())
    rows: list[tuple[str, str | None, Sequence[DomainReport]]] = [
        (group.colour, group.provenance, group.domains) for group in groups(report)
    ]
    rows = rows or [
        (colours[domain.id], domain.provenance.value, [domain])
        for domain in members(report.domains.values())
    ]
    for colour, provenance, domains in rows:
        known = [
            watts
            for domain in domains
            if not is_below_resolution(domain.energy_j, domain.uncertainty_j)
            and (watts := trace.power_w.get(domain.id))
        ]
        together = [_sum(at) for at in zip(*known, strict=False)]
        if any(w is not None for w in together[1:]):
            yield _Line(colour, provenance, together)


def _sum(power_w: Sequence[float | None]) -> float | None:
    known = [watts for watts in power_w if watts is not None]
    return sum(known) if known else None


@dataclass(frozen=True)
class _Area:
    """Where seconds, watts and joules lie in the picture. All scales begin at 0."""

    duration_s: float
    top_w: float
    top_j: float | None
    """``None`` where no joules are drawn, as they are below the resolution or were not measured."""

    def x(self, t_s: float) -> int:
        share = min(1.0, max(0.0, t_s / self.duration_s))
        return round(_LEFT + share * (_RIGHT - _LEFT))

    def y_w(self, power_w: float) -> int:
        return round(_BOTTOM - power_w / self.top_w * (_BOTTOM - _TOP))

    def y_j(self, energy_j: float) -> int:
        return round(_BOTTOM - energy_j / (self.top_j or 1.0) * (_BOTTOM - _TOP))


def _frame(area: _Area) -> Iterator[str]:
    """Draw the axes: top, middle and bottom of watts (left) and joules (right), and seconds."""
    for share in (1.0, 0.5, 0.0):
        y = area.y_w(area.top_w * share)
        yield f'<path d="M{_LEFT} {y}H{_RIGHT}" stroke="{_GREY}" stroke-opacity=".3"/>'
        yield _text(_LEFT - 12, y + 8, "end", _axis_label(area.top_w * share, area.top_w, "W"))
        if area.top_j is not None:
            label = _axis_label(area.top_j * share, area.top_j, "J")
            yield _text(_RIGHT + 12, y + 8, "start", label, ENERGY_COLOUR)
    yield _text(_LEFT, HEIGHT - 12, "start", "0 s")
    yield _text(_RIGHT, HEIGHT - 12, "end", duration(area.duration_s))


def _text(x: int, y: int, anchor: str, text: str, colour: str = _GREY) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{text}</text>'


def _marks(area: _Area, marks: Sequence[Mark]) -> Iterator[str]:
    """Draw the program's own marks, and their texts where those have room."""
    if not marks:
        return
    ticks = "".join(f"M{area.x(mark.t_s)} {_TOP}V{_BOTTOM}" for mark in marks)
    yield f'<path d="{ticks}" stroke="{_GREY}" stroke-width="2" stroke-dasharray="2 6"/>'
    free = 0
    for mark in marks:
        x = area.x(mark.t_s)
        text = shortened(printable(mark.text), _LONGEST_MARK)
        width = round(_LETTER * len(text))
        if text and free <= x and x + 6 + width <= _RIGHT:
            yield _text(x + 6, _TOP + 18, "start", escape(text))
            free = x + width + 24


def _watermark() -> str:
    """Write across the picture that nothing in it was measured."""
    x, y = (_LEFT + _RIGHT) // 2, (_TOP + _BOTTOM) // 2
    return (
        f'<text transform="translate({x} {y}) rotate(-6)" dy=".36em" text-anchor="middle" '
        f'font-size="140" font-weight="700" letter-spacing="40" fill="{_GREY}" '
        f'fill-opacity=".35">{words.REPLAY}</text>'
    )


def _gap(area: _Area, begin_s: float, end_s: float) -> str:
    x = area.x(begin_s)
    width = max(1, area.x(end_s) - x)
    return (
        f'<rect x="{x}" y="{_TOP}" width="{width}" height="{_BOTTOM - _TOP}" '
        f'fill="{_GREY}" fill-opacity=".15"/>'
    )


def _line(area: _Area, line: _Line, t_s: Sequence[float], broken: Sequence[bool]) -> str:
    """Draw one row of the legend. A value holds from the sample before up to its own."""
    pen = _Pen()
    for i, (power_w, is_broken) in enumerate(zip(line.power_w[1:], broken, strict=True)):
        if power_w is None or is_broken:
            pen.lift()
        else:
            pen.step(area.x(t_s[i]), area.x(t_s[i + 1]), area.y_w(power_w))
    return (
        f'<path d="{pen.path}" {_stroke(line.colour, line.provenance)} '
        f'stroke-width="4" stroke-linejoin="round"/>'
    )


class _Pen:
    """Writes a line of horizontal stretches, in steps from the last place."""

    def __init__(self) -> None:
        self.path = ""
        self._at: tuple[int, int] | None = None

    def lift(self) -> None:
        self._at = None

    def step(self, x0: int, x1: int, y: int) -> None:
        if self._at is None:
            self.path += f"M{x0} {y}"
        else:
            x0, before = self._at
            self.path += f"v{y - before}" if y != before else ""
        self.path += f"h{x1 - x0}" if x1 != x0 else ""
        self._at = x1, y


def _energy(area: _Area, energy_j: Sequence[float], t_s: Sequence[float]) -> str:
    places = [(area.x(t), area.y_j(joules)) for t, joules in zip(t_s, energy_j, strict=True)]
    begin = area.x(0.0)
    line = f"M{begin} {_BOTTOM}" + "".join(
        f"l{x - x0} {y - y0}" for (x0, y0), (x, y) in pairwise([(begin, _BOTTOM), *places])
    )
    return (
        f'<path d="{line}V{_BOTTOM}H{begin}z" fill="{ENERGY_COLOUR}" fill-opacity=".16"/>'
        f'<path d="{line}" stroke="{ENERGY_COLOUR}" stroke-width="5"/>'
    )


def _intervals(trace: ReportTrace) -> Iterator[tuple[float, float]]:
    return pairwise(trace.t_s)


def _is_broken(begin_s: float, end_s: float, gaps: Sequence[tuple[float, float]]) -> bool:
    middle_s = (begin_s + end_s) / 2
    return any(a <= middle_s <= b for a, b in gaps)


def _stroke(colour: str, provenance: str | None) -> str:
    dash = f' stroke-dasharray="{_DASH}"' if is_estimate(provenance) else ""
    return f'stroke="{colour}"{dash}'


def _axis_label(value: float, top: float, unit: str) -> str:
    """Return a value of an axis in the unit that fits the axis' top, such as ``"1.5 kW"``."""
    scale, letter = prefix(top)
    return f"{value / scale:.3g} {letter}{unit}"


def _ceiling(value: float) -> float:
    """Return the round number that an axis up to `value` ends at."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * 0.999)
