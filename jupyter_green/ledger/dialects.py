"""What SQLAlchemy has for each kind of database apart."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table


def insert_or_update(connection: Connection, table: Table) -> Any:
    """Return an insertion to which can be said what is to become of rows that are there."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    return dialect.insert(table)
