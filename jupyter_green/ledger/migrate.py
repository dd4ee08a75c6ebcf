"""Bringing a store of an earlier schema to this one: after a backup, by one client at a time.

This alone loads Alembic, of which it uses the operations. Which schema a store has stands in the
store's own table ``meta``, so that whoever opens it needs one question.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import time
from dataclasses import dataclass
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, update

from .database import Database, Held
from .schema import VERSION, VERSION_NAME, meta

PATIENCE_S = 600.0
"""How long another client is waited for that migrates or books."""


@dataclass(frozen=True)
class Migrated:
    """What became of a store."""

    name: str
    before: int
    backup: Path | None
    """The file with the store as it was; ``None`` where nothing was to be done, or for a server."""

    def __str__(self) -> str:
        """Return it as a line."""
        if self.before == VERSION:
            return f"{self.name} has schema {VERSION} already."
        kept = f"; as it was it is kept in {self.backup}" if self.backup else ""
        return f"{self.name} was brought from schema {self.before} to {VERSION}{kept}."


def migrate(database: Database) -> Migrated:
    """Bring a store to this version's schema; all of it, or nothing.

    Whoever comes while another client is at it waits, and finds it done.

    Raises
    ------
    Refused
        For a store of a later schema, or what is none of ours.
    Busy, Damaged
        Where it cannot be changed now.
    """
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        with contextlib.suppress(Held):
            return _migrated(database)
        time.sleep(0.1)
    return _migrated(database)


def statements(database: Database, before: int) -> str:
    """Return the SQL of a migration, for whoever is to run it by hand.

    It knows of the rows that there are now.

    Parameters
    ----------
    database
        Whose dialect it is to have.
    before
        The schema that the store has.
    """
    out = io.StringIO()
    context = MigrationContext.configure(
        dialect_name=database.dialect,
        opts={"as_sql": True, "output_buffer": out},
    )
    with database.opened() as rows, context.begin_transaction(_per_migration=False):
        _take_steps(context, before, rows)
    return out.getvalue()


def _migrated(database: Database) -> Migrated:
    before = database.version_now()  # before anything is written, were it only a journal
    if before == VERSION:
        return Migrated(database.name, before, None)
    engine = database.engine(writes=True)
    try:
        with database.clean_errors(), engine.begin() as connection:
            database.lock_schema(connection)
            database.lock_rows(connection)
            before = database.version(connection)  # another client may have been at it
            if before == VERSION:
                return Migrated(database.name, before, None)
            backup = database.back_up(before)
            _take_steps(MigrationContext.configure(connection), before, connection)
        return Migrated(database.name, before, backup)
    finally:
        engine.dispose()


def _take_steps(context: MigrationContext, before: int, rows: Connection) -> None:
    op = Operations(context)
    for version in range(before + 1, VERSION + 1):
        step = importlib.import_module(f".migrations.to_{version}", __package__)
        step.upgrade(op, rows)
    op.execute(
        update(meta)
        .where(meta.c.name == op.inline_literal(VERSION_NAME))
        .values(value=op.inline_literal(str(VERSION)))
    )
