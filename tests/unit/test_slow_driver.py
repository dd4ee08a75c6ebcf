"""Boards whose driver takes its time for each call: the joules come, their interval fits."""

import pytest

from jupyter_green.flags import NO_ANSWER, READ_FAILED, STANDS_STILL

S = 1_000_000_000


@pytest.fixture
def boards(machine):
    """Make a processor and some boards, each call to whose driver takes some time."""

    def make(count, call_s):
        machine.truth.add("cpu:0/package", power_w=50.0)
        for n in range(count):
            name = f"gpu:{n}"
            machine.truth.add(name, power_w=60.0, phase_s=0.013 * n, call_cost_s=call_s)
        return machine.truth

    return make


def work(truth, power_w, after_s, for_s):
    for device in truth.devices:
        if device.name.startswith("gpu:"):
            device.schedule([(after_s, power_w), (after_s + for_s, 60.0)])


def truth_j(truth, window, id_):
    return truth[id_].energy_j(window.begin_ns, window.end_ns)


def measured(machine, virtual, seconds, before_s=1.0):
    """Measure one window in a session that is in use; return it, its report, and the wait."""
    virtual.discover()
    first = virtual.begin()
    machine.sleep(before_s)
    first.end()
    machine.sleep(1.0)
    window = virtual.begin()
    work(machine.truth, 300.0, 0.05 * seconds, 0.9 * seconds)
    machine.sleep(seconds)
    report = window.end()
    return window, report, (machine.now_ns - window.end_ns) * 1e-9


@pytest.mark.parametrize("call_s", [0.005, 0.02, 0.06])
@pytest.mark.parametrize("count", [4, 8])
@pytest.mark.parametrize("seconds", [5.0, 20.0])
def test_the_joules_come_and_their_interval_is_of_use(
    boards, machine, virtual, count, call_s, seconds
):
    truth = boards(count, call_s)
    window, report, waited_s = measured(machine, virtual, seconds)
    assert len(report.domains) == count + 1
    for domain in report.domains.values():
        right_j = truth_j(truth, window, domain.id)
        assert abs(domain.energy_j - right_j) <= 1.5 * domain.uncertainty_j, domain
        assert domain.uncertainty_j < (0.35 if seconds < 10 else 0.1) * right_j, domain
        assert not {NO_ANSWER, READ_FAILED} & set(domain.flags), domain
    cpu = report.domains["cpu:0/package"]
    assert cpu.energy_j == pytest.approx(50.0 * seconds, rel=0.005)
    assert report.missing == ()
    assert report.energy_j == pytest.approx(
        sum(truth_j(truth, window, id_) for id_ in report.domains), rel=0.1
    )
    assert waited_s < 2.2


@pytest.mark.parametrize("call_s", [0.005, 0.02, 0.06])
@pytest.mark.parametrize("count", [4, 8])
def test_a_short_window_has_a_figure_that_no_board_could_exceed(
    boards, machine, virtual, count, call_s
):
    truth = boards(count, call_s)
    window, report, _ = measured(machine, virtual, 0.3)
    assert len(report.domains) == count + 1
    for domain in report.domains.values():
        right_j = truth_j(truth, window, domain.id)
        assert abs(domain.energy_j - right_j) <= 1.5 * domain.uncertainty_j, domain
        assert domain.energy_j + domain.uncertainty_j < 3.0 * right_j, domain


@pytest.mark.parametrize(("count", "call_s"), [(4, 0.02), (8, 0.06)])
def test_the_end_of_a_cell_waits_for_no_slow_driver(boards, machine, virtual, count, call_s):
    boards(count, call_s)
    virtual.discover()
    for _ in range(5):
        window = virtual.begin()
        machine.sleep(0.7)
        window.end(wait=False)
        report = window.provisional_report
        assert (machine.now_ns - window.end_ns) * 1e-9 < 0.01
        assert report.energy_j is not None
        machine.sleep(0.3)


@pytest.mark.parametrize(("count", "call_s"), [(4, 0.02), (8, 0.06)])
def test_cells_in_a_row_add_up(boards, machine, virtual, count, call_s):
    truth = boards(count, call_s)
    virtual.discover()
    reports, windows = [], []
    for _ in range(12):
        window = virtual.begin()
        work(truth, 250.0, 0.1, 0.3)
        machine.sleep(0.6)
        window.end(wait=False)
        windows.append(window)
        machine.sleep(0.05)
    machine.sleep(3.0)
    reports = [window.report for window in windows]
    for n in range(count):
        id_ = f"gpu:{n}"
        found_j = sum(report.domains[id_].energy_j for report in reports)
        right_j = sum(truth_j(truth, window, id_) for window in windows)
        assert found_j == pytest.approx(right_j, rel=0.15)


def test_the_first_window_of_a_session_is_no_worse(boards, machine, virtual):
    truth = boards(8, 0.06)
    window = virtual.begin()
    machine.sleep(8.0)
    report = window.end()
    assert len(report.domains) == 9
    for domain in report.domains.values():
        right_j = truth_j(truth, window, domain.id)
        assert abs(domain.energy_j - right_j) <= 1.5 * domain.uncertainty_j, domain
        assert domain.uncertainty_j < 0.25 * right_j
        assert not {NO_ANSWER, READ_FAILED} & set(domain.flags), domain


def test_a_slow_counter_that_stands_still_has_its_power_integrated(boards, machine, virtual):
    truth = boards(8, 0.02)
    truth["gpu:5"].set(quantum_j=1e6)
    window, report, _ = measured(machine, virtual, 8.0)
    gpu = report.domains["gpu:5"]
    right_j = truth_j(truth, window, "gpu:5")
    assert STANDS_STILL in gpu.flags
    assert abs(gpu.energy_j - right_j) <= 1.5 * gpu.uncertainty_j
    assert gpu.energy_j == pytest.approx(right_j, rel=0.25)


def test_a_slow_driver_is_left_alone_for_a_good_part_of_the_time(boards, machine, virtual):
    """Others call it, too."""
    truth = boards(8, 0.06)
    virtual.discover()
    window = virtual.begin()
    machine.sleep(20.0)
    window.end()
    called_s = machine.driver_s
    assert called_s < 0.75 * 20.0
    assert truth["gpu:0"].knob("call_cost_ns") == 0.06 * S


def test_a_slow_board_has_a_curve(boards, machine, virtual):
    boards(8, 0.06)
    _, report, _ = measured(machine, virtual, 10.0)
    watts = [w for w in report.trace.power_w["gpu:3"] if w is not None]
    assert len(watts) > 0.8 * len(report.trace.t_s)
    assert max(watts) == pytest.approx(300.0, rel=0.15)
