"""What an Optuna study used: ``jg.hpo.summary(study, target=0.97)``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from ...report.report import Report
from . import attributes
from .metered import turns_of
from .parts import COMPLETE, FAILED, PRUNED, WITHIN, TrialEnergy, check_bounds
from .result import SearchEnergy

_STATES = {
    TrialState.COMPLETE: COMPLETE,
    TrialState.PRUNED: PRUNED,
    TrialState.FAIL: FAILED,
}


def summary(
    study: optuna.Study,
    target: float | None = None,
    *,
    within: float = WITHIN,
    objective: int = 0,
) -> SearchEnergy:
    """Return what the trials of a study used: print it, ``plot()`` it, or take its ``to_frame()``.

    In the process that ran them the figures are final; it waits for those of the last trial. Of
    a study that was loaded they are those in the trials' attributes.

    Parameters
    ----------
    study
        A study whose objective was metered by :class:`~.metered.objective`.
    target
        A value to reach, of which the joules until then are told.
    within
        How close to the best value the knee is, in units of the value.
    objective
        Which objective is meant, of a study that has several.

    Raises
    ------
    TypeError
        For what is no study.
    ValueError
        For a target or a reach that is no number, and an objective that the study does not have.
    """
    if not isinstance(study, optuna.Study):
        raise TypeError(
            f"summary needs an optuna.Study, not {type(study).__name__}: of scikit-learn's "
            "searches, SklearnEnergy has a summary() of its own"
        )
    check_bounds(target, within)
    if not 0 <= objective < len(study.directions):
        raise ValueError(
            f"objective is {objective}: the study has {len(study.directions)}, counted from 0"
        )
    turns = turns_of(study)
    turns.drop_pause()
    known = {turn.report.run_id: turn.report for turn in turns}
    finished = [t for t in study.get_trials(deepcopy=False) if t.state in _STATES]
    own: dict[int, Report] = {}
    together: list[Report] = []
    covered: set[int] = set()
    for trial in finished:
        found = attributes.read(trial.user_attrs)
        if found is None:
            continue
        numbers, report = found
        covered |= set(numbers)
        report = known.get(report.run_id, report)
        if len(numbers) == 1:
            own[trial.number] = report
        else:
            together.append(report)
    return SearchEnergy(
        trials=tuple(
            TrialEnergy(t.number, _STATES[t.state], _value(t, objective), own.get(t.number))
            for t in finished
        ),
        maximize=study.directions[objective] is StudyDirection.MAXIMIZE,
        target=target,
        within=within,
        pauses=tuple(turn.report for turn in turns if not turn.trials),
        together=tuple(together),
        notes=tuple(_notes(finished, own, covered, turns.long_pauses)),
    )


def _value(trial: FrozenTrial, objective: int) -> float | None:
    return trial.values[objective] if trial.state is TrialState.COMPLETE else None


def _notes(
    finished: list[FrozenTrial], own: dict[int, Report], covered: set[int], long_pauses: int
) -> Iterator[str]:
    beside = covered - own.keys()
    if beside:
        yield (
            f"{len(beside)} trials ran side by side, and no sensor tells their joules apart: only "
            "what they used together is known. One after the other (n_jobs=1) each has its own."
        )
    without = {t.number for t in finished} - covered
    if without:
        yield f"{_trials(len(without))} not metered; their joules are missing here."
    blind = [t for t in finished if t.number in own and own[t.number].energy_j is None]
    reasons = dict.fromkeys(t.user_attrs.get(attributes.NOTE) for t in blind)
    yield from (f"Not measured: {reason}" for reason in reasons if reason)
    if _overlap(finished, own):
        yield (
            "Trials of several processes ran at the same time: each figure holds the joules of "
            "the others as well, and so does their sum more than once."
        )
    if long_pauses:
        left_out = "1 long pause is" if long_pauses == 1 else f"{long_pauses} long pauses are"
        yield f"{left_out} left out."


def _trials(count: int) -> str:
    return "1 trial was" if count == 1 else f"{count} trials were"


def _overlap(finished: list[FrozenTrial], own: dict[int, Report]) -> bool:
    """Whether trials with joules of their own ran at the same time on one host."""
    spans = sorted(
        (trial.datetime_start, trial.datetime_complete, own[trial.number].host)
        for trial in finished
        if trial.number in own and trial.datetime_start and trial.datetime_complete
    )
    return any(b[0] < a[1] and a[2] == b[2] for a, b in pairwise(spans))
