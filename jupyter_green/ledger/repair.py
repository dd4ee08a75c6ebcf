"""Mending a ledger on demand: what the booker does where it comes upon damage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..intake.lock import taken_over
from .damage import asides, note_of, save_all, set_aside
from .database import Busy, Damaged, Empty
from .sqlite import SqliteFile
from .store import Store
from .stores import written

PATIENCE_S = 10.0
"""How long a booker that is at work is waited for."""


def repair(ledger: Path) -> list[str]:
    """Look at all of this host's store; save what can be read where it is damaged.

    Returns
    -------
    list
        What was found and done, a sentence each.

    Raises
    ------
    Refused
        For a store of another version, or what is none of ours.
    Busy
        Where a booker is at work, or the store cannot be used just now.
    """
    database = written(ledger)
    if not isinstance(database, SqliteFile):
        return [f"{database.name}: a server sees to its own store; there is nothing to repair here"]
    if not database.path.exists() and not asides(ledger):
        return ["The ledger is empty: there is nothing to repair."]
    with _alone(ledger):
        said = [] if _is_sound(database) else [f"{database.name} is damaged, and was set aside."]
        if said:
            set_aside(database.path)
        known = {aside for aside in asides(ledger) if note_of(aside)}
        store = Store(database)
        save_all(store, database.path)
        store.close()
        said += [f"{note_of(aside)}." for aside in asides(ledger) if aside not in known]
    return said or [f"{database.name} is sound: there is nothing to repair."]


def _is_sound(database: SqliteFile) -> bool:
    try:
        with database.reading() as connection:
            return not database.damage_of(connection)
    except Empty:
        return True
    except Damaged:  # the check itself may fail on what it finds
        return False


@contextmanager
def _alone(ledger: Path) -> Iterator[None]:
    with taken_over(ledger, PATIENCE_S) as held:
        if not held:
            raise Busy("the ledger is being written: try again when nothing is metered")
        yield
