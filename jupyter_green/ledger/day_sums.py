"""A day's sums, worked out from its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from .changes import Touched, overlapping, stretches
from .database import AT_ONCE
from .entries import Entries, Run, Runs, last_runs
from .groups import DOMAIN, WAYS, Group, add_window, divided, own_of
from .kept import outermost, thing_of
from .metered import Metered
from .pauses import BETWEEN, add_pause, own_of_pauses
from .rows import inherited, pauses_where, windows_where
from .schema import windows

HOST = "host"
PAUSES = "pause"
KEPT = "kept"
ENTRY_WAYS = (*WAYS, DOMAIN, HOST, PAUSES)
_ROUNDS = 2


class DaySums(NamedTuple):
    """What the windows of a day used, by each way that was asked for, and what of it was kept."""

    entries: Mapping[str, Entries]
    runs: Runs


def day_sums(connection: Connection, day: int, ways: Iterable[str] = ENTRY_WAYS) -> DaySums:
    """Return the sums of the windows that began on a day.

    Joules that they share with windows of other days are the one's that began first, as in a sum
    of all days.
    """
    of_day = windows_where(connection, windows.c.day == day)
    around = _around(connection, day, of_day)
    all_ = {**around, **of_day}
    whole = {run_id: inherited(each, all_) for run_id, each in all_.items()}
    own = dict(zip(whole, own_of(list(whole.values())), strict=True))
    outer = outermost(list(whole.values()))
    entries: dict[str, Entries] = {way: {} for way in ways}
    if PAUSES in entries:
        entries[PAUSES] = _between_cells(connection, day, of_day)
    runs: Runs = {}
    for run_id in of_day:
        each = whole[run_id]
        project = each.project or ""
        for way, found in entries.items():
            if way == PAUSES:
                continue
            for name, some, some_own in _divided(each, own[run_id], way):
                group = found.get((project, name))
                if group is None:
                    group = found[project, name] = Group(name)
                add_window(group, some, some_own)
        root = whole[outer[run_id]]
        if root.status == "ok" and outer[root.run_id] == root.run_id:
            run = _run_of(root, day)
            add_window(runs.setdefault(run.key, run).group, each, own[run_id])
    return DaySums(entries, last_runs(runs))


def _between_cells(connection: Connection, day: int, of_day: Mapping[str, Metered]) -> Entries:
    """Return what the pauses that began on a day used, by project."""
    pauses = pauses_where(connection, windows.c.day == day)
    near_windows, near_pauses = dict(of_day), dict(pauses)
    for stretch in stretches([_touched(each) for each in pauses.values()]):
        for which in overlapping(*stretch):
            near_windows |= windows_where(connection, which, windows.c.day != day)
            near_pauses |= pauses_where(connection, which, windows.c.day != day)
    own = own_of_pauses(list(near_pauses.values()), near_windows.values())
    found: Entries = {}
    for each, some_own in zip(near_pauses.values(), own, strict=True):
        if each.run_id in pauses:
            key = each.project or "", BETWEEN
            add_pause(found.setdefault(key, Group(BETWEEN)), each, some_own)
    return found


def _divided(
    each: Metered, own: Sequence[float], way: str
) -> Iterable[tuple[str, Metered, Sequence[float]]]:
    if way == HOST:
        return [(each.span[0] if each.span else "", each, own)]
    return divided(each, own, way)


def _run_of(root: Metered, day: int) -> Run:
    kind, *what = thing_of(root)
    if kind == "window":  # nothing that could be run again: always kept
        return Run(root.project or "", "", "", 0.0, is_here=True)
    thing = "\n".join([kind, *what[1:]])
    return Run(root.project or "", thing, root.run_id, root.started_s, is_here=root.day == day)


def _around(connection: Connection, day: int, of_day: Mapping[str, Metered]) -> dict[str, Metered]:
    """Return windows of other days that are at the same time as these, or around them."""
    found: dict[str, Metered] = {}
    spans = [_touched(each) for each in of_day.values()]
    for _ in range(_ROUNDS):
        before = len(found)
        for host, begin_ns, end_ns in list(stretches(spans)):
            for which in overlapping(host, begin_ns, end_ns):
                found |= windows_where(connection, which, windows.c.day != day)
        if len(found) == before:
            break
        spans += [_touched(each) for each in found.values()]
    wanted = _parents([*of_day.values(), *found.values()], {**found, **of_day})
    while wanted:
        new: dict[str, Metered] = {}
        for begin in range(0, len(wanted), AT_ONCE):
            some = windows.c.run_id.in_(wanted[begin : begin + AT_ONCE])
            new |= windows_where(connection, some)
        found |= new
        wanted = _parents(new.values(), {**found, **of_day})
    return found


def _parents(some: Iterable[Metered], known: Mapping[str, Metered]) -> list[str]:
    return sorted({e.parent for e in some if e.parent is not None and e.parent not in known})


def _touched(each: Metered) -> Touched:
    return Touched(each.run_id, each.day, *(each.span or (None, None, None)))
