"""Which stores a ledger has: a server's one, or files in its folder, one of each host."""

from __future__ import annotations

from pathlib import Path

from ..intake.places import server_of
from .database import Database
from .postgres import Server
from .sqlite import SqliteFile, store_path, store_paths


def written(ledger: Path) -> Database:
    """Return the one that this host books into.

    Raises
    ------
    Refused
        For a server that cannot be used from here.
    """
    url = server_of(ledger)
    return Server(url) if url else SqliteFile(store_path(ledger))


def read_from(ledger: Path) -> list[Database]:
    """Return all that hold rows of a ledger.

    Raises
    ------
    Refused
        For a server that cannot be used from here.
    """
    if url := server_of(ledger):
        return [Server(url)]
    return [SqliteFile(path) for path in store_paths(ledger)]
