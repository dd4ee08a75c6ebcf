"""Sums of a period by one way of grouping, and of what was kept; how they are stored and merged.

They are read and merged as the lists that are stored, one after the other in the order of their
keys: a year's have room where a day's have, and groups are made of those alone that are shown.
"""

from __future__ import annotations

import heapq
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, TypeAlias

from ..report.scale import ScaleShare
from .groups import Group, Joules

Figures: TypeAlias = list[Any]
"""What is added up of a group: its windows, those that failed, those without joules, the plain sum
of joules, seconds; what was measured and what was estimated: nothing, or joules, variance, whether
they are a lower bound, and a list for each scale; of a cell when its last window began, and what
that is called."""
Entry: TypeAlias = list[Any]
"""A project, a group's name within it, and its figures."""
Key: TypeAlias = tuple[str, str]
"""A project and a name."""
RunEntry: TypeAlias = list[Any]
"""A project, a thing, a run's id, when it began, whether that was in the period, its figures."""

_STARTED, _IS_HERE, _FIGURES = 3, 4, -1
_COUNTS, _LAST = 5, 7
_encode = json.JSONEncoder(separators=(",", ":")).encode
_AT_ONCE = 8192
"""Compressed bytes that are unpacked together."""


@dataclass(slots=True)
class Run:
    """A good run that was the last one of its cell in a period, or what of it is in another one."""

    project: str
    thing: str
    """What it is one run of; empty for all that are no run of anything that can be run again."""
    run_id: str
    started_s: float
    is_here: bool
    """Whether it began in the period, and not only windows within it."""
    group: Group = field(default_factory=lambda: Group("kept"))

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from other runs."""
        return self.project, self.thing, self.run_id

    @property
    def age(self) -> tuple[float, str]:
        """By which the last one of a thing is found."""
        return self.started_s, self.run_id


def entries_of(groups: Mapping[Key, Group]) -> list[Entry]:
    """Return groups by their projects and names as entries, in order."""
    return [[*key, figures_of(groups[key])] for key in sorted(groups)]


def run_entries_of(runs: Iterable[Run]) -> list[RunEntry]:
    """Return runs as entries, in order."""
    return [
        [run.project, run.thing, run.run_id, run.started_s, run.is_here, figures_of(run.group)]
        for run in sorted(runs, key=lambda run: run.key)
    ]


def energy_of(figures: Figures) -> float:
    """Return the joules by which groups are ranked."""
    measured, estimated = figures[_COUNTS], figures[_COUNTS + 1]
    return (measured[0] if measured else 0.0) + (estimated[0] if estimated else 0.0)


def last_of(figures: Figures) -> tuple[float, str] | None:
    """Return when the last window of a cell began, and what that is called."""
    return (figures[_LAST], figures[_LAST + 1]) if len(figures) > _LAST else None


def together(name: str, entries: Sequence[Entry]) -> Entry:
    """Return one entry for several, which are not to be used any more."""
    figures = entries[0][_FIGURES]
    for _, _, more in entries[1:]:
        add(figures, more)
    return ["", name, figures]


def group_of(name: str, figures: Figures) -> Group:
    """Return a group that has these figures."""
    windows, failed, unmeasured, sum_j, duration_s, measured, estimated, *last = figures
    joules = _joules_of(measured), _joules_of(estimated)
    known = (last[0], last[1]) if last else None
    return Group(name, windows, failed, unmeasured, *joules, sum_j, duration_s, known)


def add(into: Figures, more: Figures) -> None:
    """Add the figures of other windows."""
    for place in range(_COUNTS):
        into[place] += more[place]
    for place in (_COUNTS, _COUNTS + 1):
        into[place] = _joined(into[place], more[place])
    into[_LAST:] = max(into[_LAST:], more[_LAST:])


def add_by_name(found: dict[str, Figures], entries: Iterable[Entry]) -> None:
    """Add the entries of all projects, which are not to be used any more, to figures by name."""
    for _, name, figures in entries:
        if (before := found.get(name)) is not None:
            add(before, figures)
        else:
            found[name] = figures


def by_name(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries of all projects together, in order."""
    found: dict[str, Figures] = {}
    add_by_name(found, entries)
    return [["", name, found[name]] for name in sorted(found)]


def merged(periods: Iterable[Iterable[Entry]]) -> Iterator[Entry]:
    """Yield the entries of several periods as those of one.

    Parameters
    ----------
    periods
        Each in the order of its keys. Their entries are not to be used any more.
    """
    key = itemgetter(0, 1)
    for _, same in groupby(heapq.merge(*periods, key=key), key):
        first, *others = same
        for other in others:
            add(first[_FIGURES], other[_FIGURES])
        yield first


def merged_runs(periods: Iterable[Iterable[RunEntry]]) -> Iterator[RunEntry]:
    """Yield the runs of several periods as those of one, see :func:`merged`.

    Those after which there was another one of the same cell are left out.
    """
    in_order = heapq.merge(*periods, key=itemgetter(0, 1, 2))
    for _, same in groupby(in_order, itemgetter(0, 1)):
        yield from _last_of(list(same))


def last_runs(periods: Iterable[Iterable[RunEntry]]) -> Iterator[RunEntry]:
    """Yield the same in no order, for who holds all periods anyway."""
    of_thing: dict[Key, list[RunEntry]] = {}
    for run in chain.from_iterable(periods):
        of_thing.setdefault((run[0], run[1]), []).append(run)
    return chain.from_iterable(map(_last_of, of_thing.values()))


def _last_of(same: list[RunEntry]) -> Iterable[RunEntry]:
    """Return the last of a thing's runs that began in the periods, and what of others is there."""
    if len(same) == 1:
        return same
    thing = same[0][1]
    runs: dict[str, RunEntry] = {}
    for run in same:
        before = runs.setdefault(run[2], run)
        if before is not run:
            add(before[_FIGURES], run[_FIGURES])
            before[_IS_HERE] |= run[_IS_HERE]
    here = [run for run in runs.values() if run[_IS_HERE]]
    last = max(here, key=itemgetter(_STARTED, 2), default=None)
    return [run for run in runs.values() if not (run[_IS_HERE] and thing) or run is last]


def packed(entries: Iterable[Entry | RunEntry]) -> bytes:
    """Return entries, which are in order, as they are stored: lines of JSON, compressed."""
    zipped = zlib.compressobj(1)
    parts = [zipped.compress(f"{_encode(entry)}\n".encode()) for entry in entries]
    return b"".join([*parts, zipped.flush()])


def unpacked(pieces: Iterable[bytes]) -> Iterator[Any]:
    """Yield entries that were stored, of the pieces of a body.

    Raises
    ------
    ValueError
        For what are none.
    """
    unzipped = zlib.decompressobj()
    torn = b""
    try:
        for some in _divided(pieces):
            text = torn + unzipped.decompress(some)
            lines, end, torn = text.rpartition(b"\n")
            if end:
                yield from json.loads(b"[" + lines.replace(b"\n", b",") + b"]")
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if torn or not unzipped.eof:
        raise ValueError("the sums end before their end")


def _divided(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield from (piece[begin : begin + _AT_ONCE] for begin in range(0, len(piece), _AT_ONCE))


def figures_of(group: Group) -> Figures:
    """Return the figures of a group."""
    counts = [group.windows, group.failed, group.unmeasured, group.sum_j, group.duration_s]
    return [*counts, _of_joules(group.measured), _of_joules(group.estimated), *(group.last or ())]


def _of_joules(joules: Joules) -> list[Any]:
    if not (joules.shares or joules.is_at_least):
        return []
    known = [joules.energy_j, joules.variance, joules.is_at_least]
    return [*known, *map(list, joules.shares.values())]


def _joules_of(figures: list[Any]) -> Joules:
    if not figures:
        return Joules()
    energy_j, variance, is_at_least, *shares = figures
    by_group = {share[0]: ScaleShare(*share) for share in shares}
    return Joules(energy_j, variance, by_group, is_at_least)


def _joined(figures: list[Any], more: list[Any]) -> list[Any]:
    """Return the figures of joules with others added to them."""
    if not (figures and more):
        return figures or more
    figures[0] += more[0]
    figures[1] += more[1]
    figures[2] |= more[2]
    for share in more[3:]:
        for before in figures[3:]:
            if before[0] == share[0]:
                for place in (1, 2, 3):
                    before[place] += share[place]
                break
        else:
            figures.append(share)
    return figures
