"""Joules of a window from its readings, with an interval that holds the truth."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_green.estimator.energy import energy_within, stands_still
from jupyter_green.estimator.neighbourhood import KEPT_AT_EDGES
from jupyter_green.estimator.quantity import Interval
from jupyter_green.flags import BELOW_RESOLUTION, EXTRAPOLATED
from jupyter_green.meter.trace import MOST_SAMPLES, Trace
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sampler.messages import Sample
from jupyter_green.sources.base import Domain, Provenance, Scale

SECOND = 1_000_000_000


def domain(**changes):
    fields = {
        "id": "gpu:0",
        "device": "GPU",
        "source": "nvml",
        "provenance": Provenance.COUNTER,
        "resolution_s": 0.1,
        "unit_j": 1e-3,
        "power_limit_w": 700.0,
    }
    return Domain(**{**fields, **changes})


def readings(*pairs, power_w=None):
    return [DomainSample(int(t * SECOND), joules, power_w, None) for t, joules in pairs]


def of(figures, t0, t1, **changes):
    return energy_within(domain(**changes), figures, Interval(int(t0 * SECOND), int(t1 * SECOND)))


def test_readings_at_the_edges_give_their_difference():
    found = of(readings((10, 0.0), (11, 50.0), (12, 150.0)), 10, 12)
    assert found.energy_j == pytest.approx(150.0, abs=found.uncertainty_j)
    assert 1.0 < found.uncertainty_j < 40.0  # about a refresh at each edge


def test_an_edge_between_two_readings_is_interpolated():
    found = of(readings((10, 0.0), (11, 50.0), (12, 150.0)), 10, 11.5)
    assert found.energy_j == pytest.approx(100.0, abs=found.uncertainty_j)


def test_an_edge_beyond_the_readings_is_carried_over_and_said():
    found = of(readings((10, 0.0), (11, 50.0)), 10, 12)
    assert found.energy_j == pytest.approx(100.0, rel=0.2)
    assert EXTRAPOLATED in found.flags
    assert found.uncertainty_j >= 50.0


@pytest.mark.parametrize("at_s", [10.0, 10.6, 11.34])
def test_a_single_reading_does_not_say_that_the_counter_stood_still(at_s):
    found = of(readings((at_s, 7.0), power_w=100.0), 10, 11.34)
    assert found.energy_j == pytest.approx(134.0)  # at the power that was reported then
    assert found.flags == (EXTRAPOLATED,)
    assert 60.0 < found.uncertainty_j <= 150.0
    assert of(readings((at_s, 7.0)), 10, 11.34) is None  # nothing says what it drew
    window = Interval(10 * SECOND, 20 * SECOND)
    assert not stands_still(domain(), readings((20.0, 7.0)), window)


def test_readings_of_a_moment_do_not_say_that_the_counter_stood_still():
    found = of(readings((11.33, 7.0), (11.34, 7.0), power_w=100.0), 10, 11.34)
    assert found.energy_j == pytest.approx(134.0, abs=found.uncertainty_j)
    assert found.uncertainty_j <= 150.0


@st.composite
def read_about_a_window(draw):
    """Readings that a board of 700 W could have given, and a window somewhere near them."""
    t_ms, energy_j, figures = draw(st.integers(0, 3000)), 0.0, []
    for _ in range(draw(st.integers(1, 8))):
        power_w = draw(st.none() | st.floats(0, 700.0))
        figures.append(DomainSample(t_ms * SECOND // 1000, energy_j, power_w, None))
        passed_ms = draw(st.integers(0, 1500))
        t_ms += passed_ms
        energy_j += draw(st.just(0.0) | st.floats(0, 0.7 * passed_ms))
    begin_s = draw(st.integers(0, 3000)) / 1000
    return figures, begin_s, begin_s + draw(st.integers(1, 3000)) / 1000


@settings(max_examples=300, deadline=None)
@given(
    read_about_a_window(),
    st.sampled_from([0.001, 0.02, 0.1]),
    st.sampled_from([Provenance.COUNTER, Provenance.POWER]),
)
def test_no_readings_give_more_than_the_domain_can_draw(read, resolution_s, provenance):
    figures, begin_s, end_s = read
    found = of(figures, begin_s, end_s, resolution_s=resolution_s, provenance=provenance)
    if found is not None:
        assert 0 <= found.energy_j <= 700.1 * (end_s - begin_s + 2 * resolution_s)
        assert math.isfinite(found.uncertainty_j)


def test_a_counter_that_stood_still_is_below_the_resolution_not_zero():
    found = of(readings((10, 7.0), (10.01, 7.0), power_w=200.0), 10, 10.01)
    assert found.flags == (BELOW_RESOLUTION,)
    assert found.uncertainty_j == found.energy_j > 0
    assert found.energy_j + found.uncertainty_j == pytest.approx(200 * 0.11)


def test_without_any_power_the_limit_bounds_what_is_below_the_resolution():
    found = of(readings((10, 7.0), (10.01, 7.0)), 10, 10.01)
    assert found.energy_j + found.uncertainty_j == pytest.approx(700 * 0.11)


def test_no_reading_is_no_figure():
    assert of([], 10, 11) is None
    assert of(readings((10, 1.0)), 10, 11) is None


def test_one_reading_with_a_power_gives_a_figure_that_is_not_sure():
    found = of(
        readings((10, 0.0), power_w=80.0), 10, 11, provenance=Provenance.POWER, resolution_s=0.1
    )
    assert found.energy_j == pytest.approx(80.0)
    assert found.uncertainty_j >= 80.0


def test_an_estimates_interval_is_its_readings_alone():
    found = of(
        readings((10, 0.0), (20, 100.0)),
        10,
        20,
        provenance=Provenance.ESTIMATE,
        scale=Scale(2.0, "CPU model", "a table"),
        resolution_s=0.01,
    )
    assert found.uncertainty_j == pytest.approx(0.1, rel=0.01)


def sample(t, energy_j, power_w=None, **changes):
    return Sample(
        int(t * SECOND),
        None,
        {"gpu:0": DomainSample(int(t * SECOND), energy_j, power_w, None)},
        **changes,
    )


def test_the_curve_has_the_reported_power_where_there_is_one():
    trace = Trace([domain()], 0.1)
    assert trace.add(sample(1, 0.0, 60.0)).power_w == {"gpu:0": 60.0}


def test_the_curve_spans_some_refreshes_where_power_comes_from_the_counter():
    trace = Trace([domain(resolution_s=0.1)], 0.1)
    for k in range(20):  # refreshed each 0.1 s, read each 0.05 s, 100 W
        point = trace.add(sample(1 + k * 0.05, 10.0 * (k // 2)))
    assert point.power_w["gpu:0"] == pytest.approx(100.0, rel=0.11)


def test_gaps_are_found_by_time_and_after_a_restart():
    trace = Trace([domain()], 0.1)
    for t in (1.0, 1.1, 1.5, 1.6):
        trace.add(sample(t, 0.0))
    trace.add(sample(1.65, 0.0, after_restart=True))
    assert [(a / SECOND, b / SECOND) for a, b in trace.gaps] == [(1.1, 1.5), (1.6, 1.65)]


def test_a_sample_that_comes_after_a_later_one_has_no_point_of_its_own():
    trace = Trace([domain()], 0.1)
    for t in (1.0, 1.2, 1.1, 1.3):
        trace.add(sample(t, 10 * t))
    assert [point.t_ns / SECOND for point in trace.points] == [1.0, 1.2, 1.3]
    assert [reading.t_ns / SECOND for reading in trace.readings["gpu:0"]] == [1.0, 1.1, 1.2, 1.3]


def test_a_long_trace_stays_bounded_and_keeps_peak_and_joules():
    trace = Trace([domain()], 0.1)
    for k in range(3 * MOST_SAMPLES):
        trace.add(sample(k * 0.1, k * 1.0, 900.0 if k == 777 else 50.0))
    assert len(trace.points) <= MOST_SAMPLES
    assert len(trace.readings["gpu:0"]) <= MOST_SAMPLES + 2 * KEPT_AT_EDGES
    assert max(point.power_w["gpu:0"] for point in trace.points) == 900.0
    assert trace.points[-1].total_j == pytest.approx(3 * MOST_SAMPLES - 1)
