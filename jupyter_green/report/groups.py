"""The members of a total by kind or host, where there are too many for a row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .addition import total_provenance, uncertainty_of_sum
from .colours import shade
from .fields import DomainReport, ReportFields
from .format import bounds, energy_of_sum, is_below_resolution, mean_power
from .hosts import is_of
from .members import KIND_NAMES, KINDS, kind_of, members
from .scale import ScaleRange, range_of, shares

MOST_MEMBERS = 6
"""More members than these are shown by kind, or by host where there are several."""


@dataclass(frozen=True)
class Group:
    """What the members of one kind, or of one host, used together."""

    name: str
    """Such as ``"GPU"`` or ``"host-1"``."""
    colour: str
    domains: Sequence[DomainReport]
    energy_j: float
    uncertainty_j: float
    """Half-width of the reading's 95 % interval."""
    mean_power_w: float
    provenance: str | None
    scale_range: ScaleRange
    alike: int
    """How many there are of them, where one is like the others."""

    @property
    def joules(self) -> str:
        """The joules of all, as they are shown."""
        parts = bounds((d.energy_j, d.uncertainty_j) for d in self.domains)
        figures = (self.energy_j, self.uncertainty_j, parts, self.provenance, self.scale_range)
        return energy_of_sum(*figures)

    @property
    def watts(self) -> str:
        """The mean watts of each, such as ``"8 × 310 W"``; of a host those of all."""
        count = self.alike
        each = Group(
            self.name,
            self.colour,
            self.domains,
            self.energy_j / count,
            self.uncertainty_j / count,
            self.mean_power_w / count,
            self.provenance,
            self.scale_range,
            count,
        )
        is_known = not is_below_resolution(self.energy_j, self.uncertainty_j)
        return f"{count} × {mean_power(each)}" if is_known and count > 1 else mean_power(each)


def groups(report: ReportFields) -> list[Group]:
    """Return the members by host, or else by kind; none where each has room for its own row."""
    found = members(report.domains.values())
    if len(found) <= MOST_MEMBERS:
        return []
    if report.hosts:
        by_host = [[d for d in found if is_of(d.id, host.name)] for host in report.hosts]
        named = zip(report.hosts, by_host, strict=True)
        rows = enumerate((host.name, domains) for host, domains in named if domains)
        return [_group(name, host_colour(n), domains, 1) for n, (name, domains) in rows]
    by_kind = ((kind, [d for d in found if kind_of(d.id) == kind]) for kind in KINDS)
    return [
        _group(KIND_NAMES[kind], shade(kind, 0), domains, len(domains))
        for kind, domains in by_kind
        if domains
    ]


def host_colour(index: int) -> str:
    """Return the colour of one of several hosts; it says nothing of a kind."""
    turn, place = divmod(index, len(KINDS))
    return shade(KINDS[place], turn)


def _group(name: str, colour: str, domains: Sequence[DomainReport], alike: int) -> Group:
    energy_j = sum(domain.energy_j for domain in domains)
    return Group(
        name,
        colour,
        domains,
        energy_j,
        uncertainty_of_sum(domains)[0],
        sum(domain.mean_power_w for domain in domains),
        total_provenance(domain.provenance.value for domain in domains),
        range_of(shares((d.scale, d.energy_j) for d in domains), energy_j),
        alike,
    )
