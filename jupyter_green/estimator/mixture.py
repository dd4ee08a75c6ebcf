"""What several assumptions together say of one figure, each as likely as it made what was seen.

Each assumption alone gives a normal distribution. Together they have no simple
form: where most say "some millijoules" and one says "some joules", the 95 % interval
is neither's, and 1.96 standard deviations are wrong at both ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .fit import Fit

COVERAGE = 0.95
_HALVINGS = 24
_NOTHING = 1e-6
"""What is so much less likely than the likeliest is left out."""
_NARROWEST = 1e-9
"""A standard deviation of 0 divides by nothing."""


def interval(
    components: Sequence[Fit], least: float, most: float, coverage: float = COVERAGE
) -> tuple[float, float]:
    """Return the mean, and the half-width around it that holds `coverage` of what is possible.

    Parameters
    ----------
    components
        One or more.
    least, most
        Bounds of what is possible; `most` may be infinite.
    """
    shared = _shared(components)
    mean = min(max(sum(share * c.energy_j for share, c in shared), least), most)

    def within(low: float, high: float) -> float:
        low, high = max(low, least), min(high, most)
        return sum(share * _between(c, low, high) for share, c in shared)

    possible = within(least, most)
    narrow, wide = 0.0, max(most - mean, mean - least)
    if not math.isfinite(wide):
        wide = max(abs(c.energy_j - mean) + 10 * c.sd_j for c in components)
    if possible <= 0.0:
        return mean, wide
    for _ in range(_HALVINGS):
        half = (narrow + wide) / 2
        if within(mean - half, mean + half) < coverage * possible:
            narrow = half
        else:
            wide = half
    return mean, wide


def _shared(components: Sequence[Fit]) -> list[tuple[float, Fit]]:
    """Return each component that counts with its share."""
    most = max(c.log_likelihood for c in components)
    weighed = [(math.exp(c.log_likelihood - most), c) for c in components]
    kept = [(weight, c) for weight, c in weighed if weight > _NOTHING]
    total = sum(weight for weight, _ in kept)
    return [(weight / total, c) for weight, c in kept]


def _between(component: Fit, low: float, high: float) -> float:
    """Return how much of a normal distribution lies between two values."""
    scale = max(component.sd_j, _NARROWEST) * math.sqrt(2)
    a, b = (low - component.energy_j) / scale, (high - component.energy_j) / scale
    return (math.erf(b) - math.erf(a)) / 2
