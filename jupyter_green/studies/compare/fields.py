"""What a comparison holds, and what follows from it; every view of it is made from this."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from ...flags import SENSORS_DIFFER, sentence
from ...report.addition import total_provenance
from ...report.format import is_estimate
from . import power_limits
from .pair import Pair, pairs_of
from .run import Run
from .statistics import least_rounds


@dataclass(frozen=True)
class StudyFields:
    """What a comparison holds: whole rounds only, in each of which each variant ran once."""

    variants: tuple[str, ...]
    runs: tuple[Run, ...]
    """In the order in which they ran."""
    unit: str
    """What the joules are per: ``call``, or what was given."""
    seed: int
    margin: float
    until: float | None = None
    rounds_asked: int = 0
    status: str = "ok"
    """``ok``; ``interrupted`` or ``error`` where the rounds end early."""
    notes: tuple[str, ...] = ()
    """What is to be said of how it was run, as sentences."""

    @property
    def rounds(self) -> int:
        """How many whole rounds there are."""
        return len(self.runs) // len(self.variants)

    @property
    def order(self) -> tuple[tuple[str, ...], ...]:
        """Who ran after whom, round by round."""
        width = len(self.variants)
        names = [run.variant for run in self.runs]
        return tuple(tuple(names[n : n + width]) for n in range(0, len(names), width))

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Each two variants, in their order; none where there is no ratio: see :attr:`no_ratio`."""
        return () if self.no_ratio else self._pairs_of(self.runs)

    @property
    def no_ratio(self) -> str | None:
        """Why nothing can be compared, as a sentence; ``None`` where it can."""
        if not self.runs:
            return " ".join(self.notes) or "No round was run, so there is nothing to compare."
        for run in self.runs:
            if run.energy_j is None:
                return (
                    f"{run.variant} has no joules in round {run.round}, as no energy sensor could "
                    "be read: `%green doctor` says why and what to do."
                )
            if run.energy_j <= 0:
                return (
                    f"{run.variant} shows 0 J in round {run.round}, so there is no ratio: the "
                    "counter did not move."
                )
        return None

    @property
    def provenance(self) -> str | None:
        """How the joules came about, as of a report; ``mixed`` where some are a model's."""
        found = (run.report.provenance for run in self.runs)
        return total_provenance(each for each in found if each is not None)

    @property
    def is_estimate(self) -> bool:
        """Whether joules of it are a model's, at least in part."""
        return is_estimate(self.provenance)

    @cached_property
    def disturbed(self) -> dict[int, tuple[str, ...]]:
        """The rounds that were unlike the others, and why: a busy host, another power limit."""
        usual = max((run.sensors for run in self.runs), key=len, default=frozenset())
        other_limits = power_limits.unusual_rounds(self.runs)
        found: dict[int, dict[str, None]] = {}
        for run in self.runs:
            why = [*run.disturbances]
            if run.round in other_limits:
                why.append("the power limit was not that of most rounds")
            if run.sensors != usual:
                why.append(sentence(SENSORS_DIFFER))
            if why:
                found.setdefault(run.round, {}).update(dict.fromkeys(why))
        return {number: tuple(why) for number, why in found.items()}

    @cached_property
    def undisturbed_pairs(self) -> tuple[Pair, ...]:
        """The pairs by the other rounds alone, for a look beside; none where there are none."""
        runs = tuple(run for run in self.runs if run.round not in self.disturbed)
        return self._pairs_of(runs) if runs and not self.no_ratio else ()

    @property
    def energy_j(self) -> float | None:
        """What the runs used in all, in J, without pilot and rests."""
        known = [run.energy_j for run in self.runs if run.energy_j is not None]
        return sum(known) if known else None

    def pair(self, reference: str, other: str) -> Pair:
        """Return how `other` compares with `reference`, whichever came first.

        Raises
        ------
        KeyError
            For names that are no two variants of this study.
        ValueError
            Where nothing can be compared, with the reason.
        """
        if reference == other or not {reference, other} <= set(self.variants):
            known = ", ".join(map(repr, self.variants))
            raise KeyError(f"{reference!r} and {other!r} are no two of the variants {known}")
        if self.no_ratio:
            raise ValueError(self.no_ratio)
        for pair in self.pairs:
            if (pair.reference, pair.other) == (reference, other):
                return pair
            if (pair.reference, pair.other) == (other, reference):
                return pair.turned()
        raise AssertionError("each two variants are a pair")

    def values(self, variant: str) -> list[float]:
        """Return a variant's joules per unit in J, round by round; those that are known."""
        runs = (run for run in self.runs if run.variant == variant)
        return [j for run in runs if (j := run.joules_per_unit) is not None]

    @property
    def half_width(self) -> float:
        """The widest of the pairs' intervals, half of it, as a share; infinite without one."""
        return max((pair.half_width for pair in self.pairs), default=math.inf)

    @property
    def least_rounds(self) -> int:
        """Below how many rounds no difference can be told."""
        count = len(self.variants)
        return least_rounds(count * (count - 1) // 2)

    def _pairs_of(self, runs: tuple[Run, ...]) -> tuple[Pair, ...]:
        values = {
            name: [run.joules_per_unit or 0.0 for run in runs if run.variant == name]
            for name in self.variants
        }
        return pairs_of(values, margin=self.margin, seed=self.seed)
