"""Windows read from a store's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from ..sources.base import Scale
from .metered import Metered, Part
from .schema import PAUSE, parts, windows

_COLUMNS = [column for column in windows.c if column.name != "body"]
IS_WINDOW = windows.c.status != PAUSE
"""What is true of the rows of windows."""


def windows_where(connection: Connection, *when: ColumnElement[bool]) -> dict[str, Metered]:
    """Return the windows of which something is true, with their parts, by their ids."""
    return _found(connection, (IS_WINDOW, *when))


def pauses_where(connection: Connection, *when: ColumnElement[bool]) -> dict[str, Metered]:
    """Return the pauses of which something is true, with their parts, by their ids."""
    return _found(connection, (~IS_WINDOW, *when))


def _found(connection: Connection, when: Sequence[ColumnElement[bool]]) -> dict[str, Metered]:
    found: dict[str, Metered] = {}
    for row in connection.execute(_where(_COLUMNS, when)):
        found[row.run_id] = _metered(row)
    query = _where([parts], when).join(parts, parts.c.run_id == windows.c.run_id)
    for part in connection.execute(query):
        if part.run_id in found:
            found[part.run_id].parts.append(_part(part))
    return found


def inherited(each: Metered, found: Mapping[str, Metered]) -> Metered:
    """Return a window with the stage and the notebook of the nearest one around it that has any."""
    stage, notebook = (_inherited(each, name, found) for name in ("stage", "notebook"))
    if (stage, notebook) == (each.stage, each.notebook):
        return each
    return replace(each, stage=stage, notebook=notebook)


def _where(what: Any, when: Any) -> Select[Any]:
    return select(*what).select_from(windows).where(*when)


def _metered(row: Any) -> Metered:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's public name)
    host, begin_ns, end_ns = (values.pop(name) for name in ("host", "begin_ns", "end_ns"))
    known = host is not None and begin_ns is not None and end_ns is not None
    return Metered(**values, span=(host, begin_ns, end_ns) if known else None)


def _part(row: Any) -> Part:
    group, factor = row.scale_group, row.scale_factor
    scale = Scale(factor, group, "") if group is not None and factor is not None else None
    return Part(row.device, bool(row.is_estimate), row.energy_j, row.uncertainty_j, scale)


def _inherited(each: Metered, name: str, found: Mapping[str, Metered]) -> str | None:
    around: Metered | None = each
    seen: set[str] = set()
    while around is not None and around.run_id not in seen:
        value: str | None = getattr(around, name)
        if value is not None:
            return value
        seen.add(around.run_id)
        around = found.get(around.parent or "")
    return None
