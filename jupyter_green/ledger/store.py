"""The store: SQLite in the ledger's folder, one file of a host where several share the folder."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from ..intake.mounts import is_on_network
from ..intake.places import make_private
from ..sources.machine import machine
from .row import Row
from .schema import VERSION, VERSION_NAME, meta, metadata, parts, traces, windows

BUSY_S = 5.0
"""How long a statement waits for another process that holds the store."""
_AT_ONCE = 500
"""Ids in one question; SQLite takes 999 at least."""
_CONTEXT = ("project", "commit", "job", "session", "parent")
_DAMAGE = ("malformed", "not a database", "corrupt", "no such table", "no such column")


class Refused(Exception):  # noqa: N818  (it says what was done)
    """A store that this version must leave alone. The message says why, and the remedy."""


class Damaged(Exception):  # noqa: N818  (it says what the store is)
    """A store whose file was overwritten or cut."""


class Busy(Exception):  # noqa: N818  (it says what the store is)
    """A store that cannot be used just now: held by another process, or on a full disk."""


def store_path(ledger: Path) -> Path:
    """Return the file that this host writes."""
    name = f"ledger-{machine()}.sqlite" if is_on_network(ledger) else "ledger.sqlite"
    return ledger / name


def store_paths(ledger: Path) -> list[Path]:
    """Return the files of all hosts that share a folder, for reading."""
    return sorted(ledger.glob("ledger*.sqlite"))


class Store:
    """One file with the rows of the ledger, opened for writing.

    Raises
    ------
    Refused
        For a store of a later schema, or what is none of ours.
    Damaged
        For one whose pages cannot be read.
    Busy
        Where it cannot be opened just now.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _clean_errors():
            make_private(path.parent)
            if path.exists() and path.stat().st_size:
                self._check()  # before anything is written, were it only SQLite's kind of journal
                self._engine = _engine(path, writes=True)
            else:
                path.touch(mode=0o600)
                self._engine = _engine(path, writes=True)
                self._fill()

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def _check(self) -> None:
        engine = readable(self.path)
        try:
            with engine.connect() as connection:
                is_empty = not inspect(connection).get_table_names()
                if not is_empty:
                    require_version(connection, self.path)
        finally:
            engine.dispose()
        if is_empty:  # whoever made it was killed before it was filled
            self._engine = _engine(self.path, writes=True)
            self._fill()

    def _fill(self) -> None:
        with self._engine.begin() as connection:
            metadata.create_all(connection)
            connection.execute(insert(meta).values(name=VERSION_NAME, value=str(VERSION)))

    def book(self, rows: Sequence[Row]) -> int:
        """Write rows in one transaction, which is durable when this returns.

        A row that is there already stays, unless this one's report was written later.

        Returns
        -------
        int
            How many were written.

        Raises
        ------
        Busy, Damaged
            Where they cannot be written; none of them is then.
        """
        newest: dict[str, Row] = {}
        for row in rows:
            if row.run_id not in newest or row.written_ns >= newest[row.run_id].written_ns:
                newest[row.run_id] = row
        written = 0
        with _clean_errors(), self._engine.begin() as connection:
            ids = list(newest)
            for begin in range(0, len(ids), _AT_ONCE):
                written += _book(connection, {i: newest[i] for i in ids[begin : begin + _AT_ONCE]})
        return written

    def known(self, run_ids: Collection[str]) -> set[str]:
        """Return those of the windows that have rows.

        Raises
        ------
        Busy, Damaged
            Where this cannot be told.
        """
        found: set[str] = set()
        ids = list(run_ids)
        with _clean_errors(), self._engine.connect() as connection:
            for begin in range(0, len(ids), _AT_ONCE):
                some = windows.c.run_id.in_(ids[begin : begin + _AT_ONCE])
                found |= set(connection.scalars(select(windows.c.run_id).where(some)))
        return found


def require_version(connection: Connection, path: Path) -> None:
    """See that this version can use a store.

    Raises
    ------
    Refused
        Where it cannot.
    """
    if not inspect(connection).has_table(meta.name):
        raise Refused(f"{path} is no ledger: move it away, or set JUPYTER_GREEN_LEDGER")
    found = connection.scalar(select(meta.c.value).where(meta.c.name == VERSION_NAME))
    if found is None or not found.isdigit() or int(found) > VERSION:
        raise Refused(
            f"{path} has schema {found}, and this version of jupyter-green knows {VERSION}: "
            "update it; what is measured meanwhile waits and is booked then"
        )


def readable(path: Path) -> Engine:
    """Return a store opened for reading alone."""
    return _engine(path, writes=False)


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
    engine = _engine(path, writes=False)
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
    row = connection.execute(select(windows).where(windows.c.run_id == run_id)).mappings().first()
    if row is None or not isinstance(row["body"], bytes):
        return None
    found: Sequence[Any] = ()
    trace = None
    with contextlib.suppress(DBAPIError):
        found = connection.execute(select(parts).where(parts.c.run_id == run_id)).mappings().all()
    with contextlib.suppress(DBAPIError):
        trace = connection.scalar(select(traces.c.trace).where(traces.c.run_id == run_id))
    return Row(dict(row), tuple(dict(part) for part in found), trace)


def _book(connection: Connection, rows: dict[str, Row]) -> int:
    columns = [windows.c.run_id, windows.c.written_ns, *(windows.c[name] for name in _CONTEXT)]
    there = {
        found.run_id: found
        for found in connection.execute(select(*columns).where(windows.c.run_id.in_(list(rows))))
    }
    new = [
        row
        for run_id, row in rows.items()
        if run_id not in there or row.written_ns > there[run_id].written_ns
    ]
    if not new:
        return 0
    ids = [row.run_id for row in new]
    for table in (windows, parts, traces):
        replaced = [run_id for run_id in ids if run_id in there]
        if replaced:
            connection.execute(delete(table).where(table.c.run_id.in_(replaced)))
    connection.execute(insert(windows), [_completed(row, there.get(row.run_id)) for row in new])
    if found := [part for row in new for part in row.parts]:
        connection.execute(insert(parts), found)
    if curves := [{"run_id": row.run_id, "trace": row.trace} for row in new if row.trace]:
        connection.execute(insert(traces), curves)
    return len(new)


def _completed(row: Row, before: Any) -> dict[str, Any]:
    """Return a row with what only the one before it knows of where it ran."""
    window = dict(row.window)
    for name in _CONTEXT:
        if window[name] is None and before is not None:
            window[name] = getattr(before, name)
    return window


def _engine(path: Path, *, writes: bool) -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_S})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # else tables are made outside of any transaction
        if not writes:
            connection.execute("pragma query_only = on")
            return
        mode = "delete" if is_on_network(path) else "wal"
        connection.execute(f"pragma journal_mode = {mode}")
        connection.execute("pragma synchronous = full")  # a file of the intake is removed next

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate" if writes else "begin")

    return engine


@contextlib.contextmanager
def _clean_errors() -> Iterator[None]:
    """Say in our words what SQLite says."""
    try:
        yield
    except OperationalError as error:
        raise (Damaged if _is_damage(error) else Busy)(str(error.orig)) from error
    except DatabaseError as error:
        if _is_damage(error):
            raise Damaged(str(error.orig)) from error
        raise
    except OSError as error:
        raise Busy(str(error)) from error


def _is_damage(error: DBAPIError) -> bool:
    return any(word in str(error.orig) for word in _DAMAGE)
