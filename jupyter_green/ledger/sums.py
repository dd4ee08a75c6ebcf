"""Sums of days, months and years, kept beside the rows so that no question reads them all.

A period's sums are true while the changes of its days are as many as they were when the sums were
made. The booker makes them anew when it has nothing else to do. Whoever asks takes those that are
true, of the longest periods first, and works the other days out from their rows: the answer is
always the one that the rows give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import count
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select

from .changes import Touched, mark, touched
from .database import AT_ONCE
from .day_sums import ENTRY_WAYS, KEPT, DaySums, day_sums
from .days import FIRST, LAST, wider
from .dialects import insert_or_update
from .entries import (
    Entry,
    RunEntry,
    by_name,
    merged,
    merged_runs,
    packed,
    unpacked,
)
from .groups import DOMAIN, WAYS
from .schema import days, sums

FEW = 500
"""Changes of the present day that are left to whoever asks."""
_OF_ALL = {way: f"{way} of all" for way in (*WAYS, DOMAIN)}
"""Ways by which the sums of all days that are over are kept without their projects, too."""
_PIECE = 1 << 16
"""Bytes of a body that are read together where several are merged."""


class Asked:
    """The sums of the windows that began on a range of days, both ends included.

    Parameters
    ----------
    connection
        To the store, as it is at one moment.
    first, last
        As 20260504.
    """

    def __init__(self, connection: Connection, first: int = FIRST, last: int = LAST) -> None:
        self._connection = connection
        changed = _changed(connection)
        self._true = _true_periods(_stamps(connection), changed, first, last)
        covered = {day for its_days in self._true.values() for day in its_days}
        self._from_rows = [day for day in changed if first <= day <= last and day not in covered]
        self._made: dict[int, DaySums] = {}

    def entries(self, way: str) -> Iterator[Entry]:
        """Yield what each group used by one of :data:`~.day_sums.ENTRY_WAYS`, period by period.

        They are read as they are needed. A group comes once for each period at most.
        """
        return self._entries(way, way)

    def entries_of_all(self, way: str) -> Iterator[Entry]:
        """Yield the same for all projects: of the longest period without them."""
        return self._entries(way, _OF_ALL[way])

    def runs(self) -> list[list[RunEntry]]:
        """Return the last good runs of each period, for :func:`~.entries.last_runs`."""
        found: list[list[RunEntry]] = []
        left = [*self._from_rows]
        for period, its_days in self._true.items():
            runs = self._stored(period, KEPT)
            if runs is None:
                left += its_days
            else:
                found.append(runs)
        return [*found, *(deepcopy(list(self._day(day).runs)) for day in left)]

    def _entries(self, way: str, of_longest: str) -> Iterator[Entry]:
        left = [*self._from_rows]
        for period, its_days in self._true.items():
            entries = self._stored(period, of_longest if period < 0 else way)
            if entries is None:
                left += its_days
            else:
                yield from entries
        for day in left:
            yield from deepcopy(self._day(day).entries[way])

    def _stored(self, period: int, way: str) -> list[Any] | None:
        """Return a period's entries; ``None`` where they were overwritten."""
        which = sums.c.period == period, sums.c.way == way
        body = self._connection.scalar(select(sums.c.body).where(*which))
        try:
            return list(unpacked([bytes(body or b"")]))
        except ValueError:
            return None

    def _day(self, day: int) -> DaySums:
        if day not in self._made:
            self._made[day] = day_sums(self._connection, day)
        return self._made[day]


def unsettled(connection: Connection, today: int) -> list[int]:
    """Return the periods whose sums are to be made, in order.

    Those of the present day are once there are many changes, of the month and the year once they
    are over, and after these those of all days that are over.
    """
    changed = _changed(connection)
    stamps = _stamps(connection)
    over = {day: number for day, number in changed.items() if day < today}
    found = [day for day, number in over.items() if stamps.get(day) != number]
    found += [day for day in changed.keys() - over if changed[day] - stamps.get(day, 0) > FEW]
    totals: Mapping[int, int] = changed
    for _ in ("months", "years"):
        totals, today = _added_up(totals), wider(today)
        found += sorted(
            period
            for period, number in totals.items()
            if period < today and stamps.get(period) != number
        )
    if len(over) > 1 and stamps.get(-max(over)) != sum(over.values()):
        found.append(-max(over))
    return found


def settle(connection: Connection, period: int) -> None:
    """Make the sums of a day anew, or those of a longer period of which the parts are made."""
    if period >= FIRST:
        stamp = connection.scalar(select(days.c.changed).where(days.c.day == period)) or 0
        made = day_sums(connection, period)
        for way, of_day in made.entries.items():
            _write(connection, period, way, stamp, packed(of_day))
        _write(connection, period, KEPT, stamp, packed(made.runs))
        return
    stamps = _stamps(connection)
    if period < 0:
        parts = list(_true_periods(stamps, _changed(connection), FIRST, -period))
    else:
        parts = sorted(part for part in stamps if wider(part) == period and part > 0)
    stamp = sum(stamps[part] for part in parts)
    try:
        for way in ENTRY_WAYS:
            entries = merged(unpacked(_pieces(connection, part, way)) for part in parts)
            _write(connection, period, way, stamp, packed(entries))
        if period < 0:
            for way, of_all in _OF_ALL.items():
                entries = unpacked(_pieces(connection, period, way))
                _write(connection, period, of_all, stamp, packed(by_name(entries)))
        runs = merged_runs(unpacked(_pieces(connection, part, KEPT)) for part in parts)
        _write(connection, period, KEPT, stamp, packed(runs))
    except ValueError:  # one was overwritten: all are made anew
        connection.execute(delete(sums))
    if period < 0:  # what was so far before, and what earlier versions kept in another way
        before = and_(sums.c.period < 0, sums.c.period != period)
        other = sums.c.way.not_in([*ENTRY_WAYS, *_OF_ALL.values(), KEPT])
        connection.execute(delete(sums).where(or_(before, other)))


def forget(connection: Connection, run_ids: Sequence[str]) -> None:
    """Remove all sums, before these rows are removed in the same transaction.

    They are made anew from the rows that stay. The days' changes stay, too: they must never count
    from 0 again.
    """
    changed: list[Touched] = []
    for begin in range(0, len(run_ids), AT_ONCE):
        changed += touched(connection, run_ids[begin : begin + AT_ONCE])
    mark(connection, changed)
    connection.execute(delete(sums))


def _write(connection: Connection, period: int, way: str, stamp: int, body: bytes) -> None:
    statement = insert_or_update(connection, sums)
    offered = statement.excluded
    values = {name: offered[name] for name in ("stamp", "body")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=[sums.c.period, sums.c.way], set_=values),
        {"period": period, "way": way, "stamp": stamp, "body": body},
    )


def _changed(connection: Connection) -> dict[int, int]:
    some = select(days.c.day, days.c.changed).order_by(days.c.day)
    return {row.day: row.changed for row in connection.execute(some)}


def _stamps(connection: Connection) -> dict[int, int]:
    """Return the stamps of the sums that there are."""
    some = select(sums.c.period, sums.c.stamp).where(sums.c.way == KEPT)
    return {row.period: row.stamp for row in connection.execute(some)}


def _true_periods(
    stamps: Mapping[int, int], changed: Mapping[int, int], first: int, last: int
) -> dict[int, list[int]]:
    """Return periods with true sums, and their days: each day of a range in one at most."""
    days_of: defaultdict[int, list[int]] = defaultdict(list)
    so_far = [period for period in stamps if period < 0]
    for day in changed:
        for period in (day, wider(day), wider(wider(day))):
            days_of[period].append(day)
        for period in so_far:
            if day <= -period:
                days_of[period].append(day)
    found: dict[int, list[int]] = {}
    covered: set[int] = set()
    for period, its_days in sorted(days_of.items()):  # the longest come first
        is_true = stamps.get(period) == sum(changed[day] for day in its_days)
        is_within = first <= its_days[0] and its_days[-1] <= last
        if is_true and is_within and covered.isdisjoint(its_days):
            found[period] = its_days
            covered |= set(its_days)
    return found


def _added_up(numbers: Mapping[int, int]) -> dict[int, int]:
    found: defaultdict[int, int] = defaultdict(int)
    for period, number in numbers.items():
        found[wider(period)] += number
    return found


def _pieces(connection: Connection, period: int, way: str) -> Iterator[bytes]:
    """Yield a body piece by piece: those of many periods are read side by side."""
    which = sums.c.period == period, sums.c.way == way
    for begin in count(1, _PIECE):
        piece = select(func.substr(sums.c.body, begin, _PIECE)).where(*which)
        found = bytes(connection.scalar(piece) or b"")
        yield found
        if len(found) < _PIECE:
            return
