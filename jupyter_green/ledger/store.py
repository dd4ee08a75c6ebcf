"""The store, opened for writing: what a database keeps of the rows that are booked."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection, Engine, Insert, delete, func, insert, select

from .bulk import insert_all
from .changes import Touched, mark, touched
from .database import AT_ONCE, Database, Empty, Unwritable, known
from .days import day_of
from .dialects import insert_or_update
from .forgotten import forgotten
from .row import Row
from .schema import VERSION, VERSION_NAME, meta, metadata, parts, traces, windows
from .sums import settle, unsettled

_CONTEXT = ("project", "commit", "job", "session", "parent")
"""What a later report may not know any more of where its window ran."""


class Store:
    """A database with the rows of the ledger, opened for writing.

    Raises
    ------
    Refused
        For a store of a later schema, or what is none of ours.
    Damaged
        For one whose pages cannot be read.
    Busy
        Where it cannot be opened just now.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.clean_errors():
            database.make_room()
        is_empty = False
        try:
            # Before anything is written, were it only SQLite's kind of journal.
            with database.reading():
                pass
        except Empty:
            is_empty = True
        self._engine: Engine = database.engine(writes=True)
        if is_empty:
            self._fill()
        self._identity = database.identity()

    @property
    def is_there(self) -> bool:
        """Whether the database is still the one that was opened."""
        return self._identity is not None and self.database.identity() == self._identity

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _fill(self) -> None:
        with self.database.clean_errors(), self._engine.begin() as connection:
            self.database.lock_schema(connection)
            metadata.create_all(connection)  # where no other client has made them meanwhile
            if connection.scalar(select(meta.c.value)) is None:
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
        Busy, Damaged, Refused
            Where they cannot be written; none of them is then.
        Unwritable
            Where one of them never can be; nor is any other then.
        """
        newest: dict[str, Row] = {}
        for row in rows:
            if row.run_id not in newest or row.written_ns >= newest[row.run_id].written_ns:
                newest[row.run_id] = row
        written = 0
        with _unwritable(), self.database.clean_errors(), self._engine.connect() as connection:
            self.database.require_version(connection)  # it may have been migrated meanwhile
            ids = sorted(newest)  # in one order, else two clients may wait for each other
            changed: list[Touched] = []
            for begin in range(0, len(ids), AT_ONCE):
                some = {i: newest[i] for i in ids[begin : begin + AT_ONCE]}
                before, after = _book(connection, some)
                written += len(after)
                changed += [*before, *after]
            mark(connection, changed)
            connection.commit()
        return written

    def settle(self) -> bool:
        """Make the sums of one period that are no longer true; return whether there are more.

        Raises
        ------
        Busy, Damaged
            Where they cannot be made.
        """
        with self.database.clean_errors(), self._engine.begin() as connection:
            waiting = unsettled(connection, day_of(time.time()))
            if waiting:
                settle(connection, waiting[0])
        return len(waiting) > 1

    def known(self, run_ids: Collection[str]) -> set[str]:
        """Return those of the windows that have rows, or are to have none as they were forgotten.

        Raises
        ------
        Busy, Damaged
            Where this cannot be told.
        """
        with self.database.clean_errors(), self._engine.connect() as connection:
            return known(connection, run_ids) | forgotten(connection, run_ids)


@contextlib.contextmanager
def _unwritable() -> Iterator[None]:
    """Say in our words what a driver says of values before a database sees them."""
    try:
        yield
    except (ValueError, TypeError, OverflowError) as error:
        raise Unwritable(f"{type(error).__name__}: {error}") from error


def _book(
    connection: Connection, rows: Mapping[str, Row]
) -> tuple[Sequence[Touched], Sequence[Touched]]:
    """Write those that are new, or later than what is there; return these before and after."""
    before = {each.run_id: each for each in touched(connection, rows)}
    gone = forgotten(connection, rows)
    new = [
        row
        for row in rows.values()
        if row.run_id not in gone
        and (row.run_id not in before or row.written_ns > before[row.run_id].written_ns)
    ]
    if not new:
        return [], []
    insert_all(connection, _upsert(connection), [row.window for row in new])
    # Another client may have booked a later report of the same window meanwhile, which stays.
    written_ns = {row.run_id: row.written_ns for row in new}
    there = touched(connection, written_ns)
    after = [each for each in there if each.written_ns == written_ns[each.run_id]]
    ids = {each.run_id for each in after}
    for table in (parts, traces):
        connection.execute(delete(table).where(table.c.run_id.in_(ids)))
    new = [row for row in new if row.run_id in ids]
    insert_all(connection, insert(parts), [part for row in new for part in row.parts])
    curves = [{"run_id": row.run_id, "trace": row.trace} for row in new if row.trace]
    insert_all(connection, insert(traces), curves)
    return [before[run_id] for run_id in ids & before.keys()], after


def _upsert(connection: Connection) -> Insert:
    """Return what writes windows, and over those that are there only with a later report.

    It locks each of them until the transaction ends, so two clients never mix their parts.
    """
    statement = insert_or_update(connection, windows)
    offered = statement.excluded
    values = {column.name: offered[column.name] for column in windows.c}
    values |= {name: func.coalesce(offered[name], windows.c[name]) for name in _CONTEXT}
    del values["run_id"]
    upsert: Insert = statement.on_conflict_do_update(
        index_elements=[windows.c.run_id],
        set_=values,
        where=offered.written_ns > windows.c.written_ns,
    )
    return upsert
