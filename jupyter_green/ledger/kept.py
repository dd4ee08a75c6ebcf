"""Spent against kept: the joules of all runs, and those of each cell's last good run.

What is run again and again until it works costs more than what is left in the end.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from ..report.repeated import cell_or_label
from .groups import Group, Joules, add_window, own_of
from .metered import Metered


@dataclass(frozen=True)
class Amount:
    """What some windows used; measured and estimated joules are never added up."""

    measured: Joules
    estimated: Joules
    windows: int


@dataclass(frozen=True)
class SpentKept:
    """What all windows used, and what those that were kept did."""

    spent: Amount
    kept: Amount


def spent_and_kept(metered: Sequence[Metered]) -> SpentKept:
    """Return what all windows used, and of it what each cell's last good run did.

    The runs of a cell are those of the same cell of the same notebook, else those of the same
    label; a window that has neither stands by itself. A window within another one is kept with
    that one. Each joule counts once: it is the same window's in both figures.

    Parameters
    ----------
    metered
        Windows of the ledger, as :func:`~.questions.read` returns them.
    """
    last = {each.run_id for each in last_good(metered)}
    outer = outermost(metered)
    spent, kept = Group("spent"), Group("kept")
    for each, own_j in zip(metered, own_of(metered), strict=True):
        add_window(spent, each, own_j)
        if outer[each.run_id] in last:
            add_window(kept, each, own_j)
    return SpentKept(amount_of(spent), amount_of(kept))


def last_good(metered: Sequence[Metered]) -> list[Metered]:
    """Return the last run of each cell that ended well; none of those within another window."""
    outer = outermost(metered)
    found: dict[Hashable, Metered] = {}
    for each in sorted(metered, key=lambda m: (m.started_s, m.run_id)):
        if each.status == "ok" and outer[each.run_id] == each.run_id:
            found[thing_of(each)] = each
    return list(found.values())


def thing_of(each: Metered) -> tuple[str, ...]:
    """Return what a window is one run of."""
    where = each.project or "", each.notebook or ""
    found = cell_or_label(each.cell_id, each.label, each.execution_count)
    if found is None:
        return ("window", each.run_id)
    kind, known = found
    return (kind, *where, known)


def outermost(metered: Sequence[Metered]) -> Mapping[str, str]:
    """Return for each window the outermost one of these around it, which may be itself."""
    known = {each.run_id: each.parent for each in metered}
    found: dict[str, str] = {}
    for run_id in known:
        outer, seen = run_id, {run_id}
        while (parent := known[outer]) in known and parent not in seen:
            outer = str(parent)
            seen.add(outer)
        found[run_id] = outer
    return found


def amount_of(group: Group) -> Amount:
    """Return what a group used."""
    return Amount(group.measured, group.estimated, group.windows)
