"""Every counter difference is booked once, whatever the counter does."""

import pytest

from jupyter_green.flags import REJECTED, RESTARTED, WRAPPED, WRAPS_MISSED
from jupyter_green.sampler.accumulator import Accumulator
from jupyter_green.sources.base import Domain, Provenance, Reading

SECOND = 1_000_000_000


def domain(**changes):
    fields = {
        "id": "cpu:0/package",
        "device": "CPU package",
        "source": "rapl",
        "provenance": Provenance.COUNTER,
        "resolution_s": 0.001,
        "unit_j": 1e-6,
        "wrap_range": 262_143_328_850,
        "power_limit_w": 500.0,
    }
    return Domain(**{**fields, **changes})


def book(accumulator, *counters, step_s=0.1):
    """Feed counters at a steady step; `None` is a failed read. Return the flags."""
    book.t = getattr(book, "t", SECOND)
    flags = []
    for counter in counters:
        book.t += int(step_s * SECOND)
        error = "EIO" if counter is None else None
        flags.append(accumulator.add(Reading(book.t, counter, error=error)))
    return flags


def test_differences_add_up_exactly():
    accumulator = Accumulator(domain())
    book(accumulator, 10, 1_000_010, 1_000_011)
    assert accumulator.energy_j == pytest.approx(1.000001, abs=1e-12)


def test_a_failed_read_loses_nothing():
    accumulator = Accumulator(domain())
    book(accumulator, 0, 1_000_000, None, None, 4_000_000)
    assert accumulator.energy_j == pytest.approx(4.0)


def test_a_wrap_continues_by_the_domains_own_range():
    accumulator = Accumulator(domain(wrap_range=1_000_000, power_limit_w=10.0))
    flags = book(accumulator, 900_000, 100_000, 300_000, 200_000)
    assert accumulator.energy_j == pytest.approx(0.2 + 0.2 + 0.9)
    assert flags == [None, WRAPPED, None, WRAPPED]


@pytest.mark.parametrize(("power_w", "seconds"), [(250.0, 20), (100.0, 20), (101.0, 3)])
def test_a_power_that_disagrees_is_not_carried_over_a_restart(power_w, seconds):
    """The counter shows 100 W, whatever is reported; 101 W are no disagreement."""
    accumulator = Accumulator(domain())
    t_ns = SECOND
    for n in range(10 * seconds):
        t_ns += SECOND // 10
        accumulator.add(Reading(t_ns, 10_000_000_000 + 10_000_000 * n, power_w))
    before_j = accumulator.energy_j
    for n in range(2):  # it restarted two seconds ago
        t_ns += 2 * SECOND if n == 0 else SECOND // 10
        accumulator.add(Reading(t_ns, 1_000_000 + 10_000_000 * n, power_w))
    assert accumulator.energy_j - before_j == pytest.approx(2 * 100.0 + 10.0, rel=0.02)


def test_wraps_that_nobody_saw_are_likely_as_many_as_the_power_before_says():
    accumulator = Accumulator(domain())
    book(accumulator, 0, 20_000_000)  # 200 W
    flags = book(accumulator, 10_000_000_000, step_s=3600.0)
    assert flags == [WRAPS_MISSED]
    range_j = 262_143.328850
    likely_j = accumulator.energy_j - 20.0
    assert likely_j == pytest.approx(200.0 * 3600.0, abs=range_j / 2)
    wraps = (likely_j - 9_980.0) / range_j
    assert wraps == pytest.approx(round(wraps))


def test_a_long_gap_in_which_it_could_not_wrap_is_as_any_other():
    accumulator = Accumulator(domain())
    book(accumulator, 0)
    assert book(accumulator, 10_000_000_000, step_s=120.0) == [None]
    assert accumulator.energy_j == pytest.approx(10_000.0)


def test_a_wrap_behind_a_failed_read_is_booked_once():
    accumulator = Accumulator(domain(wrap_range=10_000_000))
    book(accumulator, 9_000_000, None, 1_000_000)
    assert accumulator.energy_j == pytest.approx(2.0)


def test_a_counter_that_restarts_never_counts_as_a_wrap():
    # 200 kJ to 1 J in 0.1 s would be a wrap of 62 kJ: 620 kW.
    accumulator = Accumulator(domain())
    flags = book(accumulator, 200_000_000_000, 1_000_000, 3_000_000, 4_000_000)
    assert flags[1] == RESTARTED
    assert accumulator.energy_j == pytest.approx(3.0)


def test_the_power_is_carried_over_where_a_counter_restarts():
    # 10 W, then a restart between two readings that are 0.1 s apart.
    accumulator = Accumulator(domain(unit_j=1e-3, wrap_range=None))
    book(accumulator, 5_000_000_000, 5_000_001_000, 0, 2_000, 4_000)
    assert accumulator.energy_j == pytest.approx(1.0 + 10.0 * 0.1 + 2.0 + 2.0)


def test_one_wild_figure_costs_nothing():
    accumulator = Accumulator(domain())
    flags = book(accumulator, 0, 1_000_000, 90_000_000_000, 3_000_000, 4_000_000)
    assert flags[2] == REJECTED
    assert accumulator.energy_j == pytest.approx(4.0)


def test_a_refresh_that_brings_a_whole_period_is_plausible():
    # 100 ms at 400 W arrive between two reads that are 1 ms apart.
    accumulator = Accumulator(domain(unit_j=1e-3, wrap_range=None, resolution_s=0.1))
    book(accumulator, 0, 40_000, step_s=0.001)
    assert accumulator.energy_j == pytest.approx(40.0)


def test_constant_power_gives_exactly_power_times_time():
    accumulator = Accumulator(domain(provenance=Provenance.POWER))
    for k in (0, 1, 3, 7, 8):
        accumulator.add(Reading(SECOND + k * SECOND // 10, power_w=70.0))
    assert accumulator.energy_j == pytest.approx(70.0 * 0.8, rel=1e-12)


def test_a_failed_power_reading_is_bridged():
    accumulator = Accumulator(domain(provenance=Provenance.POWER))
    accumulator.add(Reading(SECOND, power_w=100.0))
    accumulator.add(Reading(2 * SECOND, error="lost"))
    accumulator.add(Reading(3 * SECOND, power_w=50.0))
    assert accumulator.energy_j == pytest.approx(150.0)


@pytest.mark.parametrize("power_w", [-1.0, 4_294_967.295, float("nan"), float("inf")])
def test_an_impossible_power_is_left_out_and_told(power_w):
    accumulator = Accumulator(domain(provenance=Provenance.POWER))
    accumulator.add(Reading(SECOND, power_w=100.0))
    assert accumulator.add(Reading(2 * SECOND, power_w=power_w)) == REJECTED
    accumulator.add(Reading(3 * SECOND, power_w=100.0))
    assert accumulator.energy_j == pytest.approx(200.0)


def test_an_impossible_power_is_not_carried_over_where_a_counter_restarts():
    accumulator = Accumulator(domain(unit_j=1e-3, wrap_range=None))
    readings = [(1_000, 10.0), (2_000, 1e9), (0, 10.0), (1_000, 10.0)]
    for at, (counter, power_w) in enumerate(readings):
        accumulator.add(Reading((1 + at) * SECOND // 10, counter, power_w))
    assert accumulator.energy_j == pytest.approx(1.0 + 10.0 * 0.1 + 1.0)


def test_a_restart_carries_power_over_the_failed_reads_before_it():
    # 10 W; two failed reads, the restart, and two readings that agree.
    accumulator = Accumulator(domain(unit_j=1e-3, wrap_range=None))
    flags = book(accumulator, 500_000, 501_000, None, None, 0, None, 2_000)
    assert flags[-3:] == [RESTARTED, None, RESTARTED]
    assert accumulator.energy_j == pytest.approx(1.0 + 10.0 * 0.3 + 2.0)


def test_integrated_power_goes_on_in_another_process():
    first, second = (Accumulator(domain(provenance=Provenance.POWER)) for _ in range(2))
    first.add(Reading(SECOND, power_w=100.0))
    first.add(Reading(2 * SECOND, power_w=100.0))
    second.add(Reading(2 * SECOND, power_w=100.0))  # it may have read before it is told
    second.add(Reading(3 * SECOND, power_w=100.0))
    assert first.latest is not None
    second.resume(first.latest)
    second.add(Reading(4 * SECOND, power_w=100.0))
    assert second.energy_j == pytest.approx(300.0)


def test_another_process_goes_on_where_the_first_one_stopped():
    first, second = Accumulator(domain()), Accumulator(domain())
    book(first, 0, 5_000_000)
    assert first.latest is not None
    second.resume(first.latest)
    book(second, 8_000_000)
    assert second.energy_j == pytest.approx(8.0)


def test_after_a_rebase_what_lies_between_is_not_booked():
    accumulator = Accumulator(domain())
    book(accumulator, 0, 1_000_000)
    accumulator.rebase()
    book(accumulator, 200_000_000, 201_000_000)
    assert accumulator.energy_j == pytest.approx(2.0)
