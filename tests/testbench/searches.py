"""Searches that take a known time, for tests of what they cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import optuna
import sklearn.model_selection
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

from jupyter_green.report.report import Report
from jupyter_green.studies import hpo
from jupyter_green.studies.hpo.turns import Turn

from .truth import Truth

optuna.logging.set_verbosity(optuna.logging.ERROR)


def study(direction: str = "minimize", **options: Any) -> optuna.Study:
    """Return a study with a sampler that is quick and repeats itself."""
    sampler = optuna.samplers.RandomSampler(0)
    return optuna.create_study(direction=direction, sampler=sampler, **options)


def true_j(truth: Truth, turn: Turn) -> float:
    """Return what was used in a turn."""
    begin_ns, end_ns = turn.edges.begin_ns, turn.edges.end_ns
    assert begin_ns is not None
    assert end_ns is not None
    return sum(device.energy_j(begin_ns, end_ns) for device in truth.devices)


def is_within(report: Report, true: float, times: float = 1.0) -> bool:
    """Whether a figure is so many times its half-width from the truth at most."""
    assert report.energy_j is not None
    assert report.uncertainty_j is not None
    return abs(report.energy_j - true) <= times * report.uncertainty_j + 1e-6


class Sleeper(ClassifierMixin, BaseEstimator):  # type: ignore[misc, unused-ignore]
    """A classifier that sleeps; it is right half of the time."""

    sleep: Callable[[float], None] = staticmethod(time.sleep)

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def fit(self, X: Any, y: Any) -> Sleeper:  # noqa: N803
        """Sleep; fail for a negative time."""
        if self.seconds < 0:
            raise ValueError("no time")
        type(self).sleep(self.seconds)
        self.classes_ = [0, 1]
        return self

    def predict(self, X: Any) -> list[int]:  # noqa: N803
        """Say the same of everything."""
        return [0] * len(X)


def searched(
    kind: str = "GridSearchCV", grid: tuple[float, ...] = (0.05, 0.1), **options: Any
) -> tuple[Any, Any]:
    """Return a search over so many seconds on two folds, already run, and its joules."""
    search, energy = search_of(kind, grid, **options)
    search.fit([[0.0]] * 40, [0, 1] * 20)
    return search, energy


def search_of(kind: str, grid: tuple[float, ...], **options: Any) -> tuple[Any, Any]:
    """Return a search that is metered, by callbacks where scikit-learn has them."""
    given = {"cv": 2, "n_jobs": 1, **options}
    search = getattr(sklearn.model_selection, kind)(Sleeper(), {"seconds": list(grid)}, **given)
    energy = hpo.SklearnEnergy()
    if hasattr(search, "set_callbacks"):
        return search.set_callbacks(energy), energy
    return hpo.by_candidate(search, energy), energy
