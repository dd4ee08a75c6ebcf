"""A ledger on a real PostgreSQL: what its server does, from down to locked, loses no window."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE, intake_folder, ledger_folder, setting_of
from jupyter_green.intake.start import BOOKER, refused
from jupyter_green.intake.start import Booker as Starter
from jupyter_green.intake.writer import files
from jupyter_green.ledger import questions, stores
from jupyter_green.ledger.book import Booker, book_until_idle
from jupyter_green.ledger.check import check
from jupyter_green.ledger.database import Busy, Held
from jupyter_green.ledger.postgres import Server
from jupyter_green.ledger.row import row_of
from jupyter_green.ledger.store import Store
from tests.testbench.handed_in import closed, hand_in, report

pytest.importorskip("psycopg")

from tests.testbench.postgres import PASSWORD, TLS_USER

ROOT = Path(__file__).parents[2]


@pytest.fixture
def team(postgres, tmp_path, monkeypatch):
    """Return a function that sets the ledger to the server's database, and returns its folder."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    database = postgres.database()

    def ledger(more="", **who):
        monkeypatch.setenv(LEDGER_VARIABLE, postgres.url(database, **who) + more)
        return ledger_folder()

    ledger.name = database
    return ledger


@pytest.fixture
def ledger(team):
    return team()


def waiting(ledger):
    return len(list(files(intake_folder(ledger))))


def booked(ledger):
    return {each.run_id: each for each in questions.read(ledger)}


def no_password_in(*texts):
    assert not any(part in text for text in texts for part in (PASSWORD, "s3cret", "p%40ss"))


def test_rows_wait_for_a_server_that_is_down(ledger, postgres, capsys):
    hand_in(ledger, closed(report("one")))
    postgres.stop()
    try:
        book_until_idle(ledger, idle_s=0)
        assert waiting(ledger) == 1
        assert "refused" in refused(ledger)
        assert main(["history"]) == 2
        assert main(["ledger", "check"]) == 1
    finally:
        postgres.start()
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "cannot be counted; 1 file waits" in said.out
    no_password_in(said.out, said.err, refused(ledger))
    assert not book_until_idle(ledger, idle_s=0)
    assert (waiting(ledger), refused(ledger)) == (0, "")
    assert list(booked(ledger)) == ["one"]


@pytest.mark.parametrize("at", ["INSERT INTO windows", "INSERT INTO parts", "COMMIT"])
def test_a_server_that_is_restarted_in_mid_batch_gets_each_row_once(ledger, postgres, at):
    hand_in(ledger, closed(report("before")))
    booker = Booker(ledger)
    booker.book()
    found = [report() for _ in range(300)]
    hand_in(ledger, *(closed(each, begin_s=9 * n) for n, each in enumerate(found)))
    restarts = []

    def restart(statement=at):
        if statement.startswith(at) and not restarts:
            restarts.append(at)
            postgres.stop()
            postgres.start()

    def executes(_connection, _cursor, statement, *_):
        restart(statement)

    event.listen(Engine, "before_cursor_execute", executes)
    event.listen(Engine, "commit", commits := lambda _: restart("COMMIT"))
    try:
        with pytest.raises(Busy):
            booker.book()
    finally:
        event.remove(Engine, "before_cursor_execute", executes)
        event.remove(Engine, "commit", commits)
    assert restarts
    assert waiting(ledger) == 1
    booker.book()
    booker.close()
    assert waiting(ledger) == 0
    rows = booked(ledger)
    assert rows.keys() == {"before", *(each.run_id for each in found)}
    assert {len(each.parts) for each in rows.values()} == {1}


def test_a_server_that_was_restarted_meanwhile_is_no_fault(ledger, postgres):
    booker = Booker(ledger)
    for name in ("one", "two"):
        hand_in(ledger, closed(report(name)))
        assert booker.book() == 1
        postgres.stop()
        postgres.start()
    booker.close()
    assert booked(ledger).keys() == {"one", "two"}


def test_a_wrong_password_is_said_and_nobodys_to_read(team, capsys):
    ledger = team(password="s3cret/p@ss-of-yesterday")
    hand_in(ledger, closed(report("one")))
    book_until_idle(ledger, idle_s=0)
    assert "password authentication failed" in refused(ledger)
    assert main(["report"]) == 2
    said = capsys.readouterr()
    assert LEDGER_VARIABLE in said.err
    no_password_in(said.out, said.err, *(p.read_text() for p in ledger.rglob("*") if p.is_file()))
    assert list(booked(team())) == ["one"]


def test_a_server_that_wants_tls_says_so_and_gets_it(team, postgres):
    if not (postgres.folder / "data" / "server.crt").exists():
        pytest.skip("there is no openssl here to make a certificate with")
    hand_in(team("?sslmode=disable", user=TLS_USER), closed(report("one")))
    for mode, word in (("disable", "add ?sslmode=require"), ("verify-full", "certificate")):
        ledger = team(f"?sslmode={mode}", user=TLS_USER)
        book_until_idle(ledger, idle_s=0)
        assert word in refused(ledger)
    ledger = team("?sslmode=require", user=TLS_USER)
    assert list(booked(ledger)) == ["one"]
    assert waiting(ledger) == 0


def test_rows_wait_for_whoever_locks_the_tables(ledger, postgres, team, monkeypatch):
    from jupyter_green.ledger import postgres as ours

    monkeypatch.setattr(ours, "LOCK_MS", 50)
    hand_in(ledger, closed(report("one")))
    booker = Booker(ledger)
    booker.book()
    with postgres.owner(team.name) as holder, holder.transaction():
        holder.execute("lock table windows in access exclusive mode")
        hand_in(ledger, closed(report("two")))
        with pytest.raises(Busy, match="lock timeout"):
            booker.book()
    booker.book()
    booker.close()
    assert booked(ledger).keys() == {"one", "two"}


@contextmanager
def held_up(at):
    """Hold the next statement up that begins so; yield what waits until it is there, and goes on.

    Only the thread that comes first is held up.
    """
    there, goes_on = threading.Event(), threading.Event()

    def executes(_connection, _cursor, statement, *_):
        if statement.strip().startswith(at) and not there.is_set():
            there.set()
            assert goes_on.wait(20)

    event.listen(Engine, "after_cursor_execute", executes)
    try:
        yield there, goes_on
    finally:
        goes_on.set()
        event.remove(Engine, "after_cursor_execute", executes)


def at_once(first, second, at):
    """Do two things, the second one while the first is held up after a statement."""
    with ThreadPoolExecutor(2) as pool, held_up(at) as (there, goes_on):
        one = pool.submit(first)
        assert there.wait(20)
        two = pool.submit(second)
        time.sleep(0.3)
        assert not two.done()
        goes_on.set()
        return one.result(20), two.result(20)


def test_two_clients_make_the_tables_once(ledger):
    database = stores.written(ledger)
    one, two = at_once(lambda: Store(database), lambda: Store(database), "CREATE TABLE meta")
    for store in (one, two):
        assert store.book([]) == 0
        store.close()
    assert booked(ledger) == {}


def test_tables_that_another_client_made_a_moment_ago_are_no_strangers(ledger, monkeypatch):
    database = stores.written(ledger)
    looks = Server.holds_others

    def made_meanwhile(self, connection):
        monkeypatch.setattr(Server, "holds_others", looks)
        Store(database).close()
        return looks(self, connection)

    monkeypatch.setattr(Server, "holds_others", made_meanwhile)
    store = Store(database)
    assert store.book([]) == 0
    store.close()


def test_of_two_reports_of_a_window_at_once_the_later_one_stays_whole(ledger):
    database = stores.written(ledger)
    one, two = Store(database), Store(database)

    def row(written_ns, energy_j):
        found = report("one", energy_j=energy_j)
        return row_of({"run_id": "one", "written_ns": written_ns, "report": found.to_dict()}, {})

    at_once(
        lambda: one.book([row(2, 70.0)]),
        lambda: two.book([row(1, 30.0)]),
        "INSERT INTO windows",
    )
    for store in (one, two):
        store.close()
    found = booked(ledger)["one"]
    assert (found.energy_j, [part.energy_j for part in found.parts]) == (70.0, [70.0])


def test_nobody_books_while_the_schema_changes(ledger, monkeypatch):
    monkeypatch.setattr("jupyter_green.ledger.postgres.LOCK_MS", 50)
    database = stores.written(ledger)
    store = Store(database)
    engine = database.engine(writes=True)
    with engine.begin() as connection:
        database.lock_rows(connection)
        with pytest.raises(Held):
            store.book([])
    assert store.book([]) == 0
    store.close()
    engine.dispose()


BOOK = """
import sys
from jupyter_green.intake.places import intake_folder, ledger_folder
from jupyter_green.intake.start import refused
from jupyter_green.intake.writer import files
from jupyter_green.ledger.book import book_until_idle
sys.stdin.readline()
while any(files(intake_folder(ledger_folder()))):
    book_until_idle(ledger_folder(), idle_s=0)
    if reason := refused(ledger_folder()):
        print(reason, file=sys.stderr)
"""


def test_bookers_of_several_hosts_at_once_write_each_row_once(team, postgres, tmp_path):
    """They begin with an empty database, and some have reports of the same windows."""
    started = []
    for host in range(4):
        where = {"JUPYTER_DATA_DIR": str(tmp_path / f"host{host}")}
        ledger = team()
        folder = ledger_folder(os.environ | where)
        for n in range(40):
            common = report(f"common{n}", label=f"of {host}", energy_j=50.0 + host)
            hand_in(folder, closed(common, written_ns=1 + (host + n) % 4))
            hand_in(folder, closed(report(f"{host}-{n}")))
        command = [sys.executable, "-c", BOOK]
        started.append(subprocess.Popen(command, env=os.environ | where, stdin=subprocess.PIPE))
    for each in started:
        each.stdin.write(b"\n")
        each.stdin.flush()
    for each in started:
        assert each.wait(60) == 0
        each.stdin.close()
    rows = booked(ledger)
    assert len(rows) == 4 * 40 + 40
    for n in range(40):
        latest = (3 - n) % 4
        assert rows[f"common{n}"].label == f"of {latest}"
        assert [part.energy_j for part in rows[f"common{n}"].parts] == [50.0 + latest]


def running_with(variable):
    """Return the command lines of the processes that were started with a variable, by their ids."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if variable in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().decode()
    return found


def test_no_process_and_no_file_shows_the_password(ledger):
    hand_in(ledger, closed(report("one")))
    starter = Starter(ledger)
    assert starter.start()
    own = f"{LEDGER_VARIABLE}={setting_of(ledger)}".encode()
    until_s = time.monotonic() + 20
    while not (bookers := running_with(own)) and time.monotonic() < until_s:
        time.sleep(0.01)
    shown = " ".join(bookers.values())
    assert BOOKER in shown
    until_s = time.monotonic() + 20
    while waiting(ledger) and time.monotonic() < until_s:
        time.sleep(0.05)
    for pid in running_with(own):
        os.kill(pid, signal.SIGTERM)
    assert list(booked(ledger)) == ["one"]
    files_ = [path.read_text(errors="replace") for path in ledger.rglob("*") if path.is_file()]
    no_password_in(shown, str(ledger), *files_)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("mysql://me:s3cret@host/db", "mysql"),
        ("postgresql://me:s3cret@host:x/db", "cannot be read"),
    ],
)
def test_another_url_is_said_and_rows_wait(tmp_path, monkeypatch, capsys, url, word):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(LEDGER_VARIABLE, url)
    ledger = ledger_folder()
    hand_in(ledger, closed(report("one")))
    assert main(["history"]) == 2
    said = capsys.readouterr().err
    assert word in said
    assert said.count("\n") == 1
    no_password_in(said, refused(ledger))
    assert waiting(ledger) == 1


PROGRAM = """
import sys, jupyter_green as jg
with jg.measure("team", stage="training"):
    pass
assert {"sqlalchemy", "psycopg"}.isdisjoint(sys.modules)
"""


def test_a_program_is_booked_into_the_server_by_itself(ledger, host):
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    until_s = time.monotonic() + 15
    while waiting(ledger) and time.monotonic() < until_s:  # nobody here books
        time.sleep(0.1)
    found = booked(ledger).values()
    assert [(each.label, each.stage) for each in found] == [("team", "training")]
    assert not list(ledger.glob("*.sqlite"))


def test_a_booker_that_is_killed_between_commit_and_removal_books_nothing_twice(ledger):
    found = [report() for _ in range(20)]
    for each in found:
        hand_in(ledger, closed(each))
    code = (
        "import os\nfrom jupyter_green.ledger import book\n"
        "book.IntakeReader.remove = lambda *_: os.kill(os.getpid(), 9)\nbook.main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT)
    assert ran.returncode == -9
    assert waiting(ledger) == 20
    rows = booked(ledger)
    assert waiting(ledger) == 0
    assert rows.keys() == {each.run_id for each in found}
    assert {len(each.parts) for each in rows.values()} == {1}


def test_without_its_driver_it_is_said_how_to_get_it(ledger, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    hand_in(ledger, closed(report("one")))
    assert main(["history"]) == 2
    assert "pip install 'jupyter-green[postgres]'" in capsys.readouterr().err
    assert waiting(ledger) == 1


def test_rows_for_one_server_never_come_into_another(team, postgres, monkeypatch):
    """Each has a folder of its own; who asks and how is none of its name, where it is."""
    ledger = team()
    hand_in(ledger, closed(report("one")))
    assert team("?sslmode=prefer", password="another") == ledger
    short = os.environ[LEDGER_VARIABLE].replace("+psycopg", "")
    assert ledger_folder(os.environ | {LEDGER_VARIABLE: short}) == ledger
    monkeypatch.setenv(LEDGER_VARIABLE, postgres.url(postgres.database()))
    other = ledger_folder()
    assert other != ledger
    assert booked(other) == {}
    assert f"1 more in {ledger}, for another server" in str(check(other))
    assert list(booked(team())) == ["one"]
