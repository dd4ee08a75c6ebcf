"""Forgetting windows: of what is forgotten, no file of the ledger holds anything any more.

What was metered and not booked is booked first. Then the windows' rows go, and with them free
pages and SQLite's log; what the intake says of them is overwritten; what was set aside as damaged
or unread, and copies from before a migration, are removed, as nothing tells whose it is.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from ..carbon.answers import NAME as ANSWERS
from ..intake.erase import erase
from ..intake.lock import taken_over
from ..intake.mounts import is_on_network
from ..intake.places import ASIDE, intake_folder
from ..intake.start import Booker as BookerStart
from ..intake.writer import files
from .book import Booker
from .database import AT_ONCE, Busy, Database, Empty, StoreFault
from .forgotten import KEPT_S, remember
from .rows import IS_WINDOW
from .schema import parts, traces, windows
from .sqlite import BACKUP
from .stores import read_from, written
from .sums import forget as forget_sums

PATIENCE_S = 20.0
"""How long the booker at work, and whoever reads a store, are waited for."""


@dataclass(frozen=True)
class Chosen:
    """Which windows: those for which all that is given holds; all of them if nothing is."""

    notebook: str | None = None
    """A notebook's file name; the folders before it are not looked at, as none are kept."""
    project: str | None = None
    """The folder of a project as the ledger has it, such as ``~/work/thesis``, or its last part."""
    before_s: float | None = None
    """Seconds since 1970 before which they began."""

    def rows(self) -> list[ColumnElement[bool]]:
        """Return what holds of their rows."""
        column = windows.c
        found: list[ColumnElement[bool]] = []
        if self.notebook is not None:
            found.append(column.notebook == _name(self.notebook))
        if self.project is not None:
            ends = column.project.endswith(f"/{self.project}", autoescape=True)
            found.append(or_(column.project == self.project, ends))
        if self.before_s is not None:
            found.append(column.started_s < self.before_s)
        return found

    def is_of(self, opened: Mapping[str, Any]) -> bool:
        """Whether a window is one of them that is open, by what its begin was given."""
        project = str(opened.get("project") or "")
        return (
            (self.notebook is None or _notebook(opened) == _name(self.notebook))
            and (self.project is None or f"/{project}".endswith(f"/{self.project}"))
            and (self.before_s is None or _began_s(opened) < self.before_s)
        )


@dataclass
class Found:
    """What is to be forgotten, or was."""

    closed: dict[Database, list[str]] = field(default_factory=dict)
    """The ids of windows that have rows."""
    pauses: dict[Database, list[str]] = field(default_factory=dict)
    """Those of pauses that go with the windows at their edges."""
    open: list[str] = field(default_factory=list)
    """Those of windows that are open now."""
    copies: list[Path] = field(default_factory=list)
    """Files that were set aside or copied, which are removed as a whole."""
    elsewhere: list[str] = field(default_factory=list)
    """The stores of other machines, which they must forget from themselves."""

    @property
    def windows(self) -> int:
        """How many windows."""
        return sum(map(len, self.closed.values())) + len(self.open)


def find(ledger: Path, chosen: Chosen) -> Found:
    """Return what would be forgotten, after booking what waits.

    Raises
    ------
    StoreFault
        Where a store cannot be read or written now.
    """
    with _alone(ledger):
        return _find(ledger, chosen)


def forget(ledger: Path, chosen: Chosen) -> Found:
    """Forget windows, those that are open now among them; what they did is not metered anew.

    Raises
    ------
    StoreFault
        Where a store cannot be read or written now.
    """
    with _alone(ledger):
        found = _find(ledger, chosen)
        for database, run_ids in found.closed.items():
            rows = [*run_ids, *found.pauses.get(database, ())]
            _delete(database, rows, found.open if database.name == _ours(ledger) else [])
        gone = {run_id for run_ids in found.closed.values() for run_id in run_ids}
        try:
            erase(intake_folder(ledger), gone | set(found.open))
            for path in found.copies:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise Busy(f"not all is forgotten yet: {error}") from error
        for database in found.closed:
            _leave_nothing(database)
    if any(files(intake_folder(ledger))):  # what came meanwhile
        with contextlib.suppress(OSError):
            BookerStart(ledger).start()
    return found


@contextlib.contextmanager
def _alone(ledger: Path) -> Iterator[None]:
    if not ledger.is_dir():
        yield
        return
    try:
        with taken_over(ledger, PATIENCE_S) as held:
            if not held:
                raise Busy("the ledger is being written: try again when less is metered")
            yield
    except OSError as error:
        raise Busy(str(error)) from error


def _ours(ledger: Path) -> str:
    return written(ledger).name


def _find(ledger: Path, chosen: Chosen) -> Found:
    booker = Booker(ledger)
    try:
        booker.book()
        while booker.reader.is_behind:
            booker.book()
        booker.book()  # whose program has died is known by the second turn
        waiting = {run_id: each.entry for run_id, each in booker.reader.opened.items()}
    finally:
        booker.close()
    found = Found(copies=_copies(ledger))
    for database in read_from(ledger):
        if is_on_network(ledger) and database.name != _ours(ledger):
            found.elsewhere.append(database.name)
            continue
        with contextlib.suppress(Empty), database.reading() as connection:
            found.closed[database] = _chosen(connection, chosen)
            found.pauses[database] = _pauses(connection, chosen, found.closed[database])
    gone = {run_id for run_ids in found.closed.values() for run_id in run_ids}
    found.open = [
        run_id
        for run_id, entry in waiting.items()
        if run_id not in gone and (chosen.is_of(entry) or _is_within(entry, gone, waiting, chosen))
    ]
    return found


def _chosen(connection: Connection, chosen: Chosen) -> list[str]:
    """Return the windows' ids, with those within them that have no notebook of their own."""
    rows = select(windows.c.run_id).where(IS_WINDOW, *chosen.rows())
    found = list(connection.scalars(rows))
    if chosen.notebook is None:
        return found
    known, around = set(found), found
    while around:
        inner: list[str] = []
        for begin in range(0, len(around), AT_ONCE):
            parent = windows.c.parent.in_(around[begin : begin + AT_ONCE])
            asked = select(windows.c.run_id).where(parent, windows.c.notebook.is_(None))
            inner += connection.scalars(asked)
        around = [run_id for run_id in inner if run_id not in known]
        known |= set(around)
    return list(known)


def _pauses(connection: Connection, chosen: Chosen, run_ids: Sequence[str]) -> list[str]:
    """Return the pauses that are chosen, or that lie beside a window that is."""
    rows = select(windows.c.run_id).where(~IS_WINDOW, *chosen.rows())
    found = set(connection.scalars(rows))
    edge = windows.alias()
    is_at_edge = and_(
        edge.c.host == windows.c.host,
        edge.c.session == windows.c.session,
        or_(edge.c.end_ns == windows.c.begin_ns, edge.c.begin_ns == windows.c.end_ns),
    )
    beside = select(windows.c.run_id).join(edge, is_at_edge).where(~IS_WINDOW)
    for begin in range(0, len(run_ids), AT_ONCE):
        some = edge.c.run_id.in_(run_ids[begin : begin + AT_ONCE])
        found |= set(connection.scalars(beside.where(some)))
    return sorted(found)


def _is_within(
    entry: Mapping[str, Any],
    gone: set[str],
    waiting: Mapping[str, Mapping[str, Any]],
    chosen: Chosen,
) -> bool:
    """Whether a window without a notebook is within one that is chosen by its notebook."""
    seen: set[str] = set()
    while _notebook(entry) is None and (parent := str(entry.get("parent"))) not in seen:
        if parent in gone:
            return True
        if parent not in waiting:
            return False
        seen.add(parent)
        entry = waiting[parent]
        if chosen.is_of(entry):
            return True
    return False


def _delete(database: Database, run_ids: list[str], still_open: list[str]) -> None:
    engine = database.engine(writes=True)
    try:
        with database.clean_errors(), engine.begin() as connection:
            database.require_version(connection)
            late = _may_come_again(connection, run_ids)
            forget_sums(connection, run_ids)
            for begin in range(0, len(run_ids), AT_ONCE):
                some = run_ids[begin : begin + AT_ONCE]
                for table in (parts, traces, windows):
                    connection.execute(delete(table).where(table.c.run_id.in_(some)))
                inner = update(windows).where(windows.c.parent.in_(some))
                connection.execute(inner.values(parent=None))
            remember(connection, [*late, *still_open])
    finally:
        engine.dispose()


def _may_come_again(connection: Connection, run_ids: list[str]) -> list[str]:
    """Return those that a program at work may hand in once more; not what was imported."""
    found: list[str] = []
    for begin in range(0, len(run_ids), AT_ONCE):
        asked = select(windows.c.run_id).where(
            windows.c.run_id.in_(run_ids[begin : begin + AT_ONCE]),
            windows.c.started_s > time.time() - KEPT_S,
            windows.c.origin.is_(None),
        )
        found += connection.scalars(asked)
    return found


def _leave_nothing(database: Database) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return database.leave_nothing()
        except StoreFault as fault:
            if time.monotonic() > until_s:
                raise Busy(
                    f"{fault}: the windows are forgotten, and their text may still be in its "
                    "files; run this again"
                ) from fault
        time.sleep(0.2)


def _copies(ledger: Path) -> list[Path]:
    """Return the files in which text may be that nothing can be taken out of."""
    found = [path for begin in ("damaged-", BACKUP) for path in ledger.glob(f"{begin}*")]
    aside = intake_folder(ledger) / ASIDE
    found += aside.iterdir() if aside.is_dir() else ()
    found += ledger.glob(ANSWERS)  # of which times a provider was asked
    return sorted(found)


def _notebook(opened: Mapping[str, Any]) -> Any:
    return (opened.get("subject") or {}).get("notebook")


def _began_s(opened: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(opened["started_at"].replace("Z", "+00:00")).timestamp()
    except (KeyError, AttributeError, ValueError):
        return 0.0


def _name(notebook: str) -> str:
    return PurePath(notebook).name
