"""The members of a total by kind of hardware, where there are too many for a row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .addition import total_provenance, uncertainty_of_sum
from .fields import DomainReport, ReportFields
from .format import bounds, energy_of_sum, is_below_resolution, mean_power
from .members import KIND_NAMES, KINDS, Kind, kind_of, members
from .scale import ScaleRange, range_of, shares

MOST_MEMBERS = 6
"""More members than these are shown by kind."""


@dataclass(frozen=True)
class Group:
    """What the members of one kind used together."""

    kind: Kind
    domains: Sequence[DomainReport]
    energy_j: float
    uncertainty_j: float
    """Half-width of the reading's 95 % interval."""
    mean_power_w: float
    provenance: str | None
    scale_range: ScaleRange

    @property
    def name(self) -> str:
        """The kind, such as ``"GPU"``."""
        return KIND_NAMES[self.kind]

    @property
    def joules(self) -> str:
        """The joules of all, as they are shown."""
        parts = bounds((d.energy_j, d.uncertainty_j) for d in self.domains)
        figures = (self.energy_j, self.uncertainty_j, parts, self.provenance, self.scale_range)
        return energy_of_sum(*figures)

    @property
    def watts(self) -> str:
        """The mean watts of each, such as ``"8 × 310 W"``; of a single one as they are."""
        count = len(self.domains)
        each = Group(
            self.kind,
            self.domains,
            self.energy_j / count,
            self.uncertainty_j / count,
            self.mean_power_w / count,
            self.provenance,
            self.scale_range,
        )
        is_known = not is_below_resolution(self.energy_j, self.uncertainty_j)
        return f"{count} × {mean_power(each)}" if is_known and count > 1 else mean_power(each)


def groups(report: ReportFields) -> list[Group]:
    """Return the members of a report by kind; none where each has room for a row of its own."""
    found = members(report.domains.values())
    if len(found) <= MOST_MEMBERS:
        return []
    by_kind = ((kind, [d for d in found if kind_of(d.id) == kind]) for kind in KINDS)
    return [_group(kind, domains) for kind, domains in by_kind if domains]


def _group(kind: Kind, domains: Sequence[DomainReport]) -> Group:
    energy_j = sum(domain.energy_j for domain in domains)
    return Group(
        kind,
        domains,
        energy_j,
        uncertainty_of_sum(domains)[0],
        sum(domain.mean_power_w for domain in domains),
        total_provenance(domain.provenance.value for domain in domains),
        range_of(shares((d.scale, d.energy_j) for d in domains), energy_j),
    )
