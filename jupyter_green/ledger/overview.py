"""What a ledger tells at a glance: periods, groups, spent against kept, the dearest cells."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from .groups import WAYS, Group, Joules, add_parts, add_window, in_order, own_of
from .kept import SpentKept, spent_and_kept, thing_of
from .metered import Metered
from .pauses import BETWEEN

_MOST_DAYS = {"day": 92, "week": 2 * 366, "month": 10 * 366}
"""Up to how many days there is a column for each day, week or month; beyond, for each year."""
_LONGEST = {"day": 1, "week": 7, "month": 31, "year": 366}
"""The days of a period at most."""
_MOST_CELLS = 12
_WAYS = ("notebook", "stage", "project", "commit")


@dataclass(frozen=True)
class Period:
    """A day, a week or a month, and what was used in it."""

    first: date
    name: str
    group: Group
    """Without windows where nothing was metered."""


@dataclass
class Work:
    """All runs of one piece of work: of a cell, or of what has one label."""

    name: str
    notebook: str | None
    runs: list[Metered] = field(default_factory=list)
    """In the order of their begins."""
    measured: Joules = field(default_factory=Joules)
    estimated: Joules = field(default_factory=Joules)
    """Of all runs, the failed ones too; no two of them run at once."""

    @property
    def energy_j(self) -> float:
        """By which works are ranked."""
        return self.measured.energy_j + self.estimated.energy_j


@dataclass(frozen=True)
class Overview:
    """What windows of a ledger used."""

    total: Group
    unit: str
    """Of the periods: ``"day"``, ``"week"``, ``"month"`` or ``"year"``."""
    periods: Sequence[Period]
    groups: Mapping[str, Sequence[Group]]
    """By notebook, stage, project and commit."""
    spent_kept: SpentKept
    dearest: Sequence[Work]
    between: Group = field(default_factory=lambda: Group(BETWEEN))
    """What sessions used between their windows, which is in none of the others."""


def overview(metered: Sequence[Metered]) -> Overview:
    """Return what windows used.

    Parameters
    ----------
    metered
        In the order of their begins.
    """
    total = Group("total")
    found: dict[str, dict[str, Group]] = {way: {} for way in ("day", *_WAYS)}
    for each, own_j in zip(metered, own_of(metered), strict=True):
        add_window(total, each, own_j)
        for way, groups in found.items():
            name = WAYS[way](each)
            add_window(groups.setdefault(name, Group(name)), each, own_j)
    unit, periods = _periods(in_order(found.pop("day").values(), "day"))
    of_way = {way: in_order(groups.values(), way) for way, groups in found.items()}
    return Overview(total, unit, periods, of_way, spent_and_kept(metered), _dearest(metered))


def _periods(days: Sequence[Group]) -> tuple[str, Sequence[Period]]:
    """Return days, weeks, months or years without a gap, as many as a chart has room for."""
    if not days:
        return "day", ()
    of_day = {date.fromisoformat(group.name): group for group in days}
    first, last = min(of_day), max(of_day)
    count = (last - first).days + 1
    unit = next((unit for unit, most in _MOST_DAYS.items() if count <= most), "year")
    found = {begin: Group(_name(begin, unit)) for begin in _begins(first, last, unit)}
    for day, group in of_day.items():
        found[_begin(day, unit)].add(group)
    return unit, tuple(Period(begin, group.name, group) for begin, group in found.items())


def _begins(first: date, last: date, unit: str) -> Iterator[date]:
    begin = _begin(first, unit)
    with contextlib.suppress(OverflowError):  # behind the year 9999
        while begin <= last:
            yield begin
            begin = _begin(begin + timedelta(_LONGEST[unit]), unit)


def _begin(day: date, unit: str) -> date:
    if unit == "year":
        return day.replace(month=1, day=1)
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(day.weekday()) if unit == "week" else day


def _name(begin: date, unit: str) -> str:
    if unit == "year":
        return str(begin.year)
    if unit == "month":
        return f"{begin.year}-{begin.month:02d}"
    return f"week of {begin}" if unit == "week" else str(begin)


def _dearest(metered: Sequence[Metered]) -> Sequence[Work]:
    works: dict[tuple[str, ...], Work] = {}
    for each in metered:
        work = works.setdefault(thing_of(each), Work(each.name, each.notebook))
        work.name = each.name
        work.runs.append(each)
        add_parts(work, each, [part.energy_j for part in each.parts])
    dear = sorted(works.values(), key=lambda work: -work.energy_j)
    return tuple(work for work in dear[:_MOST_CELLS] if work.energy_j > 0)
