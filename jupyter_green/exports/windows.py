"""Windows as rows, with grams of CO2e where it is known what a kilowatt-hour emits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..carbon import emissions
from ..ledger.emitted import Factor, factor_record
from ..ledger.metered import Metered
from ..report.report import Report
from .columns import TYPES, row
from .selection import Selection

_EMISSIONS: Mapping[str, type] = {
    "emissions_g": float,
    "emissions_uncertainty_g": float,
    "g_per_kwh": float,
    "pue": float,
    "place": str,
    "year": int,
    "edition": str,
    "basis": str,
    "source": str,
}
"""Grams, and what they rest on, as in ``ledger/emitted.py``."""


def types(selection: Selection) -> Mapping[str, type]:
    """Return the columns, in order, with their types."""
    return {**TYPES, **_EMISSIONS} if selection.factor else TYPES


def rows(selection: Selection) -> Iterator[dict[str, Any]]:
    """Yield a row for each window, in the order of their begins."""
    return (whole_row(selection, metered, report) for metered, report in selection.windows())


def whole_row(selection: Selection, metered: Metered, report: Report) -> dict[str, Any]:
    """Return a window as a row of :func:`types`."""
    grams = _emissions(report, selection.factor) if selection.factor else {}
    return row(metered, report) | grams


def _emissions(report: Report, factor: Factor) -> dict[str, Any]:
    if report.energy_j is None:
        return dict.fromkeys(_EMISSIONS)
    found = emissions(report.energy_j, report.uncertainty_j, *factor)
    grams = {"emissions_g": found.emissions_g, "emissions_uncertainty_g": found.uncertainty_g}
    return grams | factor_record(factor)
