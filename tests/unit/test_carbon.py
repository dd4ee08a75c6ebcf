"""Grams of CO2e: places, intensities, and what is refused."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.carbon import Emissions, Intensity, emissions, intensity
from jupyter_green.carbon.intensity import DIRECT, GIVEN, LIFECYCLE
from jupyter_green.carbon.table import SOURCES, alpha2, countries, states

KWH_J = 3.6e6


class TestThePlace:
    @pytest.mark.parametrize("text", ["DE", "DEU", "de", " deu "])
    def test_a_country_is_found_by_both_its_codes(self, text):
        found = intensity(text)
        assert (found.place, found.code, found.year) == ("Germany", "DEU", 2025)
        assert (found.edition, found.basis) == ("ember-2026", LIFECYCLE)
        assert "CC BY 4.0" in found.source

    def test_namibia_has_the_code_na(self):
        assert intensity("NA").place == "Namibia"

    def test_the_world_and_all_countries_are_there(self):
        assert intensity("WLD").place == "World"
        assert (len(countries()), len(alpha2())) == (213, 212)
        assert {each.edition for each in countries().values()} < SOURCES.keys()

    def test_a_state_of_the_usa_is_a_direct_figure_and_says_so(self):
        state = intensity("US-CA")
        assert (state.place, state.basis) == ("California, USA", DIRECT)
        assert "direct" in str(state)
        assert len(states()) == 51
        assert intensity("US").basis == LIFECYCLE
        assert intensity("CA").place == "Canada"  # not California

    @pytest.mark.parametrize("value", [380, 380.0, np.float64(380), "380", " 3.8e2 "])
    def test_a_number_is_grams_per_kwh(self, value):
        found = intensity(value)
        assert (found.g_per_kwh, found.basis, found.year) == (380.0, GIVEN, None)

    def test_a_function_gives_a_number_or_an_intensity(self):
        def of_my_meter():
            return 55

        assert intensity(of_my_meter).g_per_kwh == 55.0
        assert "of_my_meter" in intensity(of_my_meter).source
        assert intensity(lambda: intensity("FR")) == intensity("FR")
        assert intensity(intensity("FR")) == intensity("FR")

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ("XX", "'XX' is no place that is known: give a country by its ISO 3166 code"),
            ("", "no place that is known"),
            ("UK", "UK is GB in ISO 3166"),
            ("Germany", "Germany is DE; "),
            ("germny", "Germany is DE; "),
            ("Georgia", "Georgia is GE or US-GA; "),
            ("US-XX", "no place that is known"),
            ("\x1b[31mXX", "\ufffd[31mXX"),
            (0.4, "is that kg? give grams: 400"),
            ("0.4", "is that kg? give grams: 400"),
            (0, "not above 0"),
            (-5, "not above 0"),
            ("-5", "not above 0"),
            (math.nan, "no figure"),
            ("nan", "no figure"),
            ("inf", "no figure"),
            (380_000, "is that mg?"),
            ("380 g", "no place and no number"),
            ("3,8", "no place and no number"),
            (lambda: 0.4, "is that kg?"),
        ],
    )
    def test_what_is_no_place_is_refused_with_the_remedy(self, place, said):
        with pytest.raises(ValueError) as error:
            intensity(place)
        assert said in str(error.value)
        assert "\n" not in str(error.value)
        assert len(str(error.value)) < 300

    @pytest.mark.parametrize("place", [None, True, b"DE", ["DE"], lambda: "DE", lambda: None])
    def test_what_is_of_the_wrong_kind_is_refused(self, place):
        with pytest.raises(TypeError) as error:
            intensity(place)
        assert "give" in str(error.value)

    @given(st.text())
    def test_no_text_raises_anything_else(self, text):
        try:
            found = intensity(text)
        except ValueError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017
        else:
            assert found.g_per_kwh > 0


class TestTheGrams:
    def test_they_are_kilowatt_hours_times_pue_times_intensity(self):
        found = emissions(2 * KWH_J, 0.1 * KWH_J, intensity(400), 1.5)
        assert found == Emissions(
            pytest.approx(1200), pytest.approx(60), intensity(400), 1.5, (1.0, 1.0)
        )

    def test_without_a_pue_nothing_is_added(self):
        assert emissions(KWH_J, None, intensity("DE")).pue == 1.0
        assert emissions(KWH_J, None, intensity("DE")).emissions_g == intensity("DE").g_per_kwh

    def test_the_record_says_value_year_edition_basis_and_source(self):
        record = emissions(KWH_J, 0.0, intensity("DE")).to_dict()
        assert record["intensity"].keys() >= {"g_per_kwh", "year", "edition", "basis", "source"}
        assert all(record["intensity"].values())

    @pytest.mark.parametrize("pue", [0.99, 0, -1, math.nan, math.inf, 11])
    def test_a_pue_that_is_none_is_refused(self, pue):
        with pytest.raises(ValueError, match="as in 1"):
            emissions(KWH_J, 0.0, intensity("DE"), pue)

    @pytest.mark.parametrize("pue", ["1.2", None, True])
    def test_a_pue_of_the_wrong_kind_is_refused(self, pue):
        with pytest.raises(TypeError, match="as in 1"):
            emissions(KWH_J, 0.0, intensity("DE"), pue)

    @pytest.mark.parametrize("energy_j", [-1.0, math.nan, math.inf])
    def test_joules_that_are_none_are_refused(self, energy_j):
        with pytest.raises(ValueError, match="joules"):
            emissions(energy_j, 0.0, intensity("DE"))

    @given(
        st.floats(0, 1e15), st.floats(0, 1), st.floats(2, 5000), st.floats(1, 10), st.floats(0, 1)
    )
    def test_they_add_up_and_keep_the_share_of_the_uncertainty(self, j, share, g, pue, part):
        whole = emissions(j, share * j, intensity(g), pue)
        one = emissions(part * j, share * part * j, intensity(g), pue)
        other = emissions((1 - part) * j, None, intensity(g), pue)
        assert one.emissions_g + other.emissions_g == pytest.approx(whole.emissions_g)
        assert whole.uncertainty_g == pytest.approx(share * whole.emissions_g)


def test_an_intensity_of_ones_own_is_held_against_the_same_limits():
    with pytest.raises(ValueError, match="kg"):
        Intensity(0.4, "Here", 2026, "", "average", "a meter of mine")


def test_places_are_read_when_they_are_asked_for():
    code = "import sys, jupyter_green.carbon; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"sqlalchemy", "numpy", "urllib.request", "pandas"}.isdisjoint(ran.stdout.split())


def test_the_panel_has_the_same_places():
    script = Path(__file__).parents[2] / "scripts" / "grid.py"
    ran = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
