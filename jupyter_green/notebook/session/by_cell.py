"""``%green report --by cell``: a row for each cell and block."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...report import words
from ...report.format import duration, mean_power
from ...report.repeated import cell_or_label, known_cell
from ...report.report import Report
from .co2e import Co2eColumn
from .layout import SessionTable, total_of
from .reports import Metered

_LONGEST_NAME = 60


def by_cell(
    metered: Sequence[Metered],
    apart: Sequence[Metered],
    total: Report,
    remarks: Sequence[str],
    name_of: Callable[[Report], str],
    *,
    co2e: Co2eColumn,
) -> SessionTable:
    """Return a row for each cell and block: its last run, and what all of its runs cost."""
    runs: dict[tuple[str | None, ...], list[Metered]] = {}
    for each in sorted(metered, key=lambda m: (m.interval.begin_ns, -m.interval.ended_ns)):
        runs.setdefault(_identity(each.report), []).append(each)
    rows = []
    for of_one in runs.values():
        last = of_one[-1].report
        spent = total_of(of_one) if len(of_one) > 1 else last
        is_inside = not any(each in apart for each in of_one)
        rows.append(
            (
                f"[{last.execution_count}]" if last.execution_count and last.cell_hash else "",
                *_figures(last),
                str(len(of_one)),
                words.joules(spent),
                *co2e.cell(spent, is_at_least=spent.is_at_least),
                _marked(last, name_of(last)) + (" (nested)" if is_inside else ""),
            )
        )
    head = ("cell", "energy", "mean", "time", "runs", "spent", *co2e.head, "what")
    figures = frozenset(range(1, len(head) - 1))
    foot = (
        "",
        "",
        mean_power(total),
        duration(total.duration_s),
        str(len(apart)),
        words.joules(total),
        *co2e.cell(total, is_at_least=total.is_at_least),
    )
    achieved = [words.achieved(of_one[-1].report) for of_one in runs.values()]
    if not any(achieved):
        return SessionTable(head, rows, (*foot, _how(total)), remarks, figures)
    return SessionTable(
        (*head[:-1], "achieved", head[-1]),
        [(*row[:-1], what, row[-1]) for row, what in zip(rows, achieved, strict=True)],
        (*foot, "", _how(total)),
        remarks,
        figures,
    )


def _identity(report: Report) -> tuple[str | None, ...]:
    """Return what identifies a cell or block."""
    cell = known_cell(report.cell_id, report.cell_hash, report.label)
    return cell_or_label(cell, report.label, report.execution_count) or ("window", report.run_id)


def _figures(report: Report) -> tuple[str, str, str]:
    return words.joules(report), mean_power(report), duration(report.duration_s)


def _marked(report: Report, name: str) -> str:
    name = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return name if report.status == "ok" else f"{name} ({report.status})"


def _how(total: Report) -> str:
    how = words.how(total.provenance)
    return f"total, {how}" if how else "total"
