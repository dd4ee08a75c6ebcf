"""What becomes of a damaged file: it is set aside, and of it is saved what can be read.

It keeps its bytes, under another name. A note beside it says how much was saved, and that all was
tried: a booker that is killed meanwhile leaves none, and the next one does it again.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ..report.fields import ReportError
from .days import day_of
from .row import Row, report_of
from .schema import PAUSE, parts, traces, windows
from .store import Store

_BESIDE = ("-wal", "-journal", "-shm")
"""What SQLite keeps beside a file: rows may be there, so these go first."""
_ASIDE = re.compile(r"damaged-\d+-ledger.*\.sqlite")
_SAVED_AT_ONCE = 200
_WAYS = ("mode=ro", "immutable=1")
"""How it is read: neither writes into it, and the second one needs nothing that is beside it."""


def save_all(store: Store, path: Path) -> None:
    """Save what can be read of the files that were set aside, unless that was done.

    Parameters
    ----------
    store
        Into which it is saved.
    path
        Where the damaged ones were, and this one is now.

    Raises
    ------
    Busy
        Where the store cannot be written just now; the next call tries again.
    """
    for aside in asides(path.parent):
        if note_of(aside) or not aside.name.endswith(f"-{path.name}"):
            continue
        lost = saved = 0
        rows: list[Row] = []
        for row in _rows(aside):
            if row is None:
                lost += 1
            else:
                rows.append(row)
                saved += row.window["status"] != PAUSE
            if len(rows) == _SAVED_AT_ONCE:
                store.book(rows)
                rows = []
        store.book(rows)
        others = f"; {lost} others cannot be read" if lost else ""
        note = f"{aside.name} was damaged: {saved} windows of it were saved{others}"
        with contextlib.suppress(OSError):
            _note(aside).write_text(note, encoding="utf-8")
            _note(aside).chmod(0o600)


def asides(folder: Path) -> list[Path]:
    """Return the files that were set aside."""
    with contextlib.suppress(OSError):
        return sorted(path for path in folder.iterdir() if _ASIDE.fullmatch(path.name))
    return []


def note_of(aside: Path) -> str:
    """Return what was saved of a file; empty while that has not been tried to its end."""
    try:
        return _note(aside).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _note(aside: Path) -> Path:
    return aside.with_suffix(".saved.txt")


def set_aside(path: Path) -> None:
    """Give a damaged store another name, with what is beside it; nothing is removed.

    Raises
    ------
    OSError
        Where it cannot be renamed.
    """
    aside = _begun(path) or path.with_name(f"damaged-{time.time_ns()}-{path.name}")
    for end in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    path.rename(aside)


def _begun(path: Path) -> Path | None:
    """Return the name that somebody began to give to the store, and was killed."""
    for wal in path.parent.glob(f"damaged-*-{path.name}-*"):
        aside = wal.with_name(wal.name.removesuffix("-" + wal.name.rpartition("-")[2]))
        if not aside.exists():
            return aside
    return None


def _rows(path: Path) -> Iterator[Row | None]:
    """Yield what can still be read, one row at a time, by its key; ``None`` for what cannot."""
    for way in _WAYS:
        any_ = False
        for row in _rows_by(path, way):
            any_ = True
            yield row
        if any_:
            return


def _rows_by(path: Path, way: str) -> Iterator[Row | None]:
    def opened() -> sqlite3.Connection:
        address = f"{path.absolute().as_uri()}?{way}"
        return sqlite3.connect(address, uri=True, isolation_level=None)

    engine = create_engine("sqlite://", creator=opened, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            for run_id in _keys(connection):
                row = None
                with contextlib.suppress(DBAPIError, ReportError):
                    row = _saved(connection, run_id)
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
    if row is None:
        return None
    is_at_least = False
    if row["status"] != PAUSE:
        report = report_of(row["body"], None)
        if report.run_id != run_id:
            return None
        is_at_least = report.is_at_least
    found: Sequence[Any] = ()
    trace = None
    with contextlib.suppress(DBAPIError):
        found = connection.execute(select(parts).where(parts.c.run_id == run_id)).mappings().all()
    with contextlib.suppress(DBAPIError):
        trace = connection.scalar(select(traces.c.trace).where(traces.c.run_id == run_id))
    window = {column.name: row.get(column.name) for column in windows.c}
    window["day"] = window["day"] or day_of(row["started_s"])
    window["is_at_least"] = is_at_least
    return Row(window, tuple(dict(part) for part in found), trace)
