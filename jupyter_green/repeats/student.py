"""Student's t distribution for whole degrees of freedom, in closed form.

Abramowitz & Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
"""

from __future__ import annotations

import math


def probability_within(t: float, dof: int) -> float:
    """Return the probability that a variable with `dof` degrees of freedom lies within ±`t`."""
    return _within(math.atan(abs(t) / math.sqrt(dof)), dof)


def quantile(probability: float, dof: int) -> float:
    """Return the t within which, on both sides of 0, the given probability lies.

    ``quantile(0.95, 6)`` is 2.447, the factor of a 95 % interval from seven values.
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        if _within(middle, dof) < probability:
            low = middle
        else:
            high = middle
    return math.sqrt(dof) * math.tan(low)


def _within(theta: float, dof: int) -> float:
    """Return the probability within ±t, where tan(theta) = t / √dof."""
    odd = dof % 2
    cos = math.cos(theta)
    term, total = (cos if odd else 1.0), 0.0
    for power in range(odd, dof - 1, 2):
        total += term
        term *= (power + 1) / (power + 2) * cos * cos
    total *= math.sin(theta)
    return (theta + total) * 2 / math.pi if odd else total
