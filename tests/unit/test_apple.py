"""Apple silicon by the interface of ``zeus_apple_silicon``: what is counted, what is missing."""

import sys
import time

import pytest

from jupyter_green.sampler.accumulator import Accumulator
from jupyter_green.sources import apple
from jupyter_green.sources.base import Provenance
from tests.testbench import apple_standin
from tests.testbench.nvml import BENCH_VARIABLE

MAC = {"system": "darwin", "machine": "arm64"}


@pytest.fixture
def library(truth, monkeypatch):
    """The stand-in on ``sys.path``."""
    monkeypatch.setenv(BENCH_VARIABLE, str(truth.path))
    monkeypatch.syspath_prepend(str(apple_standin.PATH))
    monkeypatch.delitem(sys.modules, "zeus_apple_silicon", raising=False)
    yield
    sys.modules.pop("zeus_apple_silicon", None)


def part(truth, field, power_w=5.0, **knobs):
    return truth.add(field, power_w=power_w, unit_j=1e-3, wrap_range=None, **knobs)


@pytest.fixture
def chip(truth, library):
    """A chip that reports no Neural Engine; each part shows another figure."""
    fields = ("cpu_total_mj", "dram_mj", "gpu_mj", "gpu_sram_mj")
    clusters = ("performance_cluster_mj/0", "performance_cluster_mj/1")
    for number, field in enumerate((*fields, *clusters)):
        part(truth, field, offset=10 ** (number + 3), power_w=0)
    return truth


def read(source):
    return {d.id: (d, source.read(i)) for i, d in enumerate(source.domains)}


def test_every_part_that_the_chip_reports_is_a_domain(chip):
    parts = read(apple.probe(**MAC).source)
    assert {id_: reading.counter for id_, (_, reading) in parts.items()} == {
        "cpu": 10**3,
        "dram": 10**4,
        "gpu:0": 10**5,
        "gpu:0/sram": 10**6,
        "cpu/performance": 10**7 + 10**8,
    }


def test_nothing_is_counted_twice_and_what_is_left_out_says_why(chip):
    parts = read(apple.probe(**MAC).source)
    assert {id_ for id_, (domain, _) in parts.items() if domain.counted} == {"cpu", "dram", "gpu:0"}
    assert parts["cpu/performance"][0].note == "part of the CPU"
    assert "not documented" in parts["gpu:0/sram"][0].note


def test_the_joules_are_those_that_were_used(truth, library):
    cpu = part(truth, "cpu_total_mj", power_w=40)
    source = apple.probe(**MAC).source
    accumulator = Accumulator(source.domains[0])
    first = source.read(0)
    accumulator.add(first)
    while (last := source.read(0)).t_ns < first.t_ns + 100_000_000:
        time.sleep(0.005)
    accumulator.add(last)
    # The library looks a moment after the time that stands in the middle of the call.
    slack_j = 40 * 0.05
    assert accumulator.energy_j == pytest.approx(cpu.energy_j(first.t_ns, last.t_ns), abs=slack_j)
    assert accumulator.energy_j == pytest.approx((last.counter - first.counter) * 1e-3)


def test_figures_are_flagged_as_the_firmwares_model(chip):
    domain = apple.probe(**MAC).source.domains[0]
    assert domain.provenance is Provenance.COUNTER
    assert domain.flags == (apple.FIRMWARE_MODEL,)


def test_domains_read_together_show_the_same_moment_and_later_ones_a_new_one(chip):
    source = apple.probe(**MAC).source
    for _ in range(20):
        together = [source.read(index).t_ns for index in range(len(source.domains))]
        if len(set(together)) == 1:
            break
    else:
        pytest.fail("every sweep of five cached reads took more than two milliseconds")
    time.sleep(0.01)
    assert source.read(0).t_ns > together[0]


def test_a_failed_read_says_so_and_the_next_one_works(chip):
    source = apple.probe(**MAC).source
    chip["cpu_total_mj"].fail()
    time.sleep(0.01)
    assert "IOReport" in source.read(0).error
    assert source.read(0).counter is None
    chip["cpu_total_mj"].set(failing=None)
    assert source.read(0).error is None


@pytest.mark.parametrize(("system", "machine"), [("linux", "aarch64"), ("darwin", "x86_64")])
def test_other_machines_are_told_nothing(chip, system, machine):
    found = apple.probe(system, machine)
    assert found.source is None
    assert found.missing == ()


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", None)
    (missing,) = apple.probe(**MAC).missing
    assert "pip install 'jupyter-green[apple]'" in missing.remedy


def test_a_chip_that_reports_nothing_is_missing(truth, library):
    (missing,) = apple.probe(**MAC).missing
    assert "no energy" in missing.reason
    assert "zeus-apple-silicon" in missing.remedy


def test_a_virtual_machine_is_missing_and_told_to_measure_outside(chip):
    chip["cpu_total_mj"].fail()
    found = apple.probe(**MAC)
    assert found.source is None
    assert "IOReport" in found.missing[0].reason
    assert "on the Mac itself" in found.missing[0].remedy
