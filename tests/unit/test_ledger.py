"""The booker and the store: what is handed in is booked once, whatever happens in between."""

import os
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jupyter_green.intake import lines
from jupyter_green.intake.owner import owner_of
from jupyter_green.intake.places import intake_folder
from jupyter_green.intake.start import refused
from jupyter_green.intake.writer import SAMPLER, files
from jupyter_green.ledger import questions
from jupyter_green.ledger import row as row_module
from jupyter_green.ledger.answer import Range, summed
from jupyter_green.ledger.book import Booker, book_until_idle
from jupyter_green.ledger.check import check
from jupyter_green.ledger.forget import Chosen, forget
from jupyter_green.ledger.row import counters_of, report_of
from jupyter_green.report.fields import ReportError
from jupyter_green.report.report import Report
from tests.testbench.handed_in import (
    GONE,
    closed,
    died,
    hand_in,
    mark,
    opened,
    report,
    sensors,
)
from tests.testbench.ledgers import KINDS, ledger_of, left, rows, sql


@pytest.fixture(params=KINDS)
def ledger(request, tmp_path, monkeypatch):
    """A ledger of each kind of store."""
    return ledger_of(request.param, request, tmp_path, monkeypatch)


files_only = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)


def test_a_report_is_booked_and_its_file_removed(ledger):
    found = report(label="fit", stage="training", notebook="a.ipynb")
    hand_in(ledger, closed(found))
    book_until_idle(ledger, idle_s=0)
    (row,) = rows(ledger)
    assert (row["run_id"], row["label"], row["energy_j"]) == (found.run_id, "fit", 50.0)
    assert left(ledger) == []
    (trace,) = [row["trace"] for row in sql(ledger, "select trace from traces")]
    assert report_of(row["body"], trace) == Report.from_dict(found.to_dict())


def test_fields_of_a_later_version_stay_in_the_ledger(ledger):
    found = report(later={"water_l": 0.25})
    hand_in(ledger, closed(found, counters={"cpu:0/package": {"unit_j": 1e-6}}))
    book_until_idle(ledger, idle_s=0)
    (row,) = rows(ledger)
    assert report_of(row["body"], None).later == {"water_l": 0.25}


def test_booking_twice_changes_nothing(ledger):
    line = closed(report())
    for _ in range(2):  # a booker that was killed between the commit and the removal
        hand_in(ledger, line, line)
        book_until_idle(ledger, idle_s=0)
    assert len(rows(ledger)) == 1
    assert len(questions.read(ledger)[0].parts) == 1


def test_a_later_report_replaces_an_earlier_one_in_whichever_order_they_come(ledger):
    first = report()
    later = replace(first, metric={"acc": 0.9}, label="later")
    for order in ([(first, 1), (later, 2)], [(later, 2), (first, 1)]):
        for found, written_ns in order:
            hand_in(ledger, closed(found, written_ns))
            book_until_idle(ledger, idle_s=0)
        assert [row["label"] for row in rows(ledger)] == ["later"]


def test_what_the_sampler_knows_of_the_place_stands_beside_the_report(ledger):
    here = owner_of(os.getpid())
    found = report()
    opened_line = opened(found.run_id, here)
    hand_in(ledger, sensors(), opened_line, role=SAMPLER)
    hand_in(ledger, closed(found))
    book_until_idle(ledger, idle_s=0)
    hand_in(ledger, closed(replace(found, label="refined"), 2))  # the sampler's file is gone now
    book_until_idle(ledger, idle_s=0)
    (row,) = rows(ledger)
    assert (row["label"], row["project"], row["commit"]) == ("refined", "~/thesis", "c" * 40)
    assert left(ledger) == []


def test_the_commit_is_that_of_the_begin(ledger):
    here = owner_of(os.getpid())
    found = report()
    hand_in(ledger, sensors(), opened(found.run_id, here), role=SAMPLER)
    hand_in(ledger, closed(found, project="~/thesis", commit="d" * 40))
    book_until_idle(ledger, idle_s=0)
    (row,) = rows(ledger)
    assert row["commit"] == "c" * 40


def test_a_window_whose_program_died_has_the_joules_up_to_the_last_mark(ledger):
    died("dead", ledger)
    book_until_idle(ledger, idle_s=0)
    (row,) = rows(ledger)
    assert (row["status"], row["label"], row["stage"]) == ("died", "fit", "training")
    assert row["energy_j"] == pytest.approx(100.0, abs=row["uncertainty_j"])
    assert row["uncertainty_j"] < 1
    assert row["duration_s"] == pytest.approx(10.0, abs=0.01)
    assert row["provenance"] == "counter"
    assert left(ledger) == []


def test_two_samplers_of_one_window_add_up(ledger):
    """The first one was killed, and the second one went on from where it stopped."""
    first, second = GONE._replace(pid=GONE.pid + 1), GONE._replace(pid=GONE.pid + 2)
    begin = mark(0.0001, 7.0, ("begin", "dead"))
    before = (sensors(), opened("dead"), begin, mark(5.0, 57.0))
    hand_in(ledger, *before, role=SAMPLER, owner=first)
    again = mark(6.0, 67.0, ("begin", "dead"))
    after = (sensors(resumed=True), opened("dead"), again, mark(11.0, 117.0))
    hand_in(ledger, *after, role=SAMPLER, owner=second)
    book_until_idle(ledger, idle_s=0)
    (row,) = rows(ledger)
    assert row["energy_j"] == pytest.approx(110.0, abs=max(1.0, row["uncertainty_j"]))
    assert row["duration_s"] == pytest.approx(11.0, abs=0.01)


def test_a_window_that_was_opened_and_never_marked_has_no_joules_and_a_reason(ledger):
    hand_in(ledger, sensors(), opened("dead"), role=SAMPLER, owner=GONE)
    book_until_idle(ledger, idle_s=0)
    (row,) = rows(ledger)
    assert (row["status"], row["energy_j"]) == ("died", None)
    assert report_of(row["body"], None).missing[0].id == "ledger"


def test_hidden_gpus_are_none_of_a_dead_programs(ledger):
    hand_in(
        ledger,
        sensors(),
        opened("dead", domains=["gpu:0"]),
        mark(0.0001, 7.0, ("begin", "dead")),
        mark(5.0, 57.0),
        role=SAMPLER,
        owner=GONE,
    )
    book_until_idle(ledger, idle_s=0)
    assert [row["energy_j"] for row in rows(ledger)] == [None]


def test_a_window_that_is_open_waits(ledger):
    here = owner_of(os.getpid())
    hand_in(ledger, sensors(), opened("open", here), mark(0.1, 1, ("begin", "open")), role=SAMPLER)
    hand_in(ledger, closed(report()))
    book_until_idle(ledger, idle_s=0)
    assert len(rows(ledger)) == 1
    assert len(left(ledger)) == 1
    hand_in(ledger, closed(report("open")))
    book_until_idle(ledger, idle_s=0)
    assert left(ledger) == []
    assert {row["status"] for row in rows(ledger)} == {"ok"}


def test_after_a_reboot_used_process_ids_are_others(ledger):
    died("dead", ledger, owner_of(os.getpid())._replace(boot="0ther0ne"))
    book_until_idle(ledger, idle_s=0)
    assert [row["status"] for row in rows(ledger)] == ["died"]


def test_windows_of_another_machine_are_left_to_it(ledger):
    elsewhere = owner_of(os.getpid())._replace(boot="0ther0ne", machine="0ther0ne")
    died("alive", ledger, elsewhere)
    book_until_idle(ledger, idle_s=0)
    assert len(left(ledger)) == 1
    os.utime(next(files(intake_folder(ledger))).path, (1, 1))  # for years nothing came of it
    book_until_idle(ledger, idle_s=0)
    assert [row["status"] for row in rows(ledger)] == ["died"]


def test_a_report_that_comes_after_its_window_was_taken_for_dead_replaces_it(ledger):
    died("dead", ledger)
    book_until_idle(ledger, idle_s=0)
    hand_in(ledger, closed(report("dead")))
    book_until_idle(ledger, idle_s=0)
    assert [row["status"] for row in rows(ledger)] == ["ok"]
    died("dead", ledger)
    book_until_idle(ledger, idle_s=0)
    assert [row["status"] for row in rows(ledger)] == ["ok"]
    assert left(ledger) == []


NO_ENTRY = (
    *(b"\n", b"hello\n", b"00000000 {}\n", b"\xff\x00\n", b"x" * (2 * lines.MOST_BYTES) + b"\n"),
    lines.pack("unknown"),
    lines.pack("closed"),
    lines.pack("closed", run_id="a", written_ns=1, report={"schema": "another"}),
    lines.pack("closed", run_id="a", written_ns="b", report=report("a").to_dict()),
    lines.pack("closed", run_id="b", written_ns=1, report=report("a").to_dict()),
    closed(report("c"), begin_ns=1 << 80),
    closed(report("d"), written_ns=1 << 80),
    closed(report("e"), written_ns=-1),
    closed(report("g"), begin_ns=True),
    closed(report("f\0")),
    lines.pack("opened"),
    lines.pack("opened", run_id=["a"], owner=GONE.text),
    lines.pack("opened", run_id="a", owner=7),
    lines.pack("opened", run_id="a\0", owner=GONE.text),
    lines.pack("opened", run_id="\ud800", owner=GONE.text),
)


def test_lines_that_cannot_be_read_are_put_aside_and_the_others_booked(ledger):
    hand_in(ledger, closed(report("one")), *NO_ENTRY, closed(report("two")), b"to")
    book_until_idle(ledger, idle_s=0)
    assert {row["run_id"] for row in rows(ledger)} == {"one", "two"}
    assert left(ledger) == []
    assert check(ledger).unread == len(NO_ENTRY) + 1
    size = sum(path.stat().st_size for path in (intake_folder(ledger) / "aside").iterdir())
    assert size < (1 << 20) + 100


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # rows of earlier ones stay
)
@given(st.data())
def test_entries_of_any_content_are_booked_or_put_aside(ledger, data):
    texts = st.text(st.characters(codec=None), max_size=5) | st.sampled_from(["x" * 120, "\0"])
    numbers = st.integers() | st.sampled_from([-1, 1 << 31, 1 << 63, 1 << 80])
    junk = st.none() | st.booleans() | numbers | texts | st.lists(st.none())
    fields = st.sampled_from(["label", "stage", "notebook", "cell_id", "execution_count"])

    def changed(values):
        return {
            key: data.draw(junk) if data.draw(st.integers(0, 3)) == 0 else value
            for key, value in values.items()
            if key != "kind" and data.draw(st.integers(0, 5))
        }

    found = closed(report("a"), data.draw(st.integers(0, 9)))
    entry = changed(lines.unpack(data.draw(st.sampled_from([found, opened("a"), mark(1, 2)]))))
    if isinstance(entry.get("report"), dict):
        entry["report"] |= data.draw(st.dictionaries(fields, texts | numbers))
    kind = data.draw(st.sampled_from(["closed", "opened", "mark", "sensors"]))
    hand_in(ledger, sensors(), lines.pack(kind, **entry), role=SAMPLER, owner=GONE)
    good = report()
    hand_in(ledger, closed(good))
    assert book_until_idle(ledger, idle_s=0) is False
    assert good.run_id in {row["run_id"] for row in rows(ledger)}
    assert left(ledger) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"label": "a\0b"},
        {"notebook": "\udcff.ipynb"},
        {"cell_id": "c" * 128},
        {"execution_count": 1 << 40},
    ],
)
def test_what_no_database_can_hold_stays_in_the_report(ledger, fields):
    found = report(**fields)
    hand_in(ledger, closed(found))
    book_until_idle(ledger, idle_s=0)
    (row,) = rows(ledger)
    assert report_of(row["body"], None).to_dict()["label"] == found.label
    assert left(ledger) == []


@pytest.mark.parametrize(
    "fields", [{"label": "\ud800"}, {"execution_count": 1 << 80}, {"stage": {}}]
)
def test_a_row_that_no_database_takes_keeps_no_others_waiting(ledger, monkeypatch, fields):
    """Should what cannot be held ever get by: it is put aside, as a whole."""
    made = row_module._row

    def unfit(report, *more):
        row = made(report, *more)
        return (
            replace(row, window={**row.window, **fields})
            if report.values["run_id"] == "bad"
            else row
        )

    monkeypatch.setattr(row_module, "_row", unfit)
    good = [report() for _ in range(7)]
    hand_in(ledger, *(closed(each) for each in (*good[:3], report("bad"), *good[3:])))
    book_until_idle(ledger, idle_s=0)
    assert {row["run_id"] for row in rows(ledger)} == {each.run_id for each in good}
    assert (left(ledger), refused(ledger)) == ([], "")
    (aside,) = (intake_folder(ledger) / "aside").iterdir()
    assert '"run_id": "bad"' in aside.read_text()
    assert check(ledger).unread == 1


def test_a_torn_line_of_a_writer_that_lives_is_waited_for(ledger):
    intake = intake_folder(ledger)
    intake.mkdir(parents=True)
    line = closed(report())
    path = intake / f"{owner_of(os.getpid()).text}.meter-1-0.growing"
    path.write_bytes(line[:-7])
    booker = Booker(ledger)
    assert booker.book() == 0
    with path.open("ab") as stream:
        stream.write(line[-7:])
    assert booker.book() == 1
    assert booker.reader.unread == 0
    booker.close()


@files_only
def test_no_file_is_anybody_elses(ledger):
    hand_in(ledger, closed(report()))
    book_until_idle(ledger, idle_s=0)
    for path in [ledger, *ledger.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_row_has_what_the_counters_showed_at_both_edges(ledger):
    read = {"cpu:0/package": {"unit_j": 1e-6, "begin": [3, 7_000_000], "end": [9, 57_000_000]}}
    hand_in(ledger, closed(report("closed"), counters=read), closed(report("old"), begin_s=9))
    hand_in(ledger, closed(report("odd"), counters=[1]))
    died("died", ledger)
    book_until_idle(ledger, idle_s=0)
    bodies = {row["run_id"]: row["body"] for row in rows(ledger)}
    assert counters_of(bodies["closed"]) == read
    assert counters_of(bodies["died"]) == {
        "cpu:0/package": {
            "unit_j": 1e-6,
            "begin": [100_000, 7_000_000],
            "end": [10_000_000_000, 107_000_000],
        }
    }
    assert counters_of(bodies["old"]) == counters_of(bodies["odd"]) == {}
    assert report_of(bodies["closed"], None).run_id == "closed"
    with pytest.raises(ReportError):
        counters_of(b"?")


def test_the_booker_ends_when_idle(ledger):
    hand_in(ledger, closed(report()))
    before = time.monotonic()
    assert book_until_idle(ledger, idle_s=0.3) is False
    assert 0.2 < time.monotonic() - before < 5


def test_sums_are_kept_beside_the_rows_of_each_kind_of_store(ledger):
    days = ["2026-04-30T12:00:00.000Z", "2026-05-01T12:00:00.000Z", "2026-05-02T12:00:00.000Z"]
    hand_in(
        ledger,
        *(closed(report(started_at=day), begin_s=9 * n) for n, day in enumerate(days)),
        closed(report("late", label="late"), begin_s=9),  # at the time of the second one
    )
    booker = Booker(ledger)
    booker.book()
    assert booker.settle() is False
    booker.close()
    assert len(sql(ledger, "select distinct period from sums")) == 4 + 2 + 1  # days, months, all
    found = summed(ledger, "label", Range())
    meant, total = questions.grouped(questions.read(ledger), "label")
    for each, other in zip([*found.groups, found.total], [*meant, total], strict=True):
        assert each.windows == other.windows
        assert each.measured.energy_j == pytest.approx(other.measured.energy_j)
        assert each.measured.uncertainty_j == pytest.approx(other.measured.uncertainty_j)
    assert forget(ledger, Chosen()).windows == 4
    assert sql(ledger, "select period from sums") == []
    assert summed(ledger, "label", Range()).total.windows == 0


def test_a_window_of_two_samplers_of_which_one_has_nothing_left_stops_no_booker(ledger):
    """The other's file stays for a window that is still open."""
    first, second = GONE, GONE._replace(start=2)
    here = owner_of(os.getpid())
    hand_in(ledger, sensors(), opened("both", here), role=SAMPLER, owner=first)
    hand_in(
        ledger,
        *(sensors(), opened("both", here), opened("open", here)),
        role=SAMPLER,
        owner=second,
    )
    hand_in(ledger, closed(report("both")))
    booker = Booker(ledger)
    for _ in range(3):
        booker.book()
    booker.close()
    assert booker.reader.opened.keys() == {"both", "open"}
    assert booker.reader.opened["both"].writers == {second}
