"""The share of a unit as the host's service divides the joules: from its domains to the whole."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from ..report.fields import BASES, Share, SharePart

CPU_TIME, WEAK_CPU_TIME, DRIVER = BASES


def unit_share(unit: str, cpu_share: tuple[float, float], parts: Mapping[str, SharePart]) -> Share:
    """Return what a unit used of all domains that were divided.

    Parameters
    ----------
    unit
        What it is: one of :data:`~jupyter_green.report.fields.UNITS`.
    cpu_share
        Its part of the host's busy CPU time, with the half-width of the 95 % interval.
    parts
        The joules of each domain; one at least.
    """
    by_driver = {id_: part for id_, part in parts.items() if part.by == DRIVER}
    # One share of CPU time divides all of the processor's domains: its error adds up over them.
    of_processor_j = sum(p.uncertainty_j for p in parts.values() if p.by != DRIVER)
    errors_j = [of_processor_j, *(part.uncertainty_j for part in by_driver.values())]
    idle = [part.idle_j for part in parts.values() if part.idle_j is not None]
    return Share(
        *cpu_share,
        energy_j=_sum(part.energy_j for part in parts.values()),
        uncertainty_j=math.hypot(*errors_j),
        gpu_share={
            id_: part.energy_j / divided_j
            for id_, part in by_driver.items()
            if (divided_j := part.energy_j + part.others_j) > 0
        },
        unit=unit,
        others_j=_sum(part.others_j for part in parts.values()),
        idle_j=_sum(idle) if idle else None,
        domains=dict(parts),
    )


def of_domains(share: Share, ids: Collection[str]) -> Share | None:
    """Return the share in these domains, ``None`` where none of them was divided."""
    parts = {id_: part for id_, part in share.domains.items() if id_ in ids}
    if not parts or share.unit is None:
        return None
    if len(parts) == len(share.domains):
        return share
    return unit_share(share.unit, (share.cpu_share, share.cpu_share_uncertainty), parts)


def _sum(joules: Iterable[float]) -> float:
    """Return a sum of whole microjoules, without what binary fractions add to it."""
    return round(math.fsum(joules), 6)
