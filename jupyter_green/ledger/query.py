"""Questions to the ledger: its windows, and what groups of them used."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from ..intake.places import intake_folder
from ..intake.writer import files
from ..sources.base import Scale
from .book import book_until_idle
from .database import Database, Empty
from .groups import WAYS, Group, Joules, grouped
from .metered import Metered, Part
from .schema import parts, windows
from .stores import read_from

__all__ = ["WAYS", "Group", "Joules", "Metered", "Part", "book_what_waits", "grouped", "read"]

_COLUMNS = [column for column in windows.c if column.name != "body"]


def read(
    ledger: Path,
    since_s: float | None = None,
    until_s: float | None = None,
    project: str | None = None,
) -> list[Metered]:
    """Return the windows that began within a time, in the order of their begins.

    One without a stage or a notebook has those of the nearest window around it.

    Parameters
    ----------
    ledger
        The ledger's folder. What waits in its intake is booked first, where that can be.
    since_s, until_s
        Seconds since 1970; ``None`` for no limit.
    project
        The folder of a project as the ledger has it, such as ``~/work/thesis``, or its last part;
        ``None`` for all.

    Raises
    ------
    StoreFault
        Where a store cannot be read, or is of another version.
    """
    book_what_waits(ledger)
    when: list[ColumnElement[bool]] = []
    if since_s is not None:
        when.append(windows.c.started_s >= since_s)
    if until_s is not None:
        when.append(windows.c.started_s < until_s)
    if project is not None:
        folder = windows.c.project
        when.append(or_(folder == project, folder.endswith(f"/{project}", autoescape=True)))
    found: dict[str, Metered] = {}
    for database in read_from(ledger):
        for each in _read(database, when):
            if each.run_id not in found or found[each.run_id].written_ns < each.written_ns:
                found[each.run_id] = each
    whole = [
        replace(
            each,
            stage=_inherited(each, "stage", found),
            notebook=_inherited(each, "notebook", found),
        )
        for each in found.values()
    ]
    return sorted(whole, key=lambda each: (each.started_s, each.run_id))


def book_what_waits(ledger: Path) -> None:
    """Book what is in the intake now, unless another booker is at it: then wait for it a while."""
    with contextlib.suppress(OSError):
        if not any(files(intake_folder(ledger))):
            return
        until_s = time.monotonic() + 1.0
        while book_until_idle(ledger, idle_s=0.0) and time.monotonic() < until_s:
            time.sleep(0.05)


def _read(database: Database, when: Sequence[ColumnElement[bool]]) -> Iterable[Metered]:
    found: dict[str, Metered] = {}
    with contextlib.suppress(Empty), database.reading() as connection:
        for row in connection.execute(_where(_COLUMNS, when)):
            found[row.run_id] = _metered(row)
        query = _where([parts], when).join(parts, parts.c.run_id == windows.c.run_id)
        for part in connection.execute(query):
            if part.run_id in found:
                found[part.run_id].parts.append(_part(part))
    return found.values()


def _where(what: Sequence[Any], when: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return select(*what).select_from(windows).where(*when)


def _metered(row: Any) -> Metered:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's public name)
    host, begin_ns, end_ns = (values.pop(name) for name in ("host", "begin_ns", "end_ns"))
    known = host is not None and begin_ns is not None and end_ns is not None
    return Metered(**values, span=(host, begin_ns, end_ns) if known else None)


def _inherited(each: Metered, name: str, found: Mapping[str, Metered]) -> str | None:
    """Return a window's own, or that of the nearest window around it which has one."""
    around: Metered | None = each
    seen: set[str] = set()
    while around is not None and around.run_id not in seen:
        value: str | None = getattr(around, name)
        if value is not None:
            return value
        seen.add(around.run_id)
        around = found.get(around.parent or "")
    return None


def _part(row: Any) -> Part:
    group, factor = row.scale_group, row.scale_factor
    scale = Scale(factor, group, "") if group is not None and factor is not None else None
    return Part(row.device, bool(row.is_estimate), row.energy_j, row.uncertainty_j, scale)
