"""Two variants of a study: how much more or less energy the one uses, and how certain that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

from . import statistics
from .statistics import Limits, Tests


@dataclass(frozen=True)
class Pair:
    """What `other` uses, beside `reference`, by the rounds in which both ran.

    ``ratio`` is the geometric mean of the rounds' ratios of joules per unit of work. The
    interval is that of the sign-flip test over the rounds: see :mod:`.statistics`.
    """

    reference: str
    other: str
    ratios: tuple[float, ...]
    """The other's joules per unit over the reference's, round by round."""
    tests: Tests
    """Welch, Mann-Whitney and effect sizes, of log joules without regard to rounds."""
    p: float
    """Of the sign-flip test."""
    p_adjusted: float
    """By Holm, for the number of the study's pairs."""
    alpha: float
    """The level at which :attr:`interval` is shown: 0.05 of one pair; by Holm, less of several."""
    margin: float
    """Differences within this share are of no interest."""
    seed: int

    @property
    def rounds(self) -> int:
        """In how many rounds both ran."""
        return len(self.ratios)

    @cached_property
    def ratio(self) -> float:
        """The other's joules per unit over the reference's."""
        return math.exp(fmean(self._differences))

    @cached_property
    def interval(self) -> Limits:
        """The 95 % interval of :attr:`ratio`, wider where several pairs share the 5 %."""
        return self._limits(self.alpha)

    @cached_property
    def narrow_interval(self) -> Limits:
        """The 90 % interval, by which a difference is told to be none."""
        return self._limits(2 * self.alpha)

    @property
    def half_width(self) -> float:
        """Half the width of :attr:`interval`, as a share of the ratio."""
        low, high = self.interval
        return math.log(high / low) / 2 if low > 0 else math.inf

    @property
    def is_different(self) -> bool:
        """Whether the two differ: 1 is outside of :attr:`interval`."""
        return 1.0 not in self.interval

    @property
    def is_same(self) -> bool:
        """Whether any difference is within the margin."""
        low, high = self.narrow_interval
        return low >= 1 / (1 + self.margin) and high <= 1 + self.margin

    @cached_property
    def more_rounds(self) -> int | None:
        """About how many more rounds a verdict needs; ``None`` for more than 1 000."""
        if self.is_different or self.is_same:
            return 0
        if self.rounds < 2:
            return statistics.least_at(self.alpha) - self.rounds
        return statistics.more_rounds(self._differences, math.log1p(self.margin), self.alpha)

    def turned(self) -> Pair:
        """Return the same the other way round: what the reference uses, beside the other."""
        tests = self.tests._replace(
            hedges_g=-self.tests.hedges_g, cliffs_delta=-self.tests.cliffs_delta
        )
        return replace(
            self,
            reference=self.other,
            other=self.reference,
            ratios=tuple(1 / ratio for ratio in self.ratios),
            tests=tests,
        )

    @cached_property
    def _differences(self) -> tuple[float, ...]:
        return tuple(math.log(ratio) for ratio in self.ratios)

    def _limits(self, alpha: float) -> Limits:
        low, high = statistics.limits(self._differences, alpha, self.seed)
        return Limits(math.exp(low), math.exp(high))


def pairs_of(
    values: Mapping[str, Sequence[float]], *, margin: float, seed: int
) -> tuple[Pair, ...]:
    """Return the pairs of variants, in their order, the first of each as the reference.

    Parameters
    ----------
    values
        Joules per unit of each variant, in J, round by round: as many of each, all above 0.
    margin
        Differences within this share are of no interest.
    seed
        Chooses the signs that the test looks at, where there are too many.
    """
    names = tuple(values)
    logs = {name: [math.log(value) for value in values[name]] for name in names}
    both = [(a, b) for n, a in enumerate(names) for b in names[n + 1 :]]
    differences = [[y - x for x, y in zip(logs[a], logs[b], strict=True)] for a, b in both]
    p_values = [statistics.p_value(each, seed) for each in differences]
    return tuple(
        Pair(
            reference=a,
            other=b,
            ratios=tuple(map(math.exp, each)),
            tests=statistics.tests(logs[a], logs[b]),
            p=p,
            p_adjusted=level.p,
            alpha=level.alpha,
            margin=margin,
            seed=seed,
        )
        for (a, b), each, p, level in zip(
            both, differences, p_values, statistics.holm(p_values), strict=True
        )
    )
