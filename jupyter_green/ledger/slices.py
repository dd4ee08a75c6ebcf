"""A long time cut into short ones: who asks for all windows need not hold them at once.

No cut lies within a window that others lie in, so that these find what they have of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select

from .database import Empty
from .schema import windows
from .stores import read_from

_AT_ONCE = 5000
"""Windows of a store that are in one slice, unless longer ones hold it together."""
_SLACK_S = 1.0
"""By which a clock may be set while a window is open."""


def slices(
    ledger: Path,
    since_s: float | None = None,
    until_s: float | None = None,
    at_once: int = _AT_ONCE,
) -> Iterator[tuple[float | None, float | None]]:
    """Yield times that follow each other without a gap, as :func:`~.questions.read` takes them.

    Nothing is held open in between.

    Parameters
    ----------
    ledger
        The ledger's folder.
    since_s, until_s
        Seconds since 1970 between which they lie; ``None`` for no limit.
    at_once
        Windows of each store in one slice.

    Raises
    ------
    StoreFault
        Where a store cannot be read, or is of another version.
    """
    outer = _joined(_found(ledger, _holders()))
    begin_s = since_s
    while (cut_s := _next(ledger, begin_s, at_once)) is not None:
        cut_s = next((end_s for start_s, end_s in outer if start_s < cut_s < end_s), cut_s)
        if until_s is not None and cut_s >= until_s:
            break
        yield begin_s, cut_s
        begin_s = cut_s
    yield begin_s, until_s


def _next(ledger: Path, begin_s: float | None, at_once: int) -> float | None:
    """Return when so many windows of a store have begun; ``None`` where none has so many."""
    later = select(windows.c.started_s).order_by(windows.c.started_s).limit(1)
    if begin_s is None:
        later = later.offset(at_once)
    else:  # those that began just then are in this slice, however many they are
        later = later.where(windows.c.started_s > begin_s).offset(at_once - 1)
    return min((row.started_s for row in _found(ledger, later)), default=None)


def _holders() -> Select[Any]:
    """Return the query for windows that others lie in: when they and the last within them began.

    One within may have begun later than the outer one's seconds tell, as those stand still while
    the machine is suspended.
    """
    within = windows.alias()
    return (
        select(
            windows.c.started_s,
            windows.c.duration_s,
            func.max(within.c.started_s).label("last_s"),
        )
        .join(within, within.c.parent == windows.c.run_id)
        .group_by(windows.c.run_id, windows.c.started_s, windows.c.duration_s)
        .order_by(windows.c.started_s)
    )


def _joined(rows: Iterable[Any]) -> list[tuple[float, float]]:
    """Return the times in which some window of several is open."""
    joined: list[tuple[float, float]] = []
    for begin_s, duration_s, last_s in sorted(tuple(row) for row in rows):
        end_s = max(begin_s + duration_s, last_s) + _SLACK_S
        if joined and begin_s <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end_s))
        else:
            joined.append((begin_s, end_s))
    return joined


def _found(ledger: Path, query: Select[Any]) -> Iterator[Any]:
    for database in read_from(ledger):
        with contextlib.suppress(Empty), database.reading() as connection:
            yield from connection.execute(query).all()
