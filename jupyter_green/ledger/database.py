"""A database that holds a store: where it is, how it is opened, and what its errors mean."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from .schema import VERSION, VERSION_NAME, meta, windows

AT_ONCE = 500
"""Ids in one question; SQLite takes 999 at least."""


class StoreFault(Exception):  # noqa: N818  (its kinds say what the store is)
    """Why a store cannot be used. The message is one line."""


class Refused(StoreFault):
    """A store that this version must leave alone. The message says why, and the remedy."""


class Outdated(Refused):
    """A store of an earlier schema, which is to be migrated first."""


class Empty(Refused):
    """A database without tables yet: there is nothing to be read."""


class Damaged(StoreFault):
    """A store whose file was overwritten or cut."""


class Busy(StoreFault):
    """A store that cannot be used just now: held by another process, full, out of reach."""


class Held(Busy):
    """A store that somebody else is writing just now."""


class Unwritable(StoreFault):
    """Rows of which there is one that no such database takes, whenever it is tried."""


class Database(ABC):
    """One database of a ledger."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What to call it; no password is in it."""

    @property
    @abstractmethod
    def dialect(self) -> str:
        """SQLAlchemy's name of its SQL."""

    @abstractmethod
    def engine(self, *, writes: bool) -> Engine:
        """Return what opens it; whoever asked disposes of it."""

    @abstractmethod
    def make_room(self) -> None:
        """Make what has to be there before tables are.

        Raises
        ------
        OSError
            Where it cannot be made.
        """

    @abstractmethod
    def holds_others(self, connection: Connection) -> bool:
        """Whether what is no ledger of ours is in the way."""

    @abstractmethod
    def lock_schema(self, connection: Connection) -> None:
        """Let nobody else make or change tables until this transaction ends."""

    @abstractmethod
    def lock_rows(self, connection: Connection) -> None:
        """Let nobody else read or write a store until this transaction ends."""

    @abstractmethod
    def back_up(self, version: int) -> Path | None:
        """Copy the store, while its rows are locked; return the file if there is one.

        Raises
        ------
        OSError, StoreFault
            Where it cannot be copied.
        """

    def how_to_back_up(self) -> str:
        """Return the command that copies the store; empty where :meth:`back_up` does."""
        return ""

    @abstractmethod
    def leave_nothing(self) -> None:
        """Take what was deleted or replaced out of the database's files, as far as they are ours.

        Raises
        ------
        Busy, Damaged
            Where this cannot be done now.
        """

    @abstractmethod
    def identity(self) -> Any:
        """Return what tells this database from another one in its place, ``None`` for none."""

    @abstractmethod
    def damage_of(self, connection: Connection) -> str:
        """Return what a look at all of it finds to be wrong; empty for nothing."""

    @abstractmethod
    def fault_of(self, error: DBAPIError) -> StoreFault:
        """Return what an error of the database means."""

    @abstractmethod
    def is_without_tables(self, error: DBAPIError) -> bool:
        """Whether an error says that a table is not there."""

    @contextlib.contextmanager
    def clean_errors(self) -> Iterator[None]:
        """Say in our words what the database says.

        Raises
        ------
        Busy, Damaged, Refused
            For its errors.
        """
        try:
            yield
        except DBAPIError as error:
            raise self.fault_of(error) from error
        except OSError as error:
            raise Busy(str(error)) from error

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open it for reading alone, as it is at one moment.

        Raises
        ------
        Refused
            For a store of another version, or what is none of ours.
        Busy, Damaged
            Where it cannot be read.
        """
        with self.opened() as connection:
            self.require_version(connection)
            yield connection

    def version_now(self) -> int:
        """Return which schema the store has, at most this version's.

        Raises
        ------
        Refused
            For a later one, and what is no ledger.
        Busy, Damaged
            Where it cannot be read.
        """
        with self.opened() as connection:
            return self.version(connection)

    def without_schema(self, connection: Connection) -> StoreFault:  # noqa: ARG002
        """Return what is said of a database with tables that does not say its schema."""
        return Refused(f"{self.name} is no ledger: move it away, or set JUPYTER_GREEN_LEDGER")

    def _said_version(self, connection: Connection) -> str | None:
        """Return which schema the store says that it has; ``None`` where it has no such table."""
        try:
            found = connection.scalar(select(meta.c.value).where(meta.c.name == VERSION_NAME))
        except DBAPIError as error:
            if not self.is_without_tables(error):
                raise
            connection.rollback()
            return None
        return found or "none"

    def known(self, run_ids: Collection[str]) -> set[str]:
        """Return those of the windows that have rows.

        Raises
        ------
        Refused, Busy, Damaged
            Where this cannot be told.
        """
        with contextlib.suppress(Empty), self.reading() as connection:
            return known(connection, run_ids)
        return set()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Connection]:
        """Open it for reading alone, whatever its schema.

        Raises
        ------
        Refused, Busy, Damaged
            Where it cannot be read.
        """
        with self.clean_errors():
            engine = self.engine(writes=False)
            try:
                with engine.connect() as connection:
                    yield connection
            finally:
                engine.dispose()

    def require_version(self, connection: Connection) -> None:
        """See that this version can use the store; one question, where it can.

        Raises
        ------
        Refused
            Where it cannot.
        sqlalchemy.exc.DBAPIError
            Where it cannot be asked.
        """
        if (found := self.version(connection)) < VERSION:
            raise Outdated(
                f"{self.name} has schema {found}, and this version of jupyter-green writes "
                f"{VERSION}: `jupyter green ledger migrate` changes it, after a backup"
            )

    def version(self, connection: Connection) -> int:
        """Return which schema the store has, at most this version's.

        Raises
        ------
        Refused
            For a later one, and what is no ledger.
        sqlalchemy.exc.DBAPIError
            Where it cannot be asked.
        """
        found = self._said_version(connection)
        if found is None and not self.holds_others(connection):
            raise Empty(f"{self.name} is empty")
        if found is None:  # another client may have made the tables a moment ago
            found = self._said_version(connection)
        if found is None:
            raise self.without_schema(connection)
        if not found.isdigit() or int(found) > VERSION:
            raise Refused(
                f"{self.name} has schema {found}, and this version of jupyter-green knows "
                f"{VERSION}: update it; what is measured meanwhile waits and is booked then"
            )
        return int(found)


def known(connection: Connection, run_ids: Collection[str]) -> set[str]:
    """Return those of the windows that have rows."""
    found: set[str] = set()
    ids = list(run_ids)
    for begin in range(0, len(ids), AT_ONCE):
        some = windows.c.run_id.in_(ids[begin : begin + AT_ONCE])
        found |= set(connection.scalars(select(windows.c.run_id).where(some)))
    return found
