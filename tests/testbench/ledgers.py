"""A ledger of each kind of store, in a folder of a test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jupyter_green.intake.places import LEDGER_VARIABLE, intake_folder, ledger_folder
from jupyter_green.intake.writer import files
from jupyter_green.ledger import stores
from jupyter_green.ledger.book import book_until_idle

from .handed_in import closed, hand_in, report

KINDS = ("sqlite", "postgresql")


def ledger_of(
    kind: str, request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Have the environment name a new ledger of one of :data:`KINDS`; return its folder."""
    if kind == "sqlite":
        monkeypatch.setenv(LEDGER_VARIABLE, str(folder / "ledger"))
        return folder / "ledger"
    server = request.getfixturevalue("postgres")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder))
    monkeypatch.setenv(LEDGER_VARIABLE, server.url(server.database()))
    found = ledger_folder()
    assert found is not None
    return found


def sql(ledger: Path, statement: str) -> list[dict[str, Any]]:
    """Return what a store answers, from outside."""
    database = stores.written(ledger)
    engine = database.engine(writes=True)
    with engine.begin() as connection:
        found = connection.execute(text(statement))
        answer = [dict(row) for row in found.mappings()] if found.returns_rows else []
    engine.dispose()
    return answer


def rows(ledger: Path) -> list[dict[str, Any]]:
    """Return the windows that are booked, in the order of their begins."""
    return sql(ledger, "select * from windows order by begin_ns, run_id")


def left(ledger: Path) -> list[str]:
    """Return the files that wait to be booked."""
    return sorted(file.path.name for file in files(intake_folder(ledger)))


def book_many(ledger: Path, number: int = 300) -> set[str]:
    """Book so many windows; return their ids."""
    found = [report() for _ in range(number)]
    hand_in(ledger, *(closed(each, begin_s=n) for n, each in enumerate(found)))
    book_until_idle(ledger, idle_s=0)
    return {each.run_id for each in found}
