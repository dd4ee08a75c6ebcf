"""A team's ledger on PostgreSQL is exported as one in files is."""

import pytest

from jupyter_green.exports.forms import FORMS
from jupyter_green.intake.places import LEDGER_VARIABLE, ledger_folder
from jupyter_green.ledger.slices import slices

from .conftest import book, windows


def test_both_kinds_of_store_are_the_same_bytes(ledger, export, tmp_path, monkeypatch, postgres):
    found = windows()
    exported = {}
    for kind in ("files", "server"):
        if kind == "server":
            monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
            monkeypatch.setenv(LEDGER_VARIABLE, postgres.url(postgres.database()))
        book(ledger_folder(), *found)
        for form in FORMS:
            output = tmp_path / f"{kind}.{form}"
            assert export(form, "-o", output, "--project", "thesis", "--place", "DE").status == 0
            exported[kind, form] = output.read_bytes()
        assert len(list(slices(ledger_folder(), at_once=1))) == 4
    assert [exported["files", form] == exported["server", form] for form in FORMS] == [True] * len(
        FORMS
    )


def test_a_server_that_is_not_there_is_one_line_and_2(export, tmp_path, monkeypatch):
    pytest.importorskip("psycopg")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(LEDGER_VARIABLE, "postgresql+psycopg://me:s3cret@127.0.0.1:1/none")
    for form in ("csv", "prometheus"):
        ran = export(form, "-o", tmp_path / "out")
        assert ran.status == 2
        assert len(ran.err.splitlines()) == 1
        assert "s3cret" not in ran.err
    assert not (tmp_path / "out").exists()
