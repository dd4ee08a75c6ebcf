"""Whether the ledger is sound, and what waits to be booked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from ..intake import lines
from ..intake.places import ASIDE, intake_folder
from ..intake.start import refused
from ..intake.writer import files
from .damage import asides, note_of
from .database import Database, Empty, StoreFault
from .query import book_what_waits
from .schema import windows
from .stores import read_from


@dataclass(frozen=True)
class Check:
    """What was found."""

    rows: int
    faults: tuple[str, ...]
    waiting: int
    """Files of the intake that stay: of windows that are open, or that cannot be booked."""
    unread: int
    """Lines that were put aside."""

    def __str__(self) -> str:
        """Return it as text."""
        rows = "1 window" if self.rows == 1 else f"{self.rows} windows"
        waiting = "1 file waits" if self.waiting == 1 else f"{self.waiting} files wait"
        why = "" if self.faults else " (of windows that are open)"
        said = [f"{rows}; {waiting} in the intake{why}"]
        if self.unread:
            said.append(f"{self.unread} lines could not be read, and were put aside")
        return "\n".join([*said, *self.faults] if self.faults else [*said, "The ledger is sound."])


def check(ledger: Path) -> Check:
    """Book what waits, and look at each of the stores."""
    book_what_waits(ledger)
    intake = intake_folder(ledger)
    rows, faults = 0, []
    try:
        for database in read_from(ledger):
            found, fault = _look_at(database)
            rows += found
            faults += [fault] if fault else []
    except StoreFault as fault:
        faults.append(str(fault))
    if (reason := refused(ledger)) and reason not in faults:
        faults.append(f"nothing is booked at present: {reason}")
    faults += [
        note_of(aside) or f"{aside.name} is damaged: `jupyter green ledger repair` saves the rest"
        for aside in asides(ledger)
    ]
    aside = intake / ASIDE
    unread = sum(_lines(path) for path in aside.iterdir()) if aside.is_dir() else 0
    return Check(rows, tuple(faults), sum(1 for _ in files(intake)), unread)


def _look_at(database: Database) -> tuple[int, str]:
    """Return how many windows a store has, and what is wrong with it."""
    rows = 0
    try:
        with database.reading() as connection:
            rows = connection.scalar(select(func.count()).select_from(windows)) or 0
            said = database.damage_of(connection)
    except Empty:
        return 0, ""
    except StoreFault as fault:  # the check itself may fail on what it finds
        return rows, str(fault)
    return rows, f"{database.name}: {said}" if said else ""


def _lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for _ in lines.complete(stream))
