"""What instruments and models have wrong in common, in one figure and in sums of several.

A scale's factor *f* holds the true joules within E / f and E x f. In a sum the errors of one
group are the same error and add up; those of different groups are independent and add in
quadrature. The panel follows the same rule (``scale.ts``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from ..sources.base import Scale


class ScaleShare(NamedTuple):
    """The joules that share one error, and how far the true ones may lie above and below."""

    group: str
    energy_j: float
    above_j: float
    below_j: float


class ScaleRange(NamedTuple):
    """Between how many times a figure the true one lies, at 95 %, the reading taken as exact."""

    low: float
    high: float

    @property
    def reach(self) -> float:
        """The longer side, as a share of the figure."""
        return max(self.high - 1.0, 1.0 - self.low)


EXACT = ScaleRange(1.0, 1.0)
"""Of figures that have nothing wrong in common, or of which that is not known."""


def shares(parts: Iterable[tuple[Scale | None, float]]) -> tuple[ScaleShare, ...]:
    """Return the share of each group in joules that have a scale each."""
    return joined(share_of(scale, energy_j) for scale, energy_j in parts if scale is not None)


def share_of(scale: Scale, energy_j: float) -> ScaleShare:
    """Return the share of joules that have this scale."""
    factor = scale.factor
    return ScaleShare(scale.group, energy_j, energy_j * (factor - 1), energy_j * (1 - 1 / factor))


def joined(parts: Iterable[ScaleShare]) -> tuple[ScaleShare, ...]:
    """Return one share for each group."""
    found: dict[str, ScaleShare] = {}
    for part in parts:
        before = found.get(part.group, ScaleShare(part.group, 0.0, 0.0, 0.0))
        sums = (a + b for a, b in zip(before[1:], part[1:], strict=True))
        found[part.group] = ScaleShare(part.group, *sums)
    return tuple(found.values())


def range_of(parts: Iterable[ScaleShare], energy_j: float | None) -> ScaleRange:
    """Return the range of joules that are made up of these shares, and of others without."""
    if not energy_j:
        return EXACT
    parts = tuple(parts)
    above_j = math.hypot(*(part.above_j for part in parts))
    below_j = math.hypot(*(part.below_j for part in parts))
    return ScaleRange(max(0.0, 1 - below_j / energy_j), 1 + above_j / energy_j)


def reach_of_ratio(
    numerator: tuple[Iterable[ScaleShare], float], divisor: tuple[Iterable[ScaleShare], float]
) -> float:
    """Return how far scales may put the quotient of two figures off, as a share of it.

    What both share with the same part of their joules drops out.

    Parameters
    ----------
    numerator, divisor
        Each figure's shares and its joules.
    """
    reach: dict[str, float] = {}
    for sign, (parts, energy_j) in ((1.0, numerator), (-1.0, divisor)):
        for part in parts:
            reach[part.group] = reach.get(part.group, 0.0) + sign * part.above_j / energy_j
    return math.hypot(*reach.values())
