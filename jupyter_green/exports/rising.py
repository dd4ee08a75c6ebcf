"""Counters that never fall, of sums that may: when windows are forgotten or refined.

Whoever reads a counter takes a fall for its restart, and all that it shows then for new.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple, TypeVar

_NOISE = 1e-9
"""By which a sum of the same joules differs where they are added in another order."""

K = TypeVar("K", bound=Hashable)


class Counted(NamedTuple):
    """What a counter shows, and how much of that the ledger holds no more."""

    shown_j: float
    dropped_j: float = 0.0


def advanced(before: Mapping[K, Counted], sums_j: Mapping[K, float]) -> dict[K, Counted]:
    """Return the counters after those of `before`: each as much further as its sum rose.

    Parameters
    ----------
    before
        What they showed last.
    sums_j
        Joules that the ledger holds now.
    """
    now = dict(before)
    for key in {*before, *sums_j}:
        was = before.get(key, Counted(0.0))
        sum_j = sums_j.get(key, 0.0)
        fallen_j = was.shown_j - was.dropped_j - sum_j
        dropped_j = was.dropped_j + (fallen_j if fallen_j > _NOISE * was.shown_j else 0.0)
        now[key] = Counted(max(was.shown_j, sum_j + dropped_j), dropped_j)
    return now
