"""What groups of windows used, and what of it was kept: by sums, however many windows."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from .database import Empty
from .day_sums import HOST, PAUSES
from .days import FIRST, LAST
from .entries import (
    Entry,
    Figures,
    RunEntry,
    add,
    add_by_name,
    energy_of,
    figures_of,
    group_of,
    last_of,
    last_runs,
    together,
)
from .groups import (
    CELL,
    Group,
    add_window,
    divided,
    few,
    grouped,
    in_order,
    names_of_cells,
    own_of,
    sum_of,
)
from .kept import SpentKept, amount_of, last_good, outermost, spent_and_kept
from .metered import Metered
from .pauses import BETWEEN, add_pause, between_cells, own_of_pauses
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
    number: int
    """How many groups there are; those that are not shown are one."""


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
def summed(ledger: Path, way: str, which: Range, most: int | None = None) -> Answer:
    """Return what windows used by one way of grouping, all of them together, and what was kept.

    Joules that windows share are the one's that began first, whether or not it is asked for: so
    the sums of days, or of projects, add up to that of all.

    Parameters
    ----------
    ledger, way, which
        What is asked.
    most
        Groups that are to be told apart, see :func:`~.groups.few`; ``None`` for all.

    Raises
    ------
    StoreFault
        Where a store cannot be read, or is of another version.
    """
    book_what_waits(ledger)
    groups: dict[str, Figures] = {}
    totals: list[Entry] = []
    pauses: list[Entry] = []
    runs: list[list[RunEntry]] = []
    hosts: set[str] = set()
    for database in read_from(ledger):
        with contextlib.suppress(Empty), database.reading() as connection:
            asked = Asked(connection, which.since_day, which.until_day)
            of_way = asked.entries if which.project else asked.entries_of_all
            add_by_name(groups, (entry for entry in of_way(way) if which.has(entry[0])))
            runs += asked.runs()
            pauses += asked.entries(PAUSES)
            of_host = list(asked.entries(HOST))
            totals += of_host
            names = {name for _, name, _ in of_host}
            if hosts & names:  # two stores have windows that may be the same, or share joules
                return _from_rows(ledger, way, which, most)
            hosts |= names
    total = _of_project(totals, "total", which)
    spent_kept = SpentKept(amount_of(total), amount_of(_kept(runs, which)))
    found, count = _in_order(groups, way, most)
    return Answer(found, total, spent_kept, _of_project(pauses, BETWEEN, which), count)


def of_windows(
    metered: Sequence[Metered], pauses: Sequence[Metered], way: str, most: int | None = None
) -> Answer:
    """Return the same of windows that were read, and of what sessions used between them."""
    groups, total = grouped(metered, way)
    shown = groups if most is None else few(groups, way, most, sum_of)
    spent_kept, between = spent_and_kept(metered), between_cells(pauses, metered)
    return Answer(shown, total, spent_kept, between, len(groups))


def _in_order(
    groups: Mapping[str, Figures], way: str, most: int | None
) -> tuple[Sequence[Group], int]:
    """Return groups as they are shown, and how many there are; made are only those."""
    entries: Sequence[Entry] = [["", name, figures] for name, figures in groups.items()]
    if way == CELL:
        shown = names_of_cells((name, last_of(figures)) for _, name, figures in entries)
        entries = [["", name, each[2]] for name, each in zip(shown, entries, strict=True)]
    if way == "day":
        entries = sorted(entries, key=itemgetter(1))
    else:
        entries = sorted(entries, key=lambda entry: (-energy_of(entry[2]), entry[1]))
    chosen = entries if most is None else few(entries, way, most, together)
    return [group_of(name, figures) for _, name, figures in chosen], len(entries)


def _kept(runs: Iterable[Iterable[RunEntry]], which: Range) -> Group:
    kept: Figures = figures_of(Group("kept"))
    for project, *_, is_here, figures in last_runs(runs):
        if is_here and which.has(project):
            add(kept, figures)
    return group_of("kept", kept)


def _of_project(entries: Iterable[Entry], name: str, which: Range) -> Group:
    found = Group(name)
    for project, _, figures in entries:
        if which.has(project):
            found.add(group_of(name, figures))
    return found


def _from_rows(ledger: Path, way: str, which: Range, most: int | None) -> Answer:
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
    whole = in_order(groups.values(), way)
    shown = whole if most is None else few(whole, way, most, sum_of)
    return Answer(shown, total, spent_kept, between, len(whole))


def _is_chosen(each: Metered, which: Range) -> bool:
    return which.since_day <= each.day <= which.until_day and which.has(each.project or "")
