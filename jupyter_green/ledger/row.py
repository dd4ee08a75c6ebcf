"""One window as the store holds it, made from what was handed in."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import String, Table

from ..intake.context import CONTEXT
from ..report.fields import ReportError
from ..report.report import Report
from ..sources.base import Provenance
from .columns import Columns, Used, of_own_record, of_report
from .days import day_of
from .packing import packed, unpacked
from .pauses import pause_id
from .schema import PAUSE, parts, windows

_NEVER_HELD = re.compile("[\0\ud800-\udfff]")
"""What PostgreSQL has no place for, and what has no UTF-8, as of a file's undecodable name."""

_OF_THE_WINDOW_AFTER = ("written_ns", "notebook", "host", "session", "project", "commit", "job")
"""What a pause has of the window that ends it."""
_LONGEST = {
    table.name: [
        (c.name, c.type.length)
        for c in table.columns
        if isinstance(c.type, String) and c.type.length
    ]
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
    columns = _columns_of(entry)
    try:
        at_begin = {name: opened[name] for name in CONTEXT if opened.get(name) is not None}
        context = {**opened, **entry, **at_begin}  # a commit may have been made meanwhile
        return _row(columns, entry["report"], context, int(entry["written_ns"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UnfitEntry(f"{type(error).__name__}: {error}") from error


def pause_row_of(entry: Mapping[str, Any], after: Row) -> Row | None:
    """Return the row of the pause before a window, ``None`` where no counter tells of one.

    Parameters
    ----------
    entry
        The window's ``closed`` entry.
    after
        The window's row.

    Raises
    ------
    UnfitEntry
        For what is said of a pause and cannot be read.
    """
    try:
        pause, end_ns = entry.get("pause"), after.window["begin_ns"]
        if not pause or end_ns is None:
            return None
        return _pause_row(_columns_of(entry).used, pause, end_ns, after.window)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise UnfitEntry(f"a pause: {type(error).__name__}: {error}") from error


def _columns_of(entry: Mapping[str, Any]) -> Columns:
    """Return what a row takes of the report that a ``closed`` entry holds.

    Raises
    ------
    UnfitEntry
        Where it holds none.
    """
    try:
        record = entry["report"]
        return of_own_record(record) or of_report(Report.from_dict(record))
    except (KeyError, ReportError) as error:
        raise UnfitEntry(f"{type(error).__name__}: {error}") from error


def row_of_died(
    report: Report,
    opened: Mapping[str, Any],
    edges: tuple[int, int],
    counters: Mapping[str, Mapping[str, Any]],
) -> Row:
    """Return the row of a window whose program died before it handed a report in."""
    context = {**opened, "begin_ns": edges[0], "end_ns": edges[1], "counters": counters}
    return _row(of_report(report), report.to_dict(), context, 0)


def report_of(body: bytes, trace: bytes | None) -> Report:
    """Return the report that a row holds.

    Raises
    ------
    ReportError
        For what is none.
    """
    try:
        record = unpacked(body)
        record.pop("counters", None)  # the row's own: see counters_of
        if trace is not None:
            record["trace"] = unpacked(trace)
    except (ValueError, TypeError, AttributeError) as error:
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
        found = unpacked(body).get("counters", {})
    except (ValueError, TypeError, AttributeError) as error:
        raise ReportError(f"the ledger's record cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def _row(
    columns: Columns, record: Mapping[str, Any], context: Mapping[str, Any], at_ns: int
) -> Row:
    values, started_s, used = columns
    run_id = values["run_id"]
    if run_id != context.get("run_id"):
        raise ValueError(f"the report is of {run_id}, the entry of {context.get('run_id')}")
    if not is_id(run_id) or not 0 <= at_ns < 1 << 63:
        raise ValueError(f"{run_id!r} at {at_ns} is no window")
    curve = record["trace"]
    bare = {**record, "trace": {"t_s": [], "power_w": {}}}
    if isinstance(counters := context.get("counters"), dict) and counters:
        bare["counters"] = counters
    window = {
        **values,
        "written_ns": at_ns,
        "started_s": started_s,
        "day": day_of(started_s),
        "body": packed(bare),
    }
    for name in ("begin_ns", "end_ns"):
        window[name] = value = context.get(name)
        if value is not None and not (type(value) is int and abs(value) < 1 << 63):
            raise TypeError(f"{name} is {value!r}")
    for name in ("session", "parent", "project", "commit", "job", "origin"):
        value = context.get(name)
        window[name] = value if isinstance(value, str) else None
    held = tuple(_held(parts, part) for part in _parts(run_id, used))
    return Row(_held(windows, window), held, packed(curve) if curve["t_s"] else None)


def _pause_row(
    of_window: Iterable[Used], pause: Mapping[str, Any], end_ns: int, after: Mapping[str, Any]
) -> Row | None:
    begin_ns = pause["begin_ns"]
    if type(begin_ns) is not int or not -(1 << 63) <= begin_ns < end_ns:
        raise ValueError(f"it begins at {begin_ns!r} and ends at {end_ns}")
    run_id = pause_id(after["run_id"])
    by_counter = {each.name: each for each in of_window if each.provenance is Provenance.COUNTER}
    used: list[Used] = []
    for name, (energy_j, uncertainty_j) in pause["domains"].items():
        if (domain := by_counter.get(name)) is None:
            continue
        if not (math.isfinite(energy_j) and math.isfinite(uncertainty_j) and energy_j >= 0):
            raise ValueError(f"{name} used {energy_j} ± {uncertainty_j} J")
        error_j = abs(float(uncertainty_j))
        used.append(domain._replace(energy_j=float(energy_j), uncertainty_j=error_j))
    if not used:
        return None
    duration_s = (end_ns - begin_ns) * 1e-9
    started_s = after["started_s"] - duration_s
    started_at = datetime.fromtimestamp(started_s, timezone.utc).isoformat(timespec="milliseconds")
    window = {
        **dict.fromkeys(column.name for column in windows.columns),
        **{name: after[name] for name in _OF_THE_WINDOW_AFTER},
        "run_id": run_id,
        "status": PAUSE,
        "started_at": started_at.replace("+00:00", "Z"),
        "started_s": started_s,
        "day": day_of(started_s),
        "duration_s": duration_s,
        "begin_ns": begin_ns,
        "end_ns": end_ns,
        "energy_j": sum(domain.energy_j for domain in used),
        "uncertainty_j": math.hypot(*(domain.uncertainty_j for domain in used)),
        "provenance": Provenance.COUNTER.value,
        "is_at_least": False,
        "body": packed({"after": after["run_id"]}),
    }
    held = tuple(_held(parts, part) for part in _parts(run_id, used))
    return Row(_held(windows, window), held, None)


def _held(table: Table, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return values as any database can hold them; the report in the body keeps them whole."""
    held = dict(values)
    for name, longest in _LONGEST[table.name]:
        value = values.get(name)
        if type(value) is not str:
            continue
        if not (value.isascii() and value.isprintable()):
            value = held[name] = _NEVER_HELD.sub("\N{REPLACEMENT CHARACTER}", value)
        if len(value) > longest:
            held[name] = value[:longest]
    number = held.get("execution_count")
    if number is not None and not 0 <= number < 1 << 31:
        held["execution_count"] = None
    return held


def _parts(run_id: str, used: Iterable[Used]) -> Iterable[Mapping[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for each in used:
        device = each.device[-100:]
        found[device] = {
            "run_id": run_id,
            "device": device,
            "is_estimate": each.provenance is Provenance.ESTIMATE,
            "energy_j": each.energy_j,
            "uncertainty_j": each.uncertainty_j,
            "scale_factor": each.scale_factor,
            "scale_group": each.scale_group,
        }
    return found.values()
