"""The output that a metered cell keeps: the report as JSON, as HTML and as a line of text.

The HTML has to survive where a notebook is merely shown: untrusted notebooks
drop inline SVG and scripts, GitHub drops styles as well. What is left there is
an ``<img>``, a table and a ``<details>`` in the text's own colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ...flags import REPLAYED
from ...printable import LONGEST_MESSAGE, printable, shortened
from ...report import words
from ...report.colours import domain_colours
from ...report.fields import MIME_TYPE, DomainReport
from ...report.format import (
    duration,
    energy,
    is_below_resolution,
    is_vague_reading,
    mean_power,
    peak_power,
    power,
    power_bound,
)
from ...report.groups import Group, groups
from ...report.hosts import clock_words, coverage, host_words
from ...report.members import about, in_order, members
from ...report.report import Report
from ...report.task_lines import task_rows, task_sentence
from ...sources.base import Missing
from . import picture, summary
from .latex import latex
from .markup import markup, prose

MAX_HTML_BYTES = 24 * 1024

# Points of a line, domains and sensors in the tables: the first that is small enough is shown.
_EXTENTS = ((140, 32, 32), (70, 16, 8), (0, 8, 2), (0, 0, 0))
SHORT_S = 1.0
"""A shorter cell is a line: it has no curve to speak of."""
LASTING = "measuring … (if this stays: no report, as the kernel ended before the cell did)"
"""True while the cell runs, and also where nobody is left to say how that ended."""
_LONGEST_TEXT = 240
_LONGEST_SENTENCE = 480

_STATUS = {
    "error": "The cell ended with an error; the figures cover the time until then.",
    "interrupted": "The cell was interrupted; the figures cover the time until then.",
    "died": "The measured process ended before the cell did; "
    "the figures cover the time until then.",
}

_BOX = "break-inside:avoid"  # on paper
_LINE = "margin:2px 0"
_FIGURES = "margin:0 0 4px 0;border-collapse:collapse;table-layout:auto;border:none"
# In-line, so that they go on in the next line where there is no room.
_ABOUT = "display:inline-block;border:none;padding:0 20px 0 0;text-align:left;vertical-align:top"
_FIGURE = f"{_ABOUT};white-space:nowrap"
_BIG = "font-size:1.6em;line-height:1.25"
_SMALL = "opacity:0.8"
_BADGE = "border:2px solid;border-radius:3px;padding:0 6px;letter-spacing:1px"
_DOMAINS = "margin:2px 0;border-collapse:collapse;table-layout:auto"
_CELL = "padding:1px 12px 1px 0;text-align:left"
_NUMBER = "padding:1px 12px 1px 0;text-align:right;white-space:nowrap"
_COLUMN_STYLES = (f"{_CELL};white-space:nowrap", _CELL, _NUMBER, _NUMBER, _CELL)
_HOST_STYLES = (f"{_CELL};white-space:nowrap", _NUMBER, _NUMBER, _NUMBER)
# Where GitHub drops the styles, attributes beside them keep numbers to the right.
_COLUMN_ATTRIBUTES = (" nowrap", "", ' align="right" nowrap', ' align="right" nowrap', "")


def bundle(report: Report) -> dict[str, Any]:
    """Return a report as a MIME bundle."""
    return {
        MIME_TYPE: report.to_dict(),
        "text/html": html(report),
        "text/latex": latex(str(report)),
        "text/plain": str(report),
    }


def no_report(reason: str) -> dict[str, Any]:
    """Return what is shown instead of a report that could not be made."""
    text = shortened(printable(f"energy: no report: {reason}"), LONGEST_MESSAGE)
    return {"text/html": f'<p dir="ltr">{markup(text)}</p>', "text/plain": text}


def placeholder(label: str | None) -> dict[str, Any]:
    """Return the MIME bundle that holds the place of a report until the cell ends."""
    return _placeholder(label, "measuring …")


def lasting_placeholder(label: str | None) -> dict[str, Any]:
    """Return the same for front ends in which it stays if the kernel ends before the cell does."""
    return _placeholder(label, LASTING)


def _placeholder(label: str | None, state: str) -> dict[str, Any]:
    text = f"energy: {state}"
    if label:
        text = f"{label} · {text}"
    return {"text/html": f'<p dir="ltr">{markup(text)}</p>', "text/plain": printable(text)}


def html(report: Report) -> str:
    """Return a report as HTML of at most 24 KiB."""
    for points, domains, sensors in _EXTENTS:
        page = "".join(_parts(report, points, domains, sensors))
        if len(page.encode()) <= MAX_HTML_BYTES:
            break
    return page


def is_short(report: Report) -> bool:
    """Whether a report's news has room in a line; one without joules says why it has none."""
    return report.duration_s < SHORT_S and report.energy_j is not None


def _parts(report: Report, points: int, domains: int, sensors: int) -> Iterator[str]:
    """Show a report; of a cell that took no time to speak of, one line that unfolds to it."""
    if is_short(report):
        yield f'<details dir="ltr" style="{_BOX}"><summary>{summary.line_html(report)}</summary>'
        yield from _page(report, points, domains, sensors)
        yield "</details>"
    else:
        yield f'<div dir="ltr" style="{_BOX}">'
        yield from _page(report, points, domains, sensors)
        yield "</div>"


def _page(report: Report, points: int, domains: int, sensors: int) -> Iterator[str]:
    yield from _figures(report)
    yield from (f'<p style="{_LINE}">{advice(text)}</p>' for text in _remarks(report))
    svg = picture.curve(report, points) if points else None
    if svg is not None:
        yield _picture(report, svg)
    if report.domains:
        yield from _domains(report, domains)
    if len(report.hosts) > 1:
        yield from _hosts(report, domains)
    if report.tasks is not None:
        yield from _tasks(report)
    if report.missing:
        yield from _missing(report.missing, sensors, unfolded=not report.domains)


def _figures(report: Report) -> Iterator[str]:
    """Show the window's figures at a glance, each with what it is below it.

    They are in a table, which keeps them apart where styles are dropped.
    """
    peak_w = report.peak_power_w
    is_vague = is_vague_reading(report.energy_j, report.uncertainty_j)
    yield f'<table role="presentation" style="{_FIGURES}"><tbody><tr style="text-align:left">'
    if words.is_replayed(report):
        yield f'<td style="{_FIGURE}"><strong style="{_BADGE}">{words.REPLAY}</strong></td>'
    net = words.net_energy(report)
    yield _figure(words.joules(report), "energy" if not net else "gross")
    if net:
        yield _figure(net, "net, above idle")
    if per := words.joules_per_unit(report):
        yield _figure(per, words.count(report))
    if report.mean_power_w is not None:
        peak = f", peak {peak_power(report, peak_w)}" if peak_w is not None and not is_vague else ""
        yield _figure(_mean_power(report, report.duration_s), f"mean{peak}")
    yield _figure(duration(report.duration_s), "time")
    for name, value in words.named_metrics(report)[: summary.MOST_METRICS]:
        yield _figure(value, name)
    yield from _about(report)
    yield "</tr></tbody></table>"


def _about(report: Report) -> Iterator[str]:
    """Say which window it was and how its joules came about."""
    label = f"<strong>{_text(report.label)}</strong>" if report.label else ""
    stage = f"stage {_text(report.stage)}" if report.stage else ""
    how = " · ".join(filter(None, (words.measured_by(report), stage)))
    if label or how:
        yield f'<td style="{_ABOUT}">{"<br>".join(filter(None, (label, how)))}</td>'


def _figure(figure: str, caption: str) -> str:
    return (
        f'<td style="{_FIGURE}"><strong style="{_BIG}">{markup(figure)}</strong><br>'
        f'<small style="{_SMALL}">{markup(caption)}</small></td>'
    )


def _mean_power(figures: Report | DomainReport, duration_s: float) -> str:
    """Return the mean watts, as a bound where the joules are below the resolution."""
    if is_below_resolution(figures.energy_j, figures.uncertainty_j) and duration_s > 0:
        upper_j = (figures.energy_j or 0.0) + (figures.uncertainty_j or 0.0)
        return f"< {power_bound(upper_j * figures.scale_range.high / duration_s)}"
    return mean_power(figures)


def _remarks(report: Report) -> Iterator[str]:
    if report.status in _STATUS:
        yield _STATUS[report.status]
    if report.energy_j is None:
        yield "No sensor could be read, so there are no joules to show."
    yield from (words.remark(flag) for flag in report.flags if flag != REPLAYED)
    if covered := coverage(report):
        yield covered
    rest = words.metrics(report)[summary.MOST_METRICS :]
    for remark in (", ".join(rest), *report.notes, words.share(report), words.old_baseline(report)):
        if remark:
            yield remark
    if report.gaps:
        lost = duration(sum(end - begin for begin, end in report.gaps))
        gaps = f"1 gap without samples ({lost})"
        if len(report.gaps) > 1:
            gaps = f"{len(report.gaps)} gaps without samples, {lost} in total"
        yield f"{gaps}: the curve is blank there."


def _picture(report: Report, svg: str) -> str:
    names = ", ".join(report.domains)
    figure = words.joules(report)
    mark = f"{words.REPLAY}. " if words.is_replayed(report) else ""
    alt = (
        f"{mark}Curves over {duration(report.duration_s)}: watts of {names}, "
        f"total at most {power(report.peak_power_w)}; joules, {figure} at the end"
    )
    return (
        f'<img alt="{_text(alt)}" src="{picture.data_uri(svg)}" '
        f'width="720" height="130" style="max-width:100%;height:auto">'
    )


def _domains(report: Report, most: int) -> Iterator[str]:
    """Show the members of the total, by kind where there are many; the rest is folded away."""
    colours = domain_colours(report.domains.values())
    ordered = in_order(list(report.domains.values()))
    member_count = len(members(ordered))
    rows = [_Row(domain, colours[domain.id], about(domain, ordered)) for domain in ordered]
    by_kind = groups(report)
    if by_kind:
        yield from _table(_group(group) for group in by_kind)
        folded, title = rows, f"each of the {member_count}"
        inside = len(rows) - member_count
    else:
        if member_count:
            yield from _members(rows[:member_count], most, report.duration_s)
        folded, title, inside = rows[member_count:], "", len(rows) - member_count
    if folded:
        titles = [title, f"{inside} more, not added to the total" if inside else ""]
        yield f"<details><summary>{', '.join(filter(None, titles))}</summary>"
        yield from _members(folded, most, report.duration_s)
        yield "</details>"


class _Row(NamedTuple):
    """A domain in the table."""

    domain: DomainReport
    colour: str
    place: str
    """Where it lies, if not in the total."""


def _members(rows: Sequence[_Row], most: int, duration_s: float) -> Iterator[str]:
    def cells() -> Iterator[tuple[str, ...]]:
        for row in rows[:most]:
            yield _domain(row, duration_s)

    rest = [row.domain for row in rows[most:]]
    rest_j = sum(domain.energy_j for domain in rest if domain.counted)
    more = f"{len(rest)} more domains, {energy(rest_j, None, None)} of the total" if rest else ""
    yield from _table(cells(), more)


def _table(rows: Iterable[tuple[str, ...]], more: str = "") -> Iterator[str]:
    heads = ("Domain", "Device", "Energy (95 %)", "Mean power", "Provenance")
    yield f'<table style="{_DOMAINS}"><thead><tr>'
    for head, style, attributes in zip(heads, _COLUMN_STYLES, _COLUMN_ATTRIBUTES, strict=True):
        yield f'<th scope="col"{attributes} style="{style}">{head}</th>'
    yield "</tr></thead><tbody>"
    for cells in rows:
        yield "<tr>"
        for cell, style, attributes in zip(cells, _COLUMN_STYLES, _COLUMN_ATTRIBUTES, strict=True):
            yield f'<td{attributes} style="{style}">{cell}</td>'
        yield "</tr>"
    if more:
        yield f'<tr><td style="{_CELL}" colspan="5">{markup(more)}</td></tr>'
    yield "</tbody></table>"


def _hosts(report: Report, most: int) -> Iterator[str]:
    """Show what each host used; unfolded where one of them is not known to the end."""
    unfolded = " open" if report.is_at_least else ""
    yield f"<details{unfolded}><summary>{len(report.hosts)} hosts</summary>"
    yield f'<table style="{_DOMAINS}"><thead><tr>'
    for head, style in zip(
        ("Host", "Energy (95 %)", "Time", "Clock ahead"), _HOST_STYLES, strict=True
    ):
        yield f'<th scope="col" style="{style}">{head}</th>'
    yield "</tr></thead><tbody>"
    for host in report.hosts[:most]:
        cells = (host.name, *host_words(report, host), clock_words(host))
        columns = zip(cells, _HOST_STYLES, strict=True)
        row = "".join(f'<td style="{style}">{markup(cell)}</td>' for cell, style in columns)
        yield f"<tr>{row}</tr>"
    if report.hosts[most:]:
        more = f"{len(report.hosts[most:])} more hosts"
        yield f'<tr><td style="{_CELL}" colspan="4">{more}</td></tr>'
    yield "</tbody></table></details>"


def _tasks(report: Report) -> Iterator[str]:
    """Show what tasks used of their hosts' joules."""
    yield f"<details><summary>by task</summary><p>{markup(task_sentence(report))}</p>"
    yield f'<table style="{_DOMAINS}"><thead><tr>'
    for head, style in zip(("Prefix", "Energy", "Tasks", "Seconds"), _HOST_STYLES, strict=True):
        yield f'<th scope="col" style="{style}">{head}</th>'
    yield "</tr></thead><tbody>"
    for cells in task_rows(report):
        columns = zip(cells, _HOST_STYLES, strict=True)
        row = "".join(f'<td style="{style}">{markup(cell)}</td>' for cell, style in columns)
        yield f"<tr>{row}</tr>"
    yield "</tbody></table></details>"


def _domain(row: _Row, duration_s: float) -> tuple[str, ...]:
    domain = row.domain
    how = [words.how(domain.provenance.value), *words.flag_sentences(domain.flags)]
    if row.place:
        how.append(row.place)
    said = _text("; ".join(how), _LONGEST_SENTENCE)
    if details := " · ".join(_details(domain)):
        said += f' <small style="{_SMALL}">{_text(details, _LONGEST_SENTENCE)}</small>'
    return (
        _named(domain.id, row.colour, domain.provenance.value),
        _text(domain.device),
        markup(words.domain_joules(domain)),
        markup(_mean_power(domain, duration_s)),
        said,
    )


def _group(group: Group) -> tuple[str, ...]:
    devices = {domain.device for domain in group.domains}
    return (
        _named(group.name, group.colour, group.provenance),
        _text(devices.pop()) if len(devices) == 1 else "",
        markup(group.joules),
        markup(group.watts),
        markup(words.how(group.provenance)),
    )


def _named(name: str, colour: str, provenance: str | None) -> str:
    """Return a name behind a sample of its line."""
    line = picture.data_uri(picture.swatch(colour, provenance))
    return f'<img alt="" src="{line}" style="display:inline;max-width:none"> {_text(name)}'


def _details(domain: DomainReport) -> Iterator[str]:
    """Say what the device did, what it reported beside, and what the source remarks."""
    if known := words.domain_uncertainties(domain):
        yield known
    if seen := words.conditions(domain):
        yield seen
    if domain.integrated_power_j is not None:
        yield f"{energy(domain.integrated_power_j, None, None)} from its reported power"
    if domain.note and REPLAYED not in domain.flags:
        yield domain.note


def _missing(missing: tuple[Missing, ...], most: int, *, unfolded: bool) -> Iterator[str]:
    count = f"{len(missing)} sensors" if len(missing) > 1 else "1 sensor"
    yield f"<details{' open' if unfolded else ''}><summary>{count} not read here</summary><ul>"
    for sensor in missing[:most]:
        why = advice(f"{sensor.reason}. {sensor.remedy}", 2000)
        yield f"<li><strong>{_text(sensor.id)}</strong>: {why}</li>"
    if missing[most:]:
        yield f"<li>and {len(missing[most:])} more</li>"
    yield "</ul></details>"


def advice(text: str, longest: int = _LONGEST_SENTENCE) -> str:
    """Return a sentence as HTML, with text in backticks as code."""
    return prose(text, longest)


def _text(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Return text fit for HTML, shortened where it is longer than a person would read."""
    return markup(text, longest)
