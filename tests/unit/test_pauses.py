"""What was used between the windows of a session: rows of their own, each joule once."""

import csv
import io
import json
import random
import re
import time

import pytest

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger import questions, stores
from jupyter_green.ledger.book import book_until_idle
from jupyter_green.ledger.check import check
from jupyter_green.ledger.forget import Chosen, find, forget
from jupyter_green.ledger.metered import Metered, Part
from jupyter_green.ledger.pauses import own_of_pauses
from jupyter_green.ledger.schema import windows
from jupyter_green.sources.base import Provenance
from tests.testbench.handed_in import S, closed, hand_in, report
from tests.testbench.ledgers import KINDS, ledger_of

START = "2026-05-04T03:{:02}:{:02}.000Z"


@pytest.fixture(params=KINDS)
def ledger(request, tmp_path, monkeypatch):
    """A ledger of each kind of store."""
    return ledger_of(request.param, request, tmp_path, monkeypatch)


files_only = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)


def window(begin_s, pause_s=None, pause_j=100.0, **fields):
    """A window of 50 J in 5 s, and what was used in some seconds before it."""
    handed = {name: fields.pop(name) for name in ("session", "project") if name in fields}
    if pause_s is not None:
        used = {"cpu:0/package": (pause_j, 0.3)}
        handed["pause"] = {"begin_ns": round((begin_s - pause_s) * S), "domains": used}
    found = report(started_at=START.format(begin_s // 60, begin_s % 60), **fields)
    return closed(found, begin_s=begin_s, **handed)


def asked(capsys, *words):
    capsys.readouterr()
    assert main(["report", "--format", "json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_pause_is_a_row_below_the_total_and_in_no_other_figure(ledger, capsys):
    hand_in(ledger, window(0, label="a"), window(15, 10, label="b"))
    found = asked(capsys)
    assert found["total"]["measured_j"] == pytest.approx(100)
    assert found["total"]["windows"] == 2
    assert found["kept"]["measured_j"] == pytest.approx(100)
    pause = found["between_cells"]
    assert pause["measured_j"] == pytest.approx(100)
    assert pause["measured_uncertainty_j"] == pytest.approx(0.3)
    assert (pause["duration_s"], pause["pauses"]) == (pytest.approx(10), 1)
    with_time = asked(capsys, "--since", "2026-05-01T12:00")
    assert with_time["between_cells"] == pytest.approx(pause)
    for way in ("stage", "domain", "day", "cell"):
        assert main(["report", "--by", way]) == 0
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "between cells" in line]
        assert "100" in line
        assert "10.0 s" in line
    assert main(["history"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4  # two windows alone
    assert check(ledger).rows == 2


def test_booking_twice_and_a_later_report_leave_one_pause(ledger):
    first = report("w", started_at=START.format(0, 20))
    pause = {"begin_ns": 10 * S, "domains": {"cpu:0/package": (7.0, 0.1)}}
    line = closed(first, 1, 20, pause=pause)
    hand_in(ledger, line)
    hand_in(ledger, line)
    questions.book_what_waits(ledger)
    hand_in(ledger, closed(first, 2, 20, pause={**pause, "domains": {"cpu:0/package": (8.0, 0.1)}}))
    questions.book_what_waits(ledger)
    (found,) = questions.read_pauses(ledger)
    assert found.energy_j == 8.0
    assert found.span[1:] == (10 * S, 20 * S)


def test_what_no_counter_tells_has_no_row(ledger):
    by_model = window(15, 10, by=Provenance.ESTIMATE)
    other = {"begin_ns": 0, "domains": {"gpu:9": (5.0, 0.1)}}
    hand_in(ledger, by_model, window(30), closed(report(), begin_s=50, pause=other))
    questions.book_what_waits(ledger)
    assert questions.read_pauses(ledger) == []
    assert len(questions.read(ledger)) == 3


@pytest.mark.parametrize(
    "pause",
    [
        {"begin_ns": 99 * S, "domains": {"cpu:0/package": (5.0, 0.1)}},
        {"begin_ns": 0, "domains": {"cpu:0/package": (-5.0, 0.1)}},
        {"begin_ns": 0.5, "domains": {"cpu:0/package": (5.0, 0.1)}},
        {"begin_ns": 0, "domains": {"cpu:0/package": "no joules"}},
        {"begin_ns": -(1 << 63), "domains": {"cpu:0/package": (5.0, 0.1)}},
        ["a list"],
    ],
)
@files_only
def test_a_pause_that_cannot_be_read_costs_no_window(ledger, pause):
    hand_in(ledger, closed(report("w"), begin_s=50, pause=pause))
    book_until_idle(ledger, idle_s=0)
    assert [each.run_id for each in questions.read(ledger)] == ["w"]
    assert questions.read_pauses(ledger) == []
    assert check(ledger).unread == 1


# --- each joule once ------------------------------------------------------------------------


def a_row(run_id, begin_s, end_s, energy_j, device="cpu:0/package", host="h"):
    part = Part(device, is_estimate=False, energy_j=energy_j, uncertainty_j=0.1, scale=None)
    names = Metered.__dataclass_fields__
    bare = dict.fromkeys([name for name in names if name not in ("parts", "span")])
    values = {"run_id": run_id, "energy_j": energy_j, "duration_s": end_s - begin_s}
    return Metered(**{**bare, **values}, parts=[part], span=(host, begin_s * S, end_s * S))


def own(pauses, others=()):
    return [own_j for (own_j,) in own_of_pauses(pauses, others)]


def test_what_another_session_metered_is_not_between_cells():
    pause = a_row("p", 0, 100, 1000.0)
    busy = a_row("w", 20, 40, 700.0)
    inner = a_row("i", 25, 30, 300.0)  # within that one: its joules are there already
    assert own([pause], [busy, inner]) == pytest.approx([300.0])
    past = a_row("q", 90, 110, 200.0)
    assert own([pause], [busy, past]) == pytest.approx([200.0])
    assert own([pause], [a_row("g", 0, 100, 900.0, "gpu:0")]) == [1000.0]
    assert own([pause], [a_row("e", 0, 100, 900.0, host="other")]) == [1000.0]
    assert own([pause], [a_row("more", 0, 50, 5000.0)]) == [0.0]
    assert own([pause], [a_row("all", -5, 105, 900.0)]) == [0.0]


def test_of_several_sessions_pauses_the_first_has_the_time_in_common():
    one, other = a_row("a", 0, 100, 1000.0), a_row("b", 50, 150, 1000.0)
    assert own([other, one]) == pytest.approx([500.0, 1000.0])
    assert own([one, other], [a_row("w", 60, 90, 600.0)]) == pytest.approx([400.0, 400 * 50 / 70])
    assert own([one, a_row("within", 20, 30, 100.0)]) == [1000.0, 0.0]


def test_on_a_machine_of_one_power_all_add_up_to_the_truth():
    """Windows and pauses of several sessions, at random: what any of them covered counts once."""
    rng = random.Random(7)
    for _ in range(200):
        spans = [sorted(rng.sample(range(60), 2)) for _ in range(8)]
        rows = [
            a_row(f"{n}", begin, end, 10.0 * (end - begin)) for n, (begin, end) in enumerate(spans)
        ]
        metered, pauses = rows[:4], rows[4:]
        in_windows = {t for begin, end in spans[:4] for t in range(begin, end)}
        in_pauses = {t for begin, end in spans[4:] for t in range(begin, end)}
        assert sum(own(pauses, metered)) == pytest.approx(10.0 * len(in_pauses - in_windows))
        rng.shuffle(pauses)
        assert sum(own(pauses, metered)) == pytest.approx(10.0 * len(in_pauses - in_windows))


def test_sums_and_rows_agree_on_two_sessions(ledger, capsys):
    hand_in(
        ledger,
        window(0, session="one"),
        window(105, 100, 1000.0, session="one", project="~/a"),
        window(20, session="two", project="~/b"),
        window(45, 20, 300.0, session="two", project="~/b"),
    )
    found = asked(capsys)["between_cells"]
    # 1000 J of which two windows of 50 J are metered; the second pause lies within the first.
    assert found["measured_j"] == pytest.approx(900.0)
    assert asked(capsys, "--project", "b")["between_cells"]["measured_j"] == 0
    assert asked(capsys, "--project", "a")["between_cells"]["measured_j"] == pytest.approx(900.0)
    assert asked(capsys, "--until", "2026-05-03")["between_cells"]["pauses"] == 0


# --- forgetting -----------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", ["before.ipynb", "after.ipynb"])
def test_a_pause_goes_with_either_of_its_neighbours(ledger, chosen):
    hand_in(
        ledger,
        window(0, notebook="first.ipynb"),
        window(10, 5, 11.0, notebook="before.ipynb"),
        window(25, 10, 22.0, notebook="after.ipynb"),
        window(40, 10, 33.0, notebook="last.ipynb"),
        window(25, 10, 44.0, notebook="last.ipynb", session="another"),
    )
    assert find(ledger, Chosen(notebook=chosen)).windows == 1
    forget(ledger, Chosen(notebook=chosen))
    left = sorted(each.energy_j for each in questions.read_pauses(ledger))
    assert left == ([33.0, 44.0] if chosen == "before.ipynb" else [11.0, 44.0])
    assert len(questions.read(ledger)) == 4


def test_a_late_report_brings_no_forgotten_pause_back(ledger):
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    before = report("p", started_at=now, notebook="gone.ipynb")
    after = report("w", started_at=now)
    pause = {"begin_ns": 5 * S, "domains": {"cpu:0/package": (7.0, 0.1)}}
    hand_in(ledger, closed(before), closed(after, 1, 20, pause=pause))
    forget(ledger, Chosen(notebook="gone.ipynb"))
    hand_in(ledger, closed(after, 2, 20, pause=pause))
    questions.book_what_waits(ledger)
    assert questions.read_pauses(ledger) == []
    with stores.written(ledger).reading() as connection:
        assert len(connection.execute(windows.select()).all()) == 1


# --- wherever a ledger is shown or carried ---------------------------------------------------


@files_only
def test_it_is_told_beside_a_csv_on_a_page_and_in_a_statement_and_added_to_nothing(
    ledger, tmp_path, capsys
):
    hand_in(ledger, window(0, label="a"), window(15, 10, 7.0, label="b"))
    assert main(["report", "--by", "label", "--format", "csv"]) == 0
    said = capsys.readouterr()
    assert sum(float(row["measured_j"]) for row in csv.DictReader(io.StringIO(said.out))) == 100.0
    assert said.err.startswith("Between cells, in no group and not in the total: 7.")
    assert main(["report", "--html", str(tmp_path / "page.html")]) == 0
    (tile,) = re.findall(
        r"<dt>between cells, in no other figure</dt><dd>(.*?)</dd>",
        (tmp_path / "page.html").read_text(),
    )
    assert tile.startswith("7.")
    capsys.readouterr()
    assert main(["statement", "--all", "--format", "json"]) == 0
    stated = json.loads(capsys.readouterr().out)
    assert stated["spent"]["measured"]["energy_j"] == pytest.approx(100.0)
    assert stated["between_runs"]["measured"]["energy_j"] == pytest.approx(7.0)
    assert (stated["between_runs"]["pauses"], stated["between_runs"]["duration_s"]) == (1, 10.0)
    assert main(["statement", "--all"]) == 0
    assert "Between the runs of a session its machine used" in capsys.readouterr().out


@files_only
def test_without_pauses_nothing_is_said_of_them(ledger, tmp_path, capsys):
    hand_in(ledger, window(0), window(15))
    assert main(["report", "--format", "csv"]) == 0
    assert main(["report", "--html", str(tmp_path / "page.html")]) == 0
    assert main(["statement", "--all"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "Between the runs" not in said.out
    assert "between cells" not in (tmp_path / "page.html").read_text()


@files_only
def test_it_comes_back_from_an_export_once(ledger, tmp_path, monkeypatch, capsys):
    hand_in(ledger, window(0, project="~/a"), window(15, 10, 7.0, project="~/a"), window(40, 20))
    questions.book_what_waits(ledger)
    meant = [(each.run_id, each.energy_j, each.span) for each in questions.read_pauses(ledger)]
    assert len(meant) == 2
    exported = tmp_path / "all.jsonl"
    assert main(["export", "jsonl", "-o", str(exported)]) == 0
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "other"))
    for new in (3, 0):
        assert main(["ledger", "import", str(exported)]) == 0
        assert f"3 windows read, {new} of them new" in capsys.readouterr().out
        found = questions.read_pauses(tmp_path / "other")
        assert [(each.run_id, each.energy_j, each.span) for each in found] == meant
    monkeypatch.setenv(LEDGER_VARIABLE, str(ledger))
    assert main(["ledger", "import", str(exported)]) == 0
    assert len(questions.read_pauses(ledger)) == 2


@files_only
@pytest.mark.parametrize("pause", [{}, {"begin_ns": "x"}, {"begin_ns": 1, "domains": [1]}])
def test_a_pause_of_a_file_that_cannot_be_read_is_named(ledger, tmp_path, capsys, pause):
    hand_in(ledger, window(15, 10))
    exported = tmp_path / "all.jsonl"
    assert main(["export", "jsonl", "-o", str(exported)]) == 0
    line = json.loads(exported.read_text())
    exported.write_text(json.dumps({**line, "pause": pause}))
    expected = 0 if not pause else 2
    assert main(["ledger", "import", str(exported)]) == expected
    if pause:
        assert "a pause" in capsys.readouterr().err
