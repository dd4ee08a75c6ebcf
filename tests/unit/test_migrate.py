"""Stores of each schema that was released: they come to this one with every row as it was."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE, intake_folder, ledger_folder
from jupyter_green.intake.writer import files
from jupyter_green.ledger import migrate, questions, stores
from jupyter_green.ledger.answer import Range, summed
from jupyter_green.ledger.book import book_until_idle
from jupyter_green.ledger.database import Refused
from jupyter_green.ledger.groups import is_at_least
from jupyter_green.ledger.row import report_of
from jupyter_green.ledger.schema import PAUSE, VERSION, metadata
from jupyter_green.ledger.sqlite import BUSY_S, SqliteFile
from jupyter_green.ledger.store import Store
from tests.testbench.handed_in import closed, hand_in, report

RELEASED = Path(__file__).parents[1] / "data" / "ledgers"
SCHEMAS = range(1, VERSION)
LOWER_BOUNDS = {1: set(), 2: {"run5", "run6"}}
"""Of each schema's store, the windows of which something was not metered to its end."""


@pytest.fixture(params=["sqlite", "postgresql"])
def released(request, tmp_path, monkeypatch):
    """Return a function that makes a ledger of an earlier schema, and returns its folder."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))

    def make(schema):
        if request.param == "sqlite":
            folder = tmp_path / "ledger"
            folder.mkdir()
            shutil.copy(RELEASED / f"schema-{schema}.sqlite", folder / "ledger.sqlite")
            monkeypatch.setenv(LEDGER_VARIABLE, str(folder))
            return folder
        server = request.getfixturevalue("postgres")
        name = server.database()
        with server.owner(name) as connection:
            connection.execute("set role green")
            connection.execute((RELEASED / f"schema-{schema}.sql").read_text())
        monkeypatch.setenv(LEDGER_VARIABLE, server.url(name))
        return ledger_folder()

    make.is_file = request.param == "sqlite"
    return make


files_only = pytest.mark.parametrize("released", ["sqlite"], indirect=True)
servers_only = pytest.mark.parametrize("released", ["postgresql"], indirect=True)


def rows_of(database):
    """Return all tables of a store, whatever its schema."""
    engine = database.engine(writes=False)
    with engine.connect() as connection:
        tables = {
            table: connection.exec_driver_sql(f"select * from {table} order by 1, 2")
            .mappings()
            .all()
            for table in ("windows", "parts", "traces")
        }
    engine.dispose()
    return tables


def windows_of(tables):
    """Return the rows of a store that are no pauses."""
    return [row for row in tables["windows"] if row["status"] != PAUSE]


def lower_bounds(ledger):
    return {each.run_id for each in questions.read(ledger) if each.is_at_least}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_released_store_keeps_every_row(released, schema, capsys):
    ledger = released(schema)
    (database,) = stores.read_from(ledger)
    before = rows_of(database)
    assert main(["history"]) == 2
    assert "ledger migrate" in capsys.readouterr().err
    assert main(["ledger", "migrate", "--backed-up"]) == 0
    assert f"from schema {schema} to {VERSION}" in capsys.readouterr().out
    assert main(["ledger", "migrate"]) == 0
    assert "already" in capsys.readouterr().out
    after = rows_of(database)
    for table, rows in before.items():
        assert len(after[table]) == len(rows)
        for row, was in zip(after[table], rows, strict=True):
            assert {name: row[name] for name in was} == dict(was)
    metered = windows_of(after)
    assert {each.run_id for each in questions.read(ledger)} == {row["run_id"] for row in metered}
    for row in metered:
        assert report_of(bytes(row["body"]), None).run_id == row["run_id"]
    hand_in(ledger, closed(report("after")))
    assert "after" in {each.run_id for each in questions.read(ledger)}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_the_records_say_is_a_lower_bound_is_one_in_every_sum(released, schema):
    """Sums of days that are over were kept beside the rows, and did not say it."""
    ledger = released(schema)
    (database,) = stores.read_from(ledger)
    migrate.migrate(database)
    assert lower_bounds(ledger) == LOWER_BOUNDS[schema]
    for settles in (False, True):
        if settles:
            store = Store(database)
            while store.settle():
                pass
            store.close()
        groups, total, spent_kept, *_ = summed(ledger, "stage", Range())
        assert {g.name for g in groups if is_at_least(g)} == (
            {"training", "untagged"} if LOWER_BOUNDS[schema] else set()
        )
        assert is_at_least(total) == is_at_least(spent_kept.kept) == bool(LOWER_BOUNDS[schema])


@files_only
@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_file_is_copied_first_and_the_booker_migrates_it(released, schema):
    ledger = released(schema)
    before = rows_of(SqliteFile(ledger / "ledger.sqlite"))
    hand_in(ledger, closed(report("after")))
    book_until_idle(ledger, idle_s=0)
    (backup,) = ledger.glob("ledger-backup-*")
    assert rows_of(SqliteFile(backup)) == before
    assert backup.stat().st_mode & 0o077 == 0
    assert len(questions.read(ledger)) == len(windows_of(before)) + 1  # the copy counts for nothing


@servers_only
@pytest.mark.parametrize("schema", SCHEMAS)
def test_rows_wait_for_whoever_runs_the_server_to_migrate_it(released, schema, capsys):
    ledger = released(schema)
    hand_in(ledger, closed(report("after")))
    book_until_idle(ledger, idle_s=0)
    assert len(list(files(intake_folder(ledger)))) == 1
    assert main(["ledger", "migrate"]) == 2
    assert "pg_dump" in capsys.readouterr().err
    assert main(["ledger", "migrate", "--sql"]) == 0
    sql = capsys.readouterr().out
    (database,) = stores.read_from(ledger)
    engine = database.engine(writes=True)
    with engine.connect() as connection:
        connection.connection.driver_connection.execute(sql)
    engine.dispose()
    assert lower_bounds(ledger) == LOWER_BOUNDS[schema]
    assert "after" in {each.run_id for each in questions.read(ledger)}
    assert list(files(intake_folder(ledger))) == []


@pytest.mark.parametrize("patience", ["of one statement", "of many statements"])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_of_two_clients_one_migrates_and_the_other_finds_it_done(
    released, schema, patience, monkeypatch
):
    ledger = released(schema)
    (database,) = stores.read_from(ledger)
    steps = migrate._take_steps
    at_work, goes_on = threading.Event(), threading.Event()

    def slow(*step):
        at_work.set()
        assert goes_on.wait(20)
        steps(*step)

    monkeypatch.setattr(migrate, "_take_steps", slow)
    if patience == "of many statements":
        monkeypatch.setattr("jupyter_green.ledger.sqlite.BUSY_S", BUSY_S / 50)
        monkeypatch.setattr("jupyter_green.ledger.postgres.LOCK_MS", 100)
    done = []
    clients = [
        threading.Thread(target=lambda: done.append(migrate.migrate(database))) for _ in range(2)
    ]
    clients[0].start()
    assert at_work.wait(20)
    clients[1].start()
    clients[1].join(0.4)  # it waits longer than a statement does
    assert clients[1].is_alive()
    goes_on.set()
    for client in clients:
        client.join(20)
    assert sorted(found.before for found in done) == [schema, VERSION]
    assert len(list(ledger.glob("ledger-backup-*"))) == (1 if released.is_file else 0)


def test_a_migration_that_fails_changes_nothing(released, monkeypatch):
    ledger = released(1)
    (database,) = stores.read_from(ledger)
    steps = migrate._take_steps

    def fails(*step):
        steps(*step)
        raise RuntimeError("the power went")

    monkeypatch.setattr(migrate, "_take_steps", fails)
    with pytest.raises(RuntimeError):
        migrate.migrate(database)
    assert database.version_now() == 1
    monkeypatch.undo()
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(ledger.parent))
    assert migrate.migrate(database).before == 1


def test_a_booker_that_has_it_open_meanwhile_waits_for_the_new_schema(released):
    """What it wrote with the tables as they were would not fit."""
    ledger = released(1)
    (database,) = stores.read_from(ledger)
    assert migrate.migrate(database).before == 1
    store = Store(database)
    engine = database.engine(writes=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("update meta set value = '99'")
    engine.dispose()
    with pytest.raises(Refused):
        store.book([])
    store.close()


def test_the_tables_are_those_that_the_migrations_make(released):
    """A new store and one that was migrated have the same columns and indexes."""
    ledger = released(1)
    (database,) = stores.read_from(ledger)
    migrate.migrate(database)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_only_a_migration_loads_alembic():
    code = "import sys, jupyter_green.ledger.book, jupyter_green.cli.upkeep; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert "sqlalchemy" in loaded
    assert {"alembic", "psycopg"}.isdisjoint(loaded)
