"""What a report emitted: ``report.emissions``, its words, and what is set for all reports."""

from __future__ import annotations

import pytest

from jupyter_green.carbon import intensity
from jupyter_green.carbon.settings import PLACE_VARIABLE, PUE_VARIABLE, factor_of
from jupyter_green.report.format import mass
from jupyter_green.sources.base import Provenance, Scale
from tests.testbench.reports import domain, report


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch):
    monkeypatch.delenv(PLACE_VARIABLE, raising=False)
    monkeypatch.delenv(PUE_VARIABLE, raising=False)


def metered(energy_j=3.6e6, uncertainty_j=3.6e4, **more):
    return report(domain("cpu:0", energy_j, uncertainty_j, **more), at_s=0.0)


def test_the_interval_of_the_joules_is_carried_through():
    found = metered().emissions(400, pue=1.5)
    assert (found.emissions_g, found.uncertainty_g) == (pytest.approx(600), pytest.approx(6))
    assert str(found) == "CO2e ≈ 600 ± 6 g, at 400 g/kWh (as given by the user) × PUE 1.5"
    assert repr(found) == str(found)


def test_so_is_what_the_sensors_have_wrong_in_common():
    found = metered(scale=Scale(2.0, "model", "a model")).emissions(400)
    assert found.scale == (0.5, 2.0)
    assert str(found).startswith("CO2e ≈ 400 g, × ½ to 2, at")


def test_gross_joules_alone_count():
    gross = metered()
    above_idle = report(domain("cpu:0", 3.6e6, 3.6e4), at_s=0.0, net_energy_j=1e5)
    assert above_idle.emissions(400) == gross.emissions(400)


def test_without_joules_there_are_no_grams():
    nothing = report(at_s=0.0)
    assert nothing.energy_j is None
    assert nothing.emissions("DE") is None


def test_without_a_place_none_is_guessed():
    with pytest.raises(ValueError, match=r"no place is set and none is guessed.*%green place"):
        metered().emissions()


def test_what_is_set_holds_where_nothing_is_given(monkeypatch):
    monkeypatch.setenv(PLACE_VARIABLE, "FR")
    monkeypatch.setenv(PUE_VARIABLE, "1.3")
    assert factor_of() == (intensity("FR"), 1.3)
    assert factor_of(pue=1.1) == (intensity("FR"), 1.1)
    assert factor_of("DE") == (intensity("DE"), 1.0)  # another building


@pytest.mark.parametrize(
    ("variable", "value"), [(PLACE_VARIABLE, "XX"), (PUE_VARIABLE, "0.9"), (PUE_VARIABLE, "low")]
)
def test_what_is_set_wrongly_is_named(monkeypatch, variable, value):
    monkeypatch.setenv(PLACE_VARIABLE, "FR")
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=f"^{variable}: "):
        metered().emissions()


def test_a_wrong_pue_is_refused_before_a_missing_place():
    with pytest.raises(ValueError, match="below 1"):
        metered().emissions(pue=0.5)


@pytest.mark.parametrize(
    ("mass_g", "uncertainty_g", "text"),
    [
        (1234.0, 10.0, "≈ 1.234 ± 0.010 kg"),
        (12.34, 0.4, "≈ 12.3 ± 0.4 g"),
        (0.001, 0.0, "≈ 1.000 mg"),
        (2.5e-6, 1e-6, "≈ 2.5 ± 1.0 µg"),
        (1e-3, 2e-3, "< 3.0 mg"),
        (0.0, 0.0, "< 0 g"),
    ],
)
def test_grams_have_the_digits_that_the_interval_supports(mass_g, uncertainty_g, text):
    assert mass(mass_g, uncertainty_g) == text


def test_estimated_joules_stay_a_bound_below_their_resolution():
    vague = metered(1.0, 3.0, provenance=Provenance.ESTIMATE)
    assert str(vague.emissions("DE")).startswith("CO2e < 370 µg, at")


def test_a_page_has_it_as_a_paragraph_which_breaks_between_words():
    found = metered().emissions(400)
    assert found._repr_html_().startswith("<p")
    assert str(found) in found._repr_html_()
