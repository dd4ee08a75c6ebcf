"""Many rows handed to the driver as they are, by a statement that is compiled once.

SQLAlchemy would look at each value of each row. The values of these were checked when the rows
were made, and both drivers take them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Insert


def insert_all(
    connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, each with a value for every column of the table, by the columns' names.

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
    values: Any = rows if order is None else list(map(itemgetter(*order), rows))
    connection.exec_driver_sql(str(compiled), values)
