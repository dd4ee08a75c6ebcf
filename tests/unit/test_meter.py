"""What a meter makes of what was read, in virtual time: the truth is known, and nobody waits."""

import gc
import os
import re
import sys
import time

import pytest

import jupyter_green as jg
from jupyter_green.meter.memory import REMEMBERED_WINDOWS
from jupyter_green.meter.summary import Subject
from jupyter_green.meter.trace import Trace
from jupyter_green.sampler.events import Started

S = 1_000_000_000
CHANGING = [(0.4, 90.0), (1.3, 35.0), (2.1, 160.0), (3.0, 60.0), (4.2, 110.0)]


@pytest.fixture
def meter():
    """A meter with a sampler of its own, in real time."""
    with jg.Meter() as made:
        yield made


@pytest.fixture
def rapl(machine):
    """Two sockets with memory."""
    for name, power_w in (
        ("cpu:0/package", 50.0),
        ("cpu:0/dram", 8.0),
        ("cpu:1/package", 40.0),
        ("cpu:1/dram", 6.0),
    ):
        machine.truth.add(name, power_w=power_w, offset=10_000_000 * len(name))
    return machine.truth


@pytest.fixture
def gpus(machine):
    """Two GPUs."""
    machine.truth.add("gpu:0", power_w=70.0, phase_s=0.013)
    machine.truth.add("gpu:1", power_w=90.0, phase_s=0.051)
    return machine.truth


def true_j(truth, window, name):
    return truth[name].energy_j(window.begin_ns, window.end_ns)


def measure(meter, seconds):
    window = meter.begin()
    (meter.machine if hasattr(meter, "machine") else time).sleep(seconds)
    return window, window.end()


def is_right(truth, window, domain, rel):
    """Whether a domain's figure is that close to the truth, and the truth in its interval."""
    truth_j = true_j(truth, window, domain.id)
    error_j = abs(domain.energy_j - truth_j)
    return error_j <= rel * truth_j and error_j <= max(2 * domain.uncertainty_j, 1e-6 * truth_j)


# --- how close to the truth -----------------------------------------------------------------


def test_five_seconds_of_rapl_are_within_a_thousandth(rapl, virtual):
    virtual.discover()
    rapl["cpu:0/package"].schedule(CHANGING)
    window, report = measure(virtual, 5.0)
    assert list(report.domains) == [d.name for d in rapl.devices]
    assert all(is_right(rapl, window, domain, 0.001) for domain in report.domains.values())
    assert report.provenance == "counter"


def test_five_seconds_of_nvml_are_within_half_a_percent(gpus, virtual):
    virtual.discover()
    gpus["gpu:0"].schedule([(0.4, 300.0), (1.3, 180.0), (2.1, 340.0), (4.2, 150.0)])
    window, report = measure(virtual, 5.0)
    assert list(report.domains) == ["gpu:0", "gpu:1"]
    assert all(is_right(gpus, window, domain, 0.005) for domain in report.domains.values())


def test_a_gpu_without_a_counter_integrates_its_power(gpus, machine, virtual):
    gpus["gpu:0"].set(has_energy=False)
    gpus["gpu:0"].set_power(200.0)
    machine.sleep(1.2)  # past the power register's averaging window
    window, report = measure(virtual, 1.5)
    domain = report.domains["gpu:0"]
    assert domain.provenance.value == "power"
    assert domain.energy_j == pytest.approx(true_j(gpus, window, "gpu:0"), rel=0.001)
    assert report.provenance == "power"


def test_no_mean_is_above_its_peak(machine, virtual):
    """The curve's points lie between refreshes, and the joules take in more than these."""
    board = machine.truth.add("gpu:0", power_w=50.0)
    virtual.discover()
    for _ in range(8):
        machine.sleep(1.037)
        window = virtual.begin()
        board.set_power(300.0)
        machine.sleep(0.25)
        board.set_power(50.0)
        report = window.end()
        assert report.peak_power_w >= report.mean_power_w


# --- nothing lost, nothing twice, nothing negative ------------------------------------------


def test_a_wrap_in_mid_window_is_seamless(machine, virtual):
    wrap_range = 60_000_000  # 60 J
    machine.truth.add(
        "cpu:0/package", power_w=50.0, wrap_range=wrap_range, offset=wrap_range - 40_000_000
    )
    window, report = measure(virtual, 2.0)
    domain = report.domains["cpu:0/package"]
    assert is_right(machine.truth, window, domain, 0.001)
    assert "wrapped" in domain.flags


def test_failed_reads_lose_nothing(rapl, machine, virtual):
    virtual.discover()
    rapl["cpu:0/package"].set(failing=(machine.now_ns + 3 * S // 10, machine.now_ns + 12 * S // 10))
    window, report = measure(virtual, 2.0)
    domain = report.domains["cpu:0/package"]
    assert is_right(rapl, window, domain, 0.001)
    assert "read-failed" in domain.flags
    assert "read-failed" not in report.domains["cpu:1/package"].flags


def test_a_read_that_fails_at_the_end_is_carried_over_and_said(rapl, machine, virtual):
    virtual.discover()
    rapl["cpu:0/package"].set(failing=(machine.now_ns + S, None))
    window, report = measure(virtual, 1.5)
    domain = report.domains["cpu:0/package"]
    truth_j = true_j(rapl, window, "cpu:0/package")
    carried_j = truth_j * 0.5 / 1.5
    # The last known power is that of some 20 ms between two refreshes, each seen to within 1 ms.
    assert domain.energy_j == pytest.approx(truth_j, abs=0.15 * carried_j)
    assert "edge-extrapolated" in domain.flags
    assert domain.uncertainty_j > 0.3 * carried_j


def test_a_driver_reload_costs_no_negative_figure(gpus, machine, virtual):
    virtual.discover()
    gpus["gpu:0"].set_power(200.0)
    gpus["gpu:0"].set(reset_ns=machine.now_ns + S)
    window, report = measure(virtual, 2.5)
    domain = report.domains["gpu:0"]
    truth_j = true_j(gpus, window, "gpu:0")
    assert 0.8 * truth_j < domain.energy_j <= truth_j * 1.05
    assert "counter-restarted" in domain.flags


def test_a_lost_gpu_keeps_what_it_used_until_then(gpus, machine, virtual):
    virtual.discover()
    lost_ns = machine.now_ns + S
    gpus["gpu:0"].set(lost_ns=lost_ns)
    window, report = measure(virtual, 1.5)
    domain = report.domains["gpu:0"]
    assert domain.energy_j + domain.uncertainty_j >= gpus["gpu:0"].energy_j(
        window.begin_ns, lost_ns
    )
    assert "read-failed" in domain.flags
    assert report.domains["gpu:1"].flags == ()


# --- a sampler that dies --------------------------------------------------------------------


def test_a_killed_sampler_is_started_again_and_loses_no_energy(rapl, machine, virtual):
    virtual.discover()
    window = virtual.begin()
    first = virtual.sampler_pid
    machine.sleep(0.5)
    virtual.kill_sampler()
    machine.sleep(1.0)
    report = window.end()
    assert virtual.sampler_pid not in (None, first)
    assert report.gaps
    assert is_right(rapl, window, report.domains["cpu:0/package"], 0.002)


def test_a_sampler_killed_before_the_end_mark_still_gives_the_figure(rapl, machine, virtual):
    window = virtual.begin()
    machine.sleep(0.5)
    virtual.kill_sampler()
    report = window.end()
    domain = report.domains["cpu:0/package"]
    error_j = abs(domain.energy_j - true_j(rapl, window, "cpu:0/package"))
    assert error_j <= domain.uncertainty_j
    assert domain.uncertainty_j < 0.5 * domain.energy_j


def test_a_sampler_killed_between_windows_is_started_again(rapl, machine, virtual):
    measure(virtual, 0.05)
    virtual.kill_sampler()
    machine.sleep(0.2)
    window, report = measure(virtual, 0.3)
    assert is_right(rapl, window, report.domains["cpu:0/package"], 0.01)


def test_a_sampler_that_hangs_is_a_gap_not_a_hung_cell(rapl, machine, virtual):
    virtual.discover()
    window = virtual.begin()
    machine.sleep(0.5)
    virtual.stop_sampler()
    machine.sleep(0.5)
    report = window.end()
    assert (machine.now_ns - window.end_ns) * 1e-9 < 5.0
    assert report.gaps[-1][1] == pytest.approx(report.duration_s, abs=1e-3)
    domain = report.domains["cpu:0/package"]
    assert "edge-extrapolated" in domain.flags
    truth_j = true_j(rapl, window, "cpu:0/package")
    assert abs(domain.energy_j - truth_j) <= domain.uncertainty_j
    assert domain.energy_j > 0.5 * truth_j


def test_a_begin_that_no_sampler_saw_is_a_gap(rapl, machine, virtual):
    virtual.discover()
    virtual.begin().end()
    virtual.stop_sampler()
    window = virtual.begin()
    machine.sleep(1.0)
    virtual.kill_sampler()
    machine.sleep(0.5)
    report = window.end()
    begin_s, end_s = report.gaps[0]
    assert begin_s == 0.0
    assert 1.0 < end_s < 1.45  # the new one takes a moment to start


# --- windows and the public surface ---------------------------------------------------------


def test_windows_overlap_and_nest(rapl, machine, virtual):
    outer = virtual.begin("outer")
    machine.sleep(0.2)
    inner = virtual.begin("inner")
    machine.sleep(0.3)
    inner_report = inner.end()
    machine.sleep(0.2)
    outer_report = outer.end()
    for window, report in ((outer, outer_report), (inner, inner_report)):
        assert is_right(rapl, window, report.domains["cpu:1/package"], 0.005)
    assert outer_report.label == "outer"


def test_end_without_waiting_then_the_report(virtual):
    window = virtual.begin()
    assert window.end(wait=False) is None
    assert window.report is window.report
    assert window.end() is window.report


def test_a_window_nobody_asks_for_does_not_stay(virtual):
    for _ in range(3):
        virtual.begin().end(wait=False)
    last = virtual.begin()
    assert last.end().status == "ok"
    assert virtual.open_windows == 0


def test_a_window_that_is_dropped_is_ended(virtual):
    window = virtual.begin()
    assert virtual.open_windows == 1
    del window
    gc.collect()
    assert virtual.open_windows == 0
    assert virtual.begin().end().status == "ok"
    assert virtual._client._open == {}


def test_a_fault_in_taking_samples_in_is_missing_not_silent(meter, monkeypatch):
    def broken(*_):
        raise TypeError("no such sample")

    monkeypatch.setattr(Trace, "add", broken)
    _, report = measure(meter, 0.2)
    assert report.energy_j is None
    assert "no such sample" in next(m.reason for m in report.missing if m.id == "sampler")


def test_misuse_is_named(meter):
    with pytest.raises(ValueError, match="label has 201"):
        meter.begin("x" * 201)
    with pytest.raises(ValueError, match="stage has 65"):
        jg.measure(stage="x" * 65)
    with pytest.raises(TypeError, match="label is 3, not a text"):
        jg.measure(3)
    with pytest.raises(TypeError, match=r"@jg\.measured"):
        jg.measure(print)
    with pytest.raises(ValueError, match="interval_s"):
        jg.Meter(interval_s=0)
    window = meter.begin()
    with pytest.raises(RuntimeError, match="has not ended"):
        _ = window.report
    with pytest.raises(ValueError, match="status"):
        window.end("fine")
    window.end()


def test_the_record_names_nobody():
    with jg.measure("x") as m:
        pass
    text = str(m.report.to_dict())
    for name in (os.uname().nodename, os.environ.get("HOME", "/nobody")):
        assert not re.search(rf"\b{re.escape(name)}\b", text)


def test_a_window_that_is_dropped_is_over_for_those_after_it(virtual):
    window = virtual.begin()
    del window
    gc.collect()
    last = virtual.begin()
    assert [end_ns is None for _, end_ns in virtual._memory.windows_beside(last.run_id)] == [False]


def test_an_open_window_is_known_to_all_that_nest_in_it(virtual):
    outer = virtual.begin()
    for _ in range(2 * REMEMBERED_WINDOWS):
        virtual.begin().end(wait=False)
    last = virtual.begin()
    near = virtual._memory.windows_beside(last.run_id)
    assert (outer.begin_ns, None) in near
    assert len(near) <= REMEMBERED_WINDOWS + 1


class Interrupted:
    """A framework whose user interrupts the wait for it."""

    @property
    def cuda(self):
        raise KeyboardInterrupt


def test_an_interrupt_at_an_edge_leaves_a_window_that_ends_as_usual(rapl, virtual, monkeypatch):
    window = virtual.window(Subject())
    monkeypatch.setitem(sys.modules, "cupy", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        window.begin()
    assert window.is_open
    with pytest.raises(KeyboardInterrupt):
        window.end("interrupted")
    report = window.end("ok")
    assert report.status == "interrupted"
    assert report.energy_j is not None
    assert virtual._client._open == {}


def test_a_sampler_that_counts_anew_is_not_mixed_with_the_one_before(rapl, virtual):
    measure(virtual, 0.1)
    window = virtual.begin()
    assert window.recording.trace.readings
    virtual._on_event(Started())
    assert not window.recording.trace.readings
    assert virtual._memory.readings_before(virtual.machine.now_ns) == {}
    assert window.end().energy_j >= 0


def test_a_fault_of_one_sampler_is_forgotten_with_the_next(meter, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(Trace, "add", None)
        _, report = measure(meter, 0.2)
    assert [m.id for m in report.missing if m.id == "sampler"] == ["sampler"]
    assert until_ready(meter)
    _, report = measure(meter, 0.2)
    assert [m.id for m in report.missing if m.id == "sampler"] == []
    assert report.energy_j is not None


def until_ready(meter):
    end_s = time.monotonic() + 10
    while time.monotonic() < end_s and not meter._client._ready:
        meter.discover()
        time.sleep(0.05)
    return meter._client._ready
