"""``@pytest.mark.energy_budget(joules=5)``: what a test may use at most."""

from __future__ import annotations

import math
import numbers
from pathlib import Path

import pytest

from ...report import words
from ...report.amount import energy_j_of
from ...report.format import with_prefix
from ...wrong_type import WrongTypeError
from . import fingerprint
from .metered import Metered

_REMEDY = 'give one of energy_budget(joules=5), energy_budget(kj=1.2) and energy_budget("5 kJ")'

_BY_THE_MODEL = {"estimate": "by the CPU model, ", "mixed": "by the CPU model in part, "}


def budget_j_of(mark: pytest.Mark) -> float:
    """Return the joules of a marker.

    Raises
    ------
    TypeError, ValueError
        For one without a budget, with several, or with one that is no energy above 0.
    """
    given = [*((None, value) for value in mark.args), *mark.kwargs.items()]
    if len(given) != 1 or not set(mark.kwargs) <= {"joules", "kj"}:
        raise WrongTypeError(f"the energy budget is not clear: {_REMEDY}")
    ((name, value),) = given
    if name is None:
        if not isinstance(value, str):
            raise WrongTypeError(f"the energy budget {value!r} has no unit: {_REMEDY}")
        return energy_j_of(value, "the energy budget")
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise WrongTypeError(f"{name} is {value!r}, no number: {_REMEDY}")
    budget = float(value)
    if not 0 < budget < math.inf:
        raise ValueError(f"{name} is {value!r}: give a number above 0")
    return budget * (1e3 if name == "kj" else 1.0)


def check(mark: pytest.Mark, test: Metered, folder: Path, beside: int) -> None:
    """Compare a test that has passed with its budget.

    It fails where its joules less their uncertainty are above the budget. Only the reading's
    uncertainty counts: what the sensors have wrong in common they have on this machine always.
    Where the budget says nothing about this machine, the test is skipped: it ran and passed, but
    what it promises of joules was not checked.

    Parameters
    ----------
    mark
        The marker.
    test
        The test, which has ended.
    folder
        Where the fingerprint is.
    beside
        How many other processes run tests at the same time.
    """
    budget_j = budget_j_of(mark)
    budget = with_prefix(budget_j, "J", 3)
    why = _why_not(test, folder, beside)
    if why:
        test.say(f"budget of {budget} not checked: {why}")
        skipped = pytest.skip.Exception(
            f"the test passed; its energy budget of {budget} was not checked: {why}"
        )
        skipped._use_item_location = True  # noqa: SLF001  (names the test's file and line)
        raise skipped
    report = test.report
    assert report is not None
    assert report.energy_j is not None
    begin = _BY_THE_MODEL.get(report.provenance or "", "")
    used = f"{begin}{words.reading(report)} used"
    if report.energy_j - (report.uncertainty_j or 0.0) > budget_j:
        test.say(f"over its budget of {budget}")
        seen = "".join(f"; {sentence}" for sentence in words.flag_sentences(report.flags))
        pytest.fail(f"over the energy budget: {used}, {budget} allowed{seen}", pytrace=False)
    if report.energy_j > budget_j:
        test.say(f"not surely over its budget of {budget}, which is within the uncertainty")
    else:
        test.say(f"within its budget of {budget}")


def _why_not(test: Metered, folder: Path, beside: int) -> str:
    """Return why a budget cannot be checked, empty where it can."""
    if beside:
        return (
            f"{beside + 1} processes ran tests side by side (pytest-xdist), and joules are the "
            "whole machine's: run it with `-n 0`"
        )
    if test.report is None:
        return "the meter failed"
    if test.report.energy_j is None:
        return "no energy sensor can be read here: `jupyter green doctor` says why"
    return fingerprint.difference(folder)
