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
from ...report.format import duration, is_below_resolution, is_estimate, mean_power
from ...report.report import Report
from .bundle import advice
from .markup import markup

METADATA = {MIME_TYPE: {"compact": True}}
"""The output's metadata: front ends that draw reports themselves draw this one as a line."""

_LINE = "margin:0;font-size:.9em"
_CELL = "padding:1px 10px 1px 0;text-align:left"
_MOST = 32
"""Domains in the table, and sensors among those that are missing."""


def bundle(report: Report) -> dict[str, Any]:
    """Return a report as a MIME bundle whose page is one line."""
    return {MIME_TYPE: report.to_dict(), "text/html": html(report), "text/plain": str(report)}


def running(text: str) -> dict[str, Any]:
    """Return the MIME bundle of the line while a cell runs."""
    return {"text/html": f'<p style="{_LINE}">{markup(text)}</p>', "text/plain": printable(text)}


def html(report: Report) -> str:
    """Return a report as one line that unfolds to the rest."""
    return (
        f'<details style="{_LINE}"><summary>{_headline(report)}</summary>'
        f"{''.join(_details(report))}</details>"
    )


def line(report: Report) -> str:
    """Return the line as text, such as ``"12.3 ± 0.4 J · 1.2 s · 10 W mean · measured"``."""
    return " · ".join(_parts(report))


def _headline(report: Report) -> str:
    first, *rest = _parts(report)
    return " · ".join([f"<strong>{markup(first)}</strong>", *map(markup, rest)])


def _parts(report: Report) -> Iterator[str]:
    yield words.joules(report)
    yield duration(report.duration_s)
    if report.mean_power_w is not None and _is_known(report):
        yield f"{mean_power(report)} mean"
    if words.is_replayed(report):
        yield f"{words.REPLAY}, not measured"
    elif report.provenance is not None:
        yield words.how(report.provenance) if is_estimate(report.provenance) else "measured"
    if report.status != "ok":
        yield report.status


def _details(report: Report) -> Iterator[str]:
    for remark in _remarks(report):
        yield f'<p style="margin:2px 0">{advice(remark)}</p>'
    if report.domains:
        rows = "".join(_row(domain) for domain in list(report.domains.values())[:_MOST])
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
    for remark in (words.share(report), words.old_baseline(report)):
        if remark:
            yield remark


def _row(domain: DomainReport) -> str:
    how = [words.how(domain.provenance.value), *words.flag_sentences(domain.flags)]
    texts = (
        domain.id,
        domain.device,
        words.domain_joules(domain),
        mean_power(domain),
        "; ".join(how if domain.counted else [*how, "not in the total"]),
    )
    cells = (f'<td style="{_CELL}">{markup(text)}</td>' for text in texts)
    return f"<tr>{''.join(cells)}</tr>"


def _is_known(figures: Report | DomainReport) -> bool:
    return not is_below_resolution(figures.energy_j, figures.uncertainty_j)
