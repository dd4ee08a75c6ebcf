"""Whose joules follow from what a unit used: sums, intervals, and what cannot be told."""

import random

import pytest

from jupyter_green.flags import HOST_BUSY
from jupyter_green.meter.baseline import Baseline
from jupyter_green.meter.unit_share import of_domains, unit_share
from jupyter_green.report.fields import DomainReport, SharePart
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sampler.load import TICK_S, Load
from jupyter_green.service.use import MOST_LOOKS, Use, Window, divided, joules_at
from jupyter_green.sources.base import Provenance

S = 1_000_000_000
PACKAGE, DRAM, GPU = "cpu:0/package", "cpu:0/dram", "gpu:0"


class Control:
    """A unit."""

    kind = "cgroup"


def domain(id_, energy_j, uncertainty_j=0.1, *, counted=True):
    return DomainReport(
        id=id_,
        device="a device",
        source="rapl",
        energy_j=energy_j,
        uncertainty_j=uncertainty_j,
        mean_power_w=1.0,
        provenance=Provenance.COUNTER,
        resolution_s=0.001,
        counted=counted,
    )


def load(t_s, host_s, own_s, cpus=4):
    return Load(int(t_s * S), host_s, own_s, cpus)


def told(domains, loads, *, power_w=50.0, gpus=None, baseline=None):
    """Return what is told of a window, at a constant power or by a curve of joules."""
    use = Use(Control(), {})
    for each in loads:
        use.add(each)
    curve = power_w if callable(power_w) else lambda t_s: power_w * t_s
    window = Window(domains, (loads[-1].t_ns - loads[0].t_ns) / S, lambda _, t_ns: curve(t_ns / S))
    return divided(window, use, gpus or {}, baseline)


def idle(power_w):
    return Baseline("2026-01-01T00:00:00Z", 10.0, power_w, dict.fromkeys(power_w, 0.5))


SECONDS = [load(t, 2.0 * t, 0.5 * t) for t in range(11)]


def test_own_others_and_idle_are_the_measured_joules_to_the_microjoule():
    domains = [domain(PACKAGE, 500.000001), domain(DRAM, 33.333333)]
    share, flags = told(domains, SECONDS, baseline=idle({PACKAGE: 20.0}))
    package, dram = share.domains[PACKAGE], share.domains[DRAM]
    assert (package.by, dram.by) == ("cpu-time", "weak-cpu-time")
    assert package.idle_j == 200.0
    assert package.energy_j == pytest.approx(75.0, abs=1e-5)
    assert dram.idle_j is None
    assert dram.energy_j == pytest.approx(33.333333 / 4, abs=1e-6)
    parts = [package.energy_j, package.others_j, package.idle_j, dram.energy_j, dram.others_j]
    assert sum(round(each * 1e6) for each in parts) == 533_333_334
    whole = [share.energy_j, share.others_j, share.idle_j]
    assert sum(round(each * 1e6) for each in whole) == 533_333_334
    assert share.cpu_share == pytest.approx(0.25)
    assert list(flags) == [HOST_BUSY]


def test_without_a_baseline_there_is_no_idle_line():
    share, _ = told([domain(PACKAGE, 500.0)], SECONDS)
    assert share.idle_j is None
    assert share.energy_j + share.others_j == 500.0


def test_the_interval_holds_the_ticks_the_reading_and_the_baseline():
    alone, _ = told([domain(PACKAGE, 500.0, 0.0)], SECONDS)
    read, _ = told([domain(PACKAGE, 500.0, 40.0)], SECONDS)
    both, _ = told([domain(PACKAGE, 500.0, 40.0)], SECONDS, baseline=idle({PACKAGE: 20.0}))
    assert 0 < alone.uncertainty_j < read.uncertainty_j
    assert read.uncertainty_j == pytest.approx(10.0, rel=0.1)
    assert both.uncertainty_j > 10.0 * 300 / 500


def test_who_computed_while_much_was_drawn_has_more_of_it():
    """Alone at 40 W for five seconds; then others drew 80 W, with four times the CPU time."""
    loads = [load(t, t + 3.0 * max(0, t - 5), min(t, 5)) for t in range(11)]
    share, _ = told(
        [domain(PACKAGE, 600.0)], loads, power_w=lambda t: 40 * min(t, 5) + 80 * max(0, t - 5)
    )
    assert share.energy_j == pytest.approx(200.0, rel=0.02)
    assert share.cpu_share == pytest.approx(0.2)


def test_what_ticks_cannot_tell_is_put_together():
    """A host that hardly did anything in each second, but something in all of them."""
    loads = [load(t, 0.05 * t, 0.025 * t) for t in range(21)]
    share, _ = told([domain(PACKAGE, 1000.0)], loads)
    assert share.energy_j == pytest.approx(500.0, rel=0.02)


def test_too_short_or_too_idle_is_not_divided():
    assert told([domain(PACKAGE, 0.5)], [load(0, 0, 0), load(0.02, 0.02, 0.01)]) is None
    assert told([domain(PACKAGE, 0.5)], [load(0, 0, 0), load(10, 0.0, 0.0)]) is None
    assert told([domain(PACKAGE, 0.5)], [load(0, 0, 0)]) is None


def test_less_than_idle_is_all_idle():
    share, _ = told([domain(PACKAGE, 150.0)], SECONDS, baseline=idle({PACKAGE: 20.0}))
    assert (share.energy_j, share.others_j, share.idle_j) == (0.0, 0.0, 150.0)


def test_a_gpu_is_divided_by_what_its_driver_says_of_processes():
    domains = [domain(PACKAGE, 100.0), domain(GPU, 90.0), domain("gpu:1", 10.0)]
    share, _ = told(
        domains, SECONDS, gpus={GPU: (30.0, 90.0), "gpu:1": (0.0, 0.0)}, baseline=idle({GPU: 3.0})
    )
    assert share.domains[GPU].by == "driver"
    assert share.domains[GPU].idle_j == 30.0
    assert share.domains[GPU].energy_j == pytest.approx(20.0)
    assert share.gpu_share == {GPU: pytest.approx(1 / 3)}
    assert "gpu:1" not in share.domains


def test_only_what_is_in_the_total_is_divided():
    share, _ = told([domain(PACKAGE, 100.0), domain("cpu:0/core", 60.0, counted=False)], SECONDS)
    assert list(share.domains) == [PACKAGE]
    assert told([domain("psys", 100.0)], SECONDS) is None


def test_a_day_of_looks_takes_no_more_room_than_some_minutes():
    use = Use(Control(), {})
    for t in range(5000):
        use.add(load(t, 2.0 * t, t))
    assert len(use.loads) <= MOST_LOOKS
    assert (use.loads[0].t_ns, use.loads[-1].t_ns) == (0, 4999 * S)
    times = [each.t_ns for each in use.loads]
    assert times == sorted(times)


def test_the_interval_holds_what_was_truly_used():
    """The host's time in ticks that are booked on whatever runs; the unit's is exact."""
    chance = random.Random(17)
    held = 0
    for _ in range(200):
        part, busy = chance.uniform(0.05, 0.9), chance.uniform(0.3, 3.9)
        seconds = chance.choice([1, 2, 5])
        phase_s = chance.uniform(0, TICK_S)
        loads = []
        for t in range(seconds + 1):
            host_s = int((busy * t + phase_s) / TICK_S) * TICK_S
            loads.append(load(t, host_s, part * busy * t))
        true_j = part * 50.0 * seconds
        found = told([domain(PACKAGE, 50.0 * seconds, 0.0)], loads)
        share = found.share
        held += abs(share.energy_j - true_j) <= share.uncertainty_j
    assert held >= 190


def test_joules_between_readings_lie_between_theirs():
    readings = [DomainSample(t * S, 10.0 * t, None, None) for t in (1, 2, 4)]
    assert joules_at(readings, 3 * S) == 30.0
    assert joules_at(readings, 2 * S) == 20.0
    assert joules_at(readings, 0) == 10.0
    assert joules_at(readings, 9 * S) == 40.0
    assert joules_at([], S) == 0.0


# --- on the client's side -------------------------------------------------------------------


def test_a_gpu_that_is_hidden_from_a_program_is_left_out_of_its_share():
    share = unit_share(
        "session",
        (0.5, 0.1),
        {
            PACKAGE: SharePart("cpu-time", 10.0, 1.0, 20.0, 5.0),
            DRAM: SharePart("weak-cpu-time", 1.0, 1.0, 2.0),
            GPU: SharePart("driver", 30.0, 3.0, 10.0, 7.0),
        },
    )
    assert (share.energy_j, share.others_j, share.idle_j) == (41.0, 32.0, 12.0)
    assert share.uncertainty_j == pytest.approx((2.0**2 + 3.0**2) ** 0.5)
    own = of_domains(share, {PACKAGE, DRAM})
    assert (own.energy_j, own.others_j, own.idle_j, own.gpu_share) == (11.0, 22.0, 5.0, {})
    assert of_domains(share, {PACKAGE, DRAM, GPU}) is share
    assert of_domains(share, {"gpu:3"}) is None
