"""Schema 2: where a window comes from that was not metered by this package."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Column, String


def upgrade(op: Operations) -> None:
    """Change a store of schema 1."""
    op.add_column("windows", Column("origin", String(100)))
