"""A report as one line: what a cell shows when every cell is metered.

The line is the summary of a ``<details>``, which holds the rest and is closed: it
stands in untrusted notebooks, on GitHub, and needs neither scripts nor pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...flags import REPLAYED
from ...printable import printable
from ...report import words
from ...report.fields import MIME_TYPE, DomainReport
from ...report.format import mean_power
from ...report.members import about, in_order
from ...report.report import Report
from . import summary
from .bundle import advice
from .latex import latex
from .markup import markup

METADATA = {MIME_TYPE: {"compact": True}}
"""The output's metadata: front ends that draw reports themselves draw this one as a line."""

SILENT = {MIME_TYPE: {"compact": True, "silent": True}}
"""The same of a cell that is too short for a line: they draw nothing."""

_LINE = "margin:0;font-size:.85em"
_MUTED = "opacity:.7"
"""Beside what the cell itself prints, on light and on dark ground."""
_CELL = "padding:1px 10px 1px 0;text-align:left"
NOTHING = {"text/html": "", "text/plain": ""}
"""What is seen of a cell as long as it may be too short for a line."""
_MOST = 32
"""Domains in the table, and sensors among those that are missing."""


def bundle(report: Report) -> dict[str, Any]:
    """Return a report as a MIME bundle whose page is one line."""
    text = str(report)
    forms = {"text/html": html(report), "text/latex": latex(text), "text/plain": text}
    return {MIME_TYPE: report.to_dict()} | forms


def silent(report: Report) -> dict[str, Any]:
    """Return the bundle of a report that is to be counted and not seen."""
    return {MIME_TYPE: report.to_dict(), **NOTHING}


def running(text: str) -> dict[str, Any]:
    """Return the MIME bundle of the line while a cell runs."""
    return {
        "text/html": f'<p dir="ltr" style="{_LINE};{_MUTED}">{markup(text)}</p>',
        "text/plain": printable(text),
    }


def html(report: Report) -> str:
    """Return a report as one line that unfolds to the rest."""
    return (
        f'<details dir="ltr" style="{_LINE}"><summary style="{_MUTED}">'
        f"{summary.line_html(report)}</summary>"
        f"{''.join(_details(report))}</details>"
    )


def _details(report: Report) -> Iterator[str]:
    for remark in _remarks(report):
        yield f'<p style="margin:2px 0">{advice(remark)}</p>'
    if report.domains:
        ordered = in_order(list(report.domains.values()))
        rows = "".join(_row(domain, about(domain, ordered)) for domain in ordered[:_MOST])
        yield f'<table style="border-collapse:collapse"><tbody>{rows}</tbody></table>'
    if report.missing:
        items = "".join(
            f"<li><strong>{markup(m.id)}</strong>: {advice(f'{m.reason}. {m.remedy}', 2000)}</li>"
            for m in report.missing[:_MOST]
        )
        yield f'Not read here:<ul style="margin:2px 0">{items}</ul>'


def _remarks(report: Report) -> Iterator[str]:
    if above := words.net_energy(report):
        yield f"Net {above} above idle."
    yield from (words.remark(flag) for flag in report.flags if flag != REPLAYED)
    rest = words.metrics(report)[summary.MOST_METRICS :]
    for remark in (", ".join(rest), *report.notes, words.share(report), words.old_baseline(report)):
        if remark:
            yield remark


def _row(domain: DomainReport, place: str) -> str:
    how = [words.how(domain.provenance.value), *words.flag_sentences(domain.flags)]
    texts = (
        domain.id,
        domain.device,
        words.domain_joules(domain),
        mean_power(domain),
        "; ".join([*how, place] if place else how),
    )
    cells = (f'<td style="{_CELL}">{markup(text)}</td>' for text in texts)
    return f"<tr>{''.join(cells)}</tr>"
