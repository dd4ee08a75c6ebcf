"""No window is without joules and without a reason, whenever its sampler comes or goes."""

import pytest

from tests.testbench import machine as bench


@pytest.fixture
def cpu(machine):
    machine.truth.add("cpu:0/package", power_w=50.0)
    return machine.truth["cpu:0/package"]


@pytest.mark.parametrize("after_s", [0.0, 0.0001, 0.0005, 0.0011, 0.002, 0.01])
@pytest.mark.parametrize("idle_s", [0.0, 0.5, 20.0])
def test_a_sampler_that_dies_while_a_window_is_made_is_started_again(
    machine, virtual, cpu, after_s, idle_s
):
    virtual.begin().end()
    machine.sleep(idle_s)
    machine.later(after_s, virtual.kill_sampler)
    window = virtual.begin()
    machine.sleep(1.0)
    report = window.end()
    truth_j = cpu.energy_j(window.begin_ns, window.end_ns)
    assert report.energy_j == pytest.approx(truth_j, abs=report.uncertainty_j)
    assert report.energy_j == pytest.approx(truth_j, rel=0.05)


def test_of_a_sampler_that_comes_too_late_the_report_says_so(machine, virtual, cpu, monkeypatch):
    monkeypatch.setattr(bench, "START_NS", 60_000_000_000)
    report = virtual.begin().end()
    assert report.energy_j is None
    (missing,) = report.missing
    assert missing.id == "sampler"
    assert "still starting" in missing.reason
    machine.sleep(60)
    assert virtual.begin().end().missing == ()
