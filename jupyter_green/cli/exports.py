"""The metered cells of a notebook for spreadsheets and programs, as the panel exports them.

CSV has a row for each cell, JSON the total and the reports in an envelope of the schema
``jupyter-green.export.v1``; both hold joules, watts and seconds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from .._version import __version__
from ..exports.columns import ENERGY, by_hardware
from ..exports.texts import spreadsheet_safe
from ..report import times
from ..report.addition import sum_of
from ..report.record import SCHEMA as REPORT_SCHEMA
from ..report.report import Report
from .table import MeteredCell

SCHEMA = "jupyter-green.export.v1"


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
    row |= {
        "stage": report.stage,
        "status": report.status,
        "started_at": report.started_at,
        **{column.name: column.of(report) for column in ENERGY},
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
        "hardware_j": {k: joules for k, joules in by_hardware(total).items() if joules},
    }
