"""When RAPL's package counter is refreshed: drawn to have the spread that was measured."""

from __future__ import annotations

import bisect
import functools
import random
import statistics
from typing import NamedTuple


class Jitter(NamedTuple):
    """Intervals between refreshes."""

    quantiles_us: tuple[float, ...]
    """At the shares of :data:`SHARES`."""
    grid_sd_us: float
    """How far refreshes lie from a grid of exactly 1 ms."""


SHARES = (0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.68, 0.75, 0.9, 0.95, 0.99, 0.999, 1)
# 4 000 in a row on each, polled without pause: the data of the ICPE 2024 validation of RAPL.
# Those at 0.68 are not from there; with them the means are as measured.
MEASURED = {
    "Ice Lake-SP": Jitter(
        (626, 684, 722, 752, 806, 880, 950, 1279, 1435, 1509, 1637, 1740, 2018), 192
    ),
    "Broadwell-EP": Jitter(
        (828, 890, 930, 947, 981, 1002, 1016, 1022, 1049, 1072, 1104, 1152, 1172), 33
    ),
    "Knights Landing": Jitter(
        (902, 915, 930, 946, 1001, 1007, 1012, 1014, 1022, 1028, 1043, 1080, 1096), 26
    ),
}
COUNT = 20_000


@functools.cache
def refreshes_s(cpu: str) -> tuple[float, ...]:
    """Return the times of 20 000 refreshes in a row.

    An interval is drawn from the quantiles, the shorter the later the refresh before it
    is on the grid: that keeps the grid, and makes neighbours anticorrelated as measured.
    """
    jitter = MEASURED[cpu]
    rng = random.Random(cpu)
    normal = statistics.NormalDist()
    mean_us = _mean_us(jitter.quantiles_us)
    spread_us = _sd_us(jitter.quantiles_us)
    pull = min(0.99, spread_us / (2 * jitter.grid_sd_us))
    times_us = [0.0]
    late_us = 0.0
    for _ in range(COUNT):
        score = -pull * late_us / jitter.grid_sd_us + (1 - pull**2) ** 0.5 * rng.gauss(0, 1)
        interval_us = _at(jitter.quantiles_us, normal.cdf(score))
        late_us += interval_us - mean_us
        times_us.append(times_us[-1] + interval_us + 1000 - mean_us)
    return tuple(t_us * 1e-6 for t_us in times_us)


def _at(quantiles_us: tuple[float, ...], share: float) -> float:
    i = min(bisect.bisect_right(SHARES, share), len(SHARES) - 1) - 1
    a, b = SHARES[i], SHARES[i + 1]
    return quantiles_us[i] + (quantiles_us[i + 1] - quantiles_us[i]) * (share - a) / (b - a)


def _mean_us(quantiles_us: tuple[float, ...]) -> float:
    return sum(
        (b - a) * (p + q) / 2
        for a, b, p, q in zip(SHARES, SHARES[1:], quantiles_us, quantiles_us[1:], strict=False)
    )


def _sd_us(quantiles_us: tuple[float, ...]) -> float:
    mean_us = _mean_us(quantiles_us)
    square = sum(
        (b - a) * (p * p + p * q + q * q) / 3
        for a, b, p, q in zip(SHARES, SHARES[1:], quantiles_us, quantiles_us[1:], strict=False)
    )
    return float((square - mean_us**2) ** 0.5)
