"""A report in one line: joules, then watts, then time, and how the cell ended."""

from __future__ import annotations

from collections.abc import Iterator

from ...printable import LONGEST_MESSAGE, printable
from ...report import words
from ...report.format import duration, is_below_resolution, is_estimate, mean_power
from ...report.report import Report
from .markup import markup

MOST_METRICS = 4
"""In a line, and as figures at a glance."""


def line(report: Report) -> str:
    """Return the line as text, such as ``"12.3 ± 0.4 J · 10 W mean · 1.2 s · measured"``."""
    name = f"{printable(report.label)}: " if report.label else ""
    return name + " · ".join(_parts(report))


def line_html(report: Report) -> str:
    """Return the line as HTML, the joules in bold."""
    name = f"{markup(report.label, LONGEST_MESSAGE)}: " if report.label else ""
    first, *rest = _parts(report)
    return name + " · ".join([f"<strong>{markup(first)}</strong>", *map(markup, rest)])


def _parts(report: Report) -> Iterator[str]:
    is_known = not is_below_resolution(report.energy_j, report.uncertainty_j)
    yield words.joules(report)
    if per := words.joules_per_unit(report):
        yield per
    if report.mean_power_w is not None and is_known:
        yield f"{mean_power(report)} mean"
    yield duration(report.duration_s)
    yield from words.metrics(report)[:MOST_METRICS]
    if words.is_replayed(report):
        yield f"{words.REPLAY}, not measured"
    elif report.provenance is not None:
        yield words.how(report.provenance) if is_estimate(report.provenance) else "measured"
    if report.status != "ok":
        yield report.status
