"""Windows in which a device was slowed down by heat or a weak supply say so."""

import pytest

from jupyter_green.flags import THROTTLED, sentence
from jupyter_green.meter.surroundings import Surroundings
from jupyter_green.sampler import messages
from jupyter_green.sampler.host_load import HostLoad
from jupyter_green.sampler.load import Load
from jupyter_green.sampler.throttling import Throttling
from jupyter_green.studies.compare.run import Run


@pytest.fixture
def cpus(tmp_path):
    """Two packages of two CPUs each, as the kernel shows them, none throttled so far."""
    for cpu in range(4):
        folder = tmp_path / f"cpu{cpu}"
        (folder / "topology").mkdir(parents=True)
        (folder / "topology" / "physical_package_id").write_text(f"{cpu // 2}\n")
        throttle(tmp_path, cpu, count=7, ms=90)
    (tmp_path / "cpufreq").mkdir()
    return tmp_path


def throttle(root, cpu, count, ms=None):
    folder = root / f"cpu{cpu}" / "thermal_throttle"
    folder.mkdir(exist_ok=True)
    (folder / "package_throttle_count").write_text(f"{count}\n")
    if ms is not None:  # Linux before 5.5 has no times
        (folder / "package_throttle_total_time_ms").write_text(f"{ms}\n")


def load(throttling):
    return Load(0, 0.0, 0.0, 4, throttling=throttling.read())


@pytest.mark.parametrize(("count", "ms"), [(8, 90), (7, 120)], ids=["begins", "ends"])
def test_a_package_is_throttled_where_an_event_begins_or_ends(cpus, count, ms):
    throttling = Throttling(cpus)
    before = load(throttling)
    assert load(throttling).throttled_since(before) == frozenset()
    for cpu in (2, 3):
        throttle(cpus, cpu, count, ms)
    assert load(throttling).throttled_since(before) == {1}


def test_what_the_kernel_does_not_show_is_not_told(cpus, tmp_path):
    assert Throttling(tmp_path / "none").read() == {}
    throttling = Throttling(cpus)
    before = load(throttling)
    for cpu in range(4):
        throttle(cpus, cpu, 9, 200)
        (cpus / f"cpu{cpu}" / "thermal_throttle" / "package_throttle_count").unlink()
        (cpus / f"cpu{cpu}" / "thermal_throttle" / "package_throttle_total_time_ms").unlink()
    assert load(throttling).throttled_since(before) == frozenset()
    assert load(Throttling(cpus)).throttled_since(load(Throttling(cpus))) == frozenset()


def test_the_flag_is_that_of_the_package_and_of_the_model_of_all(cpus):
    throttling = Throttling(cpus)
    around = Surroundings(begin_load=load(throttling))
    throttle(cpus, 2, 8, 95)
    throttle(cpus, 3, 8, 95)
    around.end_load = load(throttling)
    flagged = {
        id_
        for id_ in (
            *("cpu:0/package", "cpu:1/package", "cpu:1/die-0/package"),
            *("cpu:1/dram", "cpu:1/core", "cpu", "psys", "gpu:0"),
        )
        if THROTTLED in around.device_flags(id_)
    }
    assert flagged == {"cpu:1/package", "cpu:1/die-0/package", "cpu"}


def test_the_load_at_an_edge_holds_it_and_goes_through_the_pipe(cpus):
    found = HostLoad(1, throttling=Throttling(cpus)).read()
    assert found.throttling == {"0": 97, "1": 97}
    sent = messages.decode(messages.encode(messages.load(None, found, {1})))
    assert messages.loaded(sent)[1] == found


def metered(machine, virtual, seconds):
    window = virtual.begin()
    machine.sleep(seconds)
    return window.end()


def test_a_window_with_a_hot_gpu_is_flagged_and_the_next_one_is_not(machine, virtual):
    gpu = machine.truth.add("gpu:0", power_w=100.0)
    assert THROTTLED not in metered(machine, virtual, 1.5).domains["gpu:0"].flags
    gpu.set(clocks_event_reasons=0x40)
    hot = metered(machine, virtual, 1.5)
    gpu.set(clocks_event_reasons=0x4)  # at its power limit
    machine.sleep(1.0)
    cool = metered(machine, virtual, 1.5)
    assert THROTTLED in hot.domains["gpu:0"].flags
    assert THROTTLED not in cool.domains["gpu:0"].flags
    assert hot.from_dict(hot.to_dict()).domains["gpu:0"].flags == hot.domains["gpu:0"].flags


def test_heat_that_comes_and_goes_within_a_window_is_seen(machine, virtual):
    gpu = machine.truth.add("gpu:0", power_w=100.0)
    window = virtual.begin()
    machine.sleep(2.0)
    gpu.set(clocks_event_reasons=0x20)
    machine.sleep(1.5)
    gpu.set(clocks_event_reasons=0)
    machine.sleep(2.0)
    assert THROTTLED in window.end().domains["gpu:0"].flags


def test_a_throttled_run_is_unlike_the_others_of_a_comparison(machine, virtual):
    gpu = machine.truth.add("gpu:0", power_w=100.0)
    quiet = metered(machine, virtual, 1.5)
    gpu.set(clocks_event_reasons=0x80)
    hot = metered(machine, virtual, 1.5)

    def why(report):
        return Run(1, "a", 1, 1.0, report.energy_j, 0.0, report).disturbances

    assert why(quiet) == ()
    assert why(hot) == (sentence(THROTTLED),)
