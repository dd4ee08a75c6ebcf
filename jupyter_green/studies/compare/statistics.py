"""The figures of a comparison: the sign-flip test over rounds, and the interval that it leaves.

All is about the differences of two variants' log joules, one of each round. Under the null
hypothesis each round's difference is as likely to have the other sign; the test's p is the
share of all choices of signs whose mean is at least as far from 0.

Inverted, the test gives the interval: a shift lies within unless the test rejects it. The limits
are order statistics of the means of all subsets of the rounds (Hartigan, J. A. (1969), "Using
subsample values as typical values", J. Am. Stat. Assoc. 64), since flipping the signs of a subset
raises the mean if and only if the subset's own mean is below 0. So verdict and interval cannot
disagree, and an interval of ten rounds takes some microseconds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from statistics import fmean, stdev
from typing import Any, NamedTuple

from ...repeats import student

try:
    import numpy as np
    from scipy import stats
except ImportError as missing:
    raise ImportError(
        f"comparing needs SciPy, which this environment lacks ({missing}): "
        "`pip install 'jupyter-green[studies]'`"
    ) from missing

SIGNIFICANT = 0.05
MOST_EXACT = 14
"""Rounds up to which all choices of signs are looked at; beyond, as many seeded ones."""
_MOST_ROUNDS = 1000
"""More rounds than these nobody is asked for."""
_DECIMALS = 12
"""To which differences are rounded, so that sums of them are 0 or clearly not."""


class Limits(NamedTuple):
    """An interval; infinite where there are too few rounds for one."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, float)) and self.low <= value <= self.high

    @property
    def half_width(self) -> float:
        """Half of its width."""
        return (self.high - self.low) / 2


class Tests(NamedTuple):
    """What papers expect beside: tests and effect sizes that know nothing of rounds."""

    welch_p: float
    mann_whitney_p: float
    hedges_g: float
    """Difference of the means in standard deviations, corrected for few values."""
    cliffs_delta: float
    """How much more often a value of the second is the higher one: -1 to 1."""


def p_value(differences: Sequence[float], seed: int = 0) -> float:
    """Return the two-sided p of the sign-flip test, that the differences have no direction.

    Parameters
    ----------
    differences
        Of log joules, one of each round.
    seed
        Chooses the signs where there are more than 14 rounds.
    """
    if len(differences) <= 1:
        return 1.0
    if len(differences) <= MOST_EXACT:
        found = stats.permutation_test(
            (_rounded(differences),),
            _sum,
            permutation_type="samples",
            vectorized=True,
            n_resamples=2 ** len(differences),
        )
        return float(found.pvalue)
    means = _subset_means(differences, seed)  # the same ones as of the interval
    below, above = int(np.sum(means <= 0.0)), int(np.sum(means >= 0.0))
    return min(1.0, 2 * (1 + min(below, above)) / (1 + len(means)))


def limits(differences: Sequence[float], alpha: float = SIGNIFICANT, seed: int = 0) -> Limits:
    """Return the shifts that the sign-flip test does not reject at `alpha`.

    It holds 0 if and only if :func:`p_value` is above `alpha`.
    """
    means = _subset_means(differences, seed)
    outside = math.floor(alpha * (len(means) + 1) / 2)
    if outside < 1:
        return Limits(-math.inf, math.inf)
    lowest, highest = outside - 1, len(means) - outside
    parted = np.partition(means, [lowest, highest])
    return Limits(float(parted[lowest]), float(parted[highest]))


def tests(reference: Sequence[float], other: Sequence[float]) -> Tests:
    """Return what takes no notice of rounds, from the values of two variants."""
    n = len(reference)
    if n < 2:
        return Tests(math.nan, math.nan, math.nan, math.nan)
    spread = math.sqrt((stdev(reference) ** 2 + stdev(other) ** 2) / 2)
    difference = fmean(other) - fmean(reference)
    rank = stats.mannwhitneyu(other, reference)
    return Tests(
        welch_p=float(stats.ttest_ind(other, reference, equal_var=False).pvalue)
        if spread
        else float(difference == 0),
        mann_whitney_p=float(rank.pvalue),
        hedges_g=_share(difference, spread) * (1 - 3 / (8 * n - 9)),
        cliffs_delta=2 * float(rank.statistic) / (n * n) - 1,
    )


class Holm(NamedTuple):
    """One of several p: adjusted, and the level at which its interval agrees with the verdict."""

    p: float
    alpha: float


def holm(p_values: Sequence[float]) -> list[Holm]:
    """Return the p of several pairs adjusted for their number, and each one's own level.

    Holm, S. (1979), "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6.
    From the first that is not rejected on, all keep that one's level: an interval at its
    pair's level excludes 0 if and only if the adjusted p is at most 0.05.
    """
    found = [Holm(1.0, SIGNIFICANT)] * len(p_values)
    highest, alpha, is_stopped = 0.0, SIGNIFICANT, False
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        left = len(p_values) - rank
        highest = max(highest, min(1.0, left * p_values[index]))
        if not is_stopped:
            alpha = SIGNIFICANT / left
            is_stopped = p_values[index] > alpha
        found[index] = Holm(highest, alpha)
    return found


def least_rounds(pairs: int) -> int:
    """Return below how many rounds no p can pass: 6 for one pair, 7 for 3, 8 for 6, 9 for 10."""
    rounds = 1
    while 2 * pairs / 2**rounds > SIGNIFICANT:
        rounds += 1
    return rounds


def more_rounds(
    differences: Sequence[float], within: float, alpha: float = SIGNIFICANT
) -> int | None:
    """Return about how many more rounds a verdict needs; ``None`` for more than 1 000.

    If the mean and the scatter of the differences stay as they are, either the interval then
    excludes 0, or it lies within ± `within`, whichever comes first.

    Parameters
    ----------
    differences
        Of log joules, one of each round; at least two.
    within
        The margin, as a difference of logs.
    alpha
        The level of the test; that of "no difference" is twice this.
    """
    n, mean, spread = len(differences), abs(fmean(differences)), stdev(differences)

    def are_enough(rounds: int) -> bool:
        error = spread / math.sqrt(rounds)
        is_clear = student.quantile(1 - alpha, rounds - 1) * error < mean
        return is_clear or student.quantile(1 - 2 * alpha, rounds - 1) * error < within - mean

    fewest, most = max(n + 1, least_at(alpha)), n + _MOST_ROUNDS
    found = fewest + bisect_left(range(fewest, most + 1), 1, key=are_enough)
    return found - n if found <= most else None


def least_at(alpha: float) -> int:
    """Return the least rounds at which a p can be as low as `alpha`."""
    return math.floor(math.log2(2 / alpha)) + 1


def _sum(values: Any, axis: int) -> Any:
    """Return the sums, of which equal ones are the same number: ties count on both sides."""
    return np.round(values.sum(axis=axis), _DECIMALS)


def _share(value: float, of: float) -> float:
    return value / of if of else math.copysign(math.inf, value) if value else 0.0


def _subset_means(differences: Sequence[float], seed: int) -> Any:
    """Return the means of subsets of the differences: exactly 0 where they cancel out."""
    values = _rounded(differences)
    is_exact = len(values) <= MOST_EXACT
    subsets = _subsets(len(values)) if is_exact else _some_subsets(len(values), seed)
    means = subsets @ values
    means[np.abs(means) < 0.1 ** (_DECIMALS + 1.5)] = 0.0
    return means


def _rounded(differences: Sequence[float]) -> Any:
    return np.round(np.asarray(differences, float), _DECIMALS)


@lru_cache(maxsize=4)
def _subsets(rounds: int) -> Any:
    """Return all subsets but the empty one: a row each, whose product with values is their mean."""
    numbers = np.arange(1, 2**rounds)[:, None]
    return _as_means(numbers >> np.arange(rounds) & 1)


@lru_cache(maxsize=4)
def _some_subsets(rounds: int, seed: int) -> Any:
    rng = np.random.default_rng([seed, rounds])
    chosen = rng.integers(0, 2, size=(2**MOST_EXACT - 1, rounds))
    return _as_means(chosen[chosen.any(axis=1)])


def _as_means(chosen: Any) -> Any:
    return chosen / chosen.sum(axis=1, keepdims=True)
