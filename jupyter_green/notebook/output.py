"""The output that a metered cell keeps: the report as JSON, as HTML and as a line of text.

The HTML has to survive where a notebook is merely shown: untrusted notebooks
drop inline SVG and scripts, GitHub drops styles as well. What is left there is
an ``<img>``, a table and a ``<details>`` in the text's own colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from .._format import duration, energy, is_below_resolution, is_estimate, power
from ..meter.report import MIME_TYPE
from ..sources.base import Provenance
from . import picture, words

if TYPE_CHECKING:
    from ..meter.report import DomainReport, Report
    from ..sources.base import Missing

MAX_HTML_BYTES = 24 * 1024

# Points of a line, domains and sensors in the tables: the first that is small enough is shown.
_EXTENTS = ((140, 32, 32), (70, 16, 8), (0, 8, 2), (0, 0, 0))
_LONGEST_TEXT = 240
_LONGEST_SENTENCE = 480

_HOW = {
    Provenance.COUNTER: "energy counter",
    Provenance.POWER: "power samples",
    Provenance.ESTIMATE: "estimated",
}
_STATUS = {
    "error": "The cell ended with an error; the figures are those up to then.",
    "interrupted": "The cell was interrupted; the figures are those up to then.",
    "died": "The measured process ended before the cell did; the figures are those up to then.",
}
_CODE = re.compile("`([^`]+)`")

_BADGE = "border:2px solid;border-radius:3px;padding:0 6px;letter-spacing:1px"
_CELL = "padding:2px 10px 2px 0;text-align:left"
_NUMBER = "padding:2px 10px 2px 0;text-align:right;white-space:nowrap"


def bundle(report: Report) -> dict[str, Any]:
    """Return a report as a MIME bundle."""
    return {
        MIME_TYPE: report.to_dict(),
        "text/html": html(report),
        "text/plain": str(report),
    }


def placeholder(label: str | None) -> dict[str, Any]:
    """Return the MIME bundle that holds the place of a report until the cell ends."""
    text = "energy: measuring …"
    if label:
        text = f"{label} · {text}"
    return {"text/html": f"<p>{escape(text)}</p>", "text/plain": text}


def html(report: Report) -> str:
    """Return a report as HTML of at most 24 KiB."""
    for points, domains, sensors in _EXTENTS:
        page = "".join(_parts(report, points, domains, sensors))
        if len(page.encode()) <= MAX_HTML_BYTES:
            break
    return page


def _parts(report: Report, points: int, domains: int, sensors: int) -> Iterator[str]:
    yield "<div>"
    yield f'<p style="margin:4px 0">{_headline(report)}</p>'
    yield from (f'<p style="margin:4px 0">{_advice(text)}</p>' for text in _remarks(report))
    svg = picture.curve(report, points) if points else None
    if svg is not None:
        yield _picture(report, svg)
    if report.domains:
        yield from _domains(report, domains)
    if report.missing:
        yield from _missing(report.missing, sensors, unfolded=not report.domains)
    yield "</div>"


def _headline(report: Report) -> str:
    name = f"{_text(report.label)}: " if report.label else ""
    figure = escape(words.joules(report))
    took = duration(report.duration_s)
    badge = (
        f'<strong style="{_BADGE}">{words.REPLAY}</strong> ' if words.is_replayed(report) else ""
    )
    parts = [f'{badge}{name}<strong style="font-size:1.4em">{figure}</strong> in {took}']
    if report.mean_power_w is not None:
        parts.append(f"mean {_mean_power(report, report.duration_s)}")
    known = not is_below_resolution(report.energy_j, report.uncertainty_j)
    if report.peak_power_w is not None and known:
        mark = "≈ " if is_estimate(report.provenance) else ""
        parts.append(f"peak {mark}{power(report.peak_power_w)}")
    if above := words.net(report):
        parts.append(escape(above))
    if report.provenance is not None:
        parts.append(_provenance(report))
    if report.stage:
        parts.append(f"stage {_text(report.stage)}")
    return " · ".join(parts)


def _mean_power(figures: Report | DomainReport, duration_s: float) -> str:
    """Return the mean watts as HTML, as a bound where the joules are below the resolution."""
    if is_below_resolution(figures.energy_j, figures.uncertainty_j) and duration_s > 0:
        upper_j = (figures.energy_j or 0.0) + (figures.uncertainty_j or 0.0)
        return f"&lt; {power(upper_j / duration_s)}"
    mark = "≈ " if is_estimate(figures.provenance) else ""
    return f"{mark}{power(figures.mean_power_w)}"


def _provenance(report: Report) -> str:
    """Say how the total's joules came about."""
    if words.is_replayed(report):
        return words.REPORT_FLAGS["replayed"]
    kinds = {domain.provenance for domain in report.domains.values() if domain.counted}
    if kinds == {Provenance.COUNTER}:
        return "energy counters"
    if kinds == {Provenance.POWER}:
        return "power samples"
    if kinds == {Provenance.ESTIMATE}:
        return "estimated, not measured"
    if Provenance.ESTIMATE in kinds:
        return "partly estimated"
    return "energy counters and power samples"


def _remarks(report: Report) -> Iterator[str]:
    if report.status in _STATUS:
        yield _STATUS[report.status]
    if report.energy_j is None:
        yield "No sensor could be read, so there are no joules to show."
    for remark in words.report_flags(flag for flag in report.flags if flag != "replayed"):
        yield f"{remark[:1].upper()}{remark[1:]}."
    for remark in (words.share(report), words.old_baseline(report)):
        if remark:
            yield remark
    if report.gaps:
        count = f"{len(report.gaps)} gaps" if len(report.gaps) > 1 else "1 gap"
        lost_s = sum(end - begin for begin, end in report.gaps)
        yield f"{count} without samples, {duration(lost_s)} in all: the curve is blank there."


def _picture(report: Report, svg: str) -> str:
    names = ", ".join(report.domains)
    figure = words.joules(report)
    mark = f"{words.REPLAY}. " if words.is_replayed(report) else ""
    alt = (
        f"{mark}Curves over {duration(report.duration_s)}: watts of {names}, "
        f"at most {power(report.peak_power_w)} together, and joules, {figure} at the end"
    )
    return (
        f'<img alt="{_text(alt)}" src="{picture.data_uri(svg)}" '
        f'width="720" height="130" style="max-width:100%;height:auto">'
    )


def _domains(report: Report, most: int) -> Iterator[str]:
    domains = list(report.domains.values())
    heads = ("Domain", "Device", "Energy", "Mean power", "How")
    yield '<table style="margin:4px 0;border-collapse:collapse;table-layout:auto"><thead><tr>'
    for head in heads:
        style = _NUMBER if head in ("Energy", "Mean power") else _CELL
        yield f'<th style="{style}">{head}</th>'
    yield "</tr></thead><tbody>"
    for index, domain in enumerate(domains[:most]):
        yield from _domain(index, domain, report.duration_s)
    if domains[most:]:
        rest_j = sum(domain.energy_j for domain in domains[most:] if domain.counted)
        yield (
            f'<tr><td style="{_CELL}" colspan="5">{len(domains[most:])} more domains, '
            f"{escape(energy(rest_j, None, None))} of the total</td></tr>"
        )
    yield "</tbody></table>"


def _domain(index: int, domain: DomainReport, duration_s: float) -> Iterator[str]:
    line = picture.data_uri(picture.swatch(index, domain.provenance))
    how = [_HOW[domain.provenance], *words.domain_flags(domain)]
    if not domain.counted:
        how.append("not in the total")
    details = " · ".join(_details(domain))
    yield (
        f'<tr><td style="{_CELL};white-space:nowrap">'
        f'<img alt="" src="{line}" width="28" height="12" style="display:inline;max-width:none"> '
        f"{_text(domain.id)}</td>"
    )
    yield f'<td style="{_CELL}">{_text(domain.device)}</td>'
    figure = energy(domain.energy_j, domain.uncertainty_j, domain.provenance.value)
    yield f'<td style="{_NUMBER}">{escape(figure)}</td>'
    yield f'<td style="{_NUMBER}">{_mean_power(domain, duration_s)}</td>'
    yield f'<td style="{_CELL}">{_text("; ".join(how), _LONGEST_SENTENCE)}'
    if details:
        yield f"<br><small>{_text(details, _LONGEST_SENTENCE)}</small>"
    yield "</td></tr>"


def _details(domain: DomainReport) -> Iterator[str]:
    """Say what the device did, what it reported beside, and what the source remarks."""
    if seen := words.conditions(domain):
        yield seen
    if domain.integrated_power_j is not None:
        yield f"{energy(domain.integrated_power_j, None, None)} by its reported power"
    if domain.note and "replayed" not in domain.flags:
        yield domain.note


def _missing(missing: tuple[Missing, ...], most: int, *, unfolded: bool) -> Iterator[str]:
    count = f"{len(missing)} sensors" if len(missing) > 1 else "1 sensor"
    yield f"<details{' open' if unfolded else ''}><summary>{count} not read here</summary><ul>"
    for sensor in missing[:most]:
        advice = _advice(f"{sensor.reason}. {sensor.remedy}", 2000)
        yield f"<li><strong>{_text(sensor.id)}</strong>: {advice}</li>"
    if missing[most:]:
        yield f"<li>and {len(missing[most:])} more</li>"
    yield "</ul></details>"


def _advice(text: str, longest: int = _LONGEST_SENTENCE) -> str:
    """Return a sentence as HTML, what stands in backticks as code."""
    return _CODE.sub(r"<code>\1</code>", _text(text, longest))


def _text(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Return text fit for HTML, shortened where it is longer than a person would read."""
    return escape(text if len(text) <= longest else f"{text[: longest - 1]}…")
