"""What becomes of a damaged file: it is set aside, and of it is saved what can be read."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from .row import Row
from .schema import parts, traces, windows
from .sqlite import SqliteFile


def set_aside(path: Path) -> Path:
    """Give a damaged store another name, with what SQLite keeps beside it; nothing is removed.

    Raises
    ------
    OSError
        Where it cannot be renamed.
    """
    aside = path.with_name(f"damaged-{time.time_ns()}-{path.name}")
    path.rename(aside)
    for end in ("-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    return aside


def saved_from(path: Path) -> Iterator[Row]:
    """Yield what can still be read of a damaged store, one row at a time, by its key."""
    engine = SqliteFile(path).engine(writes=False)
    try:
        with engine.connect() as connection:
            for run_id in _keys(connection):
                with contextlib.suppress(DBAPIError):
                    if (row := _saved(connection, run_id)) is not None:
                        yield row
    except DBAPIError:
        return  # nothing of it can be opened
    finally:
        engine.dispose()


def _keys(connection: Connection) -> list[str]:
    """Return the keys that can be read, from either end of the index up to the damage."""
    found: dict[str, None] = {}
    key = windows.c.run_id
    for statement in (
        select(key).order_by(key),
        select(key).order_by(key.desc()),
        select(key).order_by(windows.c.started_s),
        select(key).order_by(windows.c.started_s.desc()),
        select(traces.c.run_id).order_by(traces.c.run_id),
        select(parts.c.run_id).order_by(parts.c.run_id),
    ):
        with contextlib.suppress(DBAPIError):
            for run_id in connection.execution_options(stream_results=True).scalars(statement):
                found[run_id] = None
    return list(found)


def _saved(connection: Connection, run_id: str) -> Row | None:
    # All columns that there are: it may have been of an earlier schema.
    asked = select(text("*")).select_from(windows).where(windows.c.run_id == run_id)
    row = connection.execute(asked).mappings().first()
    if row is None or not isinstance(row.get("body"), bytes):
        return None
    found: Sequence[Any] = ()
    trace = None
    with contextlib.suppress(DBAPIError):
        found = connection.execute(select(parts).where(parts.c.run_id == run_id)).mappings().all()
    with contextlib.suppress(DBAPIError):
        trace = connection.scalar(select(traces.c.trace).where(traces.c.run_id == run_id))
    window = {column.name: row.get(column.name) for column in windows.c}
    return Row(window, tuple(dict(part) for part in found), trace)
