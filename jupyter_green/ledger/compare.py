"""What two labels, commits or single runs used, beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from ..printable import printable
from ..repeats.comparison import RepeatsComparison
from ..repeats.statistics import statistics_of
from ..report.comparison import Comparison
from ..report.report import Report
from .kept import outermost, thing_of
from .metered import Metered
from .questions import begin_alike, book_what_waits, read_where
from .reports import without_curves
from .schema import windows

_LEAST_ID, _LEAST_COMMIT = 8, 7
"""Characters of an id, and of a commit as Git shortens it."""
_FOUND_BY_COMMIT = "commit"
_ONE_NOT_OK = "run did not end well and is"

Runs: TypeAlias = tuple[tuple[Metered, Report], ...]
AnyComparison: TypeAlias = Comparison | RepeatsComparison


class NotFound(ValueError):  # noqa: N818  (it says what became of the search)
    """A name that no run has, or that does not tell which ones. The message has the remedy."""


@dataclass(frozen=True)
class Side:
    """The runs that a name stands for, in the order of their begins."""

    name: str
    by: str
    """``label``, ``run`` or ``commit``: what the name is."""
    runs: Runs
    """Those that ended well."""
    not_ok: int
    """How many did not."""

    @property
    def things(self) -> Mapping[tuple[str, ...], Runs]:
        """Its runs by what they are runs of: a commit has those of many cells."""
        found: dict[tuple[str, ...], list[tuple[Metered, Report]]] = {}
        for each, report in self.runs:
            found.setdefault(thing_of(each), []).append((each, report))
        return {thing: tuple(runs) for thing, runs in found.items()}


@dataclass(frozen=True)
class Pair:
    """The runs of the same cell or label on both sides."""

    name: str
    comparison: AnyComparison


@dataclass(frozen=True)
class SidesCompared:
    """What `other` used beside `reference`.

    Two commits are compared cell by cell, and by the last good run of all cells that both have.
    Labels and runs are compared as they are: the mean of their runs, with an interval that holds
    the scatter of several.
    """

    reference: Side
    other: Side

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The comparison of each cell or label that both commits have; one for anything else."""
        if not self._by_commit:
            return (Pair("", compared(self.reference.runs, self.other.runs)),)
        reference, other = self.reference.things, self.other.things
        return tuple(
            Pair(runs[-1][0].name, compared(runs, other[thing]))
            for thing, runs in reference.items()
            if thing in other
        )

    @cached_property
    def whole(self) -> AnyComparison | None:
        """The comparison of all that both have.

        ``None`` where that is nothing, or where its joules cannot be added up, as some ran at
        the same time.
        """
        if len(self.pairs) == 1:
            return self.pairs[0].comparison
        sides = self.reference.things, self.other.things
        common = [thing for thing in sides[0] if thing in sides[1]]
        if not common:
            return None
        try:
            first, second = (_sum(side[thing][-1][1] for thing in common) for side in sides)
        except ValueError:  # they ran at the same time
            return None
        return Comparison(first, second)

    @property
    def unlike(self) -> tuple[str, ...]:
        """What makes the two unlike, besides what the comparisons say, as sentences."""
        return tuple(self._unlike())

    @property
    def _by_commit(self) -> bool:
        return self.reference.by == self.other.by == _FOUND_BY_COMMIT

    def _unlike(self) -> Iterator[str]:
        sides = (self.reference, self.other)
        for side in sides:
            if side.not_ok:
                what = "runs did not end well and are" if side.not_ok > 1 else _ONE_NOT_OK
                yield f"{printable(side.name)}: {side.not_ok} {what} left out."
        if self._by_commit:
            first, second = (side.things for side in sides)
            for side, only in zip(
                sides, (first.keys() - second, second.keys() - first), strict=True
            ):
                if only:
                    what = "cells or labels are" if len(only) > 1 else "cell or label is"
                    yield f"{len(only)} {what} only in {printable(side.name)}."
        for what, of in _FEATURES.items():
            first_has, second_has = (of(side) for side in sides)
            if first_has != second_has:
                shown = (printable(", ".join(each)) or "none" for each in (first_has, second_has))
                yield f"They differ in {what}: {' against '.join(shown)}."


def compare(ledger: Path, reference: str, other: str) -> SidesCompared:
    """Compare what two names stand for: labels, commits or ids of runs, in this order.

    Parameters
    ----------
    ledger
        The ledger's folder.
    reference, other
        A label; else an id of a run or its first 8 characters; else the first 7 of a commit.

    Raises
    ------
    NotFound
        For a name that no run has, that fits several, or of which no run ended well.
    StoreFault
        Where the ledger cannot be read.
    """
    book_what_waits(ledger)
    return SidesCompared(*(_side(ledger, name) for name in (reference, other)))


def compared(reference: Runs, other: Runs) -> AnyComparison:
    """Compare runs: by their readings where there is one on each side, else by their scatter."""
    first, second = (tuple(report for _, report in runs) for runs in (reference, other))
    if len(first) == len(second) == 1:
        return Comparison(first[0], second[0])
    return RepeatsComparison(statistics_of(1, first), statistics_of(1, second))


def _side(ledger: Path, name: str) -> Side:
    by, found = _chosen(ledger, name)
    outer = outermost(found)
    top = [each for each in found if outer[each.run_id] == each.run_id]
    good = [each for each in top if each.status == "ok"]
    if not good:
        raise NotFound(f"no run of {name!r} ended well: `jupyter green history` lists them")
    return Side(name, by, tuple(without_curves(ledger, good)), len(top) - len(good))


def _chosen(ledger: Path, name: str) -> tuple[str, list[Metered]]:
    if of_label := read_where(ledger, windows.c.label == name):
        return "label", of_label
    for by, least, column in (
        ("run", _LEAST_ID, windows.c.run_id),
        (_FOUND_BY_COMMIT, _LEAST_COMMIT, windows.c.commit),
    ):
        fit = begin_alike(ledger, column, name) if len(name) >= least else set()
        if len(fit) > 1:
            raise NotFound(f"{name!r} fits {len(fit)} {by}s: give more of it")
        if fit:
            return by, read_where(ledger, column == fit.pop())
    raise NotFound(
        f"nothing in the ledger is called {name!r}: give a label, the first {_LEAST_ID} "
        f"characters of a run's id or the first {_LEAST_COMMIT} of a commit, as "
        "`jupyter green history --json` has them"
    )


def _sum(reports: Iterable[Report]) -> Report:
    first, *others = reports
    return sum(others, first)


def _devices(side: Side) -> tuple[str, ...]:
    domains = (domain for _, report in side.runs for domain in report.domains.values())
    return tuple(sorted({domain.device for domain in domains if domain.counted}))


def _hosts(side: Side) -> tuple[str, ...]:
    return tuple(sorted({report.host or "unknown" for _, report in side.runs}))


def _versions(side: Side) -> tuple[str, ...]:
    return tuple(sorted({report.meter_version for _, report in side.runs}))


_FEATURES = {"hardware": _devices, "machine": _hosts, "version of jupyter-green": _versions}
