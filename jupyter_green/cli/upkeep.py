"""``jupyter green ledger``: the stores themselves, looked at, mended, migrated, filled."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from ..ledger import stores
from ..ledger.check import Check, check
from ..ledger.database import Database, Empty, StoreFault
from ..ledger.imports import Imported, ImportFault, import_file
from ..ledger.repair import repair
from ..ledger.schema import VERSION
from .errors import InputError
from .ledger import folder


def check_ledger(render: Callable[[Check], str] = str) -> int:
    """Print whether the ledger is sound; return 1 where it is not."""
    found = check(folder())
    print(render(found))
    return 1 if found.faults else 0


def check_as_json(found: Check) -> str:
    """Return what was found as JSON."""
    return json.dumps(asdict(found), indent=2)


def repair_ledger() -> int:
    """Set a damaged store aside, and save what can be read of it."""
    with clean_errors():
        print(*repair(folder()), sep="\n")
    return 0


def import_files(paths: Sequence[Path]) -> int:
    """Bring the windows of files into the ledger."""
    for path in paths:
        with clean_errors():
            print(f"{path}: {_import(path)}")
    return 0


def _import(path: Path) -> Imported:
    try:
        return import_file(folder(), path)
    except ImportFault as fault:
        raise InputError(f"{fault}; nothing of this file was imported") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None


def migrate_ledger(*, prints_sql: bool, is_backed_up: bool) -> int:
    """Bring each store of the ledger to this version's schema, or print the SQL that does."""
    from ..ledger.migrate import migrate, statements  # it loads Alembic

    with clean_errors():
        for database in stores.read_from(folder()):
            with contextlib.suppress(Empty):
                before = database.version_now()
                if prints_sql:
                    print(statements(database, before) if before < VERSION else "-- up to date")
                    continue
                if before < VERSION and not is_backed_up:
                    _require_backup(database)
                print(migrate(database))
    return 0


def _require_backup(database: Database) -> None:
    if how := database.how_to_back_up():
        raise InputError(
            f"first keep {database.name} as it is: `{how}`; then add --backed-up to this command"
        )


@contextlib.contextmanager
def clean_errors() -> Iterator[None]:
    """Say why a store cannot be used as bad input is said: in one line, with exit status 2."""
    try:
        yield
    except StoreFault as fault:
        raise InputError(str(fault)) from None
