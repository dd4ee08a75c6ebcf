"""The report as JSON, as a notebook's output holds it, and back.

The schema is ``jupyter-green.report.v1``, defined by ``report.v1.schema.json`` in this
folder. Each field is named once here, with how it is written and read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from ..sources.base import Missing, Provenance, Scale
from .curve import MAX_TRACE_POINTS, thin
from .fields import STATUSES, DomainReport, ReportError, ReportFields, ReportTrace, Share

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
    found = _object(record, "the report")
    schema = _TEXT.read(_get(found, "schema"), "schema")
    if schema != SCHEMA:
        raise ReportError(f"schema is {schema!r}, expected {SCHEMA!r}")
    values = _read(found, _REPORT)
    per = _object(_get(found, "per"), "per", optional=True)
    if per is not None:
        values |= _read(per, _PER)
    return kind(**values, **_read(_object(_get(found, "meter"), "meter"), _METER))


def _with(report: ReportFields, trace: ReportTrace) -> dict[str, Any]:
    """Return the record with this curve instead of the report's own."""
    record = {"schema": SCHEMA, **_write(report, _REPORT), "trace": _TRACE.write(trace, report)}
    record["per"] = None if report.per_count is None else _write(report, _PER)
    record["meter"] = _write(report, _METER)
    return record


class _Field(NamedTuple):
    """How one field is written and read.

    Parameters
    ----------
    write
        Turns the value, given the object that has it, into JSON types.
    read
        Turns JSON types, given the field's name, back.
    optional
        Whether it may be ``null``.
    omitted
        Whether it is left out where it is empty, so that a record stays small.
    attribute
        What it is called in the dataclass, where that is not its name in JSON.
    """

    write: Callable[[Any, Any], Any]
    read: Callable[[Any, str], Any]
    optional: bool = False
    omitted: bool = False
    attribute: str = ""


def _write(owner: Any, table: Mapping[str, _Field]) -> dict[str, Any]:
    record = {}
    for name, field in table.items():
        value = getattr(owner, field.attribute or name)
        if not (field.omitted and (value is None or value in ((), {}, ""))):
            record[name] = None if value is None else field.write(value, owner)
    return record


def _read(record: Mapping[str, Any], table: Mapping[str, _Field]) -> dict[str, Any]:
    values = {}
    for name, field in table.items():
        if field.omitted and record.get(name) is None:
            continue
        value = _get(record, name)
        is_null = value is None and field.optional
        values[field.attribute or name] = None if is_null else field.read(value, name)
    return values


# --- kinds of fields ------------------------------------------------------------------------


def _plain(kind: type, **options: Any) -> _Field:
    return _Field(lambda value, _: value, lambda value, name: _typed(value, name, kind), **options)


def _digits(digits: int, **options: Any) -> _Field:
    """Return a number's field, rounded to significant digits."""
    return _Field(lambda value, _: _significant(value, digits), _number, **options)


def _joules(**options: Any) -> _Field:
    """Return the field of joules, rounded to what their uncertainty supports."""
    return _Field(lambda value, owner: _supported(value, owner.uncertainty_j), _number, **options)


def _each(entry: _Field, **options: Any) -> _Field:
    """Return the field of a tuple."""
    return _Field(
        lambda values, owner: [entry.write(value, owner) for value in values],
        lambda values, name: tuple(entry.read(v, name) for v in _typed(values, name, list)),
        **options,
    )


def _by_name(entry: _Field, **options: Any) -> _Field:
    """Return the field of a mapping from names."""
    return _Field(
        lambda values, owner: {name: entry.write(v, owner) for name, v in values.items()},
        lambda values, name: {
            key: entry.read(value, name) for key, value in _typed(values, name, dict).items()
        },
        **options,
    )


def _record_of(kind: type, table: Mapping[str, _Field], **options: Any) -> _Field:
    """Return the field of a dataclass."""
    return _Field(
        lambda value, _: _write(value, table),
        lambda value, name: kind(**_read(_object(value, name), table)),
        **options,
    )


def _status(value: Any, name: str) -> str:
    if _typed(value, name, str) not in STATUSES:
        raise ReportError(f"status is {value!r}, expected one of {STATUSES}")
    return str(value)


def _provenance(value: Any, name: str) -> Provenance:
    try:
        return Provenance(_typed(value, name, str))
    except ValueError as error:
        raise ReportError(str(error)) from None


def _pair(value: Any, name: str) -> tuple[float, float]:
    begin, end = (_number(each, name) for each in _typed(value, name, list))
    return begin, end


# --- checks ---------------------------------------------------------------------------------


def _object(value: Any, name: str, *, optional: bool = False) -> Any:
    if value is None and optional:
        return None
    if not isinstance(value, dict):
        raise ReportError(f"{name} is {type(value).__name__}, expected an object")
    return value


def _get(record: Mapping[str, Any], name: str) -> Any:
    if name not in record:
        raise ReportError(f"field {name!r} is absent")
    return record[name]


def _typed(value: Any, name: str, kind: type) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ReportError(f"field {name!r} is {type(value).__name__}, expected {kind.__name__}")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ReportError(f"field {name!r} is {value!r}, expected a finite number")
    return value


def _significant(value: float, digits: int) -> float:
    """Round to `digits` significant digits."""
    if value == 0:
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _supported(value: float, uncertainty: float | None) -> float:
    """Round to one digit beyond the third digit of the uncertainty.

    That keeps sums of parts equal to the total to far below the uncertainty,
    and keeps meaningless digits out of notebooks that live in git.
    """
    if value == 0:
        return value
    if not uncertainty:
        return _significant(value, 9)
    return round(value, max(0, 3 - math.floor(math.log10(uncertainty))))


_TEXT = _plain(str)
_TEXTS = _each(_TEXT)
_MAYBE_TEXT = _plain(str, optional=True)
_OMITTED_TEXT = _plain(str, omitted=True)
_EXACT = _Field(lambda value, _: value, _number)
_WATTS = _Field(
    lambda watts, _: [None if w is None else _significant(w, 4) for w in watts],
    lambda watts, name: tuple(
        None if w is None else _number(w, name) for w in _typed(watts, name, list)
    ),
)
_TIME = _Field(lambda value, _: round(value, 4), _number)

# --- the tables: what the record holds ------------------------------------------------------

_SCALE = {"factor": _digits(4), "group": _TEXT, "source": _TEXT}
_DOMAIN = {
    "id": _TEXT,
    "device": _TEXT,
    "source": _TEXT,
    "energy_j": _joules(),
    "uncertainty_j": _digits(3),
    "mean_power_w": _digits(5),
    "provenance": _Field(lambda value, _: value.value, _provenance),
    "resolution_s": _EXACT,
    "counted": _plain(bool),
    "flags": _TEXTS,
    "note": _OMITTED_TEXT,
    "integrated_power_j": _digits(5, omitted=True),
    "conditions": _by_name(_digits(4), omitted=True),
    "scale": _record_of(Scale, _SCALE, omitted=True),
}
_SHARE = {
    "cpu_share": _digits(3),
    "cpu_share_uncertainty": _digits(2),
    "energy_j": _joules(),
    "uncertainty_j": _digits(3),
    "gpu_share": _by_name(_digits(3)),
}
_MISSING = {"id": _TEXT, "reason": _TEXT, "remedy": _TEXT}
_TRACE = _record_of(
    ReportTrace,
    {"t_s": _each(_TIME), "power_w": _by_name(_WATTS)},
)
_DOMAINS = _Field(
    lambda domains, _: [_write(domain, _DOMAIN) for domain in domains.values()],
    lambda entries, name: {
        domain.id: domain
        for domain in (
            DomainReport(**_read(_object(entry, name), _DOMAIN))
            for entry in _typed(entries, name, list)
        )
    },
)
_REPORT = {
    "run_id": _TEXT,
    "cell_id": _MAYBE_TEXT,
    "cell_hash": _MAYBE_TEXT,
    "execution_count": _plain(int, optional=True),
    "notebook": _MAYBE_TEXT,
    "label": _MAYBE_TEXT,
    "stage": _MAYBE_TEXT,
    "status": _Field(lambda value, _: value, _status),
    "started_at": _TEXT,
    "duration_s": _digits(6),
    "energy_j": _joules(optional=True),
    "uncertainty_j": _digits(3, optional=True),
    "provenance": _MAYBE_TEXT,
    "mean_power_w": _digits(5, optional=True),
    "peak_power_w": _digits(5, optional=True),
    "net_energy_j": _joules(optional=True),
    "net_uncertainty_j": _digits(3, omitted=True),
    "baseline_at": _OMITTED_TEXT,
    "share": _record_of(Share, _SHARE, omitted=True),
    "flags": _each(_TEXT, omitted=True),
    "domains": _DOMAINS,
    "missing": _each(_record_of(Missing, _MISSING)),
    "trace": _TRACE,
    "gaps": _each(_Field(lambda gap, _: [round(gap[0], 4), round(gap[1], 4)], _pair)),
    "metric": _by_name(_EXACT),
}
_PER = {
    "count": _Field(_EXACT.write, _number, attribute="per_count"),
    "unit": _plain(str, optional=True, attribute="per_unit"),
}
_METER = {
    "version": _plain(str, attribute="meter_version"),
    "interval_s": _EXACT,
}
TABLES: Mapping[type, tuple[Mapping[str, _Field], ...]] = {
    ReportFields: (_REPORT, _PER, _METER),
    DomainReport: (_DOMAIN,),
    Share: (_SHARE,),
    Missing: (_MISSING,),
    Scale: (_SCALE,),
}
"""The fields of each dataclass that the record holds."""
