"""The columns of a table of windows: their one home, whichever file or form they are for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..report.members import KINDS, Kind, kind_of, members
from ..report.report import Report
from ..sources.base import Provenance

if TYPE_CHECKING:
    from ..ledger.metered import Metered


class Column(NamedTuple):
    """A column: its name, with the unit; its type; and where its value is in a report."""

    name: str
    type: type
    of: Callable[[Report], Any]


def by_hardware(report: Report) -> Mapping[Kind, float | None]:
    """Return the joules of each kind of hardware, ``None`` where none of it was read."""
    counted = members(report.domains.values())
    of_kind = {kind: [d.energy_j for d in counted if kind_of(d.id) == kind] for kind in KINDS}
    return {kind: sum(joules) if joules else None for kind, joules in of_kind.items()}


def _of_hardware(kind: Kind) -> Column:
    return Column(f"{kind}_energy_j", float, lambda report: by_hardware(report)[kind])


def _scale(report: Report, end: str) -> float | None:
    return None if report.energy_j is None else float(getattr(report.scale_range, end))


ENERGY = (
    Column("energy_j", float, lambda r: r.energy_j),
    Column("uncertainty_j", float, lambda r: r.uncertainty_j),
    Column("scale_low", float, lambda r: _scale(r, "low")),
    Column("scale_high", float, lambda r: _scale(r, "high")),
    *map(_of_hardware, KINDS),
    Column("net_energy_j", float, lambda r: r.net_energy_j),
    Column("net_uncertainty_j", float, lambda r: r.net_uncertainty_j),
    Column("per_count", float, lambda r: r.per_count),
    Column("per_unit", str, lambda r: r.per_unit),
    Column("energy_per_unit_j", float, lambda r: r.energy_per_unit_j),
    Column("uncertainty_per_unit_j", float, lambda r: r.uncertainty_per_unit_j),
    Column("duration_s", float, lambda r: r.duration_s),
    Column("mean_power_w", float, lambda r: r.mean_power_w),
    Column("peak_power_w", float, lambda r: r.peak_power_w),
    Column("provenance", str, lambda r: r.provenance),
    Column("flags", str, lambda r: " ".join(r.flags)),
)
"""What a window used, of a cell in a notebook and of a window in the ledger alike."""


def _joules(report: Report, *, is_estimate: bool) -> float | None:
    found = [
        domain.energy_j
        for domain in members(report.domains.values())
        if (domain.provenance is Provenance.ESTIMATE) == is_estimate
    ]
    return sum(found) if found else None


_CONTEXT: Mapping[str, type] = {
    "run_id": str,
    "started_at": str,
    "status": str,
    "label": str,
    "stage": str,
    "notebook": str,
    "cell_id": str,
    "execution_count": int,
    "project": str,
    "commit": str,
    "job": str,
    "session": str,
    "parent": str,
    "origin": str,
}
"""Where a window was: names of the ledger's own fields."""
_LEDGER = (
    Column("measured_j", float, lambda r: _joules(r, is_estimate=False)),
    Column("estimated_j", float, lambda r: _joules(r, is_estimate=True)),
    Column("metrics", str, lambda r: json.dumps(r.metric, sort_keys=True) if r.metric else None),
)
TYPES: Mapping[str, type] = {
    **_CONTEXT,
    **{column.name: column.type for column in (*ENERGY, *_LEDGER)},
}
"""The columns of a window in the ledger, in order, with their types."""


def row(metered: Metered, report: Report) -> dict[str, Any]:
    """Return a window of the ledger as a row of :data:`TYPES`."""
    context = {name: getattr(metered, name) for name in _CONTEXT}
    return context | {column.name: column.of(report) for column in (*ENERGY, *_LEDGER)}
