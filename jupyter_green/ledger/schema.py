"""The tables of the store, for any database that SQLAlchemy knows."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
    text,
)

VERSION = 3
"""Of the schema. A store of a later one is left alone, one of an earlier one is migrated."""
VERSION_NAME = "schema"

LONG_NS = 86_400_000_000_000
LONG = text(f"end_ns - begin_ns > {LONG_NS}")
"""Of windows that are open for more than a day: few, and to be looked for apart."""
_NESTED = text("parent is not null")

PAUSE = "pause"
"""The status of a row that is no window: what a session used between two of its windows."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

windows = Table(
    "windows",
    metadata,
    Column("run_id", String(64), primary_key=True),
    # When the report was written, nanoseconds since 1970; 0 where none was, as its program died.
    # A later one takes the place of an earlier one.
    Column("written_ns", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),  # or PAUSE
    Column("label", String(200)),
    Column("stage", String(200)),
    Column("notebook", String(300)),
    Column("cell_id", String(64)),
    Column("execution_count", Integer),
    Column("started_at", String(40), nullable=False),
    Column("started_s", Float, nullable=False),  # seconds since 1970
    Column("duration_s", Float, nullable=False),
    # The edges on the clock of one boot, which no clock that is set can move.
    Column("host", String(16)),
    Column("begin_ns", BigInteger),
    Column("end_ns", BigInteger),
    Column("energy_j", Float),
    Column("uncertainty_j", Float),
    Column("provenance", String(16)),
    Column("session", String(64)),
    Column("parent", String(64)),
    Column("project", String(1000)),
    Column("commit", String(64)),
    Column("job", String(100)),
    Column("body", LargeBinary, nullable=False),  # the report without its curve: see packing
    # Of what was imported, with what it was metered; empty for what this package metered.
    Column("origin", String(100)),
    # The calendar day on which it began, where it was booked: 20260504.
    Column("day", Integer),
    # Whether something was not metered to its end, so that the joules are a lower bound.
    Column("is_at_least", Boolean, nullable=False, server_default=false()),
    Index("windows_started", "started_s"),
    Index("windows_day", "day"),
    Index("windows_span", "host", "begin_ns"),
    # On PostgreSQL they are as partial, see postgres.py: to say so here takes a third of a
    # question's loading.
    Index("windows_long", "host", sqlite_where=LONG),
    Index("windows_parent", "parent", sqlite_where=_NESTED),
)

parts = Table(
    "parts",
    metadata,
    Column("run_id", String(64), primary_key=True),
    # A board's UUID, or else the domain's id.
    Column("device", String(100), primary_key=True),
    Column("is_estimate", Boolean, nullable=False),
    Column("energy_j", Float, nullable=False),
    Column("uncertainty_j", Float, nullable=False),
    # What the instrument or the model may have wrong: a factor, common to a group.
    Column("scale_factor", Float),
    Column("scale_group", String(1000)),
)
"""The joules of a window that are in its total, by device."""

traces = Table(
    "traces",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("trace", LargeBinary, nullable=False),  # the report's curve
)

days = Table(
    "days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    # How often a row was written or removed that the day's sums depend on.
    Column("changed", BigInteger, nullable=False),
)

sums = Table(
    "sums",
    metadata,
    # A day, as 20260504; a month, as 202605; a year; -20260504 for all days up to that one.
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("way", String(16), primary_key=True),
    # What its days' `changed` added up to; where they no longer do, these sums are no longer true.
    Column("stamp", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # see sums.py
)
"""What can be worked out again from the rows."""
