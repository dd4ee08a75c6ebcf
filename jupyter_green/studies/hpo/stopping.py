"""When a search has cost enough: callbacks for ``study.optimize(…, callbacks=[…])``."""

from __future__ import annotations

import math
import warnings

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from .study_turns import turns_of

_NO_JOULES = (
    "{} counts nothing: no joules are known of this study. Meter the objective, "
    "study.optimize(jg.hpo.objective(f), …), and see `jupyter green doctor` for sensors."
)


class Budget:
    """Stop a study once its trials have used so many kilojoules: ``Budget(kj=50)``.

    What was used in this process counts: trials, and pauses between them. The trial in which the
    budget is used up is the last one; trials that run beside it end as usual. Trials side by side
    count once none of them runs any more.

    Parameters
    ----------
    kj
        Kilojoules.

    Raises
    ------
    ValueError
        For a budget that is not above 0.
    """

    def __init__(self, kj: float) -> None:
        _check("kj", kj)
        self.budget_j = 1e3 * kj
        self._has_warned = False

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:  # noqa: ARG002
        """Stop the study if it has used its budget."""
        energy_j = turns_of(study).energy_j()
        if energy_j is None:
            self._has_warned = self._has_warned or _warn("Budget")
        elif energy_j >= self.budget_j:
            study.stop()


class Knee:
    """Stop a study once another kilojoule gains too little: ``Knee(min_gain=0.002, per_kj=1)``.

    It stops after a trial if the best value has become better by less than `min_gain` in the
    last `per_kj` kilojoules. There must be a complete trial before these.

    Parameters
    ----------
    min_gain
        In units of the value: 0.002 is a fifth of a point of accuracy.
    per_kj
        Kilojoules.

    Raises
    ------
    ValueError
        For a gain or kilojoules that are not above 0; in a trial for a study with several
        objectives, which have no best value.
    """

    def __init__(self, min_gain: float, per_kj: float) -> None:
        _check("min_gain", min_gain)
        _check("per_kj", per_kj)
        self.min_gain = min_gain
        self.per_j = 1e3 * per_kj
        self._steps: list[tuple[float, float]] = []
        """Joules so far and the best value so far, after each trial."""
        self._has_warned = False

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Stop the study if it gains too little."""
        if len(study.directions) > 1:
            raise ValueError(
                "Knee follows the best value, and a study with several objectives has none: "
                "use Budget(kj=…)"
            )
        energy_j = turns_of(study).energy_j()
        if energy_j is None:
            self._has_warned = self._has_warned or _warn("Knee")
            return
        sign = 1.0 if study.direction is StudyDirection.MAXIMIZE else -1.0
        best = self._steps[-1][1] if self._steps else -math.inf
        if trial.state is TrialState.COMPLETE and trial.value is not None:
            best = max(best, sign * trial.value)
        self._steps.append((energy_j, best))
        before = [gain for at_j, gain in self._steps if at_j <= energy_j - self.per_j]
        self._steps = self._steps[max(0, len(before) - 1) :]
        if before and before[-1] > -math.inf and best - before[-1] < self.min_gain:
            study.stop()


def _check(name: str, value: float) -> None:
    if not (isinstance(value, (int, float)) and 0 < value < math.inf):
        raise ValueError(f"{name} is {value!r}: give a number above 0")


def _warn(name: str) -> bool:
    warnings.warn(_NO_JOULES.format(name), RuntimeWarning, stacklevel=3)
    return True
