"""A sum is at least its joules where those of one of its windows are: wherever it is told."""

import csv
import io
import json
from datetime import date

import pytest

import jupyter_green as jg
from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.notebook.history import grouped
from jupyter_green.sources.base import Provenance
from tests.testbench.handed_in import closed, hand_in, report

SINCE = "2026-05-04T00:00"
"""With a time of day, all rows are read; without one, the sums that are kept."""


def window(n, **fields):
    """A window of another minute than all others, in the project `thesis`."""
    at = f"2026-05-{4 + n:02d}T12:00:00.000Z"
    found = report(f"w{n}", started_at=at, label=f"run {n}", **fields)
    return closed(found, begin_s=60.0 * n, project="~/thesis")


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """One window of which a host was lost, and others."""
    folder = tmp_path / "ledger"
    monkeypatch.setenv(LEDGER_VARIABLE, str(folder))
    hand_in(
        folder,
        window(0, stage="data"),
        window(1, stage="training", flags=("host-lost",)),
        window(2, stage="training"),
        window(3, stage="evaluation", by=Provenance.ESTIMATE),
    )
    return folder


def printed(capsys, *words):
    assert main(list(words)) == 0
    return capsys.readouterr().out


def lines_that_say_so(text):
    """The first word of each line with a lower bound."""
    return [line.split()[0].strip("|* ") for line in text.splitlines() if "at least" in line]


@pytest.mark.parametrize("way", [[], ["--since", SINCE]])
def test_a_table_says_it_of_each_sum_with_such_a_window(ledger, capsys, way):
    said = printed(capsys, "report", "--by", "stage", *way)
    assert lines_that_say_so(said) == ["training", "total", "Kept,"]
    (total,) = [line for line in said.splitlines() if line.startswith("total")]
    assert total.split("at least")[1].startswith(" 150 J")
    assert "at least ≈" not in said  # estimated joules are all there
    assert "a host or a program was not metered to its end" in said


@pytest.mark.parametrize("way", ["notebook", "project", "domain", "status", "commit", "cell"])
def test_so_it_does_by_any_way(ledger, capsys, way):
    rows = json.loads(printed(capsys, "report", "--by", way, "--json"))
    assert [row["name"] for row in rows["groups"] if row["is_at_least"]]
    assert rows["total"]["is_at_least"] is rows["kept"]["is_at_least"] is True


def test_programs_get_it_as_a_truth_value(ledger, capsys):
    rows = json.loads(printed(capsys, "report", "--by", "label", "--json"))
    assert {row["name"]: row["is_at_least"] for row in rows["groups"]} == {
        "run 0": False,
        "run 1": True,
        "run 2": False,
        "run 3": False,
    }
    table = printed(capsys, "report", "--by", "day", "--format", "csv")
    assert [row["is_at_least"] for row in csv.DictReader(io.StringIO(table))] == [
        *("False", "True", "False", "False")
    ]
    assert [row["is_at_least"] for row in json.loads(printed(capsys, "history", "--json"))] == [
        *(False, True, False, False)
    ]
    frame = jg.ledger.frame(since=date(2026, 5, 1))
    assert list(frame["is_at_least"]) == [False, True, False, False]


def test_a_sum_without_such_a_window_does_not(ledger, capsys):
    said = printed(capsys, "report", "--by", "stage", "--since", "2026-05-06")
    assert lines_that_say_so(said) == []
    assert "metered to its end" not in said


def test_windows_and_notebooks_say_it(ledger, capsys):
    assert printed(capsys, "history").count("at least 50 J") == 1
    assert printed(capsys, "report", "--format", "markdown").count("at least") == 3
    assert "at least 150 J" in grouped("--by", "day")


def test_grams_are_at_least_as_joules_are(ledger, capsys):
    said = printed(capsys, "report", "--by", "stage", "--place", "380")
    (training, data) = [row for row in said.splitlines() if row.startswith(("data", "training"))]
    assert data.count("at least") == 0
    assert training.count("at least") == 2


def test_so_do_those_of_a_single_report():
    lost = report(flags=("host-lost",)).emissions(380)
    assert "at least ≈ 5.3 mg" in str(lost)
    assert lost.to_dict()["is_at_least"] is True
    assert "at least" not in str(report().emissions(380))


def test_the_page_says_it(ledger, capsys, tmp_path):
    printed(capsys, "report", "--html", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text()
    assert ">at least 150 J" in page
    assert page.count("a host or a program was not metered to its end") == 1


def test_a_statement_says_it_in_every_form(ledger, capsys):
    for form in ("text", "markdown", "latex"):
        said = printed(capsys, "statement", "--project", "thesis", "--format", form)
        # All runs, the last good ones, the stage, the experiment, twice in the paragraph for
        # NeurIPS, and twice for the AI act.
        assert said.count("at least ") == 10, form
        assert "or more" in said
    record = json.loads(printed(capsys, "statement", "--project", "thesis", "--json"))
    measured, estimated = (record["spent"][how] for how in ("measured", "estimated"))
    assert (measured["is_at_least"], measured["high_j"]) == (True, None)
    assert estimated["is_at_least"] is False
    assert estimated["high_j"] > estimated["energy_j"]


def test_so_do_a_models_card_and_its_carbon_intensity(ledger):
    assert "at least 150 J" in str(jg.model_card(project="thesis", place=380))
    sci = jg.sci(10, project="thesis", place=380)
    assert sci.operational.is_at_least
    assert "E × I: at least ≈" in str(sci)


def test_forms_of_other_tools_say_it_where_they_can(ledger, capsys):
    bom = json.loads(printed(capsys, "export", "cyclonedx"))
    model = bom["components"][0]["modelCard"]["considerations"]["environmentalConsiderations"]
    properties = [
        {p["name"].split(":")[1]: p["value"] for p in each["properties"]}
        for each in model["energyConsumptions"]
    ]
    assert {p["stage"]: p["is_at_least"] for p in properties} == {
        "data": "false",
        "evaluation": "false",
        "training": "true",
    }
    assert "training: at least 100 J" in printed(capsys, "export", "spdx")
    main(["export", "boamps"])
    assert "the figures are a lower bound" in capsys.readouterr().err
