"""The live messages of a window on stand-in hardware: what a view learns of its devices."""

import os
from dataclasses import replace

import pytest

from jupyter_green.meter.elsewhere import HostSoFar, HostsSoFar
from jupyter_green.meter.summary import Subject
from jupyter_green.meter.trace import Point
from jupyter_green.notebook.live import elsewhere
from jupyter_green.notebook.live.messages import MOST_POINTS, Messages
from jupyter_green.sources.base import Scale
from tests.testbench.reports import domain


@pytest.fixture
def host(machine):
    """A machine in virtual time with one socket and one GPU."""
    machine.truth.add("cpu:0/package", power_w=50.0)
    machine.truth.add("gpu:0", power_w=100.0)
    return machine.truth


@pytest.fixture
def follow(host, machine, virtual):
    """Return a function that measures until a message of the window is as wanted."""

    def until(wanted):
        points = []
        window = virtual.window(Subject(), on_point=points.append)
        messages = Messages(window, Subject())
        window.begin()
        for _ in range(600):
            machine.sleep(0.1)
            if points and wanted(now := messages.samples(points)["now"]):
                window.end()
                return now
        raise AssertionError(f"not seen within a minute; the last was {now}")

    return until


def test_what_a_gpu_is_doing_is_told_with_its_figures(host, follow):
    host["gpu:0"].set(utilization_percent=43, temperature_c=61)
    now = follow(lambda now: "conditions" in now["domains"]["gpu:0"])
    conditions = now["domains"]["gpu:0"]["conditions"]
    assert (conditions["utilization_percent"], conditions["temperature_c"]) == (43, 61)
    assert conditions["power_limit_w"] > 0
    assert set(now["domains"]["cpu:0/package"].get("conditions", ())) <= {"power_limit_w"}


def test_a_mark_is_told_once(machine, host, virtual):
    points = []
    window = virtual.window(Subject(), on_point=points.append)
    messages = Messages(window, Subject())
    window.begin()
    machine.sleep(0.5)
    window.mark("epoch 1")
    machine.sleep(0.5)
    (told,) = messages.samples(points)["marks"]
    assert (told["text"], told["t_s"]) == ("epoch 1", pytest.approx(0.5, abs=0.02))
    assert "marks" not in messages.samples(points)
    window.mark("epoch 2")
    assert [mark["text"] for mark in messages.samples(points)["marks"]] == ["epoch 2"]
    window.end()


def test_a_domain_tells_what_its_figures_have_wrong_in_common(virtual, host, monkeypatch):
    window = virtual.begin()
    window.end()
    scales = {"gpu:0": Scale(1.06, "board A", "a source")}
    domains = [replace(domain, scale=scales.get(domain.id)) for domain in window.domains]
    monkeypatch.setattr(type(window), "domains", domains)
    message = Messages(window, Subject()).begin()
    told = {domain["id"]: domain.get("scale") for domain in message["domains"]}
    assert told == {"cpu:0/package": None, "gpu:0": {"factor": 1.06, "group": "board A"}}


def test_processes_of_others_are_counted_and_own_ones_are_not(host, follow):
    host["gpu:0"].set(pids=[os.getpid(), 1])  # 1 is nobody's descendant
    now = follow(lambda now: now["domains"]["gpu:0"].get("others") is not None)
    assert now["domains"]["gpu:0"]["others"] == 1


def test_a_sensor_that_hangs_falls_behind_and_the_others_do_not(host, follow):
    def is_behind(now):
        read_s = now["domains"]["gpu:0"]["t_s"]
        if read_s is not None and read_s > 0.3:
            host["gpu:0"].set(call_cost_s=5.0)
        return read_s is not None and now["t_s"] - read_s > 2

    now = follow(is_behind)
    host["gpu:0"].set(call_cost_s=0.0)
    assert now["t_s"] - now["domains"]["cpu:0/package"]["t_s"] < 1


def test_a_large_batch_is_thinned_keeps_its_peak_and_its_joules(virtual, host):
    window = virtual.begin()
    points = [
        Point(
            window.begin_ns + k * 100_000_000,
            {"cpu:0/package": 900.0 if k == 20_011 else 50.0, "gpu:0": None},
            {"cpu:0/package": 5.0 * k},
            5.0 * k,
        )
        for k in range(36_000)  # an hour
    ]
    message = Messages(window, Subject()).samples(points)
    window.end()
    assert len(message["t_s"]) <= MOST_POINTS
    assert max(message["power_w"]["cpu:0/package"]) == 900.0
    assert message["now"]["peak_power_w"] == 900.0
    assert message["now"]["energy_j"] == message["energy_j"][-1] == pytest.approx(5.0 * 35_999)


class OneOther:
    """Meters on one other host, which draws 10 W and says so by the second."""

    def __init__(self, clock_s):
        self.told = []
        self._clock_s = clock_s

    def open(self, run_id):
        pass

    def begin(self, begin_ns):
        self._begin_s = self._clock_s()

    def so_far(self, own):
        self.own = [each.id for each in own]
        until_s = self._clock_s() - self._begin_s
        if until_s > len(self.told):
            part = domain("host-2/cpu", 10 * until_s)
            other = HostSoFar("host-2", [part], 10.0, until_s)
            self.told.append(HostsSoFar("host-1", [other], is_at_least=False))
        return self.told[-1]

    def end(self, begin_ns, end_ns):
        pass

    def wait(self, timeout_s):
        return True

    def joined(self, report):
        return report


def test_what_other_hosts_have_told_is_sent_once_and_soon(host, machine, virtual):
    points = []
    other_hosts = OneOther(lambda: machine.now_ns * 1e-9)
    window = virtual.window(Subject(), on_point=points.append, elsewhere=other_hosts)
    messages = Messages(window, Subject())
    window.begin()
    told, curve = [], {"t_s": [], "host-2": [], "energy_j": []}
    for _ in range(50):
        machine.sleep(0.1)
        if points:
            sent = messages.samples(points)
            points.clear()
            told.append(sent["now"])
            curve["t_s"] += sent["t_s"]
            curve["energy_j"] += sent["energy_j"]
            curve["host-2"] += sent["power_w"]["host-2"]
    window.end()
    with_others = [now for now in told if "elsewhere" in now]
    assert len(with_others) == len(other_hosts.told) == 5
    assert set(other_hosts.own) == {"cpu:0/package", "gpu:0"}
    last = with_others[-1]
    (other,) = last["elsewhere"]["hosts"]
    assert other["t_s"] == pytest.approx(last["t_s"], abs=0.15)
    assert other["parts"][0]["energy_j"] == pytest.approx(10 * other["t_s"], rel=1e-3)
    # The figures are of all, each of the time that it has told of.
    assert last["energy_j"] == pytest.approx(150 * last["t_s"] + 10 * other["t_s"], rel=0.01)
    assert last["power_w"] == pytest.approx(160, rel=0.01)
    assert last["energy_j"] / last["told_s"] == pytest.approx(160, rel=0.01)
    # The curve goes as far as all have told.
    assert other["t_s"] - 0.2 < curve["t_s"][-1] <= other["t_s"]
    assert curve["host-2"] == [10.0] * len(curve["t_s"])
    assert curve["energy_j"][-1] == pytest.approx(160 * curve["t_s"][-1], rel=0.05)
    assert last["peak_power_w"] == pytest.approx(160, rel=0.05)


def test_figures_of_all_hosts_are_of_the_time_that_each_has_told_of():
    def of_all(*others, own_j=20.0, own_w=10.0):
        return elsewhere.of_all(2.0, own_j, own_w, HostsSoFar("host-1", others, is_at_least=False))

    told = HostSoFar("host-2", [domain("host-2/cpu", 80.0)], 90.0, 1.0)
    assert of_all(told) == {"energy_j": 100.0, "power_w": 100.0, "told_s": 1.1111}
    silent = HostSoFar("host-3")
    assert of_all(told, silent) == {"energy_j": 100.0, "power_w": None, "told_s": 1.1111}
    without = HostSoFar("host-3", until_s=1.0)
    lost = HostSoFar("host-4", is_lost=True)
    assert of_all(told, without, lost)["power_w"] == 100.0
    assert of_all(told, own_j=None, own_w=None) == {
        "energy_j": 80.0,
        "power_w": 90.0,
        "told_s": 1.0,
    }
    assert of_all(silent, own_j=None, own_w=None) == {"energy_j": None, "power_w": None}


def test_without_other_hosts_nothing_is_told_of_them(follow):
    assert "elsewhere" not in follow(lambda now: now["t_s"] > 1)
