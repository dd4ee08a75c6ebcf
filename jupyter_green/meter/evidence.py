"""Which of a domain's readings are believed: its counter, or the power that is reported beside it.

A counter that stands still while power is reported counts nothing, and one that may be a whole
module's must not be added to a processor. Then the reported power is integrated, and a flag
says so. Where the two differ by a factor, the counter stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from ..flags import OF_MODULE, STANDS_STILL
from ..sampler.accumulator import DomainSample
from ..sources.base import Domain, Provenance
from .agreement import Agreement

STILL_PERIODS = 3
"""A counter that shows one figure for so many periods while power is reported stands still."""
LEAST_UNITS = 10
"""By so many of its units it would have moved at least."""


@dataclass(frozen=True)
class Evidence:
    """A domain as it is taken, with the readings that are believed."""

    domain: Domain
    readings: Sequence[DomainSample]
    flags: tuple[str, ...] = ()


def believed(
    domain: Domain,
    readings: Mapping[str, Sequence[DomainSample]],
    agreement: Agreement,
) -> Evidence:
    """Return what is believed of a domain.

    Parameters
    ----------
    readings
        Those of all domains, in time order.
    agreement
        What all windows so far say of its counter and its reported power.
    """
    own = readings.get(domain.id, ())
    if domain.provenance is not Provenance.COUNTER:
        return Evidence(domain, own)
    powered = [reading for reading in own if reading.power_w is not None]
    if len(powered) > 1:
        if _stands_still(domain, own, powered):
            return Evidence(*_integrated(domain, powered), (STANDS_STILL,))
        if f"{domain.id}/module" in readings and not agreement.is_of_board:
            return Evidence(*_integrated(domain, powered), (OF_MODULE,))
    if agreement.disagrees:
        return Evidence(domain, [reading._replace(power_w=None) for reading in own])
    return Evidence(domain, own)


def _stands_still(
    domain: Domain, readings: Sequence[DomainSample], powered: Sequence[DomainSample]
) -> bool:
    """Whether a counter shows one figure for so long that the reported power contradicts it."""
    if readings[0].energy_j != readings[-1].energy_j:
        return False
    least_s = STILL_PERIODS * domain.resolution_s
    seconds = (readings[-1].t_ns - readings[0].t_ns) * 1e-9
    mean_w = sum(reading.power_w or 0.0 for reading in powered) / len(powered)
    is_drawing = mean_w * (seconds - least_s) > LEAST_UNITS * domain.unit_j
    return seconds > least_s and is_drawing


def _integrated(
    domain: Domain, powered: Sequence[DomainSample]
) -> tuple[Domain, list[DomainSample]]:
    """Return a domain with its reported power integrated, by the trapezoid rule."""
    steps_j = (
        ((a.power_w or 0.0) + (b.power_w or 0.0)) / 2 * (b.t_ns - a.t_ns) * 1e-9
        for a, b in pairwise(powered)
    )
    sums_j = accumulate(steps_j, initial=0.0)
    readings = [
        reading._replace(energy_j=energy_j, counter=None)
        for reading, energy_j in zip(powered, sums_j, strict=True)
    ]
    return replace(domain, provenance=Provenance.POWER), readings
