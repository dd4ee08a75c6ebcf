"""Domains of many hosts, added up where a record has no room for each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..printable import shortened
from ..report.addition import WEAKEST_FIRST, uncertainty_of_sum
from ..report.fields import MAX_GROUP, DomainReport
from ..report.members import KINDS, kind_of
from ..report.scale import range_of, shares
from ..sources.base import MAX_DEVICE, Scale

MOST_DOMAINS = 24
MOST_SUMS = 16
"""Of several hosts: what 16 KiB have room for, beside the hosts and a curve."""


class HostDomain(NamedTuple):
    """A domain with the name of its host before its own."""

    host: str
    domain: DomainReport


class Coarseness(NamedTuple):
    """How domains are added up."""

    place: Callable[[HostDomain], str | None]
    """Under which id one stands; ``None`` for one that is left out."""
    most: int
    """How many are shown in this way."""
    note: str


def _counted(found: HostDomain) -> str | None:
    return found.domain.id if found.domain.counted else None


def _by_kind(found: HostDomain) -> str | None:
    return f"{found.host}/{kind_of(found.domain.id)}" if found.domain.counted else None


def _by_host(found: HostDomain) -> str | None:
    return found.host if found.domain.counted else None


def _of_all(found: HostDomain) -> str | None:
    return kind_of(found.domain.id) if found.domain.counted else None


_TOO_MANY = "Too many sensors for a row each"
_FROM_THE_FINEST = (
    Coarseness(lambda found: found.domain.id, MOST_DOMAINS, ""),
    Coarseness(_counted, MOST_DOMAINS, f"{_TOO_MANY}: those inside others are left out."),
    Coarseness(_by_kind, MOST_SUMS, f"{_TOO_MANY}: they are added up by host and kind."),
    Coarseness(_by_host, MOST_SUMS, f"{_TOO_MANY}: they are added up by host."),
    Coarseness(_of_all, len(KINDS), f"{_TOO_MANY}: all hosts are added up by kind."),
)


def fitting(domains: Sequence[HostDomain]) -> Coarseness:
    """Return the finest way in which a record has room for all."""
    return next(
        way
        for way in _FROM_THE_FINEST
        if len({way.place(found) for found in domains} - {None}) <= way.most
    )


def added_by_kind(domains: Sequence[HostDomain]) -> Sequence[DomainReport]:
    """Return the counted domains, those of one kind of hardware of a host added up."""
    return [*added(domains, Coarseness(_by_kind, MOST_SUMS, "")).values()]


def added(domains: Sequence[HostDomain], way: Coarseness) -> dict[str, DomainReport]:
    """Return the domains by id, those of one id added up."""
    together: dict[str, list[DomainReport]] = {}
    for found in domains:
        place = way.place(found)
        if place is not None:
            together.setdefault(place, []).append(found.domain)
    return {place: _sum(place, parts) for place, parts in together.items()}


def _sum(id_: str, parts: Sequence[DomainReport]) -> DomainReport:
    first = parts[0]
    if len(parts) == 1:
        return replace(first, id=id_)
    uncertainty_j, bound_part_j = uncertainty_of_sum(parts)
    return DomainReport(
        id=id_,
        device=_devices(parts),
        source=_listed((part.source for part in parts), 32),
        energy_j=sum(part.energy_j for part in parts),
        uncertainty_j=uncertainty_j,
        bound_part_j=bound_part_j,
        mean_power_w=sum(part.mean_power_w for part in parts),
        provenance=min((part.provenance for part in parts), key=WEAKEST_FIRST.index),
        resolution_s=max(part.resolution_s for part in parts),
        counted=True,
        flags=tuple(dict.fromkeys(flag for part in parts for flag in part.flags)),
        scale=common_scale(parts),
    )


def _devices(parts: Sequence[DomainReport]) -> str:
    counts: dict[str, int] = {}
    for part in parts:
        counts[part.device] = counts.get(part.device, 0) + 1
    return _listed((f"{n} × {name}" if n > 1 else name for name, n in counts.items()), MAX_DEVICE)


def common_scale(parts: Sequence[DomainReport]) -> Scale | None:
    """Return what they have wrong in common, as one factor."""
    known = [part.scale for part in parts if part.scale is not None]
    if not known:
        return None
    of_each = shares((part.scale, part.energy_j) for part in parts)
    found = range_of(of_each, sum(part.energy_j for part in parts))
    # Below and above a sum the shares lie as far as those of its parts, which no factor says
    # exactly: the wider one holds both.
    factor = max(found.high, 1 / found.low if found.low else found.high)
    return Scale(
        factor,
        _group([each.group for each in of_each]),
        _listed((each.source for each in known), MAX_GROUP),
    )


def _group(groups: Sequence[str]) -> str:
    """Return one name for these: short, as there may be hundreds, and that of no others."""
    if len(groups) == 1:
        return groups[0]
    letters = hashlib.sha256("\n".join(sorted(groups)).encode()).hexdigest()[:8]
    return f"{len(groups)} instruments, {letters}"


def _listed(texts: Iterable[str], most: int) -> str:
    return shortened(", ".join(dict.fromkeys(texts)), most)
