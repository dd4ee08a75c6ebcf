"""The report as JSON, as it stands in a notebook's output, and back.

The schema is ``jupyter-green.report.v1``, defined by ``report.v1.schema.json`` in this
folder.
"""

from __future__ import annotations

import json
import math
from typing import Any, TypeVar

from ..sources.base import Missing, Provenance
from .curve import MAX_TRACE_POINTS, thin
from .fields import (
    STATUSES,
    DomainReport,
    ReportError,
    ReportFields,
    ReportTrace,
    Share,
)

SCHEMA = "jupyter-green.report.v1"
MAX_JSON_BYTES = 16 * 1024

R = TypeVar("R", bound=ReportFields)


def to_record(report: ReportFields) -> dict[str, Any]:
    """Return the record as JSON types: see :meth:`Report.to_dict`."""
    points = MAX_TRACE_POINTS
    while True:
        record = _with(report, thin(report.trace, points))
        size = len(json.dumps(record, separators=(",", ":")).encode())
        if size <= MAX_JSON_BYTES or points <= 4:
            return record
        points = points * 3 // 4


def from_record(record: Any, kind: type[R]) -> R:
    """Read a record back as a `kind` of report: see :meth:`Report.from_dict`."""
    fields = _Fields(record)
    if fields.get("schema", str) != SCHEMA:
        raise ReportError(f"schema is {record['schema']!r}, expected {SCHEMA!r}")
    if fields.get("status", str) not in STATUSES:
        raise ReportError(f"status is {record['status']!r}, expected one of {STATUSES}")
    domains = [_domain_from(entry) for entry in fields.get("domains", list)]
    trace = _Fields(fields.get("trace", dict))
    meter = _Fields(fields.get("meter", dict))
    per = fields.get("per", dict, optional=True)
    return kind(
        run_id=fields.get("run_id", str),
        status=record["status"],
        started_at=fields.get("started_at", str),
        duration_s=fields.number("duration_s"),
        energy_j=fields.number("energy_j", optional=True),
        uncertainty_j=fields.number("uncertainty_j", optional=True),
        provenance=fields.get("provenance", str, optional=True),
        mean_power_w=fields.number("mean_power_w", optional=True),
        peak_power_w=fields.number("peak_power_w", optional=True),
        domains={domain.id: domain for domain in domains},
        missing=tuple(_missing_from(entry) for entry in fields.get("missing", list)),
        trace=ReportTrace(
            t_s=tuple(_numbers(trace.get("t_s", list))),
            power_w={
                id_: tuple(_numbers(powers, optional=True))
                for id_, powers in trace.get("power_w", dict).items()
            },
        ),
        gaps=tuple((a, b) for a, b in (_numbers(g) for g in fields.get("gaps", list))),
        meter_version=meter.get("version", str),
        interval_s=meter.number("interval_s"),
        label=fields.get("label", str, optional=True),
        stage=fields.get("stage", str, optional=True),
        cell_id=fields.get("cell_id", str, optional=True),
        cell_hash=fields.get("cell_hash", str, optional=True),
        execution_count=fields.get("execution_count", int, optional=True),
        notebook=fields.get("notebook", str, optional=True),
        net_energy_j=fields.number("net_energy_j", optional=True),
        net_uncertainty_j=fields.maybe_number("net_uncertainty_j"),
        baseline_at=fields.maybe("baseline_at", str),
        share=_share_from(fields.maybe("share", dict)),
        flags=tuple(str(flag) for flag in fields.maybe("flags", list) or ()),
        metric=fields.get("metric", dict),
        per_count=None if per is None else _Fields(per).number("count"),
        per_unit=None if per is None else _Fields(per).get("unit", str, optional=True),
    )


def _with(report: ReportFields, trace: ReportTrace) -> dict[str, Any]:
    """Return the record with this curve instead of the report's own."""
    return {
        "schema": SCHEMA,
        "run_id": report.run_id,
        "cell_id": report.cell_id,
        "cell_hash": report.cell_hash,
        "execution_count": report.execution_count,
        "notebook": report.notebook,
        "label": report.label,
        "stage": report.stage,
        "status": report.status,
        "started_at": report.started_at,
        "duration_s": _significant(report.duration_s, 6),
        "energy_j": _supported(report.energy_j, report.uncertainty_j),
        "uncertainty_j": _significant(report.uncertainty_j, 3),
        "provenance": report.provenance,
        "mean_power_w": _significant(report.mean_power_w, 5),
        "peak_power_w": _significant(report.peak_power_w, 5),
        "net_energy_j": _supported(report.net_energy_j, report.uncertainty_j),
        **_known(
            net_uncertainty_j=_significant(report.net_uncertainty_j, 3),
            baseline_at=report.baseline_at,
            share=_share_record(report.share),
            flags=list(report.flags) or None,
        ),
        "domains": [_domain_record(domain) for domain in report.domains.values()],
        "missing": [{"id": m.id, "reason": m.reason, "remedy": m.remedy} for m in report.missing],
        "trace": {
            "t_s": [round(t, 4) for t in trace.t_s],
            "power_w": {
                id_: [_significant(p, 4) for p in powers] for id_, powers in trace.power_w.items()
            },
        },
        "gaps": [[round(a, 4), round(b, 4)] for a, b in report.gaps],
        "metric": dict(report.metric),
        "per": None
        if report.per_count is None
        else {"count": report.per_count, "unit": report.per_unit},
        "meter": {"version": report.meter_version, "interval_s": report.interval_s},
    }


def _domain_record(domain: DomainReport) -> dict[str, Any]:
    return {
        "id": domain.id,
        "device": domain.device,
        "source": domain.source,
        "energy_j": _supported(domain.energy_j, domain.uncertainty_j),
        "uncertainty_j": _significant(domain.uncertainty_j, 3),
        "mean_power_w": _significant(domain.mean_power_w, 5),
        "provenance": domain.provenance.value,
        "resolution_s": domain.resolution_s,
        "counted": domain.counted,
        "flags": list(domain.flags),
        **_known(
            note=domain.note or None,
            integrated_power_j=_significant(domain.integrated_power_j, 5),
            conditions={k: _significant(v, 4) for k, v in domain.conditions.items()} or None,
        ),
    }


def _known(**fields: Any) -> dict[str, Any]:
    """Leave out what is not known, so that a record stays small."""
    return {name: value for name, value in fields.items() if value is not None}


def _share_record(share: Share | None) -> dict[str, Any] | None:
    if share is None:
        return None
    return {
        "cpu_share": _significant(share.cpu_share, 3),
        "cpu_share_uncertainty": _significant(share.cpu_share_uncertainty, 2),
        "energy_j": _supported(share.energy_j, share.uncertainty_j),
        "uncertainty_j": _significant(share.uncertainty_j, 3),
        "gpu_share": {id_: _significant(part, 3) for id_, part in share.gpu_share.items()},
    }


def _share_from(record: Any) -> Share | None:
    if record is None:
        return None
    fields = _Fields(record)
    return Share(
        cpu_share=fields.number("cpu_share"),
        cpu_share_uncertainty=fields.number("cpu_share_uncertainty"),
        energy_j=fields.number("energy_j"),
        uncertainty_j=fields.number("uncertainty_j"),
        gpu_share={
            id_: _number(part, "gpu_share") for id_, part in fields.get("gpu_share", dict).items()
        },
    )


def _domain_from(entry: Any) -> DomainReport:
    fields = _Fields(entry)
    try:
        provenance = Provenance(fields.get("provenance", str))
    except ValueError as error:
        raise ReportError(str(error)) from None
    return DomainReport(
        id=fields.get("id", str),
        device=fields.get("device", str),
        source=fields.get("source", str),
        energy_j=fields.number("energy_j"),
        uncertainty_j=fields.number("uncertainty_j"),
        mean_power_w=fields.number("mean_power_w"),
        provenance=provenance,
        resolution_s=fields.number("resolution_s"),
        counted=fields.get("counted", bool),
        flags=tuple(str(flag) for flag in fields.get("flags", list)),
        note=fields.maybe("note", str),
        integrated_power_j=fields.maybe_number("integrated_power_j"),
        conditions={
            name: _number(value, name)
            for name, value in (fields.maybe("conditions", dict) or {}).items()
        },
    )


def _missing_from(entry: Any) -> Missing:
    fields = _Fields(entry)
    return Missing(fields.get("id", str), fields.get("reason", str), fields.get("remedy", str))


class _Fields:
    """A JSON object that says which field is absent or of the wrong type."""

    def __init__(self, record: Any) -> None:
        if not isinstance(record, dict):
            raise ReportError(f"expected an object, found {type(record).__name__}")
        self._record = record

    def get(self, name: str, kind: type, *, optional: bool = False) -> Any:
        if name not in self._record:
            raise ReportError(f"field {name!r} is absent")
        value = self._record[name]
        if value is None and optional:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ReportError(f"field {name!r} is {type(value).__name__}, expected {kind.__name__}")
        return value

    def maybe(self, name: str, kind: type) -> Any:
        """Return a field that may be absent."""
        return self.get(name, kind, optional=True) if name in self._record else None

    def maybe_number(self, name: str) -> Any:
        """Return a number that may be absent."""
        return self.number(name, optional=True) if name in self._record else None

    def number(self, name: str, *, optional: bool = False) -> Any:
        value = self._record.get(name)
        if value is None and optional and name in self._record:
            return None
        return _number(value, name)


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ReportError(f"field {name!r} is {value!r}, expected a finite number")
    return value


def _numbers(values: Any, *, optional: bool = False) -> list[Any]:
    if not isinstance(values, list):
        raise ReportError(f"expected a list of numbers, found {type(values).__name__}")
    return [None if v is None and optional else _number(v, "trace") for v in values]


def _significant(value: float | None, digits: int) -> float | None:
    """Round to `digits` significant digits."""
    if value is None or value == 0:
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _supported(value: float | None, uncertainty: float | None) -> float | None:
    """Round to one digit beyond the third digit of the uncertainty.

    That keeps sums of parts equal to the total to far below the uncertainty,
    and keeps meaningless digits out of notebooks that live in git.
    """
    if value is None or value == 0:
        return value
    if not uncertainty:
        return _significant(value, 9)
    return round(value, max(0, 3 - math.floor(math.log10(uncertainty))))
