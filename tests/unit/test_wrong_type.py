"""What users enter wrongly is a ValueError, whatever its type, and says what to enter."""

import pytest

import jupyter_green as jg
from jupyter_green.report.amount import energy_j_of
from jupyter_green.report.outcome import number

WRONG = {
    "one variant": (lambda: jg.compare({"a": print}), "two or more"),
    "no function": (lambda: jg.compare({"a": print, "b": 3}), "give the function itself"),
    "no rounds": (lambda: jg.compare({"a": print, "b": print}, rounds=0), "give 1 or more"),
    "no margin": (lambda: jg.compare({"a": print, "b": print}, margin=0), "between 0 and 1"),
    "rounds of text": (lambda: jg.compare({"a": print, "b": print}, rounds="9"), "whole number"),
    "NaN": (lambda: number(float("nan"), "acc"), "finite number"),
    "a metric of text": (lambda: number("0.9", "acc"), "single number"),
    "a stage of no text": (lambda: jg.measure("fit", stage=3), "not a text"),
    "a stage of no texts": (lambda: jg.measure("fit", stage=["data", 3]), "not a text"),
    "no unit": (lambda: energy_j_of("5", "the budget"), "no unit"),
    "no text": (lambda: energy_j_of(5, "the budget"), "not a text"),
    "epochs of text": (lambda: jg.epochs(3.5), "number of epochs"),
    "a budget of text": (lambda: jg.epochs(3, budget_kj="5kJ"), "kilojoules"),
}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_refused_with_the_remedy(name):
    enter, remedy = WRONG[name]
    with pytest.raises(ValueError, match=remedy):
        enter()


def test_a_wrong_type_is_a_type_error_too():
    with pytest.raises(TypeError, match="not a text"):
        jg.measure("fit", stage=3)
