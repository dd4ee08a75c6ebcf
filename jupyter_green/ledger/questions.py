"""Questions to the ledger: its windows, and what groups of them used."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Column, ColumnElement, or_, select

from ..intake.places import intake_folder
from ..intake.writer import files
from .database import AT_ONCE, Empty
from .groups import WAYS, Group, Joules, grouped
from .metered import Metered, Part
from .pauses import pause_id
from .rows import (
    IS_WINDOW,
    inherited,
    outer_windows,
    pauses_where,
    windows_of,
    windows_where,
)
from .schema import windows
from .stores import read_from

__all__ = [
    "WAYS",
    "Group",
    "Joules",
    "Metered",
    "Part",
    "book_what_waits",
    "grouped",
    "newest",
    "read",
]

Windows: TypeAlias = dict[str, Metered]
RowsWhere: TypeAlias = Callable[..., Windows]


def read(
    ledger: Path,
    since_s: float | None = None,
    until_s: float | None = None,
    project: str | None = None,
) -> list[Metered]:
    """Return the windows that began within a time, in the order of their begins.

    One without a stage or a notebook has those of the nearest window around it.

    Parameters
    ----------
    ledger
        The ledger's folder. What waits in its intake is booked first, where that can be.
    since_s, until_s
        Seconds since 1970; ``None`` for no limit.
    project
        The folder of a project as the ledger has it, such as ``~/work/thesis``, or its last part;
        ``None`` for all.

    Raises
    ------
    StoreFault
        Where a store cannot be read, or is of another version.
    """
    book_what_waits(ledger)
    found = _newest(ledger, windows_where, _when(since_s, until_s, project))
    whole = [inherited(each, found) for each in found.values()]
    return sorted(whole, key=lambda each: (each.started_s, each.run_id))


def read_pauses(
    ledger: Path,
    since_s: float | None = None,
    until_s: float | None = None,
    project: str | None = None,
) -> list[Metered]:
    """Return what sessions used between their windows, as far as counters tell; see :func:`read`.

    Each has notebook, project and commit of the window that ended it.
    """
    found = _newest(ledger, pauses_where, _when(since_s, until_s, project))
    return sorted(found.values(), key=lambda each: (each.started_s, each.run_id))


def pauses_before(ledger: Path, run_ids: Iterable[str]) -> Windows:
    """Return what sessions used before these windows, by the windows' ids."""
    of_pause = {pause_id(run_id): run_id for run_id in run_ids}
    found: Windows = {}
    for database in read_from(ledger):
        with contextlib.suppress(Empty), database.reading() as connection:
            ids = list(of_pause)
            for begin in range(0, len(ids), AT_ONCE):
                some = windows.c.run_id.in_(ids[begin : begin + AT_ONCE])
                _take(pauses_where(connection, some), found)
    return {of_pause[each]: pause for each, pause in found.items()}


def _when(
    since_s: float | None, until_s: float | None, project: str | None
) -> list[ColumnElement[bool]]:
    when: list[ColumnElement[bool]] = []
    if since_s is not None:
        when.append(windows.c.started_s >= since_s)
    if until_s is not None:
        when.append(windows.c.started_s < until_s)
    if project is not None:
        when.append(_is_of(project))
    return when


def newest(ledger: Path, number: int, project: str | None = None) -> list[Metered]:
    """Return the windows that began last, so many at most; see :func:`read`.

    No others are read but those around them.
    """
    book_what_waits(ledger)
    latest = (
        select(windows.c.run_id)
        .where(IS_WINDOW, *_when(None, None, project))
        .order_by(windows.c.started_s.desc(), windows.c.run_id.desc())
        .limit(number)
    )
    found: Windows = {}
    for database in read_from(ledger):
        with contextlib.suppress(Empty), database.reading() as connection:
            few = windows_of(connection, connection.scalars(latest).all())
            around = few | outer_windows(connection, few)
            _take({run_id: inherited(each, around) for run_id, each in few.items()}, found)
    return _in_order(found.values())[-number:]


def read_where(ledger: Path, *which: ColumnElement[bool]) -> list[Metered]:
    """Return the windows of which something is true; see :func:`newest`."""
    found: Windows = {}
    for database in read_from(ledger):
        with contextlib.suppress(Empty), database.reading() as connection:
            some = windows_where(connection, *which)
            around = some | outer_windows(connection, some)
            _take({run_id: inherited(each, around) for run_id, each in some.items()}, found)
    return _in_order(found.values())


def begin_alike(ledger: Path, column: Column[str], begin: str) -> set[str]:
    """Return the values of a column of windows that begin so."""
    found: set[str] = set()
    alike = column.startswith(begin, autoescape=True)
    for database in read_from(ledger):
        with contextlib.suppress(Empty), database.reading() as connection:
            values = connection.scalars(select(column).distinct().where(IS_WINDOW, alike))
            # SQLite compares letters of either case as the same.
            found |= {value for value in values if value.startswith(begin)}
    return found


def projects(ledger: Path, since_s: float | None = None, until_s: float | None = None) -> set[str]:
    """Return the projects of the windows that began within a time; see :func:`read`."""
    found: set[str] = set()
    some = select(windows.c.project).distinct().where(IS_WINDOW, *_when(since_s, until_s, None))
    for database in read_from(ledger):
        with contextlib.suppress(Empty), database.reading() as connection:
            found |= {project for project in connection.scalars(some) if project}
    return found


def _is_of(project: str) -> ColumnElement[bool]:
    folder = windows.c.project
    return or_(folder == project, folder.endswith(f"/{project}", autoescape=True))


def _newest(ledger: Path, rows_where: RowsWhere, when: Sequence[ColumnElement[bool]]) -> Windows:
    found: Windows = {}
    for database in read_from(ledger):
        with contextlib.suppress(Empty), database.reading() as connection:
            _take(rows_where(connection, *when), found)
    return found


def _take(some: Mapping[str, Metered], found: Windows) -> None:
    """Add windows of another store, which may have a later report of the same window."""
    for run_id, each in some.items():
        if run_id not in found or found[run_id].written_ns < each.written_ns:
            found[run_id] = each


def _in_order(some: Iterable[Metered]) -> list[Metered]:
    return sorted(some, key=lambda each: (each.started_s, each.run_id))


def book_what_waits(ledger: Path) -> None:
    """Book what is in the intake now, unless another booker is at it: then wait for it a while."""
    with contextlib.suppress(OSError):
        if not any(files(intake_folder(ledger))):
            return
        from .book import book_until_idle

        until_s = time.monotonic() + 1.0
        while book_until_idle(ledger, idle_s=0.0) and time.monotonic() < until_s:
            time.sleep(0.05)
