"""Questions to the ledger: reports, projects, domains, spent against kept."""

from dataclasses import replace

import pytest

from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger.database import Damaged
from jupyter_green.ledger.groups import Group, few, sum_of
from jupyter_green.ledger.kept import spent_and_kept
from jupyter_green.ledger.questions import grouped, newest, read
from jupyter_green.ledger.reports import reports
from tests.testbench.handed_in import closed, hand_in, report

START = "2026-05-04T03:{:02}:01.000Z"


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


def run(minute, begin_s=None, parent=None, project="~/thesis", **fields):
    """A window of 50 J in 5 s, in the minute of its number."""
    found = report(started_at=START.format(minute), **fields)
    begin_s = 60 * minute if begin_s is None else begin_s
    return closed(found, begin_s=begin_s, parent=parent, project=project)


def test_reports_are_those_that_were_handed_in_in_the_order_of_their_begins(ledger):
    hand_in(ledger, run(2, label="second"), run(1, label="first", stage="training"))
    found = list(reports(ledger))
    assert [window.label for window, _ in found] == ["first", "second"]
    assert [each.label for _, each in found] == ["first", "second"]
    first = found[0][1]
    assert (first.stage, first.energy_j, len(first.trace.t_s)) == ("training", 50.0, 2)


def test_a_report_that_cannot_be_read_is_named(ledger):
    import sqlite3

    hand_in(ledger, run(1, run_id="torn"))
    read(ledger)
    with sqlite3.connect(ledger / "ledger.sqlite") as store:
        store.execute("update windows set body = x'00'")
    store.close()
    with pytest.raises(Damaged, match="torn"):
        list(reports(ledger))


@pytest.mark.parametrize("name", ["~/work/thesis_", "thesis_"])
def test_a_project_is_its_folder_or_the_last_part_of_it(ledger, name):
    folders = ["~/work/thesis_", "~/work/thesisX", "~/thesis_/other", None]
    hand_in(ledger, *(run(n, project=folder) for n, folder in enumerate(folders)))
    assert [each.project for each in read(ledger, project=name)] == ["~/work/thesis_"]
    assert [window.project for window, _ in reports(ledger, project=name)] == ["~/work/thesis_"]


def test_domains_add_up_to_the_total(ledger):
    gpu = replace(next(iter(report().domains.values())), id="gpu:0", board="GPU-1")
    both = report("both", energy_j=100.0)
    both = replace(both, domains={**both.domains, "gpu:0": gpu})
    hand_in(ledger, closed(both), run(9))
    groups, total = grouped(read(ledger), "domain")
    found = {group.name: (group.measured.energy_j, group.windows) for group in groups}
    assert found == {"cpu:0/package": (150.0, 2), "GPU-1 gpu:0": (50.0, 1)}
    assert total.measured.energy_j == 200.0


def test_kept_is_the_last_good_run_of_each_cell(ledger):
    cell = {"notebook": "a.ipynb", "cell_id": "one"}
    hand_in(
        ledger,
        run(1, status="error", **cell),
        run(2, **cell),
        run(3, energy_j=70.0, run_id="kept", **cell),
        run(4, status="interrupted", **cell),
        run(3, begin_s=181, parent="kept", duration_s=1.0, energy_j=10.0, label="step"),
        run(5, label="fit"),
        run(6, label="fit"),
        run(7),
        run(8),
    )
    found = spent_and_kept(read(ledger))
    assert (found.spent.windows, found.kept.windows) == (9, 5)
    assert found.spent.measured.energy_j == pytest.approx(7 * 50 + 70)
    assert found.kept.measured.energy_j == pytest.approx(70 + 3 * 50)
    assert found.kept.estimated.energy_j == 0


def test_the_same_label_in_another_project_is_another_thing(ledger):
    hand_in(ledger, run(1, label="fit", project="~/a"), run(2, label="fit", project="~/b"))
    assert spent_and_kept(read(ledger)).kept.windows == 2


def test_windows_that_name_each_other_as_their_parents_are_read_all_the_same(ledger):
    hand_in(ledger, run(1, run_id="a", parent="b"), run(2, run_id="b", parent="a"))
    assert spent_and_kept(read(ledger)).spent.windows == 2


def test_the_newest_windows_are_the_last_of_all_and_have_what_is_around_them(ledger):
    hand_in(
        ledger,
        run(1, run_id="cell", notebook="a.ipynb", stage="training", duration_s=600.0),
        run(2, label="other project", project="~/b"),
        run(3, run_id="block", parent="cell", label="block"),
        run(4, run_id="step", parent="block", label="step"),
    )
    every = read(ledger)
    assert [each.stage for each in every] == ["training", None, "training", "training"]
    for number in (1, 2, 3, 9):
        assert newest(ledger, number) == every[-number:]
    assert [each.label for each in newest(ledger, 1, project="b")] == ["other project"]
    (last,) = newest(ledger, 1)
    assert (last.notebook, last.stage) == ("a.ipynb", "training")


def test_a_table_of_many_groups_has_the_dearest_and_one_for_all_others(ledger):
    hand_in(ledger, *(run(n, energy_j=10.0 + n, notebook=f"{n}.ipynb") for n in range(12)))
    groups, total = grouped(read(ledger), "notebook")
    shown = few(groups, "notebook", 10, sum_of)
    assert [group.name for group in shown[:2]] == ["11.ipynb", "10.ipynb"]
    assert (len(shown), shown[-1].name, shown[-1].windows) == (11, "2 others", 2)
    assert sum(group.sum_j for group in shown) == total.sum_j
    assert few(groups, "notebook", 11, sum_of) == groups


def test_a_table_of_many_days_has_the_last_ones_behind_one_for_all_before():
    days = [Group(f"2026-05-{n:02}", windows=n) for n in range(1, 13)]
    shown = few(days, "day", 10, sum_of)
    assert [group.name for group in shown[:2]] == ["2 days before", "2026-05-03"]
    assert (shown[0].windows, shown[-1].name) == (3, "2026-05-12")


def test_what_one_cell_is_is_the_same_for_rows_and_for_what_is_kept(ledger):
    """A cell goes by its id, whatever its label; a block within one by its label."""
    cell = {"notebook": "a.ipynb", "cell_id": "one"}
    hand_in(
        ledger,
        run(1, label="lr 0.1", execution_count=1, **cell),
        run(2, label="lr 0.2", execution_count=2, **cell),
        run(3, label="load", **cell),  # blocks, as of `jg.live`, have no number
        run(4, label="fit", **cell),
        run(5, cell_id="two", execution_count=3),
        run(6, cell_id="two", execution_count=4),
    )
    metered = read(ledger)
    groups, _ = grouped(metered, "cell")
    assert {group.name: group.windows for group in groups} == {
        "a.ipynb lr 0.2": 2,
        "a.ipynb load": 1,
        "a.ipynb fit": 1,
        "(no notebook) [4]": 2,
    }
    assert spent_and_kept(metered).kept.windows == len(groups)


def test_a_cell_without_an_id_is_known_by_its_text(ledger):
    """As in notebooks before nbformat 4.5, and where a program executes a notebook."""
    first, second = ({"notebook": "a.ipynb", "cell_id": None, "cell_hash": h} for h in ("1f", "2e"))
    hand_in(
        ledger,
        run(1, execution_count=1, **first),
        run(2, execution_count=2, status="error", **second),
        run(3, execution_count=1, **first),
        run(4, execution_count=2, **second),
        run(5, execution_count=3, label="fit", **first),
        run(6, execution_count=3, label="fit", **second),
    )
    metered = read(ledger)
    groups, _ = grouped(metered, "cell")
    assert {group.name: group.windows for group in groups} == {
        "a.ipynb [1]": 2,
        "a.ipynb [2]": 2,
        "a.ipynb fit": 2,
    }
    assert spent_and_kept(metered).kept.windows == 3
