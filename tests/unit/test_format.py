"""Figures as a person reads them."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_green.report import format as _format
from jupyter_green.report.scale import EXACT, ScaleRange

SHARED = json.loads((Path(__file__).parents[1] / "data" / "format_cases.json").read_text())


def scale_of(case):
    """Return between how many times the figure of a shared case the true one lies."""
    return ScaleRange(*case["scale"]) if "scale" in case else EXACT


def figures_of(case):
    return SimpleNamespace(**case, scale_range=scale_of(case))


@pytest.mark.parametrize(
    ("energy_j", "uncertainty_j", "provenance", "text"),
    [
        (12.345, 0.4, "counter", "12.3 ± 0.4 J"),
        (12.345, 0.14, "counter", "12.35 ± 0.14 J"),
        (12345.0, 120.0, "counter", "12.35 ± 0.12 kJ"),
        (0.01234, 0.0004, "power", "12.3 ± 0.4 mJ"),
        (5.0, 2.0, "estimate", "≈ 5 ± 2 J"),
        (5.0, 2.0, "mixed", "≈ 5 ± 2 J"),
        (5.0, 5.0, "counter", "< 10 J"),
        (0.002, 0.002, "estimate", "< 4.0 mJ"),
        (1234.5, 36.0, "counter", "1.23 ± 0.04 kJ"),
        (None, None, None, "not measured"),
        (80.0, 0.0, "counter", "80.00 J"),
    ],
)
def test_energy(energy_j, uncertainty_j, provenance, text):
    assert _format.energy(energy_j, uncertainty_j, provenance) == text


@pytest.mark.parametrize(
    ("power_w", "text"),
    [(61.23, "61.2 W"), (0.5, "500 mW"), (1234.0, "1.23 kW"), (None, "–"), (0.0, "0 W")],
)
def test_power(power_w, text):
    assert _format.power(power_w) == text


@pytest.mark.parametrize("case", SHARED["duration"], ids=lambda case: case["text"])
def test_duration(case):
    assert _format.duration(case["duration_s"]) == case["text"]


@pytest.mark.parametrize("case", SHARED["mean_power"], ids=lambda case: case["text"])
def test_mean_power_reads_as_in_the_front_end(case):
    assert _format.mean_power(figures_of(case)) == case["text"]


@pytest.mark.parametrize("case", SHARED["peak_power"], ids=lambda case: case["text"])
def test_peak_power_reads_as_in_the_front_end(case):
    assert _format.peak_power(figures_of(case), case["peak_power_w"]) == case["text"]


@pytest.mark.parametrize("case", SHARED["so_far"], ids=lambda case: case["text"])
def test_joules_so_far_read_as_in_the_front_end(case):
    text = _format.energy_so_far(case["energy_j"], case["provenance"], scale_of(case))
    assert text == case["text"]


@pytest.mark.parametrize("case", SHARED["scale"], ids=lambda case: case["text"])
def test_a_scale_reads_as_in_the_front_end(case):
    assert _format.scale_words(scale_of(case)) == case["text"]


@pytest.mark.parametrize("case", SHARED["reading"], ids=lambda case: case["text"])
def test_a_readings_uncertainty_reads_as_in_the_front_end(case):
    assert _format.reading_words(case["uncertainty_j"]) == case["text"]


@pytest.mark.parametrize("case", SHARED["power_bound"], ids=lambda case: case["text"])
def test_a_bound_of_watts_reads_as_in_the_front_end(case):
    assert _format.power_bound(case["power_w"]) == case["text"]


@pytest.mark.parametrize("case", SHARED["energy"], ids=lambda case: case["text"])
def test_energy_reads_as_in_the_front_end(case):
    """The front end's tests assert the same cases."""
    text = _format.energy(
        case["energy_j"], case["uncertainty_j"], case["provenance"], scale_of(case)
    )
    assert text == case["text"]


@pytest.mark.parametrize("case", SHARED["sum"], ids=lambda case: case["text"])
def test_a_sum_reads_as_in_the_front_end(case):
    bounds_j = _format.bounds(case["parts"])
    assert bounds_j == pytest.approx((case["low_j"], case["high_j"]))
    text = _format.energy_of_sum(
        case["energy_j"], case["uncertainty_j"], bounds_j, case["provenance"], scale_of(case)
    )
    assert text == case["text"]


@pytest.mark.parametrize("case", SHARED["percent"], ids=lambda case: case["text"])
def test_a_share_reads_as_in_the_front_end(case):
    assert _format.percent(case["share"]) == case["text"]
