"""What a training may use: it warns when that will not do, and says when it is spent."""

from __future__ import annotations

import math
import numbers
import sys

from ...report.amount import written
from ...report.format import with_prefix
from ...terminal import say
from ...wrong_type import WrongTypeError
from .forecast import Forecast


def budget_j_of(budget_kj: float | None) -> float | None:
    """Return a budget in joules.

    Raises
    ------
    TypeError
        For what is no number.
    ValueError
        For a number that is not above 0.
    """
    if budget_kj is None:
        return None
    if isinstance(budget_kj, bool) or not isinstance(budget_kj, numbers.Real):
        raise WrongTypeError(f"budget_kj is {budget_kj!r}: give a number of kilojoules, as in 50")
    if not 0 < budget_kj < math.inf:
        raise ValueError(f"budget_kj is {budget_kj!r}: give kilojoules above 0, as in 50")
    return 1e3 * float(budget_kj)


class LoopBudget:
    """Compares the joules of a training with what it may use, and says so on standard error.

    Parameters
    ----------
    budget_j
        What it may use.
    count
        Epochs in all, ``None`` if that is not known.
    """

    def __init__(self, budget_j: float, count: int | None) -> None:
        self._budget_j = budget_j
        self._of = f" of {count}" if count is not None else ""
        self._count = count
        self._has_warned = False
        self._is_known = False
        self.is_spent = False

    def spend(self, spent_j: float, done: int, found: Forecast | None) -> None:
        """Take the joules after an epoch, and the forecast of all of them."""
        self._is_known = True
        if self.is_spent:
            return
        budget = f"the budget of {written(self._budget_j)}"
        if spent_j >= self._budget_j:
            self.is_spent = True
            _say(f"{budget} is spent: {_joules(spent_j)} after epoch {done}{self._of}.")
        elif found is not None and found.energy_j > self._budget_j and not self._has_warned:
            self._has_warned = True
            _say(f"{budget} will not be enough: {found}.")

    def over(self) -> None:
        """Say at the end of the loop if it could not be watched."""
        if not self._is_known:
            _say(
                f"the budget of {written(self._budget_j)} was not watched, as no joules are known: "
                "`jupyter green doctor` says why"
            )


def _joules(energy_j: float) -> str:
    return with_prefix(energy_j, "J", 3)


def _say(sentence: str) -> None:
    say(f"jupyter-green: {sentence}\n", sys.stderr)
