"""What the hardware's counters showed at a window's two edges, so that its joules can be redone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from ..sampler.accumulator import DomainSample
from ..sources.base import Domain


class EdgeCounter(TypedDict):
    """One counter as it was read, in its own unit."""

    unit_j: float
    """Joules of a step."""
    begin: tuple[int, int]
    """When it was read, CLOCK_MONOTONIC in nanoseconds, and what it showed."""
    end: tuple[int, int]


def edge_counters(
    domains: Sequence[Domain],
    readings: Mapping[str, Sequence[DomainSample]],
    begin_ns: int,
    end_ns: int,
) -> dict[str, EdgeCounter]:
    """Return the reading of each counter that is nearest to each edge, by domain.

    What has no counter, and was not read twice, is left out. Counters may have wrapped in between.
    """
    found: dict[str, EdgeCounter] = {}
    for domain in domains:
        read = [(r.t_ns, r.counter) for r in readings.get(domain.id, ()) if r.counter is not None]
        if len(read) > 1:
            found[domain.id] = {
                "unit_j": domain.unit_j,
                "begin": min(read, key=lambda each: abs(each[0] - begin_ns)),
                "end": min(read, key=lambda each: abs(each[0] - end_ns)),
            }
    return found
