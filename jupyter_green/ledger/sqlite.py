"""SQLite in the ledger's folder, one file of a host where several share the folder."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
)
from sqlalchemy.pool import NullPool

from ..intake.lock import locks_work
from ..intake.mounts import is_on_network
from ..intake.places import LEDGER_VARIABLE, make_private
from ..sources.machine import machine
from .database import Busy, Damaged, Database, Held, StoreFault, Unwritable
from .schema import parts, windows

BACKUP = "ledger-backup-"
"""How the names of copies begin that are made before the schema changes."""
_GROWING = ".growing"
BUSY_S = 5.0
"""How long a statement waits for another process that holds the store."""
_REPAIR = "`jupyter green ledger repair` saves what can be read"
_ELSEWHERE = f"set {LEDGER_VARIABLE} to a folder on another one"
_EMPTY_LOG = "pragma wal_checkpoint(truncate)"
_NO_TABLE = "no such table"
_DAMAGE = ("malformed", "not a database", "corrupt", "no such column", _NO_TABLE)


def store_path(ledger: Path) -> Path:
    """Return the file that this host writes."""
    name = f"ledger-{machine()}.sqlite" if is_on_network(ledger) else "ledger.sqlite"
    return ledger / name


def store_paths(ledger: Path) -> list[Path]:
    """Return the files of all hosts that share a folder, for reading."""
    found = ledger.glob("ledger*.sqlite")
    return sorted(path for path in found if not path.name.startswith(BACKUP))


class SqliteFile(Database):
    """A store in one file, with one writer at a time.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:  # noqa: D102
        return str(self.path)

    @property
    def dialect(self) -> str:  # noqa: D102
        return "sqlite"

    def engine(self, *, writes: bool) -> Engine:  # noqa: D102
        address = f"{self.path.absolute().as_uri()}?{self._way(writes=writes)}"

        def opened() -> sqlite3.Connection:
            # Without an isolation level, else tables are made outside of any transaction.
            return sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)

        engine = create_engine("sqlite://", creator=opened, poolclass=NullPool)

        @event.listens_for(engine, "connect")
        def _set_up(connection: Any, _: object) -> None:
            if not writes:
                connection.execute("pragma query_only = on")
                return
            mode = "delete" if is_on_network(self.path) else "wal"
            connection.execute(f"pragma journal_mode = {mode}")
            connection.execute("pragma synchronous = full")  # a file of the intake is removed next
            connection.execute("pragma secure_delete = on")  # no copy of what is forgotten

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("begin immediate" if writes else "begin")

        return engine

    def _way(self, *, writes: bool) -> str:
        """Return how it is opened: a file that is gone is not made here."""
        if not writes and not os.access(self.path.parent, os.W_OK):
            # No log can be made beside it; and where there is none, all is in the file.
            return "mode=ro" if self._has_log else "mode=ro&immutable=1"
        if self._has_locks:
            return "mode=rw"  # for reading too: what a killed writer left half done is undone
        # A host's booker is alone by a lock on the host's own disk. Others change nothing.
        return "mode=rw&nolock=1" if writes else "mode=ro&nolock=1"

    @property
    def _has_log(self) -> bool:
        log = self.path.with_name(f"{self.path.name}-wal")
        return log.exists() and log.stat().st_size > 0

    @property
    def _has_locks(self) -> bool:
        """Whether locks are to be used: on a disk of this host always, be it in vain."""
        return not is_on_network(self.path) or locks_work(self.path.parent)

    def make_room(self) -> None:  # noqa: D102
        make_private(self.path.parent)
        self.path.touch(mode=0o600)

    def holds_others(self, connection: Connection) -> bool:  # noqa: D102
        return bool(inspect(connection).get_table_names())

    def without_schema(self, connection: Connection) -> StoreFault:  # noqa: D102
        if {windows.name, parts.name}.issubset(inspect(connection).get_table_names()):
            return Damaged(f"{self.name} does not say its schema; {_REPAIR}")
        return super().without_schema(connection)

    def lock_schema(self, connection: Connection) -> None:
        """Do nothing: a transaction that writes is alone."""

    def lock_rows(self, connection: Connection) -> None:
        """Do nothing: a transaction that writes is alone."""

    def back_up(self, version: int) -> Path:
        """Copy it by SQLite's own way, which takes in what is not in the file yet."""
        name = f"{BACKUP}{time.time_ns()}-schema-{version}-{self.path.name}"
        copy = self.path.with_name(name)
        growing = copy.with_suffix(_GROWING)  # no name of a copy that is not whole
        for left in self.path.parent.glob(f"{BACKUP}*{self.path.stem}{_GROWING}"):
            left.unlink()  # of whoever was killed
        growing.touch(mode=0o600)
        try:
            with (
                closing(sqlite3.connect(self.path)) as all_,
                closing(sqlite3.connect(growing)) as to,
            ):
                all_.backup(to)
        except sqlite3.Error as error:
            growing.unlink()
            raise Busy(f"{self.name} cannot be copied: {error}") from error
        growing.rename(copy)
        return copy

    def leave_nothing(self) -> None:
        """Write the file anew, without free pages, and empty the log beside it."""
        engine = self.engine(writes=True)
        try:
            with self.clean_errors(), closing(engine.raw_connection()) as connection:
                connection.cursor().execute("vacuum")
                is_read, *_ = connection.cursor().execute(_EMPTY_LOG).fetchone()
        except sqlite3.OperationalError as error:
            raise Busy(f"{self.name}: {error}") from error
        finally:
            engine.dispose()
        if is_read:
            raise Held(
                f"{self.name} is being read by another program, so its log cannot be emptied"
            )

    def identity(self) -> Any:  # noqa: D102
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def damage_of(self, connection: Connection) -> str:  # noqa: D102
        said = str(connection.scalar(text("pragma quick_check(1)")))
        return "" if said == "ok" else f"{said.splitlines()[-1]}; {_REPAIR}"

    def fault_of(self, error: DBAPIError) -> StoreFault:  # noqa: D102
        said = str(error.orig)
        if any(word in said for word in _DAMAGE):
            return Damaged(f"{self.name}: {said}; {_REPAIR}")
        if isinstance(error, DataError | IntegrityError | InterfaceError | ProgrammingError):
            return Unwritable(said)
        if not locks_work(self.path.parent):
            return Busy(f"{self.name}: its file system locks no files ({said}); {_ELSEWHERE}")
        return (Held if "locked" in said else Busy)(f"{self.name}: {said}")

    def is_without_tables(self, error: DBAPIError) -> bool:  # noqa: D102
        return _NO_TABLE in str(error.orig)
