"""``%green place`` and ``%green report --place``: what may be typed."""

from __future__ import annotations

import os

import pytest
from IPython.core.error import UsageError

from jupyter_green.carbon import intensity
from jupyter_green.carbon.settings import PLACE_VARIABLE, PUE_VARIABLE
from jupyter_green.notebook.place import chosen, place
from tests.testbench.reports import domain, report


@pytest.fixture(autouse=True)
def _put_back(monkeypatch):
    for variable in (PLACE_VARIABLE, PUE_VARIABLE):
        monkeypatch.setenv(variable, "")  # restored afterwards


def set_now():
    return os.environ.get(PLACE_VARIABLE), os.environ.get(PUE_VARIABLE)


def test_a_place_and_its_pue_are_set_and_taken_back():
    said = place(["DE", "--pue", "1.2"])
    assert said.endswith("× PUE 1.2.")
    assert max(map(len, said.splitlines())) <= 100  # a notebook breaks longer ones anywhere
    assert set_now() == ("DE", "1.2")
    assert "France" in place(["FR"])
    assert set_now() == ("FR", None)
    assert "no place is set" in place(["off"])
    assert set_now() == (None, None)


@pytest.mark.parametrize(
    "words",
    [
        ["XX"],
        ["0.4"],
        ["DE", "FR"],
        ["DE", "--pue"],
        ["DE", "--pue", "0.9"],
        ["DE", "--pue", "1.1", "--pue", "1.2"],
        ["--pue", "1.2"],
        ["off", "--pue", "1.2"],
        ["--place", "DE"],
        ["New", "Zealand"],
    ],
)
def test_what_is_no_place_changes_nothing(words):
    place(["FR", "--pue", "1.5"])
    with pytest.raises(UsageError) as error:
        place(words)
    assert str(error.value).startswith("%green")
    assert "\n" not in str(error.value)
    assert set_now() == ("FR", "1.5")


def test_a_report_is_of_the_place_that_is_given_before_that_which_is_set():
    place(["FR", "--pue", "1.5"])
    assert chosen([]).factor == (intensity("FR"), 1.5)
    assert chosen(["--by", "stage", "--place", "DE"]) == (
        ("--by", "stage"),
        (intensity("DE"), 1.0),
    )


@pytest.mark.parametrize("words", [["--place", "XX"], ["--place"], ["--pue", "1.2"]])
def test_bad_words_for_a_report(words):
    with pytest.raises(UsageError, match="%green"):
        chosen(words)


def test_what_is_said_of_the_total():
    total = report(domain("cpu:0", 3.6e6, 3.6e4), at_s=0.0)
    said = chosen(["--place", "400"]).remark(total)
    assert said.startswith("Total CO2e ≈ 400 ± 4 g, at 400 g/kWh (as given by the user) × PUE 1.0;")
    assert "PUE 1.0, as where none is given" in said
    assert "none is guessed" in chosen([]).remark(total)
    assert chosen(["--place", "DE"]).remark(report(at_s=0.0)).startswith("No CO2e, as no joules")
