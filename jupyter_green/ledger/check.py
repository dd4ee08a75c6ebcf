"""Whether the ledger is sound, and what waits to be booked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from ..intake import lines
from ..intake.places import (
    ASIDE,
    LEDGER_VARIABLE,
    SERVER,
    intake_folder,
    server_of,
    unwritable,
)
from ..intake.start import refused
from ..intake.writer import files
from .damage import asides, note_of
from .database import Database, Empty, StoreFault
from .questions import book_what_waits
from .rows import IS_WINDOW
from .schema import windows
from .stores import read_from


@dataclass(frozen=True)
class Check:
    """What was found."""

    rows: int | None
    """Windows in the stores; ``None`` where one of them cannot be read."""
    faults: tuple[str, ...]
    waiting: int
    """Files of the intake that stay: of windows that are open, or that cannot be booked."""
    unread: int
    """Lines that were put aside."""
    elsewhere: tuple[str, ...] = ()
    """What waits for other servers."""

    def __str__(self) -> str:
        """Return it as text."""
        rows = "1 window" if self.rows == 1 else f"{self.rows} windows"
        rows = "The windows cannot be counted" if self.rows is None else rows
        waiting = "1 file waits" if self.waiting == 1 else f"{self.waiting} files wait"
        why = " (of windows that are open)" if self.waiting and not self.faults else ""
        said = [f"{rows}; {waiting} in the intake{why}"]
        if self.unread:
            said.append(f"{self.unread} lines could not be read, and were put aside")
        said += self.elsewhere
        return "\n".join([*said, *(self.faults or ["The ledger is sound."])])


def check(ledger: Path) -> Check:
    """Book what waits, and look at each of the stores."""
    book_what_waits(ledger)
    intake = intake_folder(ledger)
    faults: list[str] = []
    counts: list[int | None] = []
    try:
        for database in read_from(ledger):
            found, fault = _look_at(database)
            counts.append(found)
            faults += [fault] if fault else []
    except StoreFault as refusal:
        counts.append(None)
        faults.append(str(refusal))
    if (reason := refused(ledger)) and reason not in faults:
        faults.append(f"nothing is booked at present: {reason}")
    if reason := unwritable(ledger):
        faults.append(f"what is metered cannot be written to {intake}: {reason}")
    faults += [
        note_of(aside) or f"{aside.name} is damaged: `jupyter green ledger repair` saves the rest"
        for aside in asides(ledger)
    ]
    aside = intake / ASIDE
    unread = sum(_lines(path) for path in aside.iterdir()) if aside.is_dir() else 0
    known = [count for count in counts if count is not None]
    rows = sum(known) if len(known) == len(counts) else None
    waiting = sum(1 for _ in files(intake))
    return Check(rows, tuple(faults), waiting, unread, tuple(_elsewhere(ledger)))


def _elsewhere(ledger: Path) -> Iterator[str]:
    """Say what waits for other servers, as for one that has another address now."""
    for other in sorted((ledger.parent if server_of(ledger) else ledger).glob(f"{SERVER}*")):
        waiting = sum(1 for _ in files(intake_folder(other)))
        if waiting and other != ledger:
            yield (
                f"{waiting} more in {other}, for another server: set {LEDGER_VARIABLE} to it, or "
                "to that folder to have them in a file there"
            )


def _look_at(database: Database) -> tuple[int | None, str]:
    """Return how many windows a store has, and what is wrong with it."""
    rows = None
    try:
        with database.reading() as connection:
            number = select(func.count()).select_from(windows).where(IS_WINDOW)
            rows = connection.scalar(number) or 0
            said = database.damage_of(connection)
    except Empty:
        return 0, ""
    except StoreFault as fault:  # the check itself may fail on what it finds
        return rows, str(fault)
    return rows, f"{database.name}: {said}" if said else ""


def _lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for _ in lines.complete(stream))
