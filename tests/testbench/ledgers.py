"""A ledger of each kind of store, in a folder of a test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_green.intake.places import LEDGER_VARIABLE, ledger_folder

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
