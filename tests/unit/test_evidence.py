"""Counters that do not count, count something else, or disagree with the reported power."""

import math

import pytest

from jupyter_green.flags import DISAGREES, EXTRAPOLATED, OF_MODULE, STANDS_STILL, WRAPS_MISSED
from jupyter_green.sources.base import Provenance

NEVER_J = 1e6
"""A counter with such steps stands still."""


def measured(virtual, seconds):
    virtual.discover()
    window = virtual.begin()
    virtual.machine.sleep(seconds)
    return window, window.end()


def true_j(virtual, window, id_):
    return virtual.machine.truth[id_].energy_j(window.begin_ns, window.end_ns)


def is_within(domain, right_j):
    return abs(domain.energy_j - right_j) <= 1.3 * domain.uncertainty_j + 0.005 * right_j


# --- a counter that stands still ------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.4, 1.5, 6.0])
def test_the_power_counts_where_the_counter_stands_still(machine, virtual, seconds):
    machine.truth.add("cpu:0/package", power_w=50.0)
    board = machine.truth.add("gpu:0", power_w=100.0, quantum_j=NEVER_J, power_window_s=0.0)
    virtual.discover()
    measured(virtual, 0.5)
    board.schedule([(0.4 * seconds, 300.0)])
    window, report = measured(virtual, seconds)
    gpu = report.domains["gpu:0"]
    assert gpu.provenance is Provenance.POWER
    assert STANDS_STILL in gpu.flags
    right_j = true_j(virtual, window, "gpu:0")
    assert is_within(gpu, right_j)
    assert gpu.energy_j == pytest.approx(right_j, rel=0.25)
    assert report.missing == ()


def test_a_counter_that_moves_is_taken_whatever_the_power_says(machine, virtual):
    machine.truth.add("gpu:0", power_w=0.5)
    _, report = measured(virtual, 5.0)
    assert report.domains["gpu:0"].provenance is Provenance.COUNTER


def test_without_a_power_it_is_missing_and_says_so(machine, virtual):
    machine.truth.add("cpu:0/package", power_w=0.0)
    machine.truth.add("gpu:0", power_w=60.0)
    _, report = measured(virtual, 3.0)
    (missing,) = report.missing
    assert (missing.id, "did not move" in missing.reason) == ("cpu:0/package", True)


# --- wraps that nobody saw ------------------------------------------------------------------


@pytest.mark.parametrize("paused_s", [1800.0, 3600.0, 36_000.0])
def test_wraps_that_a_paused_sampler_missed_are_in_the_interval(machine, virtual, paused_s):
    machine.truth.add("cpu:0/package", power_w=200.0)
    virtual.discover()
    window = virtual.begin()
    machine.sleep(2.0)
    virtual.stop_sampler()
    machine.sleep(paused_s)
    virtual.continue_sampler()
    machine.sleep(2.0)
    report = window.end()
    cpu = report.domains["cpu:0/package"]
    right_j = true_j(virtual, window, "cpu:0/package")
    assert WRAPS_MISSED in cpu.flags
    assert cpu.energy_j == pytest.approx(right_j, rel=0.001)  # it drew as much as before
    assert cpu.energy_j + cpu.uncertainty_j >= 500.0 * paused_s - 262_144.0
    assert report.gaps


def test_a_pause_in_which_it_cannot_have_wrapped_costs_nothing(machine, virtual):
    machine.truth.add("cpu:0/package", power_w=200.0)
    virtual.discover()
    window = virtual.begin()
    machine.sleep(2.0)
    virtual.stop_sampler()
    machine.sleep(300.0)
    virtual.continue_sampler()
    machine.sleep(2.0)
    cpu = window.end().domains["cpu:0/package"]
    assert cpu.energy_j == pytest.approx(true_j(virtual, window, "cpu:0/package"), rel=0.001)
    assert cpu.uncertainty_j < 0.01 * cpu.energy_j
    assert WRAPS_MISSED not in cpu.flags


# --- counter and power ----------------------------------------------------------------------


@pytest.mark.parametrize("power_gain", [0.57, 1.3])
def test_a_constant_factor_is_found_from_short_windows_together(machine, virtual, power_gain):
    machine.truth.add("gpu:0", power_w=187.0, power_gain=power_gain)
    flagged = [DISAGREES in measured(virtual, 1.5)[1].domains["gpu:0"].flags for _ in range(6)]
    assert not flagged[0]
    assert flagged[-1]
    assert flagged == sorted(flagged)


def test_bursts_and_averaged_power_are_no_disagreement(machine, virtual):
    """The counter is right, and so is the power, over a long time."""
    for n, knobs in enumerate(({"has_power_fields": False}, {"power_window_s": 0.1})):
        board = machine.truth.add(f"gpu:{n}", power_w=60.0, **knobs)
        board.schedule([(0.37 * k, 350.0 if k % 2 else 60.0) for k in range(1, 400)])
    for _ in range(20):
        _, report = measured(virtual, 1.7)
        for domain in report.domains.values():
            assert DISAGREES not in domain.flags
        machine.sleep(0.3)


def test_power_that_disagrees_is_no_evidence_of_the_counters(machine, virtual):
    board = machine.truth.add("gpu:0", power_w=200.0, power_gain=2.5)
    for _ in range(4):
        measured(virtual, 2.0)
        machine.sleep(6.0)  # nothing of before is near
    window = virtual.begin()
    machine.sleep(1.2)
    board.fail()
    machine.sleep(0.6)
    gpu = window.end().domains["gpu:0"]
    assert EXTRAPOLATED in gpu.flags
    assert DISAGREES in gpu.flags
    # It is carried over at 200 W, not at the 500 W that were reported.
    assert gpu.energy_j == pytest.approx(true_j(virtual, window, "gpu:0"), rel=0.08)


# --- a superchip ----------------------------------------------------------------------------


@pytest.fixture
def superchip(machine):
    """A module of a processor of 150 W and a GPU of 250 W."""

    def make(*, counts_module):
        machine.truth.add("cpu:0/package", power_w=150.0)
        if counts_module:
            machine.truth.add("gpu:0", power_w=400.0, power_gain=250 / 400, power_limit_w=700.0)
        else:
            machine.truth.add("gpu:0", power_w=250.0)
        machine.truth.add("gpu:0/module", power_w=400.0, has_energy=False, power_limit_w=None)
        return machine.truth

    return make


def test_a_counter_that_is_the_modules_is_not_added_to_the_processor(machine, virtual, superchip):
    superchip(counts_module=True)
    for seconds in (0.5, 2.0, 6.0):
        _, report = measured(virtual, seconds)
        gpu = report.domains["gpu:0"]
        assert OF_MODULE in gpu.flags
        assert gpu.provenance is Provenance.POWER
        assert gpu.energy_j == pytest.approx(250.0 * seconds, rel=0.05)
        assert report.energy_j == pytest.approx(400.0 * seconds, rel=0.05)


def test_a_counter_that_is_the_gpus_own_is_taken_once_that_is_known(machine, virtual, superchip):
    superchip(counts_module=False)
    measured(virtual, 2.0)
    for seconds in (0.5, 3.0):
        _, report = measured(virtual, seconds)
        gpu = report.domains["gpu:0"]
        assert OF_MODULE not in gpu.flags
        assert gpu.provenance is Provenance.COUNTER
        assert math.isclose(gpu.energy_j, 250.0 * seconds, rel_tol=0.05)
