"""A day's sums, worked out from its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from .changes import Touched, overlapping, stretches
from .entries import Entry, Key, Run, RunEntry, entries_of, run_entries_of
from .groups import CELL, DOMAIN, WAYS, Group, by_device, called, own_of, used_by
from .kept import outermost, thing_of
from .metered import Metered
from .pauses import BETWEEN, add_pause, own_of_pauses
from .rows import inherited, outer_windows, pauses_where, windows_where
from .schema import windows

HOST = "host"
PAUSES = "pause"
KEPT = "last good 3"
"""Named anew where sums are made in another way: those of before are no longer found."""
ENTRY_WAYS = (*WAYS, DOMAIN, HOST, PAUSES)
_ROUNDS = 2


class DaySums(NamedTuple):
    """What the windows of a day used, by each way, and what of it was kept."""

    entries: Mapping[str, Sequence[Entry]]
    runs: Sequence[RunEntry]


def day_sums(connection: Connection, day: int) -> DaySums:
    """Return the sums of the windows that began on a day.

    Joules that they share with windows of other days are the one's that began first, as in a sum
    of all days.
    """
    of_day = windows_where(connection, windows.c.day == day)
    whole = {**_around(connection, day, of_day), **of_day}
    for run_id, each in whole.items():
        whole[run_id] = inherited(each, whole)
    own = dict(zip(whole, own_of(list(whole.values())), strict=True))
    outer = outermost(list(whole.values()))
    ways: dict[str, dict[Key, Group]] = {way: {} for way in (*WAYS, DOMAIN, HOST)}
    runs = _good_runs(whole, outer, day)
    for run_id in of_day:
        each = whole[run_id]
        used = used_by(each, own[run_id], "")
        for way, found in ways.items():
            if way == DOMAIN:
                for of_device in by_device(each, own[run_id]):
                    _add(found, (each.project or "", of_device.name), of_device)
            else:
                group = _add(found, (each.project or "", _name(each, way)), used)
                if way == CELL:
                    group.call(called(each))
        if (run := runs.get(outer[run_id])) is not None:
            run.group.add(used)
    ways[PAUSES] = _between_cells(connection, day, of_day)
    kept = {run.key: run for run in runs.values() if run.group.windows}
    entries = {way: entries_of(groups) for way, groups in ways.items()}
    return DaySums(entries, run_entries_of(kept.values()))


def _between_cells(
    connection: Connection, day: int, of_day: Mapping[str, Metered]
) -> dict[Key, Group]:
    """Return what the pauses that began on a day used, by project."""
    pauses = pauses_where(connection, windows.c.day == day)
    if not pauses:  # it would take memory for each of the day's windows
        return {}
    near_windows, near_pauses = dict(of_day), dict(pauses)
    for stretch in stretches([_touched(each) for each in pauses.values()]):
        for which in overlapping(*stretch):
            near_windows |= windows_where(connection, which, windows.c.day != day)
            near_pauses |= pauses_where(connection, which, windows.c.day != day)
    own = own_of_pauses(list(near_pauses.values()), near_windows.values())
    found: dict[Key, Group] = {}
    for each, some_own in zip(near_pauses.values(), own, strict=True):
        if each.run_id in pauses:
            key = each.project or "", BETWEEN
            add_pause(found.setdefault(key, Group(BETWEEN)), each, some_own)
    return found


def _name(each: Metered, way: str) -> str:
    if way == HOST:
        return each.span[0] if each.span else ""
    return WAYS[way](each)


def _add(found: dict[Key, Group], key: Key, used: Group) -> Group:
    group = found.get(key)
    if group is None:
        group = found[key] = Group(key[1])
    group.add(used)
    return group


def _good_runs(
    whole: Mapping[str, Metered], outer: Mapping[str, str], day: int
) -> Mapping[str, Run]:
    """Return good runs by the ids of their outermost windows: of a thing, the day's last one.

    Those of other days are all among them, as windows within them may be of this one.
    """
    found: dict[str, Run] = {}
    last: dict[tuple[str, str], Run] = {}
    alone: dict[str, Run] = {}
    for root in whole.values():
        if root.status != "ok" or outer[root.run_id] != root.run_id:
            continue
        project, (kind, *what) = root.project or "", thing_of(root)
        if kind == "window":  # nothing that could be run again: always kept
            one = Run(project, "", "", 0.0, is_here=True)
            found[root.run_id] = alone.setdefault(project, one)
            continue
        thing = "\n".join([kind, *what[1:]])
        run = Run(project, thing, root.run_id, root.started_s, is_here=root.day == day)
        if not run.is_here:
            found[root.run_id] = run
        elif (before := last.get((project, thing))) is None or before.age < run.age:
            last[project, thing] = run
    return found | {run.run_id: run for run in last.values()}


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
    return found | outer_windows(connection, {**found, **of_day})


def _touched(each: Metered) -> Touched:
    return Touched(each.run_id, each.day, *(each.span or (None, None, None)))
