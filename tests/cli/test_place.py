"""``jupyter green report --place``: CO2e beside the joules, by the table or a provider."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from jupyter_green.carbon import intensity, uk
from jupyter_green.carbon.answers import NAME
from jupyter_green.carbon.settings import PLACE_VARIABLE, PUE_VARIABLE
from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger.check import check
from tests.testbench.handed_in import closed, hand_in, report
from tests.testbench.reports import domain, estimate
from tests.testbench.web import server

FACTOR = ("g_per_kwh", "pue", "place", "year", "edition", "basis", "source")


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """A ledger with 3.6 MJ that were measured and 36 kJ that were estimated."""
    folder = tmp_path / "ledger"
    monkeypatch.setenv(LEDGER_VARIABLE, str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    domains = {d.id: d for d in (domain("gpu:0", 3.6e6, 3.6e4), estimate(3.6e4, 3.6e3))}
    found = replace(report(notebook="a.ipynb"), domains=domains, energy_j=3.636e6)
    hand_in(folder, closed(found))
    return folder


def test_the_table_has_grams_behind_their_joules_and_says_what_they_rest_on(ledger, capsys):
    assert main(["report", "--place", "DE", "--pue", "1.2"]) == 0
    shown = capsys.readouterr().out
    head, _, row, *_ = shown.splitlines()
    assert head.split()[:5] == ["notebook", "measured", "CO2e", "estimated", "CO2e"]
    assert "≈ 396 ± 4 g" in row  # 329.6 g × 1.2
    assert "≈ 4.0 ± 0.4 g" in row
    assert (
        "CO2e at 329.6 g/kWh (Germany 2025, average, lifecycle, production; Ember (2026)" in shown
    )
    assert "× PUE 1.2; gross joules." in shown
    assert "± is that of the joules" in shown
    assert "PUE 1.0" not in shown


def test_without_a_pue_it_is_said(ledger, capsys):
    assert main(["report", "--place", "DE"]) == 0
    assert "PUE 1.0, as where none is given" in capsys.readouterr().out


def test_without_a_place_there_is_no_co2e_and_how_to_have_it(ledger, capsys):
    assert main(["report"]) == 0
    shown = capsys.readouterr().out
    assert "CO2e  " not in shown
    assert "--place DE" in shown
    assert main(["report", "--format", "json"]) == 0
    assert "emissions" not in capsys.readouterr().out


def test_what_is_set_in_the_environment_holds(ledger, capsys, monkeypatch):
    monkeypatch.setenv(PLACE_VARIABLE, "FR")
    monkeypatch.setenv(PUE_VARIABLE, "1.5")
    assert main(["report"]) == 0
    assert "(France 2025" in (shown := capsys.readouterr().out)
    assert "× PUE 1.5" in shown


def test_a_state_says_that_its_figure_is_a_direct_one(ledger, capsys):
    assert main(["report", "--place", "US-CA"]) == 0
    assert "(California, USA 2023, average, direct, production; US EPA" in capsys.readouterr().out


def test_every_row_for_programs_carries_the_factor(ledger, capsys):
    assert main(["report", "--place", "DEU", "--format", "json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    germany = intensity("DE")
    for row in (*whole["groups"], whole["total"]):
        assert row["measured_emissions_g"] == pytest.approx(germany.g_per_kwh)
        assert row["measured_emissions_uncertainty_g"] == pytest.approx(germany.g_per_kwh / 100)
        assert row["estimated_emissions_g"] == pytest.approx(germany.g_per_kwh / 100)
        assert [row[name] for name in FACTOR] == [
            *(germany.g_per_kwh, 1.0, "Germany", 2025, "ember-2026"),
            *(germany.basis, germany.source),
        ]
    assert main(["report", "--place", "DEU", "--format", "csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["basis"] == germany.basis
    assert float(row["measured_emissions_g"]) == pytest.approx(germany.g_per_kwh)


def test_nothing_of_it_is_kept_in_the_ledger(ledger, capsys):
    main(["report"])
    before = {path: path.read_bytes() for path in ledger.rglob("*") if path.is_file()}
    main(["report", "--place", "DE"])
    assert {path: path.read_bytes() for path in ledger.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--place", "XX"], "'XX' is no place that is known: give a country by its ISO 3166 code"),
        (["--place", "0.4"], "is that kg? give grams: 400"),
        (["--place", "-3"], "not above 0"),
        (["--place", "nan"], "is no figure"),
        (["--place", ""], "is no place"),
        (["--place", "DE\n\x1b[2J"], "is no place"),
        (["--place", "DE", "--pue", "0.9"], "a PUE of 0.9 is below 1"),
        (["--place", "DE", "--pue", "nan"], "a PUE of nan"),
        (["--place", "DE", "--pue", "good"], "a PUE of"),
        (["--pue", "1.2"], "no place is set"),
        (["--provider", "uk"], "no place is set"),
        (["--place", "GB", "--provider", "wattime"], "there is no provider 'wattime'"),
        (["--place", "380", "--provider", "uk"], "give --place a code such as GB"),
    ],
)
def test_bad_input_is_one_line_and_2(ledger, capsys, words, said):
    words = [f"{words[0]}={words[1]}", *words[2:]] if words[1].startswith("-") else words
    assert main(["report", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert said in err
    assert "\x1b" not in err


class TestAProvider:
    def test_its_figure_is_taken_and_said(self, ledger, capsys, monkeypatch):
        with server({"data": [{"intensity": {"actual": 100}}]}) as (url, _):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            assert main(["report", "--place", "GB", "--provider", "uk"]) == 0
        shown = capsys.readouterr().out
        assert "CO2e at 100 g/kWh (Great Britain 20" in shown
        assert "direct CO2, with imports; NESO" in shown
        assert shown.rstrip().endswith("CO2e by uk, which was asked now.")
        assert not check(ledger).faults
        assert (ledger / NAME).exists()

    def test_without_an_answer_the_table_holds_and_it_is_said(self, ledger, capsys, monkeypatch):
        with server(b"", 503) as (url, _):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            assert main(["report", "--place", "GB", "--provider", "uk", "--format", "json"]) == 0
        whole = json.loads(capsys.readouterr().out)
        assert whole["groups"][0]["edition"] == "ember-2026"
        assert whole["co2e_by"].startswith("CO2e by the bundled table: uk: 127.0.0.1")
        assert main(["report", "--place", "GB", "--provider", "uk", "--format", "csv"]) == 0
        out, err = capsys.readouterr()
        assert "uk failed, and is asked again in" in err
        assert "uk failed" not in out
