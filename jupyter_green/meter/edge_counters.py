"""What the hardware's counters showed at a window's two edges, so that its joules can be redone."""

from __future__ import annotations

from bisect import bisect_left
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
                "begin": _nearest(read, begin_ns),
                "end": _nearest(read, end_ns),
            }
    return found


def _nearest(read: Sequence[tuple[int, int]], t_ns: int) -> tuple[int, int]:
    """Return what was read nearest to a time; `read` is in time order."""
    after = bisect_left(read, (t_ns,))
    beside = read[max(0, after - 1) : after + 1]
    return min(beside, key=lambda each: abs(each[0] - t_ns))
