"""Many rows handed to the driver as they are, by a statement that is compiled once.

SQLAlchemy would look at each value of each row. The values of these were checked when the rows
were made, and both drivers take them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert


def insert_all(
    connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, by the names of the table's columns; one that a row has not is empty.

    Raises
    ------
    sqlalchemy.exc.DBAPIError, ValueError, TypeError, OverflowError
        Where the database or its driver does not take them.
    """
    if not rows:
        return
    names = [column.name for column in statement.table.columns]
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    order = getattr(compiled, "positiontup", None)
    values: Any
    if order is None:
        values = [{name: row.get(name) for name in names} for row in rows]
    else:
        values = [tuple([row.get(name) for name in order]) for row in rows]
    connection.exec_driver_sql(str(compiled), values)
