"""Two labels, commits or runs of the ledger beside each other; the ledger for a program."""

import json

import pytest

import jupyter_green as jg
from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE, OFF
from jupyter_green.ledger.compare import NotFound, compare
from tests.testbench.handed_in import closed, hand_in, report

START = "2026-05-04T03:{:02}:01.000Z"
FIRST, SECOND = "a" * 40, "b" * 40


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


def run(minute, commit=None, parent=None, **fields):
    found = report(started_at=START.format(minute), **fields)
    return closed(found, begin_s=60 * minute, parent=parent, project="~/thesis", commit=commit)


def cell(minute, number, commit, energy_j):
    where = {"notebook": "a.ipynb", "cell_id": f"cell-{number}", "execution_count": number}
    return run(minute, commit, energy_j=energy_j, **where)


class TestLabels:
    def test_single_runs_are_compared_by_their_readings(self, ledger):
        hand_in(ledger, run(1, label="old"), run(2, label="new", energy_j=25.0))
        found = compare(ledger, "old", "new")
        ratio = found.whole.energy_ratio
        assert ratio.value == 0.5
        assert ratio.low < 0.5 < ratio.high < 0.52
        assert found.unlike == ()

    def test_several_runs_have_their_scatter_in_the_interval(self, ledger):
        runs = [run(n, label="old", energy_j=50.0 + n % 2 * 10) for n in range(6)]
        hand_in(ledger, *runs, run(10, label="new", energy_j=55.0))
        ratio = compare(ledger, "old", "new").whole.energy_ratio
        assert ratio.value == pytest.approx(1.0)
        assert ratio.high - ratio.low > 0.15

    def test_runs_that_did_not_end_well_are_left_out_and_counted(self, ledger):
        failed = run(1, label="old", energy_j=1.0, status="error")
        hand_in(ledger, failed, run(2, label="old"), run(3, label="new"))
        found = compare(ledger, "old", "new")
        assert found.whole.energy_ratio.value == 1.0
        assert found.unlike == ("old: 1 run did not end well and is left out.",)

    def test_other_hardware_and_another_version_are_said(self, ledger):
        other = report(meter_version="0.2.0", host="elsewhere", label="new")
        hand_in(ledger, run(1, label="old"), closed(other, begin_s=600))
        said = "\n".join(compare(ledger, "old", "new").unlike)
        assert "They differ in machine" in said
        assert "They differ in version of jupyter-green: 0.1.0 against 0.2.0." in said

    def test_a_block_within_a_run_of_the_same_label_is_not_counted_twice(self, ledger):
        whole = run(1, label="old", run_id="c" * 32)
        block = run(1, label="old", energy_j=20.0, parent="c" * 32)
        hand_in(ledger, whole, block, run(3, label="new"))
        assert compare(ledger, "old", "new").whole.energy_ratio.value == 1.0


class TestCommits:
    def test_are_compared_cell_by_cell_and_by_the_last_good_run_of_each(self, ledger):
        before = (cell(1, 1, FIRST, 99.0), cell(2, 1, FIRST, 50.0), cell(3, 2, FIRST, 50.0))
        after = (cell(11, 1, SECOND, 25.0), cell(12, 2, SECOND, 50.0), cell(13, 3, SECOND, 7.0))
        hand_in(ledger, *before, *after)
        found = compare(ledger, FIRST[:7], SECOND[:9])
        assert [pair.name for pair in found.pairs] == ["[1]", "[2]"]
        assert found.pairs[1].comparison.energy_ratio.value == 1.0
        assert found.whole.energy_ratio.value == 0.75
        assert found.unlike == (f"1 cell or label is only in {SECOND[:9]}.",)

    def test_without_anything_in_common_there_is_nothing_to_compare(self, ledger, capsys):
        hand_in(ledger, cell(1, 1, FIRST, 50.0), cell(2, 2, SECOND, 50.0))
        assert compare(ledger, FIRST, SECOND).whole is None
        assert main(["compare", FIRST, SECOND]) == 0
        assert "nothing to compare" in capsys.readouterr().out


class TestNames:
    @pytest.mark.parametrize("name", ["nothing", "aaaa", "c" * 8])
    def test_that_fit_no_run_or_several_are_refused(self, ledger, name):
        runs = [run(n, commit=FIRST, label="a", run_id="c" * 31 + str(n)) for n in range(2)]
        hand_in(ledger, *runs)
        with pytest.raises(NotFound):
            compare(ledger, "a", name)

    def test_letters_of_either_case_are_different_ids(self, ledger):
        small, large = "abcdef01" * 4, "ABCDEF01" * 4
        of_large = run(2, run_id=large, energy_j=25.0)
        hand_in(ledger, run(1, run_id=small), of_large)
        assert compare(ledger, "abcdef01", "ABCDEF01").whole.energy_ratio.value == 0.5

    def test_a_sign_of_sql_in_the_begin_of_an_id_stands_for_itself(self, ledger):
        hand_in(ledger, run(1, label="old"), run(2, run_id="0123456789"))
        with pytest.raises(NotFound, match="nothing in the ledger"):
            compare(ledger, "old", "0123_56%")

    def test_a_label_whose_runs_all_failed_is_refused_in_one_line(self, ledger, capsys):
        hand_in(ledger, run(1, label="a"), run(2, label="b", status="died"))
        assert main(["compare", "a", "b"]) == 2
        assert "no run of 'b' ended well" in capsys.readouterr().err

    def test_the_command_gives_the_ratio_as_json(self, ledger, capsys):
        one, other = "d" * 32, "e" * 32
        hand_in(ledger, run(1, run_id=one), run(2, run_id=other, energy_j=100.0))
        assert main(["compare", one[:8], other, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["whole"]["energy_ratio"] == 2.0
        assert (found["reference"]["by"], found["reference"]["runs"]) == ("run", [one])


class TestForPrograms:
    def test_reports_come_in_order_and_as_asked_for(self, ledger):
        hand_in(ledger, run(2, label="b"), run(1, label="a"), run(3, label="b", status="error"))
        assert [each.label for each in jg.ledger.query()] == ["a", "b", "b"]
        assert [each.status for each in jg.ledger.query(label="b", status="error")] == ["error"]
        assert [*jg.ledger.query(until="2026-05-01")] == []
        (first, *_) = jg.ledger.query(since="2026-05-01", project="thesis")
        assert (first.energy_j, len(first.trace.t_s)) == (50.0, 2)

    def test_a_frame_has_a_row_for_each_window(self, ledger):
        pytest.importorskip("pandas")
        hand_in(ledger, run(1, label="a", energy_j=20.0), run(2, commit=FIRST))
        frame = jg.ledger.frame()
        assert list(frame["energy_j"]) == [20.0, 50.0]
        assert list(frame["project"]) == ["~/thesis", "~/thesis"]
        assert frame["started_at"].is_monotonic_increasing

    @pytest.mark.parametrize(
        "asked",
        [{"since": "2026-13-01"}, {"since": "2026-02-01", "until": "2026-01-01"}, {"since": 3}],
    )
    def test_what_is_no_date_is_refused(self, ledger, asked):
        with pytest.raises(ValueError, match="since"):
            jg.ledger.query(**asked)

    def test_without_a_ledger_the_remedy_is_named(self, monkeypatch):
        monkeypatch.setenv(LEDGER_VARIABLE, OFF)
        with pytest.raises(ValueError, match=LEDGER_VARIABLE):
            jg.ledger.query()

    def test_what_is_no_status_is_refused(self, ledger):
        with pytest.raises(ValueError, match="ok, error"):
            jg.ledger.query(status="fine")
