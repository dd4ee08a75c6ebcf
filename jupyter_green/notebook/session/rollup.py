"""The joules of a session by stage, each of them once, and those between its windows.

A window's own joules are what it used less what the windows within it used. They belong to its
stage, or, where it has none, to that of the nearest window around it which has one. Windows and
those within them are read apart, so the inner ones may seem to use somewhat more than the outer
one; then they share its joules in proportion. So the rows add up to the windows' total.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...estimator.quantity import Energy, Interval
from ...report.addition import total_provenance, uncertainty_of_sum
from ...report.fields import DomainReport
from ...report.report import Report
from ...report.scale import ScaleRange, ScaleShare, joined, range_of, shares
from ...report.stages import order_of
from ...sources.base import Provenance
from .reports import Metered


@dataclass(frozen=True)
class Spent:
    """Joules with the uncertainty of their readings, and the time in which they were used."""

    energy_j: float | None
    uncertainty_j: float | None
    duration_s: float
    provenance: str | None
    windows: int = 0
    scales: tuple[ScaleShare, ...] = ()
    is_at_least: bool = False
    """Whether one of these was not metered to its end, so that the joules are at least these."""

    @property
    def mean_power_w(self) -> float | None:
        """Mean watts."""
        if self.energy_j is None or self.duration_s <= 0:
            return None
        return self.energy_j / self.duration_s

    @property
    def scale_range(self) -> ScaleRange:
        """Between how many times the joules the true ones lie, the reading taken as exact."""
        return range_of(self.scales, self.energy_j)


@dataclass
class _Node:
    """A window that lies within its parent, beside its siblings."""

    report: Report
    interval: Interval
    parent: _Node | None
    children: list[_Node] = field(default_factory=list)
    stage: str | None = None
    """Its own, else that of the nearest window around it that has one."""
    energy_j: float = 0.0
    """Its joules as far as they fit into those of its parent."""

    @property
    def own_j(self) -> float:
        """Its joules less those of the windows within it."""
        return max(0.0, self.energy_j - sum(child.energy_j for child in self.children))

    @property
    def own_s(self) -> float:
        """Its seconds less theirs."""
        inner_s = sum(child.report.duration_s for child in self.children)
        return max(0.0, self.report.duration_s - inner_s)

    @property
    def opens_row(self) -> bool:
        """Whether the window around it, if there is one, is for another stage."""
        return self.parent is None or self.parent.stage != self.stage


def by_stage(metered: Iterable[Metered]) -> dict[str | None, Spent]:
    """Return what each stage used, and under ``None`` what has no stage.

    Windows that cross others of the same level have no joules of their own: what they share
    cannot be told apart, and is the earlier one's.

    The uncertainties are those of the windows that a stage begins or ends with: of those whose
    joules it has, and of those that were taken out. They count as independent.
    """
    rows: dict[str | None, list[_Node]] = {}
    taken_out: dict[str | None, list[_Node]] = {}
    nodes = _nodes(metered)
    for node in nodes:
        rows.setdefault(node.stage, []).append(node)
        if node.parent is not None and node.opens_row:
            taken_out.setdefault(node.parent.stage, []).append(node)
    return {
        stage: _spent(rows[stage], taken_out.get(stage, ())) for stage in sorted(rows, key=order_of)
    }


def _spent(nodes: Sequence[_Node], taken_out: Sequence[_Node]) -> Spent:
    """Return what the windows of one stage used, without those within them of others."""
    opening = [node for node in nodes if node.opens_row]
    read = [node for node in nodes if node.report.energy_j is not None]
    edges = [node.report for node in (*opening, *taken_out) if node.report.energy_j is not None]
    return Spent(
        energy_j=sum(node.own_j for node in read) if read else None,
        uncertainty_j=uncertainty_of_sum(edges)[0] if read else None,
        duration_s=sum(node.own_s for node in nodes),
        provenance=total_provenance(n.report.provenance for n in read if n.report.provenance),
        windows=len(opening),
        is_at_least=any(node.report.is_at_least for node in nodes),
    )


def _nodes(metered: Iterable[Metered]) -> list[_Node]:
    """Return the windows that do not cross others, each behind the one it lies in."""
    nodes: list[_Node] = []
    open_: list[_Node] = []
    for each in sorted(metered, key=lambda m: (m.interval.begin_ns, -m.interval.ended_ns)):
        while open_ and open_[-1].interval.ended_ns <= each.interval.begin_ns:
            open_.pop()
        parent = open_[-1] if open_ else None
        is_read = each.report.energy_j is not None
        if parent and not (is_read and parent.interval.holds(each.interval)):
            continue
        around = parent.stage if parent else None
        node = _Node(each.report, each.interval, parent, stage=each.report.stage or around)
        if parent:
            parent.children.append(node)
        nodes.append(node)
        open_.append(node)
    for node in nodes:
        if node.parent is None:
            node.energy_j = node.report.energy_j or 0.0
        inner_j = sum(child.report.energy_j or 0.0 for child in node.children)
        part = min(1.0, node.energy_j / inner_j) if inner_j > 0 else 0.0
        for child in node.children:
            child.energy_j = part * (child.report.energy_j or 0.0)
    return nodes


@dataclass(frozen=True)
class Pauses:
    """What was used between windows that follow one another, as far as counters tell."""

    spent: Spent | None
    """``None`` where no counter tells of any of it."""
    unknown_s: float
    """Seconds of which no counter tells."""
    unknown_domains: tuple[str, ...]
    """Domains of the windows' total whose joules are not in it, or not all of them."""


def between_windows(apart: Sequence[Metered]) -> Pauses | None:
    """Return what was used between windows; ``None`` where there is no time between any two.

    Parameters
    ----------
    apart
        Windows that do not overlap, in time order.
    """
    known_s = whole_s = 0.0
    parts: list[tuple[DomainReport, Energy]] = []
    unknown: set[str] = set()
    for before, after in pairwise(apart):
        gap = Interval(before.interval.ended_ns, after.interval.begin_ns)
        whole_s += gap.duration_s
        seen = after.before if after.before and gap.holds(after.before.interval) else None
        counted = [d for d in after.report.domains.values() if d.counted]
        found = [
            (domain, seen.domains[domain.id])
            for domain in counted
            if seen and domain.provenance is Provenance.COUNTER and domain.id in seen.domains
        ]
        if seen is not None and found:
            known_s += seen.interval.duration_s
            parts += found
            unknown |= {d.id for d in counted} - {d.id for d, _ in found}
    if whole_s <= 0:
        return None
    return Pauses(_sum(parts, known_s), max(0.0, whole_s - known_s), tuple(sorted(unknown)))


def _sum(parts: Sequence[tuple[DomainReport, Energy]], duration_s: float) -> Spent | None:
    if not parts:
        return None
    return Spent(
        energy_j=sum(energy.energy_j for _, energy in parts),
        uncertainty_j=math.hypot(*(energy.uncertainty_j for _, energy in parts)),
        duration_s=duration_s,
        provenance=Provenance.COUNTER.value,
        scales=shares((domain.scale, energy.energy_j) for domain, energy in parts),
    )


def together(windows: Report, between: Spent) -> Spent:
    """Return what all windows and the time between them used.

    The readings at the windows' edges drop out of the true sum; here they count as independent,
    so that its uncertainty is rather too large.
    """
    return Spent(
        energy_j=(windows.energy_j or 0.0) + (between.energy_j or 0.0),
        uncertainty_j=math.hypot(windows.uncertainty_j or 0.0, between.uncertainty_j or 0.0),
        duration_s=windows.duration_s + between.duration_s,
        provenance=total_provenance(p for p in (windows.provenance, between.provenance) if p),
        scales=joined((*windows.scales, *between.scales)),
        is_at_least=windows.is_at_least,
    )
