"""Windows that follow each other: one request and one reading serve both edges."""

import pytest

from jupyter_green.meter.summary import Subject
from jupyter_green.sampler import messages
from tests.testbench.machine import Sampler

WATTS = (60.0, 140.0, 90.0, 200.0)


@pytest.fixture
def requests(monkeypatch):
    """The kinds of what is asked of samplers, in order."""
    asked = []
    send = Sampler.send

    def listened(self, line):
        asked.append(messages.decode(line)[0])
        send(self, line)

    monkeypatch.setattr(Sampler, "send", listened)
    return asked


def followed(machine, virtual, device, meanwhile=lambda _: None):
    """Four windows in a row, of another power each, and what was used in each of them."""
    windows = [virtual.window(Subject(label="0"))]
    windows[0].begin()
    for number, watts in enumerate(WATTS):
        device.power_w = watts
        machine.sleep(0.2)
        meanwhile(number)
        machine.sleep(0.2)
        if number + 1 < len(WATTS):
            windows.append(virtual.follow(windows[-1], Subject(label=str(number + 1))))
    windows[-1].end(wait=False)
    true_j = [device.energy_j(w.begin_ns, w.end_ns) for w in windows]
    return [window.report for window in windows], true_j


@pytest.mark.parametrize("name", ["cpu:0/package", "gpu:0"])
def test_each_has_its_own_joules_and_one_request_is_sent_between_two(
    machine, virtual, requests, name
):
    device = machine.truth.add(name, power_w=10.0)
    reports, true_j = followed(machine, virtual, device)
    for report, true in zip(reports, true_j, strict=True):
        assert abs(report.energy_j - true) <= 2 * report.uncertainty_j + 1e-6
        assert report.uncertainty_j < 0.2 * true
    assert [kind for kind in requests if kind in ("begin", "end", "follow")] == [
        *("begin", "follow", "follow", "follow", "end")
    ]
    assert [report.label for report in reports] == ["0", "1", "2", "3"]


def test_no_reading_is_in_a_window_twice(machine, virtual):
    machine.truth.add("cpu:0/package", power_w=10.0)
    first = virtual.window()
    first.begin()
    machine.sleep(0.1)
    second = virtual.follow(first)
    machine.sleep(0.1)
    second.end()
    for window in (first, second):
        (readings,) = window.recording.trace.readings.values()
        times_ns = [reading.t_ns for reading in readings]
        assert times_ns == sorted(set(times_ns))


def test_a_sampler_that_dies_between_costs_no_joules(machine, virtual):
    device = machine.truth.add("cpu:0/package", power_w=10.0)

    def kill(number):
        if number == 1:
            virtual.kill_sampler()

    reports, true_j = followed(machine, virtual, device, kill)
    total_j = sum(report.energy_j for report in reports)
    assert total_j == pytest.approx(sum(true_j), rel=0.1)


def test_what_breaks_at_the_end_still_ends_and_begins_nothing(machine, virtual, requests):
    machine.truth.add("cpu:0/package", power_w=10.0)
    first = virtual.window()
    first.begin()
    machine.sleep(0.1)
    with pytest.raises(ValueError, match="status"):
        virtual.follow(first, status="fine")
    assert first.is_open
    assert virtual.open_windows == 1
    first.end()
    assert requests[-2:] == ["begin", "end"]
