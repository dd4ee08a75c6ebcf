"""The report as JSON, as a notebook's output holds it, and back.

The schema is ``jupyter-green.report.v1``, defined by ``report.v1.schema.json`` in this
folder. Each field is named once here, with how it is written and read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple, NoReturn, TypeVar

from .._version import __version__
from ..printable import printable, shortened
from ..sources.base import MAX_DEVICE, MAX_ID, MAX_REASON, Missing, Provenance, Scale
from .curve import MAX_TRACE_POINTS, thin
from .fields import (
    CONDITIONS,
    MAX_BOARD,
    MAX_DOMAINS,
    MAX_FLAGS,
    MAX_GAPS,
    MAX_GROUP,
    MAX_HOST,
    MAX_LABEL,
    MAX_MARK,
    MAX_MARKS,
    MAX_MISSING,
    MAX_NOTE,
    MAX_NOTES,
    MAX_SHARES,
    MAX_STAGE,
    MIXED,
    STATUSES,
    Before,
    DomainReport,
    Mark,
    ReportError,
    ReportFields,
    ReportTrace,
    Share,
)
from .outcome import MAX_METRICS
from .validation import (
    LEAST,
    Misfit,
    Reader,
    an_object,
    any_number,
    boolean,
    count,
    described,
    dictionary,
    field_of,
    items,
    nullable,
    number,
    one_of,
    pair,
    read_at,
    text,
    time,
)

SCHEMA = "jupyter-green.report.v1"
MAX_JSON_BYTES = 16 * 1024
MAX_LATER_BYTES = 2048
"""Of fields that this version does not know, as JSON; those that come after have no room."""
MAX_FACTOR = 1e6
"""Of a scale. What is known no better is not known."""

_QUANTITY = number(least=0)
_PART = number(least=0, most=1)

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
    try:
        found = an_object(record)
        _refuse_newer(found.get("schema"))
        read_at(".schema", one_of(SCHEMA), field_of(found, "schema"))
        values = _read(found, _REPORT)
        per = read_at(".per", nullable(_fields(_PER)), field_of(found, "per"))
        values |= per or {}
        values |= read_at(".meter", _fields(_METER), field_of(found, "meter"))
        if not found.keys() <= _NAMES:
            values["later"] = _later(found)
    except Misfit as misfit:
        raise ReportError(f"report{misfit}") from None
    return kind(**values)


def domain_record(domain: DomainReport) -> dict[str, Any]:
    """Return one domain as JSON types, as it stands in a record."""
    return dict(_A_DOMAIN.write(domain, None))


def domain_of(record: Any) -> DomainReport:
    """Read :func:`domain_record` back.

    Raises
    ------
    ReportError
        Where something is wrong with it.
    """
    try:
        found: DomainReport = _A_DOMAIN.read(record)
    except Misfit as misfit:
        raise ReportError(f"domain{misfit}") from None
    return found


def _refuse_newer(schema: Any) -> None:
    """Refuse a record that may well be right, but for a later version than this."""
    if not isinstance(schema, str):
        return
    found = re.fullmatch(r"jupyter-green\.report\.v(\d{1,9})", schema, re.ASCII)
    if found and int(found[1]) > 1:
        raise ReportError(
            f"report.schema is {described(schema)}, which is newer than jupyter-green "
            f"{__version__} knows: `pip install --upgrade jupyter-green`"
        )


def _with(report: ReportFields, trace: ReportTrace) -> dict[str, Any]:
    """Return the record with this curve instead of the report's own."""
    record = {"schema": SCHEMA, **_write(report, _REPORT), "trace": _write(trace, _CURVE)}
    record["per"] = None if report.per_count is None else _write(report, _PER)
    record["meter"] = _write(report, _METER)
    return {**report.later, **record}


def _later(record: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the fields that this version does not know, where they are JSON and there is room."""
    found: dict[str, Any] = {}
    room = MAX_LATER_BYTES
    for name in record:
        if name in _NAMES or not isinstance(name, str):
            continue
        try:
            written = json.dumps({name: record[name]}, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            continue
        if (room := room - len(written)) < 0:
            break
        found |= json.loads(written)
    return found


class _Field(NamedTuple):
    """How one field is written and read.

    Parameters
    ----------
    write
        Turns the value, given the object that has it, into JSON types.
    read
        Turns JSON types back, or says what is wrong with them.
    optional
        Whether it may be ``null``.
    omitted
        Whether it is left out where it is empty, so that a record stays small.
    attribute
        What it is called in the dataclass, where that is not its name in JSON.
    """

    write: Callable[[Any, Any], Any]
    read: Reader[Any]
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
    values: dict[str, Any] = {}
    name = ""
    try:
        for name, (_, read, optional, omitted, attribute) in table.items():
            if name in record:
                value = record[name]
                is_read = value is not None or not optional
                values[attribute or name] = read(value) if is_read else value
            elif not omitted:
                _refuse_absent()
    except Misfit as misfit:
        raise misfit.within(f".{name}") from None
    return values


def _refuse_absent() -> NoReturn:
    raise Misfit("is absent")


def _fields(table: Mapping[str, _Field]) -> Reader[dict[str, Any]]:
    return lambda value: _read(an_object(value), table)


# --- kinds of fields ------------------------------------------------------------------------


def _plain(reader: Reader[Any], **options: Any) -> _Field:
    """Return the field of a value that is written as it is."""
    return _Field(lambda value, _: value, reader, **options)


def _text(most: int, least: int = 0, **options: Any) -> _Field:
    """Return the field of a text, which is shortened where the record has no room for more."""
    return _Field(lambda value, _: shortened(value, most), text(most, least), **options)


def _digits(digits: int, reader: Reader[float] = _QUANTITY, **options: Any) -> _Field:
    """Return a number's field, rounded to significant digits."""
    return _Field(lambda value, _: _significant(value, digits), reader, **options)


def _joules(reader: Reader[float] = _QUANTITY, **options: Any) -> _Field:
    """Return the field of joules, rounded to what their uncertainty supports."""
    return _Field(lambda value, owner: _supported(value, owner.uncertainty_j), reader, **options)


def _each(entry: _Field, most: int, **options: Any) -> _Field:
    """Return the field of a tuple, of which at most so many entries are written."""
    return _Field(
        lambda values, owner: [entry.write(value, owner) for value in values[:most]],
        items(entry.read, most),
        **options,
    )


def _by_name(entry: _Field, most: int, longest_name: int = MAX_ID, **options: Any) -> _Field:
    """Return the field of a mapping from names."""
    return _Field(
        lambda values, owner: {
            shortened(name, longest_name): entry.write(v, owner) for name, v in values.items()
        },
        dictionary(entry.read, most, longest_name),
        **options,
    )


def _record_of(kind: Callable[..., Any], table: Mapping[str, _Field], **options: Any) -> _Field:
    """Return the field of a dataclass."""
    read = _fields(table)
    return _Field(
        lambda value, _: _write(value, table), lambda value: kind(**read(value)), **options
    )


def _conditions(value: Any) -> dict[str, float]:
    """Read what is known of a device; names of later versions are left out."""
    found = an_object(value)
    return {
        name: read_at(f".{name}", reader, found[name])
        for name, reader in _CONDITIONS.items()
        if name in found
    }


# --- what fields say together ---------------------------------------------------------------


def _trace(value: Any) -> ReportTrace:
    """Read a curve: its times do not go back, and each has its watts."""
    trace = ReportTrace(**_fields(_CURVE)(value))
    back = next((i for i, (a, b) in enumerate(pairwise(trace.t_s), 1) if b < a), None)
    if back is not None:
        raise Misfit(f"is {trace.t_s[back]}, before the time in front of it").within(
            f".t_s[{back}]"
        )
    for name, watts in trace.power_w.items():
        if len(watts) != len(trace.t_s):
            raise Misfit(
                f"has {len(watts)} items, expected one for each of {len(trace.t_s)} times"
            ).within(f".power_w[{described(name)}]")
    return trace


def _domains(value: Any) -> dict[str, DomainReport]:
    """Read the domains; no two are called the same, or look as if they were."""
    found = items(_A_DOMAIN.read, MAX_DOMAINS)(value)
    seen: set[str] = set()
    for index, domain in enumerate(found):
        name = printable(domain.id)
        if name in seen:
            raise Misfit(f"is {described(domain.id)}, as that of a domain before").within(
                f"[{index}].id"
            )
        seen.add(name)
    return {domain.id: domain for domain in found}


def _gap(value: Any) -> tuple[float, float]:
    """Read the begin and the end of a gap."""
    begin_s, end_s = pair(_QUANTITY)(value)
    if end_s < begin_s:
        raise Misfit("ends before it begins")
    return begin_s, end_s


# --- rounding -------------------------------------------------------------------------------


def _significant(value: float, digits: int) -> float:
    """Round to `digits` significant digits."""
    if abs(value) < LEAST:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _supported(value: float, uncertainty: float | None) -> float:
    """Round to one digit beyond the third digit of the uncertainty.

    That keeps sums of parts equal to the total to far below the uncertainty,
    and keeps meaningless digits out of notebooks that live in git.
    """
    # As it is written, so that a record that was read is written with the same digits.
    written = _significant(uncertainty or 0.0, 3)
    if not written or abs(value) < LEAST:
        return _significant(value, 9)
    rounded = round(value, max(0, 3 - math.floor(math.log10(written))))
    return rounded if abs(rounded) >= LEAST else 0.0


# --- the tables: what the record holds ------------------------------------------------------

_WATTS = _Field(
    lambda watts, _: [None if w is None else _significant(w, 4) for w in watts],
    items(nullable(number()), MAX_TRACE_POINTS),
)
_TIME = _Field(lambda value, _: round(value, 4), _QUANTITY)
_WHEN = _text(40)._replace(read=time)
_FLAGS = _each(_text(64), MAX_FLAGS)
_CONDITIONS: Mapping[str, Reader[float]] = {
    name: number() if name == "temperature_c" else _QUANTITY for name in CONDITIONS
}

_PROVENANCES = {each.value: each for each in Provenance}
_A_PROVENANCE = one_of(*_PROVENANCES)
_SCALE = {
    "factor": _digits(4, number(least=1, most=MAX_FACTOR)),
    "group": _text(MAX_GROUP),
    "source": _text(MAX_GROUP),
}
_DOMAIN = {
    "id": _text(MAX_ID, 1),
    "device": _text(MAX_DEVICE),
    "source": _text(32),
    "energy_j": _joules(),
    "uncertainty_j": _digits(3),
    "mean_power_w": _digits(5),
    "provenance": _Field(
        lambda value, _: value.value,
        lambda value: _PROVENANCES[_A_PROVENANCE(value)],
    ),
    "resolution_s": _plain(_QUANTITY),
    "counted": _plain(boolean),
    "flags": _FLAGS,
    "note": _text(MAX_NOTE, omitted=True),
    "integrated_power_j": _digits(5, omitted=True),
    "conditions": _by_name(_digits(4), len(CONDITIONS))._replace(read=_conditions, omitted=True),
    "scale": _record_of(Scale, _SCALE, omitted=True),
    "board": _text(MAX_BOARD, omitted=True),
}
_A_DOMAIN = _record_of(DomainReport, _DOMAIN)
_SHARE = {
    "cpu_share": _digits(3, _PART),
    "cpu_share_uncertainty": _digits(2),
    "energy_j": _joules(),
    "uncertainty_j": _digits(3),
    "gpu_share": _by_name(_digits(3, _PART), MAX_SHARES),
}
_BEFORE = {"duration_s": _digits(6), "energy_j": _joules(), "uncertainty_j": _digits(3)}
_MISSING = {"id": _text(MAX_ID), "reason": _text(MAX_REASON), "remedy": _text(MAX_REASON)}
_CURVE = {"t_s": _each(_TIME, MAX_TRACE_POINTS), "power_w": _by_name(_WATTS, MAX_DOMAINS)}
_MARK = {"t_s": _TIME, "text": _text(MAX_MARK)}
_REPORT = {
    "run_id": _text(64, 1),
    "cell_id": _text(128, optional=True),
    "cell_hash": _text(64, optional=True),
    "execution_count": _plain(count, optional=True),
    "notebook": _text(255, optional=True),
    "label": _text(MAX_LABEL, optional=True),
    "stage": _text(MAX_STAGE, optional=True),
    "status": _plain(one_of(*STATUSES)),
    "started_at": _WHEN,
    "duration_s": _digits(6),
    "energy_j": _joules(optional=True),
    "uncertainty_j": _digits(3, optional=True),
    "provenance": _plain(one_of(*(each.value for each in Provenance), MIXED), optional=True),
    "mean_power_w": _digits(5, optional=True),
    "peak_power_w": _digits(5, optional=True),
    "net_energy_j": _joules(optional=True),
    "net_uncertainty_j": _digits(3, omitted=True),
    "baseline_at": _WHEN._replace(omitted=True),
    "share": _record_of(Share, _SHARE, omitted=True),
    "before": _record_of(Before, _BEFORE, omitted=True),
    "flags": _FLAGS._replace(omitted=True),
    "host": _text(MAX_HOST, omitted=True),
    "domains": _Field(
        lambda domains, owner: [_A_DOMAIN.write(domain, owner) for domain in domains.values()],
        _domains,
    ),
    "missing": _each(_record_of(Missing, _MISSING), MAX_MISSING),
    "trace": _record_of(ReportTrace, _CURVE)._replace(read=_trace),
    "gaps": _each(_Field(lambda gap, _: [round(gap[0], 4), round(gap[1], 4)], _gap), MAX_GAPS),
    "marks": _each(_record_of(Mark, _MARK), MAX_MARKS, omitted=True),
    "notes": _each(_text(MAX_NOTE), MAX_NOTES, omitted=True),
    "metric": _by_name(_plain(any_number), MAX_METRICS, MAX_LABEL),
}
_PER = {
    "count": _plain(_QUANTITY, attribute="per_count"),
    "unit": _text(MAX_LABEL, optional=True, attribute="per_unit"),
}
_METER = {
    "version": _text(MAX_LABEL, attribute="meter_version"),
    "interval_s": _plain(number(above=0), attribute="interval_s"),
}
_NAMES = frozenset({"schema", "per", "meter", *_REPORT})
TABLES: Mapping[type, tuple[Mapping[str, _Field], ...]] = {
    ReportFields: (_REPORT, _PER, _METER),
    DomainReport: (_DOMAIN,),
    Share: (_SHARE,),
    Missing: (_MISSING,),
    Scale: (_SCALE,),
    Mark: (_MARK,),
}
"""The fields of each dataclass that the record holds."""
