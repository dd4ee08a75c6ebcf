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
from .rows import inherited, windows_where
from .schema import windows

HOST = "host"
KEPT = "kept"
ENTRY_WAYS = (*WAYS, DOMAIN, HOST)
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
    runs: Runs = {}
    for run_id in of_day:
        each = whole[run_id]
        project = each.project or ""
        for way, found in entries.items():
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
