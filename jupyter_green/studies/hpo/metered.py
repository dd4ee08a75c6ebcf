"""Optuna's objectives, metered: ``study.optimize(jg.hpo.objective(f), n_trials=50)``."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import optuna
from optuna.trial import Trial

from ...meter.measure import status_of
from ...meter.shared import shared_meter
from ...wrong_type import WrongTypeError
from .study_turns import turns_of
from .turns import SideBySideError, Turn

R = TypeVar("R")


class objective(Generic[R]):  # noqa: N801  (used like a function)
    """Meter each trial of an objective.

    No trial waits for its joules: they stand with ± in the user attributes of the study, whose
    names begin with ``energy``, some seconds later, as soon as :func:`~.study.summary` is called,
    and at the latest when this process ends. So do those of trials that were pruned or have
    failed. Trials side by side (``n_jobs`` above 1) have no joules of their own, only what they
    used together.

    Parameters
    ----------
    function
        The objective. Its values and exceptions pass through.

    Raises
    ------
    TypeError
        For what cannot be called.
    """

    def __init__(self, function: Callable[[Any], R]) -> None:
        if not callable(function):
            raise WrongTypeError(
                f"an objective is a function of a trial, not {type(function).__name__}: "
                "jg.hpo.objective(f), without calling f"
            )
        self._function = function

    def __call__(self, trial: Trial) -> R:
        """Run one trial."""
        if not isinstance(trial, Trial):  # a FixedTrial: to try a function, without a study
            return self._function(trial)
        with _metered(trial, turns_of(trial.study).begin):
            return self._function(trial)


class objective_and_energy:  # noqa: N801
    """Meter each trial, and let its joules be the last of the study's objectives.

    ``optuna.create_study(directions=["maximize", "minimize"])`` then looks for the trade-off.
    The value is needed at once and for good, so each trial waits until its figure is final: some
    milliseconds, a quarter of a second on a GPU.

    Parameters
    ----------
    function
        The objective: returns one number, or a sequence of them.

    Raises
    ------
    TypeError
        For what cannot be called.
    ValueError
        In a trial, before the function runs: for a study with too few directions, without a
        sensor, and where trials run side by side.
    """

    def __init__(self, function: Callable[[Any], float | Sequence[float]]) -> None:
        objective(function)  # the same check
        self._function = function

    def __call__(self, trial: Trial) -> tuple[float, ...]:
        """Run one trial."""
        _check(trial.study)
        with _metered(trial, turns_of(trial.study).begin_alone) as ended:
            found = self._function(trial)
        values = tuple(found) if isinstance(found, Sequence) else (found,)
        turn = ended[0] if ended else None
        if turn is None or len(turn.trials) > 1 or turn.report.energy_j is None:
            trial.set_user_attr("values_without_energy", list(values))
            return (*values, math.nan)  # Optuna then says that the trial has failed
        return (*values, turn.report.energy_j)


def _check(study: optuna.Study) -> None:
    if len(study.directions) < 2:
        raise ValueError(
            "the study has one direction, and energy needs one of its own: "
            'optuna.create_study(directions=["maximize", "minimize"])'
        )
    found = shared_meter().discover()
    if not any(domain.counted for domain in found.domains):
        raise ValueError(
            "no sensor can be read here, so that energy cannot be an objective: "
            "`jupyter green doctor` says what to do"
        )


@contextmanager
def _metered(trial: Trial, begin: Callable[[int], None]) -> Iterator[list[Turn]]:
    """Meter a trial; what is yielded holds its turn, once it has ended."""
    turns = turns_of(trial.study)
    ended: list[Turn] = []
    try:
        begin(trial.number)
        turns.follow(trial.study)
    except SideBySideError:
        raise
    except Exception as error:  # noqa: BLE001  (his trial runs all the same)
        _warn(trial, error)
        yield ended
        return
    status = "ok"
    try:
        yield ended
    except optuna.TrialPruned:
        raise
    except BaseException as error:
        status = status_of(error)
        raise
    finally:
        try:
            turn = turns.end(trial.number, status)
            ended += [] if turn is None else [turn]
        except Exception as error:  # noqa: BLE001  (his value, or his error, is what counts)
            _warn(trial, error)


def _warn(trial: Trial, error: Exception) -> None:
    warnings.warn(f"trial {trial.number} has no joules: {error}", RuntimeWarning, stacklevel=5)
