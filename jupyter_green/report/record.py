"""The report as JSON, as a notebook's output holds it, and back.

The schema is ``jupyter-green.report.v1``, defined by ``report.v1.schema.json`` in this
folder. Each field is named once here, with how it is written and read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, TypeVar

from .._version import __version__
from ..printable import printable
from ..sources.base import MAX_DEVICE, MAX_ID, MAX_REASON, Missing, Provenance, Scale
from .curve import MAX_TRACE_POINTS, thin
from .fields import (
    BASES,
    CONDITIONS,
    MAX_BOARD,
    MAX_DOMAINS,
    MAX_FLAGS,
    MAX_GAPS,
    MAX_GROUP,
    MAX_HOST,
    MAX_HOST_GAPS,
    MAX_HOST_NAME,
    MAX_HOSTS,
    MAX_LABEL,
    MAX_MARK,
    MAX_MARKS,
    MAX_MISSING,
    MAX_NOTE,
    MAX_NOTES,
    MAX_SHARES,
    MAX_STAGE,
    MAX_TASK_KINDS,
    MAX_TASK_NAME,
    MIXED,
    STATUSES,
    UNITS,
    Before,
    DomainReport,
    HostReport,
    Mark,
    ReportError,
    ReportFields,
    ReportTrace,
    Share,
    SharePart,
    TaskKind,
    TaskShares,
)
from .outcome import MAX_METRICS
from .record_fields import (
    QUANTITY,
    Field,
    by_name,
    digits,
    each,
    fields_of,
    joules,
    plain,
    read_all,
    record_of,
    significant,
    text_field,
    write_all,
)
from .validation import (
    Misfit,
    Reader,
    an_object,
    any_number,
    boolean,
    count,
    described,
    field_of,
    items,
    nullable,
    number,
    one_of,
    pair,
    read_at,
    time,
)

SCHEMA = "jupyter-green.report.v1"
MAX_JSON_BYTES = 16 * 1024
MAX_LATER_BYTES = 2048
"""Of fields that this version does not know, as JSON; those that come after have no room."""
MAX_FACTOR = 1e6
"""Of a scale. What is known no better is not known."""

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
        values = read_all(found, _REPORT)
        per = read_at(".per", nullable(fields_of(_PER)), field_of(found, "per"))
        values |= per or {}
        values |= read_at(".meter", fields_of(_METER), field_of(found, "meter"))
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


def share_of(record: Any) -> Share:
    """Read a share, as JSON has its fields.

    Raises
    ------
    ReportError
        Where something is wrong with it.
    """
    try:
        found: Share = _A_SHARE.read(record)
    except Misfit as misfit:
        raise ReportError(f"share{misfit}") from None
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
    record = {"schema": SCHEMA, **write_all(report, _REPORT), "trace": write_all(trace, _CURVE)}
    record["per"] = None if report.per_count is None else write_all(report, _PER)
    record["meter"] = write_all(report, _METER)
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
    trace = ReportTrace(**fields_of(_CURVE)(value))
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
    begin_s, end_s = pair(QUANTITY)(value)
    if end_s < begin_s:
        raise Misfit("ends before it begins")
    return begin_s, end_s


# --- the tables: what the record holds ------------------------------------------------------

_WATTS = Field(
    lambda watts, _: [None if w is None else significant(w, 4) for w in watts],
    items(nullable(number()), MAX_TRACE_POINTS),
)
_TIME = Field(lambda value, _: round(value, 4), QUANTITY)
_WHEN = text_field(40)._replace(read=time)
_FLAGS = each(text_field(64), MAX_FLAGS)
_CONDITIONS: Mapping[str, Reader[float]] = {
    name: number() if name == "temperature_c" else QUANTITY for name in CONDITIONS
}

_PROVENANCES = {each.value: each for each in Provenance}
_A_PROVENANCE = one_of(*_PROVENANCES)
_SCALE = {
    "factor": digits(4, number(least=1, most=MAX_FACTOR)),
    "group": text_field(MAX_GROUP),
    "source": text_field(MAX_GROUP),
}
_DOMAIN = {
    "id": text_field(MAX_ID, 1),
    "device": text_field(MAX_DEVICE),
    "source": text_field(32),
    "energy_j": joules(),
    "uncertainty_j": digits(3),
    "mean_power_w": digits(5),
    "provenance": Field(
        lambda value, _: value.value,
        lambda value: _PROVENANCES[_A_PROVENANCE(value)],
    ),
    "resolution_s": plain(QUANTITY),
    "counted": plain(boolean),
    "flags": _FLAGS,
    "note": text_field(MAX_NOTE, omitted=True),
    "integrated_power_j": digits(5, omitted=True),
    "conditions": by_name(digits(4), len(CONDITIONS))._replace(read=_conditions, omitted=True),
    "scale": record_of(Scale, _SCALE, omitted=True),
    "board": text_field(MAX_BOARD, omitted=True),
}
_A_DOMAIN = record_of(DomainReport, _DOMAIN)
_SHARE_PART = {
    "by": plain(one_of(*BASES)),
    "energy_j": joules(),
    "uncertainty_j": digits(3),
    "others_j": joules(),
    "idle_j": joules(omitted=True),
}
_SHARE = {
    "cpu_share": digits(3, _PART),
    "cpu_share_uncertainty": digits(2),
    "energy_j": joules(),
    "uncertainty_j": digits(3),
    "gpu_share": by_name(digits(3, _PART), MAX_SHARES),
    "unit": plain(one_of(*UNITS), omitted=True),
    "others_j": joules(omitted=True),
    "idle_j": joules(omitted=True),
    "domains": by_name(record_of(SharePart, _SHARE_PART), MAX_DOMAINS, omitted=True),
}
_A_SHARE = record_of(Share, _SHARE, omitted=True)
_BEFORE = {
    "duration_s": digits(6),
    "energy_j": joules(),
    "uncertainty_j": digits(3),
}
_MISSING = {
    "id": text_field(MAX_ID),
    "reason": text_field(MAX_REASON),
    "remedy": text_field(MAX_REASON),
}
_GAP = Field(lambda gap, _: [round(gap[0], 4), round(gap[1], 4)], _gap)
_HOST = {
    "name": text_field(MAX_HOST_NAME, 1),
    "host": text_field(MAX_HOST, omitted=True),
    "duration_s": digits(6),
    "energy_j": joules(optional=True),
    "uncertainty_j": digits(3, optional=True),
    "offset_s": digits(6, number()),
    "offset_uncertainty_s": digits(3),
    "gaps": each(_GAP, MAX_HOST_GAPS, omitted=True),
    "lost_at_s": _TIME._replace(omitted=True),
}
_TASK_KIND = {
    "name": text_field(MAX_TASK_NAME, 1),
    "tasks": plain(count),
    "duration_s": digits(4),
    "energy_j": digits(6),
}
_A_TASK_KIND = record_of(TaskKind, _TASK_KIND)
_TASKS = {
    "energy_j": joules(),
    "uncertainty_j": digits(3),
    "hosts": plain(count),
    "hosts_above_idle": plain(count),
    "no_task_j": joules(),
    "kinds": each(_A_TASK_KIND, MAX_TASK_KINDS),
    "others": _A_TASK_KIND._replace(omitted=True),
    "scale": record_of(Scale, _SCALE, omitted=True),
}
_CURVE = {"t_s": each(_TIME, MAX_TRACE_POINTS), "power_w": by_name(_WATTS, MAX_DOMAINS)}
_MARK = {"t_s": _TIME, "text": text_field(MAX_MARK)}
_REPORT = {
    "run_id": text_field(64, 1),
    "cell_id": text_field(128, optional=True),
    "cell_hash": text_field(64, optional=True),
    "execution_count": plain(count, optional=True),
    "notebook": text_field(255, optional=True),
    "label": text_field(MAX_LABEL, optional=True),
    "stage": text_field(MAX_STAGE, optional=True),
    "status": plain(one_of(*STATUSES)),
    "started_at": _WHEN,
    "duration_s": digits(6),
    "energy_j": joules(optional=True),
    "uncertainty_j": digits(3, optional=True),
    "provenance": plain(one_of(*(each.value for each in Provenance), MIXED), optional=True),
    "mean_power_w": digits(5, optional=True),
    "peak_power_w": digits(5, optional=True),
    "net_energy_j": joules(optional=True),
    "net_uncertainty_j": digits(3, omitted=True),
    "baseline_at": _WHEN._replace(omitted=True),
    "share": _A_SHARE,
    "before": record_of(Before, _BEFORE, omitted=True),
    "flags": _FLAGS._replace(omitted=True),
    "host": text_field(MAX_HOST, omitted=True),
    "hosts": each(record_of(HostReport, _HOST), MAX_HOSTS, omitted=True),
    "ranks": plain(count, omitted=True),
    "tasks": record_of(TaskShares, _TASKS, omitted=True),
    "domains": Field(
        lambda domains, owner: [_A_DOMAIN.write(domain, owner) for domain in domains.values()],
        _domains,
    ),
    "missing": each(record_of(Missing, _MISSING), MAX_MISSING),
    "trace": record_of(ReportTrace, _CURVE)._replace(read=_trace),
    "gaps": each(_GAP, MAX_GAPS),
    "marks": each(record_of(Mark, _MARK), MAX_MARKS, omitted=True),
    "notes": each(text_field(MAX_NOTE), MAX_NOTES, omitted=True),
    "metric": by_name(plain(any_number), MAX_METRICS, MAX_LABEL),
}
_PER = {
    "count": plain(QUANTITY, attribute="per_count"),
    "unit": text_field(MAX_LABEL, optional=True, attribute="per_unit"),
}
_METER = {
    "version": text_field(MAX_LABEL, attribute="meter_version"),
    "interval_s": plain(number(above=0), attribute="interval_s"),
}
_NAMES = frozenset({"schema", "per", "meter", *_REPORT})
TABLES: Mapping[type, tuple[Mapping[str, Field], ...]] = {
    ReportFields: (_REPORT, _PER, _METER),
    DomainReport: (_DOMAIN,),
    Share: (_SHARE,),
    SharePart: (_SHARE_PART,),
    Missing: (_MISSING,),
    Scale: (_SCALE,),
    Mark: (_MARK,),
    HostReport: (_HOST,),
    TaskShares: (_TASKS,),
    TaskKind: (_TASK_KIND,),
}
"""The fields of each dataclass that the record holds."""
