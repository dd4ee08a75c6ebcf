"""Sums of days, months and years, kept beside the rows so that no question reads them all.

A period's sums are true while the changes of its days are as many as they were when the sums were
made. The booker makes them anew when it has nothing else to do. Whoever asks takes those that are
true, of the longest periods first, and works the other days out from their rows: the answer is
always the one that the rows give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, delete, select

from .changes import Touched, mark, touched
from .database import AT_ONCE
from .day_sums import ENTRY_WAYS, KEPT, PAUSES, DaySums, day_sums
from .days import FIRST, LAST, wider
from .dialects import insert_or_update
from .entries import (
    Entries,
    Run,
    Runs,
    last_runs,
    merge,
    merge_runs,
    packed,
    packed_runs,
    unpacked,
    unpacked_runs,
)
from .schema import days, sums

FEW = 1000
"""Changes of the present day that are left to whoever asks."""
_T = TypeVar("_T")


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

    def entries(self, way: str) -> Entries:
        """Return what each group used by one of :data:`~.day_sums.ENTRY_WAYS`."""
        found: Entries = {}
        bodies = _bodies(self._connection, list(self._true), way)
        for period, its_days in self._true.items():
            if way == PAUSES and period not in bodies:  # made before pauses had rows
                continue
            entries = _read(unpacked, bodies.get(period))
            merge(found, self._made_of(its_days, way) if entries is None else entries)
        merge(found, self._made_of(self._from_rows, way))
        return found

    def runs(self) -> Runs:
        """Return the last good runs."""
        found: Runs = {}
        bodies = _bodies(self._connection, list(self._true), KEPT)
        for period, its_days in self._true.items():
            runs = _read(unpacked_runs, bodies.get(period))
            merge_runs(found, self._runs_of(its_days) if runs is None else runs)
        merge_runs(found, self._runs_of(self._from_rows))
        return last_runs(found)

    def _made_of(self, some_days: Sequence[int], way: str) -> Entries:
        found: Entries = {}
        for day in some_days:
            merge(found, self._day(day).entries[way])
        return found

    def _runs_of(self, some_days: Sequence[int]) -> list[Run]:
        return [run for day in some_days for run in self._day(day).runs.values()]

    def _day(self, day: int) -> DaySums:
        if day not in self._made:
            self._made[day] = day_sums(self._connection, day)
        return self._made[day]


def unsettled(connection: Connection, today: int) -> list[int]:
    """Return the periods whose sums are to be made, in order.

    Those of the present day are once there are many changes, of the month and the year once they
    are over, and of all months that are over after these.
    """
    changed = _changed(connection)
    stamps = _stamps(connection)
    behind = {day for day, number in changed.items() if stamps.get(day) != number}
    found = sorted(day for day in behind if day < today or changed[day] - stamps.get(day, 0) > FEW)
    totals: Mapping[int, int] = changed
    so_far = 0
    for _ in ("months", "years"):
        totals, today = _added_up(totals), wider(today)
        over = {period: number for period, number in totals.items() if period < today}
        found += sorted(period for period, number in over.items() if stamps.get(period) != number)
        if len(over) > 1 and not so_far:
            so_far = -max(over)
    if so_far and stamps.get(so_far) != sum(
        n for day, n in changed.items() if wider(day) <= -so_far
    ):
        found.append(so_far)
    return found


def settle(connection: Connection, period: int) -> None:
    """Make the sums of a day anew, or those of a longer period of which the parts are made."""
    if period >= FIRST:
        stamp = connection.scalar(select(days.c.changed).where(days.c.day == period)) or 0
        _write(connection, period, stamp, day_sums(connection, period))
        return
    stamps = _stamps(connection)
    if period < 0:
        stamps = {part: stamp for part, stamp in stamps.items() if part > 0}
        parts = list(_true_periods(stamps, _changed(connection), FIRST, 100 * -period + 99))
        connection.execute(delete(sums).where(sums.c.period < 0))  # those of a month before
    else:
        parts = sorted(part for part in stamps if wider(part) == period and part > 0)
    entries: dict[str, Entries] = {way: {} for way in ENTRY_WAYS}
    for way, found in entries.items():
        for body in _bodies(connection, parts, way).values():
            merge(found, unpacked(body))
    runs: Runs = {}
    for body in _bodies(connection, parts, KEPT).values():
        merge_runs(runs, unpacked_runs(body))
    stamp = sum(stamps[part] for part in parts)
    _write(connection, period, stamp, DaySums(entries, last_runs(runs)))


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


def _read(unpack: Callable[[bytes], _T], body: bytes | None) -> _T | None:
    """Return what is stored, ``None`` where it was overwritten: as if there were no sums."""
    try:
        return None if body is None else unpack(body)
    except (LookupError, ValueError, TypeError):
        return None


def _write(connection: Connection, period: int, stamp: int, made: DaySums) -> None:
    statement = insert_or_update(connection, sums)
    offered = statement.excluded
    values = {name: offered[name] for name in ("stamp", "body")}
    bodies = {way: packed(entries) for way, entries in made.entries.items()}
    bodies[KEPT] = packed_runs(made.runs)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[sums.c.period, sums.c.way], set_=values),
        [
            {"period": period, "way": way, "stamp": stamp, "body": body}
            for way, body in bodies.items()
        ],
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
            if wider(day) <= -period:
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


def _bodies(connection: Connection, periods: Sequence[int], way: str) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for begin in range(0, len(periods), AT_ONCE):
        some = sums.c.period.in_(periods[begin : begin + AT_ONCE])
        bodies = select(sums.c.period, sums.c.body).where(some, sums.c.way == way)
        found |= {row.period: bytes(row.body) for row in connection.execute(bodies)}
    return found
