"""What files and their systems do to the store: no window is lost, and none waits for it."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE, intake_folder
from jupyter_green.intake.start import refused
from jupyter_green.intake.writer import files
from jupyter_green.ledger.book import Booker, book_until_idle
from jupyter_green.ledger.database import Busy
from jupyter_green.ledger.sqlite import store_path
from tests.testbench.build import locks_library
from tests.testbench.handed_in import closed, hand_in, report
from tests.testbench.killing import booker_killed_at
from tests.testbench.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path / "ledger"


@pytest.mark.parametrize("name", ["a ?mode=ro&b#%41;'\"", "\udcff", "Zoë"])
def test_a_folder_of_any_name_has_a_ledger(tmp_path, monkeypatch, name, capsys):
    ledger = tmp_path / name
    monkeypatch.setenv(LEDGER_VARIABLE, str(ledger))
    hand_in(ledger, closed(report("one")))
    assert main(["ledger", "check"]) == 0
    assert ids(ledger) == {"one"}
    store_path(ledger).write_bytes(b"damaged")
    assert main(["ledger", "repair"]) == 0
    assert main(["ledger", "check"]) == 1
    capsys.readouterr().out.encode()


def waiting(ledger):
    return len(list(files(intake_folder(ledger))))


def ids(ledger):
    with sqlite3.connect(store_path(ledger)) as connection:
        found = {row[0] for row in connection.execute("select run_id from windows")}
    connection.close()
    return found


def run_booker(change="", **environ):
    """Run the booker in a process of its own, with a change of how long it waits."""
    code = f"from jupyter_green.ledger import book, sqlite\n{change}\nbook.main()"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ | environ)


def test_a_store_that_is_held_longer_than_a_statement_waits_is_booked_then(ledger):
    """Another process holds it twenty times as long as a statement waits for it."""
    hand_in(ledger, closed(report("one")))
    book_until_idle(ledger, idle_s=0)
    holder = sqlite3.connect(store_path(ledger), isolation_level=None)
    holder.execute("begin exclusive")
    hand_in(ledger, closed(report("two")))
    booker = run_booker("sqlite.BUSY_S = 0.05; book.IDLE_S = book.REST_S = 0.1")
    until(lambda: "locked" in refused(ledger))
    time.sleep(1)
    assert waiting(ledger) == 1
    holder.execute("rollback")
    holder.close()
    assert booker.wait(20) == 0
    assert (ids(ledger), waiting(ledger), refused(ledger)) == ({"one", "two"}, 0, "")


def test_a_store_that_is_replaced_while_it_is_open_is_the_one_that_is_written(ledger):
    """As by whoever puts a copy of it back: nothing goes into the file that is gone."""
    booker = Booker(ledger)
    hand_in(ledger, closed(report("one")))
    booker.book()
    store = store_path(ledger)
    copy = ledger / "copy"
    copy.write_bytes(store.read_bytes())
    hand_in(ledger, closed(report("two")))
    booker.book()
    for beside in ledger.glob("ledger.sqlite-*"):
        beside.unlink()
    copy.replace(store)
    hand_in(ledger, closed(report("three")))
    booker.book()
    booker.close()
    assert ids(ledger) == {"one", "three"}


def test_a_store_that_is_removed_between_two_statements_is_made_anew(ledger, monkeypatch):
    booker = Booker(ledger)
    hand_in(ledger, closed(report("one")))
    booker.book()
    hand_in(ledger, closed(report("two")))
    write = Booker._write

    def removed(self, store, rows):
        for path in ledger.glob("ledger.sqlite*"):
            path.unlink()
        monkeypatch.setattr(Booker, "_write", write)
        return write(self, store, rows)

    monkeypatch.setattr(Booker, "_write", removed)
    with pytest.raises(Busy):
        booker.book()
    assert not store_path(ledger).exists()  # no empty file that anybody may read was left
    assert waiting(ledger) == 1
    booker.book()
    booker.close()
    assert ids(ledger) == {"two"}
    assert store_path(ledger).stat().st_mode & 0o077 == 0


LIMITED = """
import resource
from jupyter_green.ledger import sqlite
size = sqlite.store_path(book.ledger_folder()).stat().st_size + 8192
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
book.PATIENCE_S = 0.5
"""


def test_rows_wait_for_room_on_the_disk(ledger):
    """The write-ahead log and the file itself end where the disk does."""
    hand_in(ledger, closed(report("before")))
    book_until_idle(ledger, idle_s=0)
    found = [report() for _ in range(500)]
    hand_in(ledger, *(closed(each, begin_s=9 * n) for n, each in enumerate(found)))
    assert run_booker(LIMITED).wait(30) == 0
    assert refused(ledger)
    assert waiting(ledger) == 1
    assert ids(ledger) == {"before"}
    assert main(["ledger", "check"]) == 0
    assert ids(ledger) == {"before", *(each.run_id for each in found)}
    assert (waiting(ledger), refused(ledger)) == (0, "")


def test_a_store_that_may_not_be_written_is_said_and_rows_wait(ledger, capsys):
    """Root may write everywhere, so it is done by somebody else."""
    if os.getuid():
        pytest.skip("only root can become somebody else")
    hand_in(ledger, closed(report("before")))
    book_until_idle(ledger, idle_s=0)
    hand_in(ledger, closed(report("after")))
    for folder in (ledger, *ledger.parents):
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o005)
    for path in ledger.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    code = """
import os
from sqlalchemy.dialects import sqlite
from jupyter_green.intake import places
from jupyter_green.ledger.book import Booker
from jupyter_green.ledger.database import Busy
from jupyter_green.ledger import questions
os.setgid(65534)
os.setuid(65534)
try:
    Booker(places.ledger_folder()).book()
except Busy as busy:
    print(busy)
print([each.run_id for each in questions.read(places.ledger_folder())])
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "denied" in ran.stdout, ran.stderr
    assert "['before']" in ran.stdout, ran.stderr
    assert waiting(ledger) == 1
    book_until_idle(ledger, idle_s=0)
    assert ids(ledger) == {"before", "after"}


def locks(ledger, how):
    return {
        "LD_PRELOAD": str(locks_library()),
        "JG_LOCKS": str(how),
        "JG_LOCKS_UNDER": str(ledger.resolve()),
    }


IN_A_HURRY = "sqlite.BUSY_S = 0.05; book.PATIENCE_S = 0.3; book.IDLE_S = 0.1"


@pytest.mark.parametrize("how", ["enolck", "enosys"])
def test_a_disk_without_locks_is_said_and_rows_wait(ledger, how):
    hand_in(ledger, closed(report("one")))
    assert run_booker(IN_A_HURRY, **locks(ledger, how)).wait(20) == 0
    assert "locks no files" in refused(ledger)
    assert waiting(ledger) == 1
    book_until_idle(ledger, idle_s=0)
    assert ids(ledger) == {"one"}


def test_a_network_without_locks_has_a_ledger_all_the_same(ledger):
    """Each host writes a file of its own there, and one booker of it by a lock elsewhere."""
    hand_in(ledger, closed(report("one")))
    change = (
        f"{IN_A_HURRY}\nfrom jupyter_green.intake import lock\n"
        "lock.is_on_network = sqlite.is_on_network = lambda _: True\n"
        "from jupyter_green.ledger import questions\n"
    )
    assert run_booker(change, **locks(ledger, "enosys")).wait(20) == 0
    assert (waiting(ledger), refused(ledger)) == (0, "")
    code = f"""
from jupyter_green.ledger import book, sqlite
{change}
print([each.run_id for each in questions.read(book.ledger_folder())])
"""
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | locks(ledger, "enosys"),
        capture_output=True,
        text=True,
    )
    assert ran.stdout.strip() == "['one']", ran.stderr


def test_locks_that_hang_are_said_and_hold_up_nobody(ledger, tmp_path):
    hangs = tmp_path / "hangs"
    hangs.touch()
    hand_in(ledger, closed(report("one")))
    booker = run_booker("book.STUCK_S = 0.2; book.IDLE_S = 0.1", **locks(ledger, hangs))
    until(lambda: "does not answer" in refused(ledger))
    assert waiting(ledger) == 1
    hangs.unlink()
    assert booker.wait(20) == 0
    assert (ids(ledger), waiting(ledger), refused(ledger)) == ({"one"}, 0, "")


PROGRAM = """
import time
from jupyter_green.meter.shared import shared_meter
for label in ("one", "two"):
    window = shared_meter().begin(label)
    time.sleep(0.1)
    window.end(wait=False)
    time.sleep(0.3)
"""


def test_a_program_ends_as_ever_though_every_lock_hangs(ledger, tmp_path):
    hangs = tmp_path / "hangs"
    hangs.touch()
    environ = os.environ | locks(ledger, hangs)
    begun_s = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environ, timeout=60)
    assert (ran.returncode, time.monotonic() - begun_s < 30) == (0, True)
    assert waiting(ledger) >= 2
    hangs.unlink()
    book_until_idle(ledger, idle_s=0)
    assert len(ids(ledger)) == 2


STEPS = {
    "before the tables are made": "Store._fill = kill",
    "while a damaged store is set aside": "Path.rename = after(Path.rename, 1)",
    "before what was read of it is noted": "damage._note = kill",
}


@pytest.mark.parametrize("step", STEPS)
def test_a_booker_that_is_killed_while_it_makes_or_mends_a_store_loses_nothing(ledger, step):
    before = {"one", "two"} if "damaged" in step or "noted" in step else set()
    if before:
        hand_in(ledger, *(closed(report(name), begin_s=9) for name in before))
        book_until_idle(ledger, idle_s=0)
        connection = sqlite3.connect(store_path(ledger))
        connection.execute("drop table traces")
        connection.commit()
        connection.close()
    hand_in(ledger, closed(report("three")))
    code = booker_killed_at(STEPS[step])
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    book_until_idle(ledger, idle_s=0)
    assert ids(ledger) == {*before, "three"}
    assert waiting(ledger) == 0


def test_a_booker_that_is_killed_while_it_migrates_a_store_leaves_it_as_it_was(ledger):
    ledger.mkdir()
    released = ROOT / "tests" / "data" / "ledgers" / "schema-1.sqlite"
    store_path(ledger).write_bytes(released.read_bytes())
    before = ids(ledger)
    hand_in(ledger, closed(report("after")))
    for step in ("Path.rename = kill", "migrate.update = kill"):
        code = booker_killed_at(f"from jupyter_green.ledger import migrate\n{step}")
        ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
        assert ran.returncode == -signal.SIGKILL, ran.stderr
        assert ids(ledger) == before
    book_until_idle(ledger, idle_s=0)
    assert ids(ledger) == {*before, "after"}
    assert waiting(ledger) == 0
    assert not list(ledger.glob("*.growing"))
