"""A store that is damaged, foreign, held, gone or of a later schema: what can be saved is."""

import random
import sqlite3
from pathlib import Path

import pytest

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.intake.start import refused
from jupyter_green.ledger import damage as mending
from jupyter_green.ledger import questions
from jupyter_green.ledger.book import Booker, book_until_idle
from jupyter_green.ledger.check import check
from jupyter_green.ledger.database import Busy, Refused, StoreFault
from jupyter_green.ledger.repair import repair
from jupyter_green.ledger.schema import metadata
from jupyter_green.ledger.sqlite import SqliteFile, store_path
from jupyter_green.ledger.store import Store
from tests.testbench.handed_in import (
    closed,
    hand_in,
    report,
)
from tests.testbench.ledgers import KINDS, book_many, ledger_of, left, rows, sql


@pytest.fixture(params=KINDS)
def ledger(request, tmp_path, monkeypatch):
    """A ledger of each kind of store."""
    return ledger_of(request.param, request, tmp_path, monkeypatch)


files_only = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)


def test_a_later_schema_is_refused_and_rows_wait(ledger):
    hand_in(ledger, closed(report()))
    book_until_idle(ledger, idle_s=0)
    sql(ledger, "update meta set value = '99'")
    hand_in(ledger, closed(report()))
    book_until_idle(ledger, idle_s=0)
    assert len(rows(ledger)) == 1
    assert len(left(ledger)) == 1
    assert "schema 99" in refused(ledger)
    with pytest.raises(Refused):
        questions.read(ledger)
    assert check(ledger).faults


def test_where_nothing_waits_no_open_windows_are_told(ledger):
    hand_in(ledger, closed(report()))
    assert str(check(ledger)) == "1 window; 0 files wait in the intake\nThe ledger is sound."


@files_only
def test_a_foreign_database_is_left_alone(ledger):
    ledger.mkdir()
    with sqlite3.connect(store_path(ledger)) as connection:
        connection.execute("create table notes (text)")
    connection.close()
    before = store_path(ledger).read_bytes()
    with pytest.raises(Refused):
        Store(SqliteFile(store_path(ledger)))
    assert store_path(ledger).read_bytes() == before


def damage_it(path, damage):
    """Overwrite a store; return what it holds then."""
    data = bytearray(path.read_bytes())
    if damage == "header":
        data[:100] = bytes(100)
    elif damage == "pages":
        rng = random.Random(3)
        for page in rng.sample(range(8, len(data) // 4096 - 1), 3):
            data[page * 4096 : (page + 1) * 4096] = rng.randbytes(4096)
    elif damage == "cut":
        del data[len(data) // 2 :]
    else:
        data = bytearray(b"this is no database at all\n" * 10)
    path.write_bytes(data)
    return bytes(data)


DAMAGES = pytest.mark.parametrize("damage", ["header", "pages", "cut", "text"])


@files_only
@DAMAGES
def test_a_damaged_store_is_set_aside_and_saved(ledger, damage):
    before = book_many(ledger)
    data = damage_it(store_path(ledger), damage)
    hand_in(ledger, closed(report("after")))
    booker = Booker(ledger)
    booker.book()
    # The damage may be where a booking does not come by: then the whole is as it was.
    booker.close()
    kept = {row["run_id"] for row in rows_that_can_be_read(ledger)}
    assert "after" in kept
    aside = list(ledger.glob("damaged-*.sqlite"))
    if damage == "pages":
        assert len(kept & before) >= len(before) - 30
    else:
        assert [path.read_bytes() for path in aside] == [data]
        assert check(ledger).faults


@files_only
@DAMAGES
def test_repair_saves_what_can_be_read_and_counts_it(ledger, damage, capsys):
    before = book_many(ledger)
    store = store_path(ledger)
    assert main(["ledger", "repair"]) == 0
    assert "sound" in capsys.readouterr().out
    data = damage_it(store, damage)
    assert main(["ledger", "check"]) == 1
    assert main(["ledger", "repair"]) == 0
    said = capsys.readouterr().out
    (aside,) = ledger.glob("damaged-*.sqlite")
    assert aside.read_bytes() == data
    kept = {row["run_id"] for row in rows(ledger)}
    assert kept <= before
    assert f"{len(kept)} windows of it were saved" in said
    if damage == "pages":
        assert len(kept) >= len(before) - 30
    assert {len(each.parts) for each in questions.read(ledger)} <= {0, 1}
    assert main(["ledger", "repair"]) == 0
    assert "sound" in capsys.readouterr().out
    assert main(["ledger", "check"]) == 1  # that windows were lost stays said
    assert "were saved" in capsys.readouterr().out


@files_only
def test_what_is_saved_of_an_earlier_schema_has_the_columns_of_this_one(ledger, capsys):
    """As its records say: it has no column for a lower bound."""
    released = Path(__file__).parents[1] / "data" / "ledgers" / "schema-2.sqlite"
    ledger.mkdir()
    store_path(ledger).write_bytes(released.read_bytes())
    with sqlite3.connect(store_path(ledger)) as connection:
        connection.execute("drop table meta")
    connection.close()
    assert main(["ledger", "repair"]) == 0
    assert "8 windows of it were saved." in capsys.readouterr().out
    assert {each.run_id for each in questions.read(ledger) if each.is_at_least} == {"run5", "run6"}


@files_only
def test_saving_that_was_cut_short_is_done_again(ledger, monkeypatch):
    """A booker that is killed in the middle of it leaves the rest to the next one."""
    before = book_many(ledger)
    damage_it(store_path(ledger), "pages")
    saved = mending._saved
    done = []

    def killed(connection, run_id):
        done.append(run_id)
        if len(done) == 250:
            raise KeyboardInterrupt
        return saved(connection, run_id)

    monkeypatch.setattr(mending, "_saved", killed)
    with pytest.raises(KeyboardInterrupt):
        repair(ledger)
    assert len(rows(ledger)) == 200
    monkeypatch.undo()
    monkeypatch.setenv(LEDGER_VARIABLE, str(ledger))
    hand_in(ledger, closed(report("after")))
    book_until_idle(ledger, idle_s=0)
    assert len(rows(ledger)) >= len(before) - 30
    assert "windows of it were saved" in str(check(ledger))


@files_only
def test_what_is_beside_a_damaged_store_goes_with_it_though_it_was_cut_short(ledger, monkeypatch):
    """Rows may be in the write-ahead log alone; without its file a new store would remove it."""
    ledger.mkdir()
    path = store_path(ledger)
    path.write_bytes(b"no database")
    path.with_name(path.name + "-wal").write_bytes(b"rows")
    rename = Path.rename

    def killed(self, target):
        if self == path:
            raise KeyboardInterrupt
        rename(self, target)

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        mending.set_aside(path)
    monkeypatch.setattr(Path, "rename", rename)
    mending.set_aside(path)
    (aside,) = ledger.glob("damaged-*.sqlite")
    assert aside.read_bytes() == b"no database"
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"rows"


def rows_that_can_be_read(ledger):
    connection = sqlite3.connect(store_path(ledger))
    connection.row_factory = sqlite3.Row
    for key in [row[0] for row in connection.execute("select run_id from windows")]:
        try:
            yield dict(
                connection.execute("select * from windows where run_id = ?", [key]).fetchone()
            )
        except sqlite3.DatabaseError:
            continue
    connection.close()


@files_only
def test_a_store_that_is_removed_while_it_is_open_is_made_anew(ledger):
    booker = Booker(ledger)
    hand_in(ledger, closed(report("one")))
    booker.book()
    for path in ledger.glob("ledger.sqlite*"):
        path.unlink()
    hand_in(ledger, closed(report("two")))
    booker.book()
    booker.close()
    assert [row["run_id"] for row in rows(ledger)] == ["two"]


@pytest.mark.parametrize("dropped", ["meta", "traces", "all"])
def test_tables_that_are_dropped_while_the_store_is_open_stop_no_booking(ledger, dropped):
    booker = Booker(ledger)
    hand_in(ledger, closed(report("one")))
    booker.book()
    for table in metadata.tables if dropped == "all" else [dropped]:
        sql(ledger, f"drop table {table}")
    hand_in(ledger, closed(report("two")))
    is_file = "server" not in ledger.name
    if is_file or dropped == "all":
        booker.book()
        assert {row["run_id"] for row in rows(ledger)} == (
            {"two"} if dropped == "all" else {"one", "two"}
        )
    else:  # whoever runs the server has a copy, which nothing must be in the way of
        with pytest.raises(StoreFault):
            booker.book()
        assert len(left(ledger)) == 1
    booker.close()


@files_only
def test_a_store_that_another_process_holds_is_waited_for(ledger, monkeypatch):
    from jupyter_green.ledger import sqlite

    monkeypatch.setattr(sqlite, "BUSY_S", 0.05)
    hand_in(ledger, closed(report("one")))
    book_until_idle(ledger, idle_s=0)
    holder = sqlite3.connect(store_path(ledger), isolation_level=None)
    holder.execute("begin exclusive")
    hand_in(ledger, closed(report("two")))
    booker = Booker(ledger)
    with pytest.raises(Busy):
        booker.book()
    assert len(left(ledger)) == 1
    holder.execute("rollback")
    holder.close()
    assert booker.book() == 1
    booker.close()
    assert left(ledger) == []
