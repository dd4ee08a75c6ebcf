"""The metered cells of a notebook for spreadsheets and programs, as the panel exports them.

CSV has a row for each cell, JSON the total and the reports in an envelope of the schema
``jupyter-green.export.v1``; both hold joules, watts and seconds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from .._version import __version__
from ..report import times
from ..report.addition import sum_of
from ..report.members import KINDS, kind_of, members
from ..report.record import SCHEMA as REPORT_SCHEMA
from ..report.report import Report
from .table import MeteredCell

SCHEMA = "jupyter-green.export.v1"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Signs at which a spreadsheet takes a text for a formula."""


def as_csv(cells: Sequence[MeteredCell]) -> str:
    """Return the cells as CSV (RFC 4180), a column for each metric behind the others."""
    rows = [_row(cell) for cell in cells]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows({name: spreadsheet_safe(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def as_json(cells: Sequence[MeteredCell], notebook: str) -> str:
    """Return the total and the reports as JSON.

    Parameters
    ----------
    notebook
        The notebook's file name.
    """
    reports = [cell.report for cell in cells if cell.report is not None]
    envelope = {
        "schema": SCHEMA,
        "notebook": notebook,
        "exported_at": times.now(),
        "versions": {
            "command": __version__,
            "meters": sorted({report.meter_version for report in reports}),
            "reports": REPORT_SCHEMA,
        },
        "total": _total(reports),
        "reports": [report.to_dict() for report in reports],
    }
    return json.dumps(envelope, indent=2)


def _row(cell: MeteredCell) -> dict[str, Any]:
    report = cell.report
    row: dict[str, Any] = {
        "cell_id": cell.cell_id,
        "execution_count": cell.execution_count,
        "title": cell.title,
    }
    if report is None:
        return row | {"status": cell.problem}
    is_measured = report.energy_j is not None
    row |= {
        "stage": report.stage,
        "status": report.status,
        "started_at": report.started_at,
        "energy_j": report.energy_j,
        "uncertainty_j": report.uncertainty_j,
        "scale_low": report.scale_range.low if is_measured else None,
        "scale_high": report.scale_range.high if is_measured else None,
        **{f"{kind}_energy_j": joules for kind, joules in _by_hardware(report).items()},
        "net_energy_j": report.net_energy_j,
        "net_uncertainty_j": report.net_uncertainty_j,
        "per_count": report.per_count,
        "per_unit": report.per_unit,
        "energy_per_unit_j": report.energy_per_unit_j,
        "uncertainty_per_unit_j": report.uncertainty_per_unit_j,
        "duration_s": report.duration_s,
        "mean_power_w": report.mean_power_w,
        "peak_power_w": report.peak_power_w,
        "provenance": report.provenance,
        "flags": " ".join(report.flags),
    }
    return row | {name: value for name, value in report.metric.items() if name not in row}


def _total(reports: Sequence[Report]) -> dict[str, Any] | None:
    if not reports:
        return None
    total = sum_of(list(reports), Report)
    return {
        "cells": len(reports),
        "failed": sum(report.status != "ok" for report in reports),
        "energy_j": total.energy_j,
        "uncertainty_j": total.uncertainty_j,
        "scale_low": total.scale_range.low,
        "scale_high": total.scale_range.high,
        "net_energy_j": total.net_energy_j,
        "net_uncertainty_j": total.net_uncertainty_j,
        "duration_s": total.duration_s,
        "mean_power_w": total.mean_power_w,
        "provenance": total.provenance,
        "hardware_j": {k: joules for k, joules in _by_hardware(total).items() if joules},
    }


def _by_hardware(report: Report) -> Mapping[str, float | None]:
    """Return the joules of each kind of hardware, ``None`` where none of it was read."""
    counted = members(report.domains.values())
    of_kind = {kind: [d.energy_j for d in counted if kind_of(d.id) == kind] for kind in KINDS}
    return {kind: sum(joules) if joules else None for kind, joules in of_kind.items()}


def spreadsheet_safe(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
