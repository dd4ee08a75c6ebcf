"""``%green report``: what this session metered, by cell, stage or domain."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...printable import printable
from ...report import words
from ...report.addition import sum_of
from ...report.fields import DomainReport
from ...report.format import duration, mean_power
from ...report.report import Report
from ...report.table import aligned
from ..output.markup import markup
from .reports import Metered, SessionReports, outermost

WAYS = ("cell", "stage", "domain")

_UNTAGGED = "untagged"
_BY_READINGS = (
    "Stages are compared by their readings alone; the error that the sensors share is in the total."
)
_CELL = "padding:2px 10px 2px 0;text-align:left"
_NUMBER = "padding:2px 10px 2px 0;text-align:right;white-space:nowrap"
_LONGEST_NAME = 60


@dataclass(frozen=True)
class SessionTable:
    """Rows of texts, as a page and as text."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str]
    remarks: Sequence[str]
    figures: frozenset[int]
    """The numbers of the columns that stand to the right."""

    @property
    def bundle(self) -> dict[str, Any]:
        """The table as a MIME bundle."""
        return {"text/plain": self.text, "text/html": self.html}

    @property
    def text(self) -> str:
        """The table for terminals."""
        lines = aligned([self.head, *self.rows, self.total], self.figures)
        rule = "─" * max(map(len, lines))
        remarks = map(printable, self.remarks)
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], *remarks])

    @property
    def html(self) -> str:
        """The table for notebooks; it needs neither scripts nor styles of its own."""
        rows = "".join(self._row("td", row) for row in self.rows)
        remarks = "".join(f'<p style="margin:4px 0">{markup(text)}</p>' for text in self.remarks)
        return (
            f'<div dir="ltr"><table style="border-collapse:collapse">'
            f"<thead>{self._row('th', self.head)}"
            f"</thead><tbody>{rows}</tbody><tfoot>{self._row('th', self.total)}</tfoot></table>"
            f"{remarks}</div>"
        )

    def _row(self, tag: str, texts: Sequence[str]) -> str:
        cells = (
            f'<{tag} style="{_NUMBER if column in self.figures else _CELL}">{markup(text)}</{tag}>'
            for column, text in enumerate(texts)
        )
        return f"<tr>{''.join(cells)}</tr>"


def session_table(
    session: SessionReports, by: str, name_of: Callable[[Report], str]
) -> SessionTable | None:
    """Return the table of a session, ``None`` where nothing was metered in it.

    Parameters
    ----------
    session
        What was metered.
    by
        One of :data:`WAYS`.
    name_of
        Says what a cell is called that has no label.
    """
    metered = session.all()
    if not metered:
        return None
    apart, crossing = outermost(metered)
    total = _sum(apart)
    remarks = list(_remarks(session, metered, apart, crossing))
    if by == "stage":
        return _by_stage(metered, apart, total, remarks)
    if by == "domain":
        return _by_domain(total, remarks)
    return _by_cell(metered, apart, total, remarks, name_of)


def _by_cell(
    metered: Sequence[Metered],
    apart: Sequence[Metered],
    total: Report,
    remarks: Sequence[str],
    name_of: Callable[[Report], str],
) -> SessionTable:
    """Return a row for each cell and block: its last run, and what all of its runs cost."""
    runs: dict[tuple[str | None, ...], list[Metered]] = {}
    for each in sorted(metered, key=lambda m: (m.interval.begin_ns, -m.interval.ended_ns)):
        runs.setdefault(_identity(each.report), []).append(each)
    rows = []
    for of_one in runs.values():
        last = of_one[-1].report
        is_inside = not any(each in apart for each in of_one)
        rows.append(
            (
                f"[{last.execution_count}]" if last.execution_count and last.cell_hash else "",
                *_figures(last),
                str(len(of_one)),
                words.joules(_sum(of_one)) if len(of_one) > 1 else words.joules(last),
                _marked(last, name_of(last)) + (" (nested)" if is_inside else ""),
            )
        )
    head = ("cell", "energy", "mean", "time", "runs", "spent", "what")
    foot = (
        "",
        "",
        mean_power(total),
        duration(total.duration_s),
        str(len(apart)),
        words.joules(total),
    )
    return SessionTable(
        head, rows, (*foot, _how(total)), remarks, figures=frozenset({1, 2, 3, 4, 5})
    )


def _by_stage(
    metered: Sequence[Metered], apart: Sequence[Metered], total: Report, remarks: Sequence[str]
) -> SessionTable:
    """Return a row for each stage, and one for what has none.

    Blocks with a stage within a cell without one are taken out of the cell's joules.
    """
    tagged, _ = outermost(each for each in metered if each.report.stage)
    rows = []
    for stage in dict.fromkeys(each.report.stage for each in tagged):
        of_one = [each for each in tagged if each.report.stage == stage]
        spent = _sum(of_one)
        rows.append(_stage_row(str(stage), spent, words.reading(spent), len(of_one), total))
    untagged = [each for each in apart if not each.report.stage]
    if untagged:
        inside = [each for each in tagged if any(outer.holds(each) for outer in untagged)]
        rest = _sum(untagged)
        if inside:
            rest = _without(rest, _sum(inside))
        rows.append(_stage_row(_UNTAGGED, rest, words.reading(rest), len(untagged), total))
    head = ("stage", "spent", "share", "mean", "time", "windows")
    foot = _stage_row("total", total, words.joules(total), len(apart), total)
    by_readings = (_BY_READINGS,) if total.scales else ()
    return SessionTable(
        head, rows, foot, (*remarks, *by_readings), figures=frozenset({1, 2, 3, 4, 5})
    )


def _stage_row(
    stage: str, spent: Report, figure: str, windows: int, total: Report
) -> tuple[str, ...]:
    return (
        stage,
        figure,
        _share(spent.energy_j, total.energy_j),
        mean_power(spent),
        duration(spent.duration_s),
        str(windows),
    )


def _by_domain(total: Report, remarks: Sequence[str]) -> SessionTable:
    rows = [_domain_row(domain, total) for domain in total.domains.values()]
    head = ("domain", "device", "spent", "share", "mean", "provenance")
    share = _share(total.energy_j, total.energy_j)
    foot = ("total", "", words.joules(total), share, mean_power(total), words.how(total.provenance))
    return SessionTable(head, rows, foot, remarks, figures=frozenset({2, 3, 4}))


def _domain_row(domain: DomainReport, total: Report) -> tuple[str, ...]:
    how = [words.how(domain.provenance.value), *words.flag_sentences(domain.flags)]
    return (
        domain.id,
        domain.device,
        words.domain_joules(domain),
        _share(domain.energy_j, total.energy_j) if domain.counted else "",
        mean_power(domain),
        "; ".join(how if domain.counted else [*how, "not in the total"]),
    )


def _sum(metered: Sequence[Metered]) -> Report:
    """Add reports up, whatever their wall clocks say: their edges are known to lie apart."""
    return sum_of((each.report for each in metered), Report)


def _without(outer: Report, inner: Report) -> Report:
    """Return what is left of windows when those within them are taken out."""
    if outer.energy_j is None or inner.energy_j is None:
        return outer
    energy_j = max(0.0, outer.energy_j - inner.energy_j)
    duration_s = max(0.0, outer.duration_s - inner.duration_s)
    return replace(
        outer,
        energy_j=energy_j,
        uncertainty_j=math.hypot(outer.uncertainty_j or 0.0, inner.uncertainty_j or 0.0),
        bound_part_j=None,
        duration_s=duration_s,
        mean_power_w=energy_j / duration_s if duration_s > 0 else None,
        domains={},  # their joules are not those of the rest
    )


def _identity(report: Report) -> tuple[str | None, ...]:
    """Return what identifies a cell or block."""
    if report.cell_id:
        return ("cell", report.cell_id)
    if report.cell_hash:
        return ("text", report.cell_hash)
    return ("block", report.label or report.run_id, report.stage)


def _figures(report: Report) -> tuple[str, str, str]:
    return words.joules(report), mean_power(report), duration(report.duration_s)


def _marked(report: Report, name: str) -> str:
    name = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return name if report.status == "ok" else f"{name} ({report.status})"


def _how(total: Report) -> str:
    how = words.how(total.provenance)
    return f"total, {how}" if how else "total"


def _share(part_j: float | None, whole_j: float | None) -> str:
    return f"{100 * part_j / whole_j:.0f} %" if part_j is not None and whole_j else "–"


def _remarks(
    session: SessionReports,
    metered: Sequence[Metered],
    apart: Sequence[Metered],
    crossing: Sequence[Metered],
) -> Iterator[str]:
    if len(metered) > len(apart) + len(crossing):
        yield "Nested windows are part of the outer one's joules; the total counts them once."
    if crossing:
        windows = f"{len(crossing)} windows overlap an earlier one and end after it"
        if len(crossing) == 1:
            windows = "1 window overlaps an earlier one and ends after it"
        yield (
            f"{windows}: sensors see the whole machine, so the total does not count these "
            "joules again."
        )
    if session.forgotten:
        gone = f"{session.forgotten} oldest reports are"
        if session.forgotten == 1:
            gone = "oldest report is"
        yield f"The {gone} gone: only {len(metered)} are kept."
    if any(words.is_replayed(each.report) for each in metered):
        yield f"{words.REPLAY}: some of it was replayed, not measured."
