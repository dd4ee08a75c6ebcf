"""Schema 3: whether a window's joules are a lower bound, as its report's flags say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from alembic.operations import Operations
from sqlalchemy import Boolean, Column, Connection, String, column, false, table, text, true, update

from ...flags import HOST_LOST
from ..packing import unpacked

_WINDOWS = table("windows", column("run_id", String), column("is_at_least", Boolean))
_BODIES = text("select run_id, body from windows where status <> 'pause'")
_AT_ONCE = 500


def upgrade(op: Operations, rows: Connection) -> None:
    """Change a store of schema 2."""
    op.add_column("windows", Column("is_at_least", Boolean, nullable=False, server_default=false()))
    found = list(_lower_bounds(rows))
    for begin in range(0, len(found), _AT_ONCE):
        _mark(op, found[begin : begin + _AT_ONCE])
    op.execute("delete from sums")  # they do not say it


def _lower_bounds(rows: Connection) -> Iterator[str]:
    """Yield the windows whose joules are a lower bound; of one that cannot be read nobody knows."""
    how = {"yield_per": _AT_ONCE}  # a server would send all of them at once
    for run_id, body in rows.execute(_BODIES, execution_options=how):
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            if HOST_LOST in unpacked(bytes(body)).get("flags", ()):
                yield run_id


def _mark(op: Operations, run_ids: Sequence[str]) -> None:
    those = _WINDOWS.c.run_id.in_([op.inline_literal(run_id) for run_id in run_ids])
    op.execute(update(_WINDOWS).where(those).values(is_at_least=true()))
