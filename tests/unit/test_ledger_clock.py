"""The clocks that people see: summer time, another time zone; and the one that stands still."""

import json
import time
from datetime import datetime, timezone

import pytest

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger import asked, questions
from jupyter_green.ledger.slices import slices
from tests.testbench.handed_in import closed, hand_in, report

HOUR_S = 3600.0


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


@pytest.fixture
def zone(monkeypatch):
    """Set the time zone of this process: ``zone("Europe/Berlin")``."""

    def into(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield into
    monkeypatch.undo()
    time.tzset()


def window(utc, label, begin_s=None, **fields):
    """A window of 50 J that began at a time such as ``"2026-03-28T23:30"``."""
    begin = datetime.fromisoformat(utc).replace(tzinfo=timezone.utc)
    started_at = begin.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    handed = {name: fields.pop(name) for name in ("session", "parent", "pause") if name in fields}
    begin_s = begin.timestamp() % 1e7 if begin_s is None else begin_s
    return closed(report(label, started_at=started_at, label=label, **fields), 1, begin_s, **handed)


def answer(capsys, *words):
    capsys.readouterr()
    assert main(["report", "--format", "json", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    return {group["name"]: group["windows"] for group in found["groups"]}


SHORT = ["2026-03-28T22:30", "2026-03-28T23:30", "2026-03-29T21:30", "2026-03-29T22:30"]
LONG = ["2026-10-24T21:30", "2026-10-24T22:30", "2026-10-25T22:30", "2026-10-25T23:30"]


@pytest.mark.parametrize(
    ("day", "times"),
    [("2026-03-29", SHORT), ("2026-10-25", LONG)],
    ids=["a day of 23 hours", "a day of 25 hours"],
)
def test_a_day_is_all_its_hours_however_many(ledger, zone, capsys, day, times):
    """The first and the last window are half an hour before and after the day."""
    zone("Europe/Berlin")
    hand_in(ledger, *(window(utc, name) for utc, name in zip(times, "abcd", strict=True)))
    assert answer(capsys, "--by", "day")[day] == 2
    assert answer(capsys, "--by", "label", "--since", day, "--until", day) == {"b": 1, "c": 1}
    found = [each.label for each in asked.query(since=day, until=day)]
    assert found == ["b", "c"]
    begin, end = f"{day}T00:00", f"{day}T23:59"  # which reads the rows
    assert answer(capsys, "--by", "label", "--since", begin, "--until", end) == {"b": 1, "c": 1}


def test_the_hour_that_comes_twice_keeps_its_windows_in_order(ledger, zone, capsys):
    zone("Europe/Berlin")
    first, second = "2026-10-25T00:30", "2026-10-25T01:30"  # both are 02:30 there
    hand_in(ledger, window(second, "second"), window(first, "first"))
    assert [each.label for each in questions.read(ledger)] == ["first", "second"]
    assert main(["history"]) == 0
    assert capsys.readouterr().out.count("2026-10-25 02:30") == 2
    assert answer(capsys, "--by", "label", "--since", "2026-10-25T02:00") == {
        "first": 1,
        "second": 1,
    }


def test_an_hour_that_is_none_is_a_time_all_the_same(ledger, zone, capsys):
    zone("Europe/Berlin")
    hand_in(ledger, window("2026-03-29T00:45", "before"), window("2026-03-29T01:45", "after"))
    found = answer(capsys, "--by", "label", "--since", "2026-03-29T02:15")
    assert found == {"after": 1}  # 01:45 and 03:45 by the clock there


def test_a_day_that_begins_at_one_has_nothing_of_the_day_before(ledger, zone, capsys):
    zone("America/Santiago")  # from 23:59 on the 5th to 01:00 on the 6th
    hand_in(ledger, window("2026-09-06T03:30", "before"), window("2026-09-06T04:30", "after"))
    day = "2026-09-06"
    assert answer(capsys, "--by", "label", "--since", day) == {"after": 1}
    assert [each.label for each in asked.query(since=day)] == ["after"]
    assert [each.label for each in asked.query(until="2026-09-05")] == ["before"]


@pytest.mark.parametrize("utc", ["2026-03-29T00:30", "2026-10-25T00:30"])
def test_a_window_over_the_change_lasts_as_long_as_it_does(ledger, zone, capsys, utc):
    zone("Europe/Berlin")
    hand_in(ledger, window(utc, "over it", duration_s=HOUR_S, energy_j=3600.0))
    assert main(["history"]) == 0
    assert "1 h 00 min" in capsys.readouterr().out


def test_another_time_zone_moves_no_joules_to_another_day(ledger, zone, capsys):
    zone("Europe/Berlin")
    hand_in(ledger, window("2026-05-04T21:30", "late"))  # 23:30 in Berlin
    before = answer(capsys, "--by", "day")
    zone("Asia/Tokyo")
    hand_in(ledger, window("2026-05-04T22:30", "early", begin_s=5e6))  # 07:30 of the next day there
    assert before == {"2026-05-04": 1}
    assert answer(capsys, "--by", "day") == {"2026-05-04": 1, "2026-05-05": 1}
    since = ("--by", "label", "--since", "2026-05-05")
    assert answer(capsys, *since) == {"early": 1}
    assert [each.label for each in questions.read(ledger)] == ["late", "early"]
    zone("America/New_York")
    assert answer(capsys, "--by", "day") == {"2026-05-04": 1, "2026-05-05": 1}


# --- suspend --------------------------------------------------------------------------------


def test_a_night_in_which_the_machine_was_suspended_is_no_time_of_a_window(ledger, zone, capsys):
    """The boot's clock stands still meanwhile: by it, the second window lies within the first."""
    zone("UTC")
    hand_in(
        ledger,
        window("2026-05-04T22:00", "outer", 100.0, duration_s=60.0, energy_j=600.0),
        window("2026-05-05T06:00", "inner", 130.0, duration_s=10.0, energy_j=100.0, parent="outer"),
        window("2026-05-05T06:01", "other", 150.0, duration_s=20.0, energy_j=200.0, session="two"),
    )
    capsys.readouterr()
    assert main(["report", "--by", "label", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    own_j = {group["name"]: group["measured_j"] for group in found["groups"]}
    assert own_j == pytest.approx({"outer": 500.0, "inner": 100.0, "other": 100.0})
    assert found["total"]["duration_s"] == pytest.approx(90.0)


def test_a_window_that_began_after_a_suspend_stays_with_the_one_around_it(ledger, zone):
    """Else a question that reads slice by slice would count its joules twice."""
    zone("UTC")
    between = [window(f"2026-05-04T23:{n:02}", f"w{n}", 1000.0 + 10 * n) for n in range(6)]
    hand_in(
        ledger,
        window("2026-05-04T22:00", "outer", 100.0, duration_s=60.0),
        *between,
        window("2026-05-05T06:00", "inner", 130.0, duration_s=10.0, parent="outer"),
    )
    questions.book_what_waits(ledger)
    together = [
        {each.label for each in questions.read(ledger, since_s, until_s)}
        for since_s, until_s in slices(ledger, at_once=2)
    ]
    assert sum(map(len, together)) == 8
    assert any({"outer", "inner"} <= found for found in together)
