"""A search's trials with their joules, and what these add up to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

from ...report.addition import sum_of
from ...report.report import Report

COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"
"""How a trial ended."""
WITHIN = 0.01
"""One point of accuracy."""


@dataclass(frozen=True)
class TrialEnergy:
    """One trial, and what it used."""

    number: int
    state: str
    """``complete``, ``pruned`` or ``failed``."""
    value: float | None
    """What was found, of a trial that is complete."""
    report: Report | None
    """``None`` where it was not metered, or not by itself."""


@dataclass(frozen=True)
class SearchParts:
    """What a search used: until a target, past the knee, between its trials.

    Parameters
    ----------
    trials
        In the order in which they began.
    maximize
        Whether a greater value is better.
    target
        A value to reach, if there is one.
    within
        How close to the best value its knee is: the first trial after which the best so far is
        within so much of the final one. 0.01 is one point of accuracy, as in Yarally et al.
        (2023, arXiv:2303.13972).
    pauses
        What was used between trials.
    together
        What trials used that ran side by side.
    refit
        What it took to fit the best candidate again.
    notes
        What is missing, as sentences.
    """

    trials: tuple[TrialEnergy, ...]
    maximize: bool
    target: float | None = None
    within: float = WITHIN
    pauses: tuple[Report, ...] = field(default=(), repr=False)
    together: tuple[Report, ...] = field(default=(), repr=False)
    refit: Report | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @cached_property
    def best_so_far(self) -> tuple[float | None, ...]:
        """The best value after each trial, ``None`` before the first."""
        better = max if self.maximize else min

        def best(so_far: float | None, value: float | None) -> float | None:
            if so_far is None or value is None:
                return value if so_far is None else so_far
            return better(so_far, value)

        values = [trial.value if trial.state == COMPLETE else None for trial in self.trials]
        return tuple(accumulate(values, best))

    @property
    def best(self) -> float | None:
        """The best value, ``None`` where no trial is complete."""
        return self.best_so_far[-1] if self.trials else None

    @property
    def best_trial(self) -> TrialEnergy | None:
        """The first trial with the best value."""
        return self._first(lambda value: value == self.best)

    @property
    def target_trial(self) -> TrialEnergy | None:
        """The first trial that reached the target, ``None`` where none did."""
        target = self.target
        if target is None:
            return None
        return self._first(lambda v: v >= target if self.maximize else v <= target)

    @property
    def knee_trial(self) -> TrialEnergy | None:
        """The trial after which little was gained."""
        best = self.best
        if best is None:
            return None
        reach = self.within + 1e-9 * abs(best)  # a point as 0.97 - 0.96 is a little more than one
        return self._first(lambda value: abs(best - value) <= reach)

    @cached_property
    def total(self) -> Report | None:
        """All that was metered: trials, pauses, trials side by side, and the refit."""
        refit = [] if self.refit is None else [self.refit]
        return _sum([*self._reports(self.trials), *self.pauses, *self.together, *refit])

    @cached_property
    def to_target(self) -> Report | None:
        """What was used until the target was reached, pauses left out."""
        return self._until(self.target_trial)

    @cached_property
    def past_knee(self) -> Report | None:
        """What trials used after the knee; ``None`` where there are none, or it is not known."""
        knee = self.knee_trial
        if knee is None or not self.is_divided:
            return None
        return _sum(self._reports(trial for trial in self.trials if trial.number > knee.number))

    @cached_property
    def pruned(self) -> Report | None:
        """What pruned trials used."""
        return self._of_state(PRUNED)

    @cached_property
    def failed(self) -> Report | None:
        """What failed trials used."""
        return self._of_state(FAILED)

    @cached_property
    def between(self) -> Report | None:
        """What was used between trials: the sampler's own, callbacks, storage."""
        return _sum(self.pauses)

    @property
    def is_divided(self) -> bool:
        """Whether each trial's own joules are known."""
        return bool(self.trials) and all(
            trial.report is not None and trial.report.energy_j is not None for trial in self.trials
        )

    def share(self, part: Report | None) -> float | None:
        """Return a part's share of the total, ``None`` where there is no such ratio."""
        whole = self.total
        if part is None or whole is None or part.energy_j is None or not whole.energy_j:
            return None
        return part.energy_j / whole.energy_j

    def _first(self, holds: Any) -> TrialEnergy | None:
        found = (t for t in self.trials if t.state == COMPLETE and t.value is not None)
        return next((trial for trial in found if holds(trial.value)), None)

    def _until(self, last: TrialEnergy | None) -> Report | None:
        if last is None or not self.is_divided:
            return None
        return _sum(self._reports(trial for trial in self.trials if trial.number <= last.number))

    def _of_state(self, state: str) -> Report | None:
        return _sum(self._reports(trial for trial in self.trials if trial.state == state))

    @staticmethod
    def _reports(trials: Iterable[TrialEnergy]) -> list[Report]:
        return [trial.report for trial in trials if trial.report is not None]


def check_bounds(target: float | None, within: float) -> None:
    """Raise a ValueError for a target or a reach that is no number."""
    if target is not None and not math.isfinite(target):
        raise ValueError(f"target is {target}: give a value that the search may reach, or none")
    if not within >= 0:
        raise ValueError(f"within is {within}: give how close to the best is close enough, 0.01")


def _sum(reports: Sequence[Report]) -> Report | None:
    return sum_of(reports, Report) if reports else None
