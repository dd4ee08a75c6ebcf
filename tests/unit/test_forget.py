"""Windows that are forgotten: nothing of them is in any file of the ledger, and none comes back."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from jupyter_green.cli.main import main
from jupyter_green.intake import lines
from jupyter_green.intake.erase import erase
from jupyter_green.intake.lock import booker_lock, taken_over
from jupyter_green.intake.owner import owner_of
from jupyter_green.intake.places import intake_folder
from jupyter_green.intake.writer import SAMPLER, Writer, files
from jupyter_green.ledger import questions, stores
from jupyter_green.ledger.book import Booker, book_until_idle
from jupyter_green.ledger.check import check
from jupyter_green.ledger.forget import Chosen, find, forget
from jupyter_green.ledger.packing import unpacked
from jupyter_green.ledger.schema import metadata
from jupyter_green.ledger.sqlite import store_path
from jupyter_green.report.fields import ReportTrace
from tests.testbench.handed_in import closed, died, hand_in, mark, opened, report, sensors
from tests.testbench.ledgers import KINDS, ledger_of

ROOT = Path(__file__).parents[2]
MARKER = "Zaphod-Beeblebrox"


@pytest.fixture(params=KINDS)
def ledger(request, tmp_path, monkeypatch):
    """A ledger of each kind of store."""
    return ledger_of(request.param, request, tmp_path, monkeypatch)


files_only = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)


def kept(ledger):
    return {each.run_id for each in questions.read(ledger)}


def rows(ledger):
    """Return all values that a store has."""
    found = []
    with stores.written(ledger).reading() as connection:
        for table in metadata.sorted_tables:
            found += [value for row in connection.execute(table.select()) for value in row]
    return found


def in_files(ledger, *what):
    """Return in which files of a ledger something is."""
    found = []
    for path in ledger.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        found += [
            (path.name, each[:40]) for each in what if each in data or each in str(path).encode()
        ]
    return found


def metered(ledger, number=40):
    """Fill a ledger; return the ids that are to be forgotten, and those that stay."""
    gone, stay = [], []
    for n in range(number):
        curve = ReportTrace((0.0, 5.0), {"cpu:0/package": (10.0, n + 0.125)})
        secret = report(label=f"{MARKER} {n}", notebook="secret.ipynb", trace=curve)
        gone.append(secret.run_id)
        stay.append(f"stays{n}")
        hand_in(ledger, closed(secret, 1, 9 * n), closed(report(stay[-1]), 1, 9 * n, project="~/a"))
    book_until_idle(ledger, idle_s=0)
    return gone, stay


def bodies(ledger, run_ids):
    """Return what a store holds of windows in compressed form."""
    found = []
    with stores.written(ledger).reading() as connection:
        for name, column in (("windows", "body"), ("traces", "trace")):
            table = metadata.tables[name]
            asked = select(table.c[column]).where(table.c.run_id.in_(run_ids))
            found += connection.scalars(asked)
    return found


@files_only
def test_no_file_holds_anything_of_what_is_forgotten(ledger):
    gone, stay = metered(ledger)
    blobs = bodies(ledger, gone)
    assert MARKER in str(unpacked(blobs[0]))
    # Somebody has the store open, so its log stays; and it has free pages that are not empty.
    other = sqlite3.connect(store_path(ledger), isolation_level=None)
    other.execute("pragma secure_delete = off")
    other.execute("create table past (text)")
    other.executemany("insert into past values (?)", [[MARKER * 500]] * 20)
    other.execute("drop table past")
    curve = ReportTrace((0.0, 5.0), {"cpu:0/package": (10.0, 77.0)})
    again = {"label": MARKER, "notebook": "secret.ipynb", "trace": curve}
    hand_in(ledger, *(closed(report(run_id, **again), written_ns=2) for run_id in gone))
    booker = Booker(ledger)
    booker.book()
    blobs += bodies(ledger, gone)
    what = [MARKER.encode(), *(r.encode() for r in gone), *blobs]
    assert in_files(ledger, *what)
    (ledger / "damaged-1-ledger.sqlite").write_bytes(MARKER.encode())
    (ledger / "damaged-1-ledger.sqlite-wal").write_bytes(MARKER.encode())
    (ledger / "intensity.json").write_bytes(MARKER.encode())
    (ledger / "ledger-backup-1-schema-1-ledger.sqlite").write_bytes(MARKER.encode())
    aside = intake_folder(ledger) / "aside" / "x"
    aside.parent.mkdir(exist_ok=True)
    aside.write_bytes(MARKER.encode())
    found = forget(ledger, Chosen(notebook="/somewhere/secret.ipynb"))
    assert (found.windows, len(found.copies)) == (len(gone), 5)
    assert in_files(ledger, *what) == []
    other.close()
    booker.close()
    assert kept(ledger) == set(stay)
    assert not check(ledger).faults


def test_no_row_holds_anything_of_what_is_forgotten(ledger):
    gone, stay = metered(ledger, 5)
    hand_in(ledger, closed(report("inner"), parent=gone[0], session="other"))
    hand_in(ledger, closed(report("own", notebook="b.ipynb"), parent=gone[0]))
    assert forget(ledger, Chosen(notebook="secret.ipynb")).windows == 6
    assert kept(ledger) == {*stay, "own"}
    for value in rows(ledger):
        text = str(value)
        assert MARKER not in text
        assert not any(run_id in text for run_id in [*gone, "inner"])


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        (Chosen(), set()),
        (Chosen(project="thesis"), {"b", "c"}),
        (Chosen(project="~/thesis"), {"b", "c"}),
        (Chosen(project="hesis"), {"a", "b", "c"}),
        (Chosen(project="~/the_is"), {"a", "b", "c"}),
        (Chosen(before_s=1_778_000_000.0), {"c"}),
        (Chosen(project="other", before_s=1_778_000_000.0), {"a", "c"}),
        (Chosen(notebook="a.ipynb", project="other"), {"a", "b", "c"}),
    ],
)
def test_what_is_chosen_goes_and_all_else_stays(ledger, chosen, left):
    late = "2026-06-01T00:00:00.000Z"
    hand_in(
        ledger,
        closed(report("a", notebook="a.ipynb"), project="~/thesis"),
        closed(report("b"), begin_s=9, project="~/other"),
        closed(report("c", started_at=late), begin_s=18, project="~/other"),
    )
    would = find(ledger, chosen)
    assert forget(ledger, chosen).windows == would.windows == 3 - len(left)
    assert kept(ledger) == left


def test_a_late_report_of_a_forgotten_window_brings_nothing_back(ledger):
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    one = report("one", started_at=now, label=MARKER)
    hand_in(ledger, closed(one))
    assert forget(ledger, Chosen()).windows == 1
    hand_in(ledger, closed(one, written_ns=2), closed(report("two", started_at=now), begin_s=9))
    assert kept(ledger) == {"two"}
    assert list(files(intake_folder(ledger))) == []
    assert MARKER not in " ".join(map(str, rows(ledger)))


def test_what_waits_in_the_intake_is_forgotten_too(ledger):
    died("died", ledger)
    hand_in(ledger, closed(report("waits")))
    assert forget(ledger, Chosen()).windows == 2
    assert kept(ledger) == set()


@files_only
def test_an_open_window_is_taken_out_of_the_file_its_sampler_goes_on_writing(ledger):
    here = owner_of(os.getpid())
    secret = {"label": MARKER, "notebook": "secret.ipynb"}
    writer = Writer(intake_folder(ledger), here, SAMPLER)
    writer.write(
        [sensors(), opened("secret", here, subject=secret), mark(0.1, 7.0, ("begin", "secret"))]
    )
    writer.write([opened("stays", here, 1.0), mark(1.0, 17.0, ("begin", "stays")), mark(5.0, 57.0)])
    assert find(ledger, Chosen(notebook="secret.ipynb")).open == ["secret"]
    (file,) = files(intake_folder(ledger))
    size = file.path.stat().st_size
    assert forget(ledger, Chosen(notebook="secret.ipynb")).open == ["secret"]
    assert file.path.stat().st_size == size
    assert in_files(ledger, MARKER.encode(), b'"secret"', b"secret.ipynb") == []
    # Both go on, and end; the one that was forgotten is handed in all the same.
    writer.write([mark(8.0, 87.0, ("end", "secret")), mark(11.0, 117.0, ("end", "stays"))])
    writer.seal()
    hand_in(ledger, closed(report("secret", **secret)), closed(report("stays")))
    assert kept(ledger) == {"stays"}
    assert in_files(ledger, MARKER.encode(), b"secret") == []
    assert not check(ledger).unread


@files_only
def test_a_window_that_dies_after_another_was_forgotten_has_its_joules(ledger, monkeypatch):
    here = owner_of(os.getpid())
    writer = Writer(intake_folder(ledger), here, SAMPLER)
    writer.write([sensors(), opened("secret", here), mark(0.1, 7.0, ("begin", "secret"))])
    writer.write([opened("dies", here, 1.0, subject={"notebook": "b.ipynb"})])
    writer.write([mark(1.0, 17.0, ("begin", "dies")), mark(3.0, 37.0, ("end", "secret"))])
    writer.write([mark(11.0, 117.0)])
    erase(intake_folder(ledger), {"secret"})
    writer.seal()
    monkeypatch.setattr("jupyter_green.ledger.reading.is_gone", lambda _: True)
    (found,) = questions.read(ledger)
    assert (found.run_id, found.status, found.energy_j) == ("dies", "died", pytest.approx(100.0))


@files_only
def test_the_booker_at_work_lets_go_of_its_lock(ledger):
    hand_in(ledger, closed(report("one", label=MARKER)))
    code = "from jupyter_green.ledger import book\nbook.book_until_idle(book.ledger_folder(), 60)"
    program = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        until_s = time.monotonic() + 20
        while not store_path(ledger).exists() and time.monotonic() < until_s:
            time.sleep(0.05)
        assert forget(ledger, Chosen()).windows == 1
        assert program.wait(10) == 0
    finally:
        program.kill()
        program.wait()
    assert in_files(ledger, MARKER.encode()) == []


@files_only
def test_who_reads_meanwhile_is_waited_for(ledger):
    gone, _ = metered(ledger, 3)
    database = stores.written(ledger)
    is_reading, may_end = threading.Event(), threading.Event()

    def read():
        with database.reading():
            is_reading.set()
            may_end.wait(20)

    reader = threading.Thread(target=read)
    reader.start()
    is_reading.wait(20)
    threading.Timer(0.5, may_end.set).start()
    forget(ledger, Chosen())
    reader.join()
    assert in_files(ledger, MARKER.encode(), gone[0].encode()) == []


def test_two_that_want_the_lock_have_it_one_after_the_other(tmp_path):
    with taken_over(tmp_path, 1.0) as first:
        assert first
        with taken_over(tmp_path, 0.1) as second:
            assert not second
    with booker_lock(tmp_path) as free:
        assert free


def test_a_line_is_replaced_by_one_of_its_length():
    assert lines.unpack(lines.pack_as_long(64, "forgotten")) == {"kind": "forgotten"}
    assert len(lines.pack_as_long(64, "forgotten")) == 64
    with pytest.raises(ValueError):
        lines.pack_as_long(20, "forgotten")


# --- the command ----------------------------------------------------------------------------


@files_only
def test_the_command_says_how_many_before_it_forgets_them(ledger, capsys):
    gone, stay = metered(ledger, 3)
    assert main(["ledger", "forget", "--notebook", "secret.ipynb", "--dry-run"]) == 0
    assert capsys.readouterr().out == "3 windows would be forgotten.\n"
    assert kept(ledger) == {*gone, *stay}
    assert main(["ledger", "forget", "--notebook", "secret.ipynb"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert kept(ledger) == {*gone, *stay}
    assert main(["ledger", "forget", "--notebook", "secret.ipynb", "--yes"]) == 0
    assert capsys.readouterr().out == "3 windows were forgotten.\n"
    assert kept(ledger) == set(stay)


@files_only
@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("\n", 1), ("no\n", 1), ("", 1)])
def test_the_command_asks(ledger, monkeypatch, capsys, answer, status):
    import io

    gone, stay = metered(ledger, 2)
    stdin = io.StringIO(answer)
    stdin.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["ledger", "forget", "--notebook", "secret.ipynb"]) == status
    assert kept(ledger) == (set(stay) if status == 0 else {*gone, *stay})


@files_only
@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--all", "--project", "a"],
        ["--before", "2026-13-01"],
        ["--project", "./"],
        ["--notebook", "/"],
    ],
)
def test_unclear_words_forget_nothing(ledger, capsys, words):
    hand_in(ledger, closed(report("one")))
    assert main(["ledger", "forget", "--yes", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert kept(ledger) == {"one"}


@files_only
def test_an_empty_ledger_has_nothing_to_forget(ledger, capsys):
    assert main(["ledger", "forget", "--all", "--yes"]) == 0
    assert capsys.readouterr().out == "0 windows were forgotten.\n"
    assert not ledger.exists()


@files_only
@pytest.mark.parametrize(
    "word", ["{home}/thesis", "{home}/thesis/", "~/thesis", "thesis", "thesis/"]
)
def test_a_project_is_named_as_a_shell_does(ledger, monkeypatch, tmp_path, word):
    monkeypatch.setenv("HOME", str(tmp_path))
    hand_in(ledger, closed(report("one"), project="~/thesis"), closed(report("two"), begin_s=9))
    named = word.format(home=tmp_path)
    assert main(["ledger", "forget", "--project", named, "--yes"]) == 0
    assert kept(ledger) == {"two"}
