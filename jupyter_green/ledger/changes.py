"""Which days' sums are no longer true once rows are written or removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, select

from .database import AT_ONCE
from .dialects import insert_or_update
from .schema import LONG, LONG_NS, days, windows

_ROUNDS = 2
"""How often what overlaps is looked for around what was found."""


class Touched(NamedTuple):
    """A row that is written or removed."""

    run_id: str
    day: int
    host: str | None
    begin_ns: int | None
    end_ns: int | None
    written_ns: int = 0


TOUCHED = [windows.c[name] for name in Touched._fields]
"""The columns of :class:`Touched`."""


def touched(connection: Connection, run_ids: Collection[str]) -> list[Touched]:
    """Return those of some windows that have rows, as they are now."""
    some = select(*TOUCHED).where(windows.c.run_id.in_(list(run_ids)))
    return [Touched(*row) for row in connection.execute(some)]


def mark(connection: Connection, rows: Sequence[Touched]) -> None:
    """Note that these rows were written or removed, in the same transaction.

    A row changes the sums of its own day; those of the days of windows at the same time on the
    same host, whose own joules it may change; and those of the windows within it, which have its
    stage and notebook.
    """
    changed = Counter(row.day for row in rows)
    for day in _of_neighbours(connection, rows) | _of_children(connection, rows):
        changed[day] += day not in changed
    if not changed:
        return
    statement = insert_or_update(connection, days)
    more = days.c.changed + statement.excluded.changed
    connection.execute(
        statement.on_conflict_do_update(index_elements=[days.c.day], set_={"changed": more}),
        # In one order, else two clients may wait for each other.
        [{"day": day, "changed": changed[day]} for day in sorted(changed)],
    )


def overlapping(host: str, begin_ns: int, end_ns: int) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of windows that touch a stretch of time on a host, each by an index."""
    span = windows.c
    here = and_(span.host == host, span.end_ns >= begin_ns)
    near = and_(span.begin_ns >= begin_ns - LONG_NS, span.begin_ns <= end_ns)
    # The 0 keeps a planner from the other index, which has all windows of the host.
    return and_(here, near), and_(here, LONG, span.begin_ns + 0 <= end_ns)


def _of_neighbours(connection: Connection, rows: Sequence[Touched]) -> set[int]:
    found: set[int] = set()
    known = {row.day for row in rows}
    for stretch in stretches(rows):
        wider = stretch
        for _ in range(_ROUNDS):
            others = [each for each in _touching(connection, *wider) if each[0] not in known]
            found |= {day for day, _, _ in others}
            begin_ns = min([wider[1], *(begin_ns for _, begin_ns, _ in others)])
            end_ns = max([wider[2], *(end_ns for _, _, end_ns in others)])
            before, wider = wider, (wider[0], begin_ns, end_ns)
            if wider == before:
                break
    return found


def _touching(
    connection: Connection, host: str, begin_ns: int, end_ns: int
) -> list[tuple[int, int, int]]:
    """Return the days of windows that touch a stretch, with the first begin and the last end."""
    edges = func.min(windows.c.begin_ns), func.max(windows.c.end_ns)
    some = select(windows.c.day, *edges).group_by(windows.c.day)
    return [
        (day, first_ns, last_ns)
        for which in overlapping(host, begin_ns, end_ns)
        for day, first_ns, last_ns in connection.execute(some.where(which))
    ]


def stretches(rows: Iterable[Touched]) -> Iterator[tuple[str, int, int]]:
    """Yield hosts with stretches of time in which all of these are, a day apart at least."""
    spans = sorted(
        (row.host, row.begin_ns, row.end_ns)
        for row in rows
        if row.host is not None and row.begin_ns is not None and row.end_ns is not None
    )
    open_: tuple[str, int, int] | None = None
    for host, begin_ns, end_ns in spans:
        if open_ and open_[0] == host and begin_ns <= open_[2] + LONG_NS:
            open_ = host, open_[1], max(open_[2], end_ns)
        else:
            if open_:
                yield open_
            open_ = host, begin_ns, max(begin_ns, end_ns)
    if open_:
        yield open_


def _of_children(connection: Connection, rows: Sequence[Touched]) -> set[int]:
    found: set[int] = set()
    ids = [row.run_id for row in rows]
    seen = set(ids)
    while ids:
        within: list[tuple[str, int]] = []
        for begin in range(0, len(ids), AT_ONCE):
            some = windows.c.parent.in_(ids[begin : begin + AT_ONCE])
            children = select(windows.c.run_id, windows.c.day).where(some)
            within += [(row.run_id, row.day) for row in connection.execute(children)]
        found |= {day for _, day in within}
        ids = [run_id for run_id, _ in within if run_id not in seen]
        seen |= set(ids)
    return found
