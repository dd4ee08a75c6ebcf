"""What groups of windows used, and what of it was kept: by sums, however many windows."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from .database import Empty
from .day_sums import HOST, PAUSES
from .days import FIRST, LAST
from .entries import Entry, RunEntry, by_name, group_of, merged_runs
from .groups import Group, add_window, divided, in_order, own_of
from .kept import SpentKept, amount_of, last_good, outermost
from .metered import Metered
from .pauses import BETWEEN, add_pause, own_of_pauses
from .questions import book_what_waits, read, read_pauses
from .stores import read_from
from .sums import Asked


class Range(NamedTuple):
    """Which windows a question is about: by the day on which they began, and their project."""

    since_day: int = FIRST
    until_day: int = LAST
    """As 20260504; both are within."""
    project: str | None = None
    """A project's folder, or its last part."""

    def has(self, project: str) -> bool:
        """Whether a project's windows are asked for."""
        return self.project is None or f"/{project}".endswith(f"/{self.project}")


class Answer(NamedTuple):
    """What windows used."""

    groups: Sequence[Group]
    total: Group
    spent_kept: SpentKept
    between: Group
    """What sessions used between their windows, which is in none of the others."""


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Let garbage wait: figures are lists by the ten thousand, through which it is looked for."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def summed(ledger: Path, way: str, which: Range) -> Answer:
    """Return what windows used by one way of grouping, all of them together, and what was kept.

    Joules that windows share are the one's that began first, whether or not it is asked for: so
    the sums of days, or of projects, add up to that of all.

    Raises
    ------
    StoreFault
        Where a store cannot be read, or is of another version.
    """
    book_what_waits(ledger)
    entries: list[Entry] = []
    totals: list[Entry] = []
    pauses: list[Entry] = []
    runs: list[Iterable[RunEntry]] = []
    hosts: set[str] = set()
    for database in read_from(ledger):
        with contextlib.suppress(Empty), database.reading() as connection:
            asked = Asked(connection, which.since_day, which.until_day)
            of_way = asked.entries if which.project else asked.entries_of_all
            entries += by_name(entry for entry in of_way(way) if which.has(entry[0]))
            runs.append(asked.runs())
            pauses += asked.entries(PAUSES)
            of_host = list(asked.entries(HOST))
            totals += of_host
            names = {name for _, name, _ in of_host}
            if hosts & names:  # two stores have windows that may be the same, or share joules
                return _from_rows(ledger, way, which)
            hosts |= names
    answer = _answer(entries, totals, merged_runs(runs), way, which)
    return answer._replace(between=_of_project(pauses, BETWEEN, which))


def _answer(
    entries: Iterable[Entry],
    totals: Iterable[Entry],
    runs: Iterable[RunEntry],
    way: str,
    which: Range,
) -> Answer:
    total, kept = _of_project(totals, "total", which), Group("kept")
    for project, *_, is_here, figures in runs:
        if is_here and which.has(project):
            kept.add(group_of("kept", figures))
    found = [group_of(name, figures) for _, name, figures in by_name(entries)]
    spent_kept = SpentKept(amount_of(total), amount_of(kept))
    return Answer(in_order(found, way), total, spent_kept, Group(BETWEEN))


def _of_project(entries: Iterable[Entry], name: str, which: Range) -> Group:
    found = Group(name)
    for project, _, figures in entries:
        if which.has(project):
            found.add(group_of(name, figures))
    return found


def _from_rows(ledger: Path, way: str, which: Range) -> Answer:
    metered = read(ledger)
    chosen = [each for each in metered if _is_chosen(each, which)]
    ids = {each.run_id for each in chosen}
    last = {each.run_id for each in last_good(chosen)}
    outer = outermost(chosen)
    groups: dict[str, Group] = {}
    total, kept = Group("total"), Group("kept")
    for each, own_j in zip(metered, own_of(metered), strict=True):
        if each.run_id not in ids:
            continue
        add_window(total, each, own_j)
        if outer[each.run_id] in last:
            add_window(kept, each, own_j)
        for used in divided(each, own_j, way):
            groups.setdefault(used.name, Group(used.name)).add(used)
    between = Group(BETWEEN)
    pauses = read_pauses(ledger)
    for each, own_j in zip(pauses, own_of_pauses(pauses, metered), strict=True):
        if _is_chosen(each, which):
            add_pause(between, each, own_j)
    spent_kept = SpentKept(amount_of(total), amount_of(kept))
    return Answer(in_order(groups.values(), way), total, spent_kept, between)


def _is_chosen(each: Metered, which: Range) -> bool:
    return which.since_day <= each.day <= which.until_day and which.has(each.project or "")
