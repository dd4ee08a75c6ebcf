"""The table of a notebook's metered cells, and their total."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..report import format as _format
from ..report import words
from ..report.addition import total_provenance
from ..report.fields import MIME_TYPE, ReportError
from ..report.report import Report
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


@dataclass(frozen=True)
class Total:
    """What the cells of a notebook cost together."""

    energy_j: float | None
    uncertainty_j: float | None
    """Half-width of the 95 % interval."""
    bounds_j: tuple[float, float]
    """The least and the most that the domains of all cells add up to."""
    provenance: str | None
    duration_s: float
    mean_power_w: float | None
    peak_power_w: float | None
    is_replayed: bool = False
    """Whether any of it was played back, not measured."""


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


def total(reports: Iterable[Report]) -> Total:
    """Add up the reports of cells that ran one after the other.

    The errors of measurements are independent from cell to cell, so their
    squares add. All estimates lean on the same model and err in the same
    direction, so their uncertainties add as they are.
    """
    duration_s = 0.0
    measured = []
    for report in reports:
        duration_s += report.duration_s
        if report.energy_j is not None:
            measured.append(report)
    if not measured:
        return Total(None, None, (0.0, 0.0), None, duration_s, None, None)
    energy_j = sum(report.energy_j or 0.0 for report in measured)
    measured_s = sum(report.duration_s for report in measured)
    shared_j = 0.0
    squares = 0.0
    for report in measured:
        uncertainty_j = report.uncertainty_j or 0.0
        if _format.is_estimate(report.provenance):
            shared_j += uncertainty_j
        else:
            squares += uncertainty_j**2
    lows_j, highs_j = zip(*map(words.bounds_j, measured), strict=True)
    peaks = [r.peak_power_w for r in measured if r.peak_power_w is not None]
    return Total(
        energy_j=energy_j,
        uncertainty_j=(shared_j**2 + squares) ** 0.5,
        bounds_j=(sum(lows_j), sum(highs_j)),
        provenance=total_provenance(r.provenance for r in measured if r.provenance),
        duration_s=duration_s,
        mean_power_w=energy_j / measured_s if measured_s > 0 else None,
        peak_power_w=max(peaks, default=None),
        is_replayed=any(words.is_replayed(report) for report in measured),
    )


def table(cells: Sequence[MeteredCell]) -> str:
    """Return the cells and their total as text, with what could not be measured."""
    if not cells:
        return "No cell was metered: the notebook has no code cell that ran."
    reports = [cell.report for cell in cells if cell.report is not None]
    sums = total(reports)
    head = ("cell", "energy", "time", "mean", "peak", "provenance", "what")
    note = "includes replayed figures" if sums.is_replayed else ""
    foot = ("total", *_figures(sums, sums.bounds_j, is_replayed=sums.is_replayed), note)
    rows = [head, *(_row(cell) for cell in cells), foot]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [_aligned(row, widths) for row in rows]
    rule = "─" * max(map(len, lines))
    lines = [lines[0], rule, *lines[1:-1], rule, lines[-1]]
    remarks = _remarks(cells)
    if remarks:
        lines.append("\nWhat to know of these figures:")
        lines += [_wrapped(f"{numbers}: {remark}") for remark, numbers in remarks.items()]
    missing = {m.id: m for report in reports for m in report.missing}
    if missing:
        lines.append("\nNot measured here:")
        lines += [_absence(sensor) for sensor in missing.values()]
    return "\n".join(lines)


def _metered_cell(cell: NotebookNode, records: list[Any]) -> MeteredCell:
    name = title(cell.source)
    try:
        reports = [Report.from_dict(record) for record in records]
    except ReportError as error:
        return MeteredCell(cell.execution_count, name, None, f"unreadable report: {error}")
    # The cell's own window is the longest: every other one was opened within it.
    report = max(reports, key=lambda report: report.duration_s)
    return MeteredCell(cell.execution_count, report.label or name, report)


def title(source: str) -> str:
    """Return a cell's first line of code, our own magic left out."""
    lines = (line.strip() for line in source.splitlines() if not ENERGY_LINE.match(line))
    return next((line for line in lines if line), "")


def _number(cell: MeteredCell) -> str:
    return f"[{cell.execution_count or ' '}]"


def _row(cell: MeteredCell) -> tuple[str, ...]:
    number = _number(cell)
    title = cell.title
    if len(title) > TITLE_WIDTH:
        title = title[: TITLE_WIDTH - 1] + "…"
    if cell.report is None:
        return (number, "not known", "–", "–", "–", "–", f"{title} ({cell.problem})")
    if cell.report.status != "ok":
        title = f"{title} ({cell.report.status})"
    bounds_j = words.bounds_j(cell.report)
    is_replayed = words.is_replayed(cell.report)
    return (number, *_figures(cell.report, bounds_j, is_replayed=is_replayed), title)


def _figures(
    figures: Report | Total, bounds_j: tuple[float, float], *, is_replayed: bool
) -> tuple[str, ...]:
    known = not _format.is_below_resolution(figures.energy_j, figures.uncertainty_j)
    return (
        _format.energy_of_sum(
            figures.energy_j, figures.uncertainty_j, bounds_j, figures.provenance
        ),
        _format.duration(figures.duration_s),
        _format.mean_power(figures),
        _format.power(figures.peak_power_w if known else None),
        (figures.provenance or "–") + (f", {words.REPLAY}" if is_replayed else ""),
    )


def _remarks(cells: Iterable[MeteredCell]) -> dict[str, str]:
    """Return what holds for a cell's window as a whole, each with the cells that it holds for."""
    remarks: dict[str, str] = {}
    for cell in cells:
        for remark in words.report_flags(cell.report.flags if cell.report else ()):
            before = f"{remarks[remark]}, " if remark in remarks else ""
            remarks[remark] = f"{before}{_number(cell)}"
    return remarks


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *numbers, kind, title = row
    cells = [first.ljust(widths[0])]
    cells += [text.rjust(width) for text, width in zip(numbers, widths[1:-2], strict=True)]
    cells += [kind.ljust(widths[-2]), title]
    return "  ".join(cells).rstrip()


def _absence(sensor: Missing) -> str:
    return _wrapped(f"{sensor.id}: {sensor.reason.rstrip('.')}. {sensor.remedy}".rstrip())


def _wrapped(text: str) -> str:
    return textwrap.fill(
        text,
        TEXT_WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
