"""Of what several hosts hold, each joule once, and each instrument by a name of its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..printable import shortened
from ..report.addition import total_provenance, uncertainty_of_sum
from ..report.fields import MAX_GROUP, DomainReport
from ..report.report import Report
from ..sources.base import Provenance
from .hosts import HostPart

Mark = tuple[str, ...]
"""What tells a domain of a host from those of all others."""


class MeteredPart(NamedTuple):
    """A host, and its report with nothing in it that another part holds too."""

    of: HostPart
    report: Report


def mark_of(host: str, id_: str, board: str | None) -> Mark:
    """Return the mark of a domain.

    A board is known by its UUID, whatever its number is there; anything else by the host's boot
    and its id.
    """
    scope = id_.partition("@")[0].partition("/")[2]
    return (board, scope) if board else (host, id_)


def each_once(parts: Sequence[HostPart], held: Collection[Mark] = frozenset()) -> list[MeteredPart]:
    """Return the parts that told something.

    What is held already, or an earlier part holds, is taken out of a later one.
    """
    found = [*_kept(parts, held)]
    clashing = _clashing(found)
    return [part._replace(report=_told_apart(part, clashing)) for part in found]


def _kept(parts: Sequence[HostPart], held: Collection[Mark]) -> Iterator[MeteredPart]:
    seen = set(held)
    for part in parts:
        report = part.report
        if report is None:
            continue
        where = report.host or f"a host called {part.name}"
        marks = {id_: mark_of(where, d.id, d.board) for id_, d in report.domains.items()}
        kept = {id_: d for id_, d in report.domains.items() if marks[id_] not in seen}
        seen |= set(marks.values())
        if len(kept) < len(report.domains):
            report = _of_these(report, kept)
        yield MeteredPart(part, _with_offset(report, part.offset_uncertainty_s))


def _clashing(found: Sequence[MeteredPart]) -> set[str]:
    """Return the names that instruments of several hosts have in common.

    Machines that were started from one image may have one id.
    """
    of_each = (
        {d.scale.group for d in part.report.domains.values() if d.scale and _is_instrument(d)}
        for part in found
    )
    return {group for group, n in Counter(g for own in of_each for g in own).items() if n > 1}


def _told_apart(part: MeteredPart, clashing: Collection[str]) -> Report:
    """Return a report whose instruments no other host's are called like."""
    domains = {}
    for id_, domain in part.report.domains.items():
        scale = domain.scale
        if scale is not None and scale.group in clashing and _is_instrument(domain):
            group = f"{scale.group}, host {part.report.host or part.of.name}"
            scale = replace(scale, group=shortened(group, MAX_GROUP))
        domains[id_] = replace(domain, scale=scale)
    return replace(part.report, domains=domains)


def _is_instrument(domain: DomainReport) -> bool:
    return domain.provenance is not Provenance.ESTIMATE and domain.board is None


def _of_these(report: Report, domains: dict[str, DomainReport]) -> Report:
    """Return a report with the joules of these domains alone."""
    counted = [domain for domain in domains.values() if domain.counted]
    uncertainty_j, bound_part_j = uncertainty_of_sum(counted) if counted else (None, None)
    return replace(
        report,
        domains=domains,
        energy_j=sum(domain.energy_j for domain in counted) if counted else None,
        uncertainty_j=uncertainty_j,
        bound_part_j=bound_part_j,
        mean_power_w=sum(domain.mean_power_w for domain in counted) if counted else None,
        peak_power_w=None,
        provenance=total_provenance(domain.provenance.value for domain in counted),
        net_energy_j=None,
        net_uncertainty_j=None,
        sum_scales=None,
    )


def _with_offset(report: Report, offset_uncertainty_s: float) -> Report:
    """Return a report whose readings hold what a host may have drawn while its clock was off.

    Both edges are off by the same time, so its joules are by no more than the most it drew.
    """
    if not offset_uncertainty_s or report.energy_j is None:
        return report
    domains = {
        id_: replace(
            domain,
            uncertainty_j=math.hypot(
                domain.uncertainty_j, _most_w(report, domain) * offset_uncertainty_s
            ),
        )
        for id_, domain in report.domains.items()
    }
    most_w = max(report.peak_power_w or 0.0, report.mean_power_w or 0.0)
    off_j = most_w * offset_uncertainty_s
    uncertainty_j = math.hypot(report.uncertainty_j or 0.0, off_j)
    return replace(report, domains=domains, uncertainty_j=uncertainty_j)


def _most_w(report: Report, domain: DomainReport) -> float:
    watts = report.trace.power_w.get(domain.id, ())
    return max((w for w in watts if w is not None), default=domain.mean_power_w)
