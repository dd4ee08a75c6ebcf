"""What the command says of the ledger's windows, each joule once."""

import json

import pytest

from jupyter_green.cli.arguments.questions import WAYS
from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger import questions
from jupyter_green.ledger.answer import Range, summed
from jupyter_green.ledger.book import Booker, book_until_idle
from jupyter_green.ledger.groups import CELL, DOMAIN
from jupyter_green.ledger.sqlite import store_path
from jupyter_green.sources.base import Provenance
from tests.testbench.handed_in import (
    closed,
    hand_in,
    report,
)
from tests.testbench.ledgers import KINDS, book_many, ledger_of


@pytest.fixture(params=KINDS)
def ledger(request, tmp_path, monkeypatch):
    """A ledger of each kind of store."""
    return ledger_of(request.param, request, tmp_path, monkeypatch)


files_only = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)


def test_joules_count_once_measured_and_estimated_apart(ledger):
    cell = report("cell", notebook="a.ipynb", duration_s=100.0, energy_j=1000.0)
    stage = report("stage", stage="training", duration_s=20.0, energy_j=300.0)
    other = report("other", notebook="b.ipynb", duration_s=20.0, energy_j=200.0)
    modelled = report("modelled", notebook="b.ipynb", by=Provenance.ESTIMATE)
    hand_in(
        ledger,
        closed(cell, begin_s=0),
        closed(stage, begin_s=10, parent="cell"),
        closed(other, begin_s=50, session="two"),
        closed(modelled, begin_s=200, session="two"),
    )
    groups, total = questions.grouped(questions.read(ledger), "stage")
    assert total.measured.energy_j == pytest.approx(1000.0)
    assert total.estimated.energy_j == 50.0
    assert total.sum_j == 1550.0
    joules = {group.name: group.measured.energy_j for group in groups}
    assert joules == {"training": pytest.approx(300.0), "untagged": pytest.approx(700.0)}
    groups, total = questions.grouped(questions.read(ledger), "notebook")
    joules = {group.name: group.measured.energy_j for group in groups}
    assert joules["b.ipynb"] == 0
    assert sum(joules.values()) == pytest.approx(total.measured.energy_j)


@pytest.mark.parametrize("way", ["stage", "notebook"])
def test_a_window_without_a_stage_or_notebook_has_that_of_the_one_around_it(ledger, way):
    hand_in(
        ledger,
        closed(report("outer", stage="training", notebook="training")),
        closed(report("inner", duration_s=1.0), begin_s=1, parent="outer"),
    )
    groups, _ = questions.grouped(questions.read(ledger), way)
    assert [(group.name, group.windows) for group in groups] == [("training", 2)]


def test_the_ways_of_the_command_are_those_of_the_ledger():
    assert set(WAYS) == {*questions.WAYS, DOMAIN}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_adds_up(ledger, capsys, way):
    book_many(ledger, 20)
    assert main(["report", "--by", way, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    parts = sum(group["measured_j"] for group in found["groups"])
    assert parts == pytest.approx(found["total"]["measured_j"])
    assert found["total"]["windows"] == 20
    assert main(["report", "--by", way]) == 0
    assert "total" in capsys.readouterr().out


def test_days_are_asked_for(ledger, capsys):
    days = ["2026-05-01T12:00:00.000Z", "2026-05-02T12:00:00.000Z", "2026-05-03T12:00:00.000Z"]
    hand_in(ledger, *(closed(report(started_at=day), begin_s=9 * n) for n, day in enumerate(days)))
    query_ = ["report", "--by", "day", "--format", "csv", "--since", "2026-05-02"]
    assert main(query_) == 0
    assert [line[:10] for line in capsys.readouterr().out.split()[1:]] == [
        "2026-05-02",
        "2026-05-03",
    ]
    assert main([*query_, "--until", "2026-05-02"]) == 0
    assert [line[:10] for line in capsys.readouterr().out.split()[1:]] == ["2026-05-02"]


def test_history_lists_the_last_ones(ledger, capsys):
    hand_in(
        ledger,
        closed(report(label="first"), begin_s=0),
        closed(report(label="=1+1", started_at="2026-05-05T00:00:00.000Z"), begin_s=9),
    )
    assert main(["history", "1"]) == 0
    said = capsys.readouterr().out
    assert "=1+1" in said
    assert "first" not in said
    assert main(["history", "--format", "csv"]) == 0
    assert "'=1+1" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["report", "--since", "2026-13-01"],
        ["report", "--since", "2026-02-02", "--until", "2026-01-01"],
        ["report", "--since", "nan"],
    ],
)
def test_bad_dates_end_with_2_and_one_line(ledger, capsys, words):
    assert main(words) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


@pytest.mark.parametrize("words", [["history", "0"], ["history", "x"], ["report", "--by", "moon"]])
def test_bad_words_end_with_2(ledger, words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_an_empty_ledger_has_words(ledger, capsys):
    for words in (["history"], ["report"], ["ledger", "check"], ["ledger", "path"]):
        assert main(words) == 0
        assert capsys.readouterr().out.strip()
    assert not ledger.exists()  # asking makes nothing


def test_without_a_ledger_the_commands_say_so(monkeypatch, capsys):
    monkeypatch.setenv(LEDGER_VARIABLE, "off")
    assert main(["history"]) == 2
    assert LEDGER_VARIABLE in capsys.readouterr().err


def test_labels_cannot_write_to_the_terminal(ledger, capsys):
    hand_in(ledger, closed(report(label="\x1b[31mred\n\u202e")))
    assert main(["history"]) == 0
    assert main(["report", "--by", "label"]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said


@files_only
def test_rows_of_several_hosts_are_merged(ledger):
    hand_in(ledger, closed(report("here")))
    book_until_idle(ledger, idle_s=0)
    store_path(ledger).rename(ledger / "ledger-0ther0ne.sqlite")
    hand_in(ledger, closed(report("here", label="later"), 5), closed(report("there"), begin_s=9))
    found = questions.read(ledger)
    assert {each.run_id: each.label for each in found} == {"here": "later", "there": None}


def cells(ledger):
    """What the command calls a ledger's cells, and how many windows each has."""
    groups, _ = questions.grouped(questions.read(ledger), CELL)
    found = [(group.name, group.windows) for group in groups]
    summed_up = [(group.name, group.windows) for group in summed(ledger, CELL, Range()).groups]
    assert sorted(summed_up) == sorted(found)
    return sorted(found)


def test_a_cell_that_runs_again_is_one_row_named_as_its_last_run(ledger):
    runs = ((3, 1, "one-cell"), (9, 5, "one-cell"), (4, 3, "other-cell"))
    hand_in(
        ledger,
        *(
            closed(
                report(
                    f"run-{count}",
                    notebook="fit.ipynb",
                    cell_id=cell_id,
                    execution_count=count,
                    label=None,
                    started_at=f"2026-03-0{day}T10:00:00Z",
                )
            )
            for count, day, cell_id in runs
        ),
    )
    booker = Booker(ledger)
    booker.book()
    while booker.settle():  # so that sums of all days are kept
        pass
    booker.close()
    assert cells(ledger) == [("fit.ipynb [4]", 1), ("fit.ipynb [9]", 2)]


def test_cells_of_one_number_are_told_apart_by_their_ids(ledger):
    hand_in(
        ledger,
        *(
            closed(
                report(
                    f"run-{cell_id}",
                    notebook="fit.ipynb",
                    cell_id=cell_id,
                    execution_count=7,
                    label=None,
                )
            )
            for cell_id in ("0123456789ab", "ba9876543210")
        ),
    )
    assert cells(ledger) == [("fit.ipynb [7] (01234567)", 1), ("fit.ipynb [7] (ba987654)", 1)]
