"""The baseline: idle watts with their spread, and nothing that is not idle."""

import json
import re
from datetime import datetime, timedelta, timezone

import pytest

from jupyter_green.meter.baseline import Baseline, BaselineError, net
from jupyter_green.meter.idle import NotIdle, measure_baseline, shortest_s
from jupyter_green.report.fields import DomainReport
from jupyter_green.report.words import OLD_BASELINE_S
from jupyter_green.sources.base import Domain, Provenance

PACKAGE = "cpu:0/package"
BASELINE = Baseline(
    "2026-01-01T00:00:00.000Z", 10.0, {PACKAGE: 20.0, "gpu:0": 50.0}, {PACKAGE: 1.0, "gpu:0": 2.0}
)


def domain(id_, energy_j, uncertainty_j=0.0, *, counted=True):
    return DomainReport(
        id_, "", "", energy_j, uncertainty_j, 0.0, Provenance.COUNTER, 0.001, counted
    )


# --- what it is good for --------------------------------------------------------------------


def test_net_is_what_lies_above_the_baseline():
    found = net([domain(PACKAGE, 300.0, 3.0), domain("gpu:0", 900.0, 4.0)], 10.0, BASELINE)
    assert found.energy_j == pytest.approx(300 + 900 - 700)
    assert found.uncertainty_j == pytest.approx((3**2 + 4**2 + 10**2 + 20**2) ** 0.5)


def test_what_is_not_counted_has_no_net():
    inside = domain("cpu:0/core", 250.0, counted=False)
    assert net([domain(PACKAGE, 300.0), inside], 10.0, BASELINE).energy_j == pytest.approx(100)
    assert net([inside], 10.0, BASELINE) is None


def test_without_the_baseline_of_a_counted_domain_there_is_no_net():
    assert net([domain(PACKAGE, 300.0), domain("gpu:1", 1.0)], 10.0, BASELINE) is None


def test_net_is_never_negative_and_its_interval_reaches_what_is_missing():
    found = net([domain(PACKAGE, 150.0)], 10.0, BASELINE)
    assert found.energy_j == 0
    assert found.uncertainty_j == pytest.approx(50.0)


def test_age():
    taken = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert BASELINE.age_s(taken + timedelta(seconds=90)) == pytest.approx(90)
    assert BASELINE.age_note(taken + timedelta(seconds=OLD_BASELINE_S)) == ""
    note = BASELINE.age_note(taken + timedelta(hours=5))
    assert "5.0 hours" in note
    assert "%green baseline" in note


def test_a_baseline_survives_json():
    assert Baseline.from_dict(json.loads(json.dumps(BASELINE.to_dict()))) == BASELINE


@pytest.mark.parametrize(
    "change",
    [
        {"measured_at": "yesterday"},
        {"measured_at": "2026-01-01T00:00:00"},
        {"power_w": [1.0]},
        {"power_w": {PACKAGE: float("nan"), "gpu:0": 1.0}},
        {"power_w": {PACKAGE: 20.0}},
        {"duration_s": None},
        {"duration_s": 10**400},
        {"duration_s": float("inf")},
        {"power_w": {PACKAGE: "\x1b[31m" * 10_000}},
        {"power_w": {PACKAGE: 10**400, "gpu:0": 1.0}},
    ],
)
def test_what_is_no_baseline_is_refused(change):
    with pytest.raises(BaselineError, match=r"^baseline\.\w+[\w'\[\]:/.]* [^\x1b]{1,200}$"):
        Baseline.from_dict(BASELINE.to_dict() | change)
    with pytest.raises(BaselineError):
        Baseline.from_dict(None)


# --- measuring it ---------------------------------------------------------------------------


@pytest.fixture
def socket(machine, proc_tree):
    """A socket of 20 W, in virtual time, whose CPUs the test makes busy."""
    proc_tree.stat(busy_s=100.0, idle_s=1000.0)
    return machine.truth.add(PACKAGE, power_w=20.0)


@pytest.fixture
def baseline(machine, socket, virtual, proc_tree):
    """Measure on the machine: ``baseline(seconds)``."""
    return lambda seconds=1.5: measure_baseline(
        virtual, seconds, proc_root=proc_tree.proc, sleep=machine.sleep
    )


def test_an_idle_machine_has_a_baseline(baseline):
    found = baseline(2.0)
    assert found.power_w == {PACKAGE: pytest.approx(20.0, rel=0.002)}
    assert 0 < found.spread_w[PACKAGE] < 0.5
    assert found.duration_s == pytest.approx(2.0, abs=0.01)
    assert found.age_s() < 30
    assert re.search(rf"Idle power over .* s:\n{PACKAGE}: (20|19.9|20.1) ± 0\.\d+ W$", str(found))
    assert Baseline.from_dict(found.to_dict()) == found


def test_a_busy_processor_is_not_idle(baseline, machine, proc_tree):
    machine.later(0.5, lambda: proc_tree.stat(busy_s=101.0, idle_s=1003.0))
    with pytest.raises(NotIdle, match=r"CPU was .* busy.*again"):
        baseline()


def test_a_power_that_changes_is_not_idle(baseline, machine, socket):
    machine.later(1.0, lambda: socket.set_power(60.0))
    with pytest.raises(NotIdle, match=f"power of {PACKAGE} was not steady"):
        baseline(2.0)


def test_a_short_peak_that_moves_the_mean_is_not_idle(baseline, socket):
    socket.schedule([(1.3, 220.0), (1.5, 20.0)])
    with pytest.raises(NotIdle, match=f"power of {PACKAGE} was not steady"):
        baseline(2.0)


@pytest.mark.parametrize(("percent", "is_idle"), [(40, False), (1, True)])
def test_a_busy_gpu_is_not_idle(baseline, machine, percent, is_idle):
    machine.truth.add("gpu:0", power_w=50.0, phase_s=0.013, utilization_percent=percent)
    if is_idle:
        assert baseline(2.2).power_w["gpu:0"] == pytest.approx(50.0, rel=0.01)
    else:
        with pytest.raises(NotIdle, match="gpu:0 was 40 % busy"):
            baseline(2.2)


@pytest.mark.parametrize("after_s", [0.0, 0.4])
def test_sensors_that_cannot_be_read_have_no_baseline(baseline, machine, socket, virtual, after_s):
    assert virtual.discover().domains
    if after_s:
        machine.later(after_s, socket.lose)
    else:
        socket.lose()
    with pytest.raises(RuntimeError, match=rf"could be read.*{PACKAGE}.*`%green doctor`"):
        baseline()


def test_an_open_window_is_not_idle(baseline, virtual):
    window = virtual.begin("mine")
    with pytest.raises(NotIdle, match="another measurement is running"):
        baseline()
    window.end()


def test_a_window_that_is_opened_meanwhile_is_not_idle(baseline, machine, virtual):
    machine.later(0.8, lambda: opened.append(virtual.begin("mine")))
    opened = []
    with pytest.raises(NotIdle, match="another measurement started"):
        baseline(2.5)
    assert [window.subject.label for window in virtual.windows] == ["mine"]


def test_a_time_that_is_too_short_says_the_shortest(baseline):
    for seconds in (0.5, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="at least 1 second"):
            baseline(seconds)


def test_the_shortest_time_follows_the_slowest_domain():
    slow = Domain("gpu:0", "", "nvml", Provenance.COUNTER, resolution_s=0.1)
    quick = Domain(PACKAGE, "", "rapl", Provenance.COUNTER, resolution_s=0.001)
    assert shortest_s([quick]) == pytest.approx(1.0)
    assert shortest_s([quick, slow]) == pytest.approx(2.0)


def test_an_interrupt_ends_the_window(baseline, machine, virtual):
    def interrupt():
        raise KeyboardInterrupt

    machine.later(0.5, interrupt)
    with pytest.raises(KeyboardInterrupt):
        baseline(30.0)
    assert virtual.open_windows == 0
