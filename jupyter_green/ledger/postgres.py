"""A PostgreSQL server that holds the ledger of a team; each host books its own intake into it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError

from ..intake.places import LEDGER_VARIABLE
from .database import Busy, Database, Held, Refused, StoreFault, Unwritable
from .schema import meta, metadata, windows

CONNECT_S = 5
"""How long a server is waited for."""
LOCK_MS = 5_000
"""How long a statement waits for what another client has locked."""
LINK_MS = 10_000
"""After which a link is given up on which nothing comes back."""
_SCHEMA_LOCK = 0x6A677265656E
"""The advisory lock of whoever makes or changes tables: ``jgreen``."""
_DRIVER = "postgresql+psycopg"
_NO_TABLE, _HELD = "UndefinedTable", "LockNotAvailable"
"""What psycopg calls two of the server's errors."""
_OTHER_TYPE = "42804"
"""The server's code for a value of another type than its column's (PostgreSQL, appendix A); the
driver's own errors have none."""
_REMEDIES = {
    "password authentication failed": f"give the right one in {LEDGER_VARIABLE} or ~/.pgpass",
    "no password supplied": f"give it in {LEDGER_VARIABLE} or ~/.pgpass",
    "SSL encryption": "ask whoever runs the server to let this host in (pg_hba.conf)",
    "no encryption": "this server wants TLS: add ?sslmode=require to the URL",
    "permission denied": "ask whoever runs the server for SELECT, INSERT, UPDATE and DELETE",
    'database "': "ask whoever runs the server to make it",
}
"""What to do where the server says so; the first one that fits."""
_WHERE = re.compile(r'connection (failed|to server at "[^"]*"[^:]*failed): |FATAL: +')
"""What is said of the place, which the name says as well."""
_OPTION = re.compile(r"(password['\"]?\s*[=:]\s*)('(?:[^'\\]|\\.)*'|\"[^\"]*\"|[^\s'\",)]+)")
_IN_URL = re.compile(r"(://[^\s/:@]*:)[^\s@]*@")


class Server(Database):
    """A store on a PostgreSQL server, with any number of writers.

    Parameters
    ----------
    url
        As in ``postgresql+psycopg://user:password@host/database``.

    Raises
    ------
    Refused
        For a URL of another kind, and where the driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self._url = _checked(url)
        for index in windows.indexes:
            where = index.dialect_options["sqlite"]["where"]
            index.dialect_options["postgresql"]["where"] = where

    @property
    def name(self) -> str:
        """The server and its database; without a password, and without options."""
        url = self._url
        bare = URL.create(
            "postgresql", url.username, host=url.host, port=url.port, database=url.database
        )
        return bare.render_as_string()

    @property
    def dialect(self) -> str:  # noqa: D102
        return "postgresql"

    def engine(self, *, writes: bool) -> Engine:  # noqa: D102
        how = {} if writes else {"isolation_level": "REPEATABLE READ"}
        engine = create_engine(
            self._url,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,  # the server may have been restarted since the last batch
            connect_args={
                "connect_timeout": CONNECT_S,
                "application_name": "jupyter-green",
                "keepalives_idle": LINK_MS // 1000,
                "tcp_user_timeout": LINK_MS,
            },
            **how,
        )

        @event.listens_for(engine, "connect")
        def _set_up(connection: Any, _: object) -> None:
            connection.autocommit = True
            connection.execute(f"set lock_timeout = {LOCK_MS}")
            if not writes:
                connection.execute("set default_transaction_read_only = on")
            connection.autocommit = False

        return engine

    def make_room(self) -> None:
        """Do nothing: the database is made by whoever runs the server."""

    def holds_others(self, connection: Connection) -> bool:  # noqa: D102
        return not metadata.tables.keys().isdisjoint(inspect(connection).get_table_names())

    def lock_schema(self, connection: Connection) -> None:  # noqa: D102
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})

    def lock_rows(self, connection: Connection) -> None:  # noqa: D102
        connection.execute(text(f"lock table {meta.name} in access exclusive mode"))

    def back_up(self, version: int) -> None:
        """Do nothing: that is for whoever runs the server."""

    def how_to_back_up(self) -> str:  # noqa: D102
        return f"pg_dump --format=custom --file=ledger-backup.dump {self.name}"

    def leave_nothing(self) -> None:
        """Have the server take what was deleted out of its tables; its logs are the server's."""
        engine = self.engine(writes=True)
        try:
            with self.clean_errors(), engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                for table in metadata.tables:
                    connection.execute(text(f"vacuum full {table}"))
        finally:
            engine.dispose()

    def identity(self) -> Any:  # noqa: D102
        return self._url

    def damage_of(self, connection: Connection) -> str:  # noqa: ARG002
        """Return nothing: a server sees to its own pages."""
        return ""

    def fault_of(self, error: DBAPIError) -> StoreFault:  # noqa: D102
        said = [_WHERE.sub("", line).strip().rstrip(".") for line in str(error.orig).splitlines()]
        whole = ". ".join(dict.fromkeys(said))  # with and without TLS it says the same
        whole = _without_password(whole, self._url.password)
        remedy = next((f"; {remedy}" for sign, remedy in _REMEDIES.items() if sign in whole), "")
        is_of_type = getattr(error.orig, "sqlstate", None) in {None, _OTHER_TYPE}
        if isinstance(error, DataError | IntegrityError) or (
            isinstance(error, ProgrammingError) and is_of_type
        ):
            return Unwritable(whole)
        is_held = type(error.orig).__name__ == _HELD
        return (Held if is_held else Busy)(f"{self.name}: {whole}{remedy}")

    def is_without_tables(self, error: DBAPIError) -> bool:  # noqa: D102
        return type(error.orig).__name__ == _NO_TABLE


def _without_password(said: str, password: str | None) -> str:
    """Return what was said without what stands as a password in a URL or among libpq's options.

    The text of the password anywhere else is none: one may be a single letter.
    """
    said = _OPTION.sub(r"\1***", said)
    if password:
        for each in (password, quote(password, safe=""), quote_plus(password)):
            said = re.sub(rf"(://[^\s/:@]*:){re.escape(each)}@", r"\1***@", said)
    return _IN_URL.sub(r"\1***@", said)


def _checked(url: str) -> URL:
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        raise Refused(f"{LEDGER_VARIABLE} holds a URL that cannot be read: {_FORM}") from None
    if found.drivername not in {"postgresql", "postgres", _DRIVER}:
        raise Refused(f"{LEDGER_VARIABLE} names {found.drivername}, which is not known: {_FORM}")
    if "@" in (found.host or ""):  # the rest of a password, which no message is to show
        raise Refused(f"{LEDGER_VARIABLE} has more than one @: write that of a password as %40")
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise Refused(
            f"{LEDGER_VARIABLE} names a PostgreSQL server, whose driver cannot be loaded "
            f"({error}): pip install 'jupyter-green[postgres]'"
        ) from None
    return found.set(drivername=_DRIVER)


_FORM = "give one as postgresql+psycopg://user:password@host/database"
