"""Schema 2: what a window was metered with that was imported; days, and their sums."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, text

_DAYS = {
    "sqlite": """
        update windows
        set day = cast(strftime('%Y%m%d', started_s, 'unixepoch', 'localtime') as integer)
    """,
    "postgresql": """
        update windows set day = cast(to_char(to_timestamp(started_s), 'YYYYMMDD') as integer)
    """,
}
_LONG = text("end_ns - begin_ns > 86400000000000")
_NESTED = text("parent is not null")


def upgrade(op: Operations, rows: Connection) -> None:  # noqa: ARG001  (its rows say nothing)
    """Change a store of schema 1."""
    op.add_column("windows", Column("origin", String(100)))
    op.add_column("windows", Column("day", Integer))
    op.execute(_DAYS[op.get_context().dialect.name])
    op.create_index("windows_day", "windows", ["day"])
    op.create_index("windows_span", "windows", ["host", "begin_ns"])
    for name, column, which in (
        ("windows_long", "host", _LONG),
        ("windows_parent", "parent", _NESTED),
    ):
        op.create_index(name, "windows", [column], sqlite_where=which, postgresql_where=which)
    op.create_table(
        "days",
        Column("day", Integer, primary_key=True, autoincrement=False),
        Column("changed", BigInteger, nullable=False),
    )
    op.execute("insert into days select day, count(*) from windows group by day")
    op.create_table(
        "sums",
        Column("period", Integer, primary_key=True, autoincrement=False),
        Column("way", String(16), primary_key=True),
        Column("stamp", BigInteger, nullable=False),
        Column("body", LargeBinary, nullable=False),
    )
