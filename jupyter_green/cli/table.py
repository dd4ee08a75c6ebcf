"""The table of a notebook's metered cells, and their total."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..printable import printable, shortened
from ..report import words
from ..report.addition import of_cell, sum_of
from ..report.fields import MIME_TYPE, ReportError
from ..report.format import duration, is_vague_reading, mean_power, peak_power
from ..report.report import Report
from ..report.table import aligned
from ..sources.base import Missing

if TYPE_CHECKING:
    from nbformat import NotebookNode

TITLE_WIDTH = 40
TEXT_WIDTH = 100
ENERGY_LINE = re.compile(r"\s*%%energy\b")


@dataclass(frozen=True)
class MeteredCell:
    """A cell whose outputs hold a report, or what should be one."""

    execution_count: int | None
    title: str
    report: Report | None
    problem: str = ""
    """Why there is no report, if there is none."""
    cell_id: str | None = None
    """The notebook's id of the cell."""


def metered_cells(notebook: NotebookNode) -> list[MeteredCell]:
    """Return the cells that hold a report, in the notebook's order."""
    cells = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        records = [
            output["data"][MIME_TYPE]
            for output in cell.outputs
            if MIME_TYPE in output.get("data", {})
        ]
        if records:
            cells.append(_metered_cell(cell, records))
    return cells


def table(cells: Sequence[MeteredCell]) -> str:
    """Return the cells and their total as text, with what could not be measured."""
    if not cells:
        return "No cell was metered: no code cell ran."
    reports = [cell.report for cell in cells if cell.report is not None]
    total = sum_of(reports, Report) if reports else None
    head = ("cell", "energy", "mean", "peak", "time", "provenance", "what")
    note = "includes replayed figures" if total and words.is_replayed(total) else ""
    foot = ("total", *_figures(total), note)
    rows = [head, *(_row(cell) for cell in cells), foot]
    achieved = [words.achieved(cell.report) if cell.report else "" for cell in cells]
    if any(achieved):
        column = ("achieved", *achieved, "")
        rows = [(*row[:-1], what, row[-1]) for row, what in zip(rows, column, strict=True)]
    lines = aligned(rows, to_the_right=range(1, 5))
    rule = "─" * max(map(len, lines))
    lines = [lines[0], rule, *lines[1:-1], rule, lines[-1]]
    remarks = _remarks(cells)
    if remarks:
        lines.append("\nNotes on these figures:")
        lines += [_wrapped(f"{numbers}: {remark}") for remark, numbers in remarks.items()]
    missing = {m.id: m for report in reports for m in report.missing}
    if missing:
        lines.append("\nNot read here:")
        lines += [_absence(sensor) for sensor in missing.values()]
    return "\n".join(lines)


def _metered_cell(cell: NotebookNode, records: list[Any]) -> MeteredCell:
    name = title(cell.source)
    try:
        reports = [Report.from_dict(record) for record in records]
    except ReportError as error:
        problem = f"unreadable report: {error}"
        return MeteredCell(cell.execution_count, name, None, problem, cell.get("id"))
    report = of_cell(reports, cell.get("id"))
    return MeteredCell(cell.execution_count, report.label or name, report, cell_id=cell.get("id"))


def title(source: str) -> str:
    """Return a cell's first line of code, our own magic left out."""
    lines = (line.strip() for line in source.splitlines() if not ENERGY_LINE.match(line))
    return printable(next((line for line in lines if line), ""))


def _number(cell: MeteredCell) -> str:
    return f"[{cell.execution_count or ' '}]"


def _row(cell: MeteredCell) -> tuple[str, ...]:
    number = _number(cell)
    title = shortened(cell.title, TITLE_WIDTH)
    if cell.report is None:
        return (number, "unknown", "–", "–", "–", "–", f"{title} ({cell.problem})")
    if cell.report.status != "ok":
        title = f"{title} ({cell.report.status})"
    return (number, *_figures(cell.report), title)


def _figures(report: Report | None) -> tuple[str, ...]:
    if report is None:
        return ("not measured", "–", "–", "–", "–")
    is_vague = is_vague_reading(report.energy_j, report.uncertainty_j)
    peak_w = None if is_vague else report.peak_power_w
    how = words.how(report.provenance) or "–"
    return (
        words.joules(report),
        mean_power(report),
        "–" if peak_w is None else peak_power(report, peak_w),
        duration(report.duration_s),
        how + (f", {words.REPLAY}" if words.is_replayed(report) else ""),
    )


def _remarks(cells: Iterable[MeteredCell]) -> dict[str, str]:
    """Return what holds for a cell's window as a whole, each with the cells that it holds for."""
    remarks: dict[str, str] = {}
    for cell in cells:
        report = cell.report
        said = (*words.flag_sentences(report.flags), *report.notes) if report else ()
        for remark in said:
            before = f"{remarks[remark]}, " if remark in remarks else ""
            remarks[remark] = f"{before}{_number(cell)}"
    return remarks


def _absence(sensor: Missing) -> str:
    return _wrapped(f"{sensor.id}: {sensor.reason.rstrip('.')}. {sensor.remedy}".rstrip())


def _wrapped(text: str) -> str:
    return textwrap.fill(
        printable(text),
        TEXT_WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
