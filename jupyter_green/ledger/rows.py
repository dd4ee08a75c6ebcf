"""Windows read from a store's tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from ..sources.base import Scale
from .database import AT_ONCE
from .metered import Metered, Part
from .schema import PAUSE, parts, windows

_OWN = ("run_id", "started_at", "host", "begin_ns", "end_ns")
_OTHERS = tuple(
    each.name for each in fields(Metered) if each.name in windows.c and each.name not in _OWN
)
_COLUMNS = [windows.c[name] for name in (*_OWN, *_OTHERS)]
_PART_COLUMNS = [
    parts.c[name]
    for name in (
        *("run_id", "device", "is_estimate", "energy_j", "uncertainty_j"),
        *("scale_group", "scale_factor"),
    )
]
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
    same: dict[Any, Any] = {}  # of a text that many windows have one copy is enough
    for run_id, at, host, begin_ns, end_ns, *others in connection.execute(_where(_COLUMNS, when)):
        shared = [same.setdefault(v, v) if isinstance(v, str) else v for v in others]
        values = dict(zip(_OTHERS, shared, strict=True))
        found[run_id] = each = Metered(run_id=run_id, started_at=at, **values)
        if host is not None and begin_ns is not None and end_ns is not None:
            each.span = same.setdefault(host, host), begin_ns, end_ns
    query = _where(_PART_COLUMNS, when).join(parts, parts.c.run_id == windows.c.run_id)
    scales: dict[tuple[Any, Any], Scale] = {}
    for run_id, device, is_estimate, energy_j, uncertainty_j, *of in connection.execute(query):
        if (window := found.get(run_id)) is None:
            continue
        group, factor = of
        scale = None
        if group is not None and factor is not None:
            scale = scales.setdefault((group, factor), Scale(factor, group, ""))
        name = same.setdefault(device, device)
        window.parts.append(Part(name, bool(is_estimate), energy_j, uncertainty_j, scale))
    return found


def windows_of(connection: Connection, run_ids: Collection[str]) -> dict[str, Metered]:
    """Return those of some windows that have rows, by their ids."""
    found: dict[str, Metered] = {}
    ids = sorted(run_ids)
    for begin in range(0, len(ids), AT_ONCE):
        some = windows.c.run_id.in_(ids[begin : begin + AT_ONCE])
        found |= windows_where(connection, some)
    return found


def outer_windows(connection: Connection, known: Mapping[str, Metered]) -> dict[str, Metered]:
    """Return the windows around some that are not among them."""
    found: dict[str, Metered] = {}
    new = known
    while wanted := {e.parent for e in new.values() if e.parent} - known.keys() - found.keys():
        new = windows_of(connection, wanted)
        found |= new
    return found


def inherited(each: Metered, found: Mapping[str, Metered]) -> Metered:
    """Return a window with the stage and the notebook of the nearest one around it that has any."""
    stage, notebook = (_inherited(each, name, found) for name in ("stage", "notebook"))
    if (stage, notebook) == (each.stage, each.notebook):
        return each
    return replace(each, stage=stage, notebook=notebook)


def _where(what: Any, when: Any) -> Select[Any]:
    return select(*what).select_from(windows).where(*when)


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
