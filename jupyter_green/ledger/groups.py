"""What groups of windows used, each joule counted once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from ..report.repeated import cell_or_label
from ..report.scale import ScaleRange, ScaleShare, range_of, share_of
from ..report.stages import UNTAGGED
from ..sources.base import Scale
from .days import day_of, text_of
from .metered import Metered, Part
from .overlap import Span, own_joules

_NO_SCALE = Scale(1.0, "", "")
_NO_NOTEBOOK = "(no notebook)"


def _cell_of(each: Metered) -> str:
    """Return what tells a cell from all others, however often it was run: its id, or its label."""
    found = cell_or_label(each.cell_id, each.label, each.execution_count)
    if found is None:
        what = each.name
    else:
        kind, known = found
        what = f"cell {known}" if kind == "cell" else known
    return f"{each.notebook or _NO_NOTEBOOK} {what}"


WAYS: dict[str, Callable[[Metered], str]] = {
    "notebook": lambda m: m.notebook or _NO_NOTEBOOK,
    "project": lambda m: m.project or "(no project)",
    "commit": lambda m: m.commit[:12] if m.commit else "(no commit)",
    "day": lambda m: text_of(m.day or day_of(m.started_s)),
    "label": lambda m: m.label or "(no label)",
    "status": lambda m: m.status,
    "stage": lambda m: m.stage or UNTAGGED,
    "cell": _cell_of,
}
"""How windows are put into groups, but for :data:`DOMAIN`, by which their joules are."""
CELL = "cell"
DOMAIN = "domain"
NO_DOMAIN = "(no domain)"
_SHORT_ID = 8
T = TypeVar("T")


@dataclass(slots=True)
class Joules:
    """Joules of one kind that were added up, each of them once."""

    energy_j: float = 0.0
    variance: float = 0.0
    shares: dict[str, ScaleShare] = field(default_factory=dict)
    """By the group of a scale, ``""`` for those without; empty where there are no joules."""
    is_at_least: bool = False
    """Whether those of any window are a lower bound, and so these are."""

    def add(self, part: Part, own_j: float) -> None:
        """Add the joules of a part that are its window's own."""
        if own_j > 0:
            self.add_share(share_of(part.scale or _NO_SCALE, own_j), part.uncertainty_j**2)

    def add_share(self, share: ScaleShare, variance: float) -> None:
        """Add joules that have one scale, and the variance of their readings."""
        self.energy_j += share.energy_j
        self.variance += variance
        if (before := self.shares.get(share.group)) is not None:
            _, energy_j, above_j, below_j = share
            share = ScaleShare(
                before.group,
                before.energy_j + energy_j,
                before.above_j + above_j,
                before.below_j + below_j,
            )
        self.shares[share.group] = share

    def add_joules(self, more: Joules) -> None:
        """Add joules of other windows."""
        self.is_at_least |= more.is_at_least
        variance = self.variance + more.variance
        for share in more.shares.values():
            self.add_share(share, 0.0)
        self.variance = variance

    @property
    def uncertainty_j(self) -> float:
        """Half-width of the readings' 95 % interval; readings are independent."""
        return math.sqrt(self.variance)

    @property
    def scale_range(self) -> ScaleRange:
        """Between how many times the joules the true ones lie, the readings taken as exact."""
        return range_of(self.shares.values(), self.energy_j)


class BothKinds(Protocol):
    """Joules of both kinds."""

    @property
    def measured(self) -> Joules: ...  # noqa: D102
    @property
    def estimated(self) -> Joules: ...  # noqa: D102


def is_at_least(used: BothKinds) -> bool:
    """Whether joules of either kind are a lower bound."""
    return used.measured.is_at_least or used.estimated.is_at_least


@dataclass(slots=True)
class Group:
    """What the windows of a group used. Measured and estimated joules are never added up."""

    name: str
    windows: int = 0
    failed: int = 0
    """Those that did not end well."""
    unmeasured: int = 0
    """Those without joules."""
    measured: Joules = field(default_factory=Joules)
    estimated: Joules = field(default_factory=Joules)
    sum_j: float = 0.0
    """All windows' joules as they are: those that several metered, more than once."""
    duration_s: float = 0.0
    """All windows' seconds: those in which several were open, more than once."""
    last: tuple[float, str] | None = None
    """Of a cell: when its last window began, and what that is called."""

    def add(self, more: Group) -> None:
        """Add a group of other windows."""
        self.windows += more.windows
        self.failed += more.failed
        self.unmeasured += more.unmeasured
        self.measured.add_joules(more.measured)
        self.estimated.add_joules(more.estimated)
        self.sum_j += more.sum_j
        self.duration_s += more.duration_s
        self.call(more.last)

    def call(self, last: tuple[float, str] | None) -> None:
        """Take the name of a window, unless a later one has given it."""
        if last is not None and (self.last is None or self.last < last):
            self.last = last


def called(each: Metered) -> tuple[float, str]:
    """Return when a window of a cell began, and what it is called: ``fit.ipynb [7]``."""
    return each.started_s, f"{each.notebook or _NO_NOTEBOOK} {each.name}"


def grouped(metered: Sequence[Metered], way: str) -> tuple[list[Group], Group]:
    """Return what each group used, the dearest first but days in order, and the total.

    A window belongs to one group, but to as many domains as have joules of it.
    """
    groups: dict[str, Group] = {}
    total = Group("total")
    for each, own_j in zip(metered, own_of(metered), strict=True):
        add_window(total, each, own_j)
        for used in divided(each, own_j, way):
            groups.setdefault(used.name, Group(used.name)).add(used)
    return in_order(groups.values(), way), total


def in_order(groups: Iterable[Group], way: str) -> list[Group]:
    """Return groups as they are shown: the dearest first, but days in order.

    Cells are named as their last windows are, and where two have one name, with their ids.
    """
    if way == "day":
        return sorted(groups, key=lambda group: group.name)
    groups = list(groups)
    if way == CELL:
        shown = names_of_cells((group.name, group.last) for group in groups)
        for group, name in zip(groups, shown, strict=True):
            group.name = name
    return sorted(groups, key=lambda g: (-(g.measured.energy_j + g.estimated.energy_j), g.name))


def names_of_cells(cells: Iterable[tuple[str, tuple[float, str] | None]]) -> list[str]:
    """Return what cells are shown as, given what tells them apart and when their last began."""
    cells = list(cells)
    count = Counter(last[1] for _, last in cells if last)
    shown = []
    for name, last in cells:
        known = name.rpartition(" ")[2][:_SHORT_ID]
        if last:
            shown.append(f"{last[1]} ({known})" if count[last[1]] > 1 else last[1])
        else:
            shown.append(name)
    return shown


def few(
    groups: Sequence[T], way: str, most: int, together: Callable[[str, Sequence[T]], T]
) -> Sequence[T]:
    """Return so many groups, of days the last ones, and one that stands for all others.

    Parameters
    ----------
    groups
        As they are shown.
    together
        Makes one group of several, given its name.
    """
    left_out = len(groups) - most
    if left_out <= 1:
        return groups
    if way == "day":
        return [together(f"{left_out} days before", groups[:left_out]), *groups[left_out:]]
    return [*groups[:-left_out], together(f"{left_out} others", groups[-left_out:])]


def sum_of(name: str, groups: Sequence[Group]) -> Group:
    """Return one group for several."""
    found = Group(name)
    for group in groups:
        found.add(group)
    return found


def divided(each: Metered, own: Sequence[float], way: str) -> Iterator[Group]:
    """Yield the groups that a window belongs to, with what of it does."""
    if way == DOMAIN:
        yield from by_device(each, own)
    else:
        used = used_by(each, own, WAYS[way](each))
        if way == CELL:
            used.call(called(each))
        yield used


def used_by(each: Metered, own: Sequence[float], name: str) -> Group:
    """Return a group of one window, of whose parts so many joules are its own."""
    group = Group(name)
    add_window(group, each, own)
    return group


def by_device(each: Metered, own: Sequence[float]) -> Iterator[Group]:
    """Yield a group of one window for each device that has joules of it."""
    if not each.parts:
        yield used_by(each, own, NO_DOMAIN)
    for part, own_j in zip(each.parts, own, strict=True):
        group = Group(part.device, windows=1, failed=int(each.status != "ok"))
        group.sum_j, group.duration_s = part.energy_j, each.duration_s
        joules = group.estimated if part.is_estimate else group.measured
        joules.add(part, own_j)
        joules.is_at_least = each.is_at_least
        yield group


def own_of(metered: Sequence[Metered]) -> list[list[float]]:
    """Return the joules of each window's parts that are its own, in whichever order they come."""
    spans: list[Span] = []
    keys: dict[Hashable, Hashable] = {}
    # Of two that are alike always the same one is first.
    order = sorted(range(len(metered)), key=lambda place: metered[place].run_id)
    for each in (metered[place] for place in order):
        host, begin_ns, end_ns = each.span or (each.run_id, 0, 0)
        for part in each.parts:
            key = (host, part.device, part.is_estimate)
            spans.append(
                Span(keys.setdefault(key, key), each.session, begin_ns, end_ns, part.energy_j)
            )
    own = iter(own_joules(spans))
    found = {place: [next(own) for _ in metered[place].parts] for place in order}
    return [found[place] for place in range(len(metered))]


def add_window(group: Group, each: Metered, own: Sequence[float]) -> None:
    """Add a window, of whose parts so many joules are its own, to a group."""
    group.windows += 1
    group.failed += each.status != "ok"
    group.unmeasured += each.energy_j is None
    group.sum_j += each.energy_j or 0.0
    group.duration_s += each.duration_s
    add_parts(group, each, own)


def add_parts(used: BothKinds, each: Metered, own: Sequence[float]) -> None:
    """Add the parts of a window, of which so many joules are its own, to what was used."""
    for part, own_j in zip(each.parts, own, strict=True):
        (used.estimated if part.is_estimate else used.measured).add(part, own_j)
    if each.is_at_least:
        # Of a window without any parts it is not known of which kind what it lacks would have been.
        kinds = {part.is_estimate for part in each.parts} or {False, True}
        used.measured.is_at_least |= False in kinds
        used.estimated.is_at_least |= True in kinds
