"""One window as the store holds it, made from what was handed in."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Table

from ..intake.context import CONTEXT
from ..report.fields import ReportError
from ..report.report import Report
from ..sources.base import Provenance
from .days import day_of
from .metered import device_of
from .schema import parts, windows

_LEVEL = 1
"""Of compression: the best takes five times as long and saves a tenth."""
_JSON = json.JSONEncoder(separators=(",", ":"))
_NEVER_HELD = re.compile("[\0\ud800-\udfff]")
"""What PostgreSQL has no place for, and what has no UTF-8, as of a file's undecodable name."""

_LONGEST = {
    table.name: [(c.name, c.type.length) for c in table.columns if isinstance(c.type, String)]
    for table in (windows, parts)
}
"""The columns that hold text, and how much of it."""


class UnfitEntry(ValueError):  # noqa: N818  (it says what the entry is)
    """An entry that holds no report, or one that cannot be read."""


@dataclass(frozen=True)
class Row:
    """A row of each table."""

    window: Mapping[str, Any]
    parts: tuple[Mapping[str, Any], ...]
    trace: bytes | None

    @property
    def run_id(self) -> str:
        """The window's id, which is the key."""
        return str(self.window["run_id"])

    @property
    def written_ns(self) -> int:
        """When its report was written; 0 for one of a program that died."""
        return int(self.window["written_ns"])


def is_id(run_id: object) -> bool:
    """Whether a window can be called so."""
    return isinstance(run_id, str) and 0 < len(run_id) <= 64 and run_id.isprintable()


def row_of(entry: Mapping[str, Any], opened: Mapping[str, Any]) -> Row:
    """Return the row of a window that was closed.

    Parameters
    ----------
    entry
        The ``closed`` entry.
    opened
        What its begin was given; empty where that is not known.

    Raises
    ------
    UnfitEntry
        For an entry that cannot be read.
    """
    try:
        report = Report.from_dict(entry["report"])
        at_begin = {name: opened[name] for name in CONTEXT if opened.get(name) is not None}
        context = {**opened, **entry, **at_begin}  # a commit may have been made meanwhile
        return _row(report, entry["report"], context, int(entry["written_ns"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UnfitEntry(f"{type(error).__name__}: {error}") from error


def row_of_died(
    report: Report,
    opened: Mapping[str, Any],
    edges: tuple[int, int],
    counters: Mapping[str, Mapping[str, Any]],
) -> Row:
    """Return the row of a window whose program died before it handed a report in."""
    context = {**opened, "begin_ns": edges[0], "end_ns": edges[1], "counters": counters}
    return _row(report, report.to_dict(), context, 0)


def report_of(body: bytes, trace: bytes | None) -> Report:
    """Return the report that a row holds.

    Raises
    ------
    ReportError
        For what is none.
    """
    try:
        record = json.loads(zlib.decompress(body))
        if trace is not None:
            record["trace"] = json.loads(zlib.decompress(trace))
    except (ValueError, TypeError, zlib.error) as error:
        raise ReportError(f"the ledger's record cannot be read: {error}") from error
    return Report.from_dict(record)


def counters_of(body: bytes) -> Mapping[str, Mapping[str, Any]]:
    """Return what the hardware's counters showed at the edges of a window that a row holds.

    Returns
    -------
    Mapping
        By domain: ``unit_j``, the joules of a step, and for ``begin`` and ``end`` when it was
        read, in nanoseconds on the boot's clock, and what it showed. Empty where that is not known.

    Raises
    ------
    ReportError
        For what is no row's body.
    """
    try:
        found = json.loads(zlib.decompress(body)).get("counters", {})
    except (ValueError, TypeError, AttributeError, zlib.error) as error:
        raise ReportError(f"the ledger's record cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def _row(report: Report, record: Mapping[str, Any], context: Mapping[str, Any], at_ns: int) -> Row:
    if report.run_id != context.get("run_id"):
        raise ValueError(f"the report is of {report.run_id}, the entry of {context.get('run_id')}")
    if not is_id(report.run_id) or not 0 <= at_ns < 1 << 63:
        raise ValueError(f"{report.run_id!r} at {at_ns} is no window")
    curve = record["trace"]
    bare = {**record, "trace": {"t_s": [], "power_w": {}}}
    if isinstance(counters := context.get("counters"), dict) and counters:
        bare["counters"] = counters
    started_s = datetime.fromisoformat(report.started_at.replace("Z", "+00:00")).timestamp()
    window = {
        "run_id": report.run_id,
        "written_ns": at_ns,
        "status": report.status,
        "label": report.label,
        "stage": report.stage,
        "notebook": report.notebook,
        "cell_id": report.cell_id,
        "execution_count": report.execution_count,
        "started_at": report.started_at,
        "started_s": started_s,
        "day": day_of(started_s),
        "duration_s": report.duration_s,
        "host": report.host,
        "energy_j": report.energy_j,
        "uncertainty_j": report.uncertainty_j,
        "provenance": report.provenance,
        "body": _packed(bare),
    }
    for name in ("begin_ns", "end_ns"):
        window[name] = value = context.get(name)
        if value is not None and not (type(value) is int and abs(value) < 1 << 63):
            raise TypeError(f"{name} is {value!r}")
    for name in ("session", "parent", "project", "commit", "job", "origin"):
        value = context.get(name)
        window[name] = value if isinstance(value, str) else None
    held = tuple(_held(parts, part) for part in _parts(report))
    return Row(_held(windows, window), held, _packed(curve) if curve["t_s"] else None)


def _held(table: Table, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return values as any database can hold them; the report in the body keeps them whole."""
    held = dict(values)
    for name, longest in _LONGEST[table.name]:
        if isinstance(value := values.get(name), str):
            if _NEVER_HELD.search(value):
                value = _NEVER_HELD.sub("\N{REPLACEMENT CHARACTER}", value)
            held[name] = value[:longest]
    number = held.get("execution_count")
    if number is not None and not 0 <= number < 1 << 31:
        held["execution_count"] = None
    return held


def _parts(report: Report) -> tuple[Mapping[str, Any], ...]:
    found: dict[str, dict[str, Any]] = {}
    for domain in report.domains.values():
        if domain.counted:
            device = device_of(domain)[-100:]
            found[device] = {
                "run_id": report.run_id,
                "device": device,
                "is_estimate": domain.provenance is Provenance.ESTIMATE,
                "energy_j": domain.energy_j,
                "uncertainty_j": domain.uncertainty_j,
                "scale_factor": domain.scale.factor if domain.scale else None,
                "scale_group": domain.scale.group if domain.scale else None,
            }
    return tuple(found.values())


def _packed(record: Any) -> bytes:
    return zlib.compress(_JSON.encode(record).encode(), _LEVEL)
