"""What a report says of the machine around a window: hangs, restarts, others, net, a replay."""

import json
import os
import pickle
import subprocess
import sys
import threading
import time
import types

import pytest

import jupyter_green as jg
from jupyter_green.flags import (
    DISAGREES,
    LOST,
    NO_ANSWER,
    NOT_SYNCHRONISED,
    OTHER_METERS,
    POWER_LIMIT_CHANGED,
    REPLAYED,
    RESTARTED,
    SHARED,
)
from jupyter_green.meter.baseline import Baseline
from jupyter_green.meter.surroundings import Surroundings
from jupyter_green.sources.base import Conditions
from jupyter_green.sources.variables import REPLAY_VARIABLE
from tests.testbench.stranger import stranger


@pytest.fixture
def meter():
    with jg.Meter() as made:
        yield made


@pytest.fixture
def host(machine):
    """The truth of a machine in virtual time with one socket and one GPU."""
    machine.truth.add("cpu:0/package", power_w=50.0, offset=5_000_000)
    machine.truth.add("gpu:0", power_w=100.0, phase_s=0.03)
    return machine.truth


def measure(meter, seconds):
    window = meter.begin()
    (meter.machine if hasattr(meter, "machine") else time).sleep(seconds)
    return window, window.end()


def true_j(truth, window, name):
    return truth[name].energy_j(window.begin_ns, window.end_ns)


def test_a_driver_that_hangs_holds_up_nothing_else_and_loses_nothing(host, machine, virtual):
    virtual.discover()
    measure(virtual, 0.5)
    window = virtual.begin()
    machine.sleep(0.3)
    host["gpu:0"].set(call_cost_s=1.5)
    machine.sleep(0.3)
    host["gpu:0"].set(call_cost_s=0.0)
    machine.sleep(3.4)
    report = window.end()
    assert NO_ANSWER in report.domains["gpu:0"].flags
    assert report.gaps == ()
    for name, domain in report.domains.items():
        truth_j = true_j(host, window, name)
        assert abs(domain.energy_j - truth_j) < max(2 * domain.uncertainty_j, 0.01 * truth_j)


def test_a_driver_that_hangs_at_the_end_delays_the_report_by_less_than_a_second(
    host, machine, virtual
):
    measure(virtual, 0.5)
    window = virtual.begin()
    machine.sleep(0.5)
    host["gpu:0"].set(call_cost_s=4.0)
    machine.sleep(0.2)
    before_ns = machine.now_ns
    report = window.end()
    assert machine.now_ns - before_ns < 2_000_000_000
    cpu, gpu = report.domains["cpu:0/package"], report.domains["gpu:0"]
    assert cpu.energy_j == pytest.approx(true_j(host, window, cpu.id), rel=0.02)
    assert NO_ANSWER in gpu.flags
    assert gpu.uncertainty_j > 1.0


def test_a_gpu_that_is_lost_keeps_its_joules_up_to_then_and_is_missing(host, machine, virtual):
    measure(virtual, 0.5)
    window = virtual.begin()
    machine.sleep(1.5)
    host["gpu:0"].lose()
    lost_ns = machine.now_ns
    machine.sleep(2.5)
    report = window.end()
    gpu = report.domains["gpu:0"]
    truth_j = host["gpu:0"].energy_j(window.begin_ns, lost_ns)
    assert LOST in gpu.flags
    assert gpu.energy_j == pytest.approx(truth_j, rel=0.15)
    (missing,) = [m for m in report.missing if m.id == "gpu:0"]
    assert "its joules stop there" in missing.reason
    cpu = report.domains["cpu:0/package"]
    assert cpu.energy_j == pytest.approx(true_j(host, window, cpu.id), rel=0.01)


def test_the_power_is_carried_over_where_a_gpus_counter_restarts(host, machine, virtual):
    measure(virtual, 0.5)
    window = virtual.begin()
    machine.sleep(1.5)
    host["gpu:0"].reset_counter()
    machine.sleep(1.5)
    gpu = window.end().domains["gpu:0"]
    truth_j = true_j(host, window, "gpu:0")
    assert RESTARTED in gpu.flags
    assert gpu.energy_j == pytest.approx(truth_j, rel=0.02)
    assert abs(gpu.energy_j - truth_j) <= 2 * gpu.uncertainty_j


def test_short_windows_one_after_the_other_are_each_within_their_interval(host, machine, virtual):
    def draw(cpu_w, gpu_w):
        host["cpu:0/package"].set_power(cpu_w)
        host["gpu:0"].set_power(gpu_w)

    virtual.discover()
    measure(virtual, 0.6)
    windows = []
    for power_w in (300.0, 150.0, 250.0, 120.0, 280.0):
        window = virtual.begin()
        draw(power_w, power_w)
        machine.sleep(0.15)
        draw(50.0, 100.0)
        window.end(wait=False)
        windows.append(window)
    hits = [
        abs(domain.energy_j - true_j(host, window, name)) <= domain.uncertainty_j
        for window in windows
        for name, domain in window.report.domains.items()
    ]
    assert sum(hits) >= len(hits) - 2


def test_a_report_is_refined_and_keeps_its_run(host, machine, virtual):
    measure(virtual, 0.6)
    window = virtual.begin()
    machine.sleep(0.15)
    window.end(wait=False)
    first, final = window.provisional_report, window.report
    assert first.run_id == final.run_id
    assert final.domains["gpu:0"].uncertainty_j < first.domains["gpu:0"].uncertainty_j
    assert window.provisional_report is final


def test_counter_and_power_that_disagree_are_flagged(machine, virtual):
    # Its power register is a mean over a minute, nearly all of it idle.
    gpu = machine.truth.add("gpu:0", power_w=100.0, power_window_s=60.0, instant_window_s=60.0)
    virtual.discover()
    gpu.set_power(300.0)
    _, report = measure(virtual, 5.2)
    domain = report.domains["gpu:0"]
    assert DISAGREES in domain.flags
    assert domain.integrated_power_j < 0.6 * domain.energy_j


def test_utilisation_temperature_and_limit_stand_beside_the_joules(host, virtual):
    host["gpu:0"].set(utilization_percent=43, temperature_c=61)
    _, report = measure(virtual, 0.3)
    conditions = report.domains["gpu:0"].conditions
    assert conditions["utilization_percent"] == pytest.approx(43)
    assert conditions["temperature_c"] == 61
    assert conditions["power_limit_w"] > 0


def test_a_gpu_that_others_use_is_flagged_shared(host, virtual):
    other = subprocess.Popen(["sleep", "60"])
    stranger = subprocess.Popen(
        [sys.executable, "-c", "import os, time; os.fork() or time.sleep(60)"]
    )
    try:
        host["gpu:0"].set(pids=(other.pid,))
        _, mine = measure(virtual, 0.3)
        host["gpu:0"].set(pids=(1,))
        _, shared = measure(virtual, 0.3)
    finally:
        for process in (other, stranger):
            process.kill()
            process.wait()
    assert SHARED not in mine.domains["gpu:0"].flags  # a child of this program
    assert SHARED in shared.domains["gpu:0"].flags


def test_two_programs_that_meter_at_once_are_told_of_each_other(meter):
    _, alone = measure(meter, 0.1)
    with stranger() as other:
        other.ask("begin")
        _, together = measure(meter, 0.1)
        was_told, _ = other.ask("end")
    assert OTHER_METERS not in alone.flags
    assert OTHER_METERS in together.flags
    assert was_told == "True"


def test_two_meters_of_one_program_are_no_others(meter):
    with jg.Meter() as second:
        window = second.begin()
        _, report = measure(meter, 0.1)
        window.end()
    assert OTHER_METERS not in report.flags


def test_net_energy_stands_beside_gross_once_there_is_a_baseline(host, virtual):
    _, gross = measure(virtual, 0.5)
    assert gross.net_energy_j is None
    virtual.baseline = Baseline(
        "2026-01-01T00:00:00Z",
        10.0,
        {"cpu:0/package": 30.0, "gpu:0": 60.0},
        {"cpu:0/package": 0.5, "gpu:0": 1.0},
    )
    _, report = measure(virtual, 0.5)
    assert report.net_energy_j == pytest.approx(60.0 * report.duration_s, rel=0.1)
    assert report.net_uncertainty_j > report.uncertainty_j
    assert report.baseline_at == "2026-01-01T00:00:00Z"
    assert report.energy_j == pytest.approx(150.0 * report.duration_s, rel=0.1)


def test_a_replay_is_said_to_be_one_everywhere(tmp_path, monkeypatch, meter):
    path = tmp_path / "trace.csv"
    path.write_text("t_s,domain,power_w\n0,gpu:0,100\n10,gpu:0,100\n")
    monkeypatch.setenv(REPLAY_VARIABLE, str(path))
    _, report = measure(meter, 0.4)
    assert list(report.domains) == ["gpu:0"]
    assert report.energy_j == pytest.approx(100.0 * report.duration_s, rel=0.05)
    assert REPLAYED in report.flags
    assert REPLAYED in report.domains["gpu:0"].flags
    assert "REPLAY" in str(report)
    assert "replayed" in json.dumps(report.to_dict())


def fake_torch(synchronize):
    cuda = types.SimpleNamespace(
        is_available=lambda: True,
        is_initialized=lambda: True,
        device_count=lambda: 1,
        current_device=lambda: 0,
        is_current_stream_capturing=lambda: False,
        synchronize=synchronize,
    )
    return types.SimpleNamespace(cuda=cuda)


def test_gpu_work_is_waited_for_once_at_each_edge(meter, monkeypatch):
    calls = []
    monkeypatch.setitem(
        sys.modules, "torch", fake_torch(lambda *_: calls.append(threading.get_ident()))
    )
    window = meter.begin()
    assert len(calls) == 1
    report = window.end()
    assert len(calls) == 2
    assert NOT_SYNCHRONISED not in report.flags


def test_a_wait_that_fails_is_said_and_nothing_else(meter, monkeypatch):
    def broken(*_):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setitem(sys.modules, "torch", fake_torch(broken))
    _, report = measure(meter, 0.1)
    assert NOT_SYNCHRONISED in report.flags
    assert report.status == "ok"
    assert report.energy_j > 0


def test_a_day_of_conditions_takes_no_more_room_than_a_minute():
    around = Surroundings(tree_pids={os.getpid()})
    for percent, celsius in ((20.0, 50.0), (40.0, 70.0), (60.0, None)):
        seen = Conditions(percent, celsius, 300.0 + percent, (os.getpid(),), ((os.getpid(), 30.0),))
        around.add_conditions({"gpu:0": seen})
    around.add_conditions({"gpu:0": Conditions(process_percent=((1, 30.0),))})
    assert around.device_conditions("gpu:0") == {
        "utilization_percent": 40.0,
        "temperature_c": 70.0,
        "power_limit_w": 320.0,  # the first
    }
    assert around.gpu_shares() == {"gpu:0": pytest.approx(0.75)}
    assert around.device_flags("gpu:0") == [POWER_LIMIT_CHANGED]
    assert around.device_flags("gpu:1") == []
    assert around.device_conditions("gpu:1") == {}
    size = len(pickle.dumps(around))
    for _ in range(1000):
        around.add_conditions({"gpu:0": seen})
    assert len(pickle.dumps(around)) < size + 100
