"""What an Optuna study used: ``jg.hpo.summary(study, target=0.97)``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from . import records
from .parts import COMPLETE, FAILED, PRUNED, WITHIN, TrialEnergy, check_bounds
from .records import Record
from .result import SearchEnergy
from .study_turns import StudyTurns, finish_all, turns_of
from .turns import LONGEST_PAUSE_S

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

    It waits until the figures of the last trial are final, and writes them into the study. Of a
    study that was loaded it has what the processes that ran it have written.

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
    finish_all()
    here = [records.record_of(turn) for turn in turns]
    known = {record.report.run_id for record in here}
    kept = [record for record in records.read(study) if record.report.run_id not in known]
    alone: dict[int, Record] = {}
    together: list[Record] = []
    pauses: list[Record] = []
    for record in (*here, *kept):
        if len(record.trials) == 1:
            alone[record.trials[0]] = record
        else:
            (together if record.trials else pauses).append(record)
    finished = [t for t in study.get_trials(deepcopy=False) if t.state in _STATES]
    own = {t.number: alone[t.number] for t in finished if t.number in alone}
    beside = {number for record in together for number in record.trials}
    return SearchEnergy(
        trials=tuple(
            TrialEnergy(
                t.number,
                _STATES[t.state],
                _value(t, objective),
                own[t.number].report if t.number in own else None,
            )
            for t in finished
        ),
        maximize=study.directions[objective] is StudyDirection.MAXIMIZE,
        target=target,
        within=within,
        pauses=tuple(record.report for record in pauses),
        together=tuple(record.report for record in together),
        notes=tuple(_notes(finished, own, beside, turns)),
    )


def _value(trial: FrozenTrial, objective: int) -> float | None:
    return trial.values[objective] if trial.state is TrialState.COMPLETE else None


def _notes(
    finished: list[FrozenTrial], own: dict[int, Record], beside: set[int], turns: StudyTurns
) -> Iterator[str]:
    if beside:
        yield (
            f"{len(beside)} trials ran side by side, and no sensor tells their joules apart: only "
            "what they used together is known. One after the other (n_jobs=1) each has its own."
        )
    without = {t.number for t in finished} - own.keys() - beside
    if without:
        yield f"{_trials(len(without))} not metered; their joules are missing here."
    reasons = dict.fromkeys(record.why for record in own.values())
    yield from (f"Not measured: {reason}" for reason in reasons if reason)
    if _overlap(finished, own):
        yield (
            "Trials of several processes ran at the same time: each figure holds the joules of "
            "the others as well, and so does their sum more than once."
        )
    if turns.left_out:
        pauses = "1 pause is" if turns.left_out == 1 else f"{turns.left_out} pauses are"
        yield (
            f"{pauses} left out: longer than {LONGEST_PAUSE_S:.0f} s, or with trials of another "
            "study."
        )
    if turns.fault is not None:
        yield f"The joules could not be written into the study ({turns.fault}); they are here."


def _trials(count: int) -> str:
    return "1 trial was" if count == 1 else f"{count} trials were"


def _overlap(finished: list[FrozenTrial], own: dict[int, Record]) -> bool:
    """Whether trials with joules of their own ran at the same time on one host."""
    spans = sorted(
        (trial.datetime_start, trial.datetime_complete, own[trial.number].report.host)
        for trial in finished
        if trial.number in own and trial.datetime_start and trial.datetime_complete
    )
    return any(b[0] < a[1] and a[2] == b[2] for a, b in pairwise(spans))
