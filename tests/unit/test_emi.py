"""Windows' energy meter by the interface of ``pdh.dll``: what is counted, what is missing."""

import ctypes
import itertools
import sys
import time
from types import SimpleNamespace

import pytest

from jupyter_green.sampler.accumulator import Accumulator
from jupyter_green.sources import emi
from jupyter_green.sources.base import Provenance
from jupyter_green.sources.discovery import probe_rapl
from jupyter_green.sources.pdh import RawCounters
from tests.testbench import build
from tests.testbench.nvml import BENCH_VARIABLE

PACKAGE = "RAPL_Package0_PKG"


@pytest.fixture
def windows(truth, monkeypatch):
    """What Windows would show, by the stand-in for its library."""
    monkeypatch.setenv(BENCH_VARIABLE, str(truth.path))
    library = str(build.pdh_library())
    monkeypatch.setattr(ctypes, "WinDLL", lambda name: ctypes.CDLL(library), raising=False)
    return truth


def counter(truth, instance, power_w=20.0, **knobs):
    return truth.add(instance, power_w=power_w, unit_j=emi.UNIT_J, wrap_range=None, **knobs)


@pytest.fixture
def processor(windows):
    """A laptop's: no figure of its memory, and two sensors that are none of the processor's."""
    counter(windows, "RAPL_Package0_DRAM", power_w=0)
    counter(windows, "RAPL_Package0_PP0", power_w=15, offset=10**12)
    counter(windows, PACKAGE, offset=2 * 10**12)
    counter(windows, "RAPL_Package0_PP1", power_w=1, offset=10**9)
    counter(windows, "CPU_CLUSTER_0", offset=10**12)
    counter(windows, "Current Socket Power", offset=10**12)
    return windows


def test_the_processors_counters_are_domains_and_nothing_is_counted_twice(processor):
    domains = emi.probe("win32").source.domains
    assert [(each.id, each.counted) for each in domains] == [
        ("cpu:0/package", True),
        ("cpu:0/core", False),
        ("cpu:0/uncore", False),
    ]
    assert {each.provenance for each in domains} == {Provenance.COUNTER}
    assert domains[1].note == "part of the package"


def test_two_packages_and_a_servers_memory_are_counted(windows):
    for instance in (PACKAGE, "RAPL_Package0_DRAM", "rapl_package1_pkg", "RAPL_Package1_DRAM"):
        counter(windows, instance, offset=10**12)
    domains = emi.probe("win32").source.domains
    assert [each.id for each in domains if each.counted] == [
        "cpu:0/package",
        "cpu:0/dram",
        "cpu:1/package",
        "cpu:1/dram",
    ]


def test_the_joules_are_those_that_were_used(processor):
    source = emi.probe("win32").source
    accumulator = Accumulator(source.domains[0])
    first = source.read(0)
    accumulator.add(first)
    while (last := source.read(0)).t_ns < first.t_ns + 100_000_000:
        time.sleep(0.005)
    accumulator.add(last)
    used_j = processor[PACKAGE].energy_j(first.t_ns, last.t_ns)
    # The library looks a moment before or after the time in the middle of the call.
    assert accumulator.energy_j == pytest.approx(used_j, abs=20 * 0.02)


@pytest.mark.parametrize("refresh_s", [0.0, 0.05])
def test_the_refresh_is_the_one_that_is_seen(windows, refresh_s):
    counter(windows, PACKAGE, offset=1, refresh_s=refresh_s)
    seen_s = emi.probe("win32").source.domains[0].resolution_s
    assert max(refresh_s, 0.001) <= seen_s + 0.02
    assert seen_s < refresh_s + 0.05


def test_a_machine_that_is_busy_does_not_make_the_refresh_seem_longer(processor, monkeypatch):
    """Four of five looks come late."""
    naps = itertools.cycle([0.03, 0.03, 0.001, 0.03, 0.03])
    sleep = time.sleep
    monkeypatch.setattr(emi.time, "sleep", lambda s: sleep(next(naps)))
    assert emi.probe("win32").source.domains[0].resolution_s < 0.02


def test_a_clock_of_coarse_steps_hides_a_quicker_refresh(processor, monkeypatch):
    """Before Python 3.13 Windows' clock has steps of 16 ms."""
    coarse = SimpleNamespace(resolution=0.5)
    monkeypatch.setattr(emi.time, "get_clock_info", lambda name: coarse)
    assert emi.probe("win32").source.domains[0].resolution_s == 0.5


def test_a_counter_that_stands_still_is_missing(windows, monkeypatch):
    monkeypatch.setattr(emi, "SLOWEST_S", 0.05)
    counter(windows, PACKAGE, offset=10**12, power_w=0)
    found = emi.probe("win32")
    assert found.source is None
    assert found.missing[0].reason == f"the counter of {PACKAGE} stands still"


@pytest.mark.parametrize("unit_j", [1e-6, 1e-12])
def test_a_counter_in_another_unit_is_not_read(windows, unit_j):
    windows.add(PACKAGE, power_w=20, unit_j=unit_j, wrap_range=None, offset=10**12)
    found = emi.probe("win32")
    assert found.source is None
    assert "it counts in another unit" in found.missing[0].reason


def test_a_failed_read_says_so_and_the_next_one_works(processor):
    source = emi.probe("win32").source
    for device in processor.devices:
        device.fail()
    time.sleep(0.001)
    reading = source.read(0)
    assert (reading.counter, reading.error) == (
        None,
        "energy of cpu:0/package: PDH returns 0x800007d5",
    )
    for device in processor.devices:
        device.set(failing=None)
    assert source.read(0).counter > 2 * 10**12


def test_one_instance_that_has_no_value_costs_no_other(processor):
    source = emi.probe("win32").source
    processor["RAPL_Package0_PP0"].fail()
    time.sleep(0.001)
    assert source.read(1).error == "energy of cpu:0/core: RAPL_Package0_PP0 shows none now"
    assert source.read(0).error is None


@pytest.mark.parametrize("instance", ["CPU_CLUSTER_0", None])
def test_a_machine_without_the_counters_is_told_how_to_look(windows, instance):
    if instance:
        counter(windows, instance, offset=1)
    (missing,) = emi.probe("win32").missing
    assert missing.reason.startswith(emi.ABSENT)
    assert "typeperf" in missing.remedy
    assert "modprobe" not in missing.remedy


def test_without_the_library_the_counters_are_missing(monkeypatch):
    monkeypatch.delattr(ctypes, "WinDLL", raising=False)
    (missing,) = emi.probe("win32").missing
    assert "pdh.dll cannot be loaded" in missing.reason


@pytest.mark.skipif(sys.platform == "win32", reason="it is about other systems")
def test_other_systems_are_told_nothing_and_windows_nothing_of_linuxs_counters():
    assert emi.probe() == emi.probe("linux")
    assert emi.probe().missing == ()
    assert probe_rapl({}, "win32").missing == ()


def test_a_counter_is_read_by_its_name(processor):
    counters = RawCounters(emi.COUNTERS)
    shown = counters.read()
    counters.close()
    assert shown["_Total"] == 0
    assert shown[PACKAGE] >= 2 * 10**12
