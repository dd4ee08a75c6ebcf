"""Reports that somebody holds as the ledger would know them, and which project is here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..intake.project import project_of
from ..ledger.metered import Metered, Part, device_of
from ..report import times
from ..report.repeated import known_cell
from ..report.report import Report
from ..sources.base import Provenance


def here() -> str:
    """Return the project that this program runs in, as the ledger calls it."""
    return project_of(Path.cwd()).folder


def windows_of(found: Iterable[Report]) -> list[tuple[Metered, Report]]:
    """Return reports as the windows that they are of; one that stands there twice counts once.

    Those of one host overlap by the wall clock, as nothing else is known of them; a block lies
    within the run of its cell.
    """
    last = {report.run_id: report for report in found}
    windows = [(_metered(report), report) for report in last.values()]
    _set_parents([window for window, _ in windows])
    return windows


def _set_parents(metered: list[Metered]) -> None:
    """Set the parent of each block that ran within a cell."""
    cells: dict[tuple[object, ...], Metered] = {}
    for each in sorted(metered, key=lambda m: (m.started_s, -m.duration_s)):
        if each.cell_id is None:
            continue
        run_of_cell = (
            each.span and each.span[0],
            each.notebook,
            each.cell_id,
            each.execution_count,
        )
        around = cells.setdefault(run_of_cell, each)
        if each.started_s <= around.started_s + around.duration_s and around is not each:
            each.parent = around.run_id
        else:
            cells[run_of_cell] = each


def _metered(report: Report) -> Metered:
    begin_s = times.epoch_s(report.started_at)
    edges = (round(begin_s * 1e9), round((begin_s + report.duration_s) * 1e9))
    return Metered(
        run_id=report.run_id,
        status=report.status,
        label=report.label,
        stage=report.stage,
        notebook=report.notebook,
        cell_id=known_cell(report.cell_id, report.cell_hash, report.label),
        execution_count=report.execution_count,
        started_at=report.started_at,
        started_s=begin_s,
        duration_s=report.duration_s,
        energy_j=report.energy_j,
        uncertainty_j=report.uncertainty_j,
        provenance=report.provenance,
        session=None,
        project=None,
        commit=None,
        job=None,
        parent=None,
        parts=[
            Part(
                device_of(domain),
                domain.provenance is Provenance.ESTIMATE,
                domain.energy_j,
                domain.uncertainty_j,
                domain.scale,
            )
            for domain in report.domains.values()
            if domain.counted
        ],
        span=(report.host, *edges) if report.host else None,
        is_at_least=report.is_at_least,
    )
