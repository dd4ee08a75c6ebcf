"""Random histories of one domain against exact integer truth: nothing negative, lost or doubled."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from jupyter_green.flags import REJECTED, RESTARTED, WRAPPED
from jupyter_green.sampler.accumulator import SLACK_S, Accumulator
from jupyter_green.sources.base import Domain, Provenance, Reading

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)
"""The machine may be busy."""

SECOND = 1_000_000_000
LIMIT_W = 500.0
UNIT_J = 1e-6
RANGE = 2_000_000_000
"""2 kJ: at the limit it takes 4 s, so that steps of up to 2 s never hide a whole turn."""


def domain(provenance=Provenance.COUNTER, wrap_range=RANGE):
    return Domain(
        "cpu:0/package",
        "CPU package",
        "rapl",
        provenance,
        0.001,
        unit_j=UNIT_J,
        wrap_range=wrap_range,
        power_limit_w=LIMIT_W,
    )


@dataclass(frozen=True)
class Step:
    """Some time at some power, and how the reading at its end comes out."""

    dt_ns: int
    power_w: int
    readable: bool = True

    @property
    def units(self):
        return self.power_w * self.dt_ns // 1000  # W x ns = nJ; µJ are the unit


steps = st.builds(
    Step,
    st.integers(50_000, 300_000_000),
    st.integers(0, int(LIMIT_W)),
    st.sampled_from([True, True, True, False]),
)
histories = st.lists(steps, min_size=1, max_size=40)
offsets = st.integers(0, RANGE - 1)


def hidden_s(history):
    """The longest time without a good reading."""
    longest = since = 0
    for step in history:
        since += step.dt_ns
        longest = max(longest, since)
        since = 0 if step.readable else since
    return longest / SECOND


def started(offset, wrap_range=RANGE):
    """Return an accumulator that has seen its first reading."""
    accumulator = Accumulator(domain(wrap_range=wrap_range))
    accumulator.add(Reading(SECOND, offset % wrap_range if wrap_range else offset))
    return accumulator


def play(accumulator, history, offset, wrap_range=RANGE, t_ns=SECOND):
    """Feed a history. Return the time, the true units at the end and at the last good reading."""
    units = known = 0
    for step in history:
        t_ns += step.dt_ns
        units += step.units
        before_j = accumulator.energy_j
        if step.readable:
            flag = accumulator.add(Reading(t_ns, (offset + units) % wrap_range))
            known = units
            assert flag in (None, WRAPPED)
        else:
            assert accumulator.add(Reading(t_ns, error="EIO")) is None
        assert accumulator.energy_j >= before_j
    return t_ns, units, known


@patient
@given(histories, offsets)
def test_wraps_and_failed_reads_lose_and_double_nothing(history, offset):
    assume(hidden_s(history) < 3.0)
    accumulator = started(offset)
    _, _, known = play(accumulator, history, offset)
    assert accumulator.energy_j == known * UNIT_J


@patient
@given(histories, histories, offsets)
def test_another_process_goes_on_from_any_place(before, after, offset):
    assume(hidden_s([*before, *after]) < 3.0)
    whole, first, second = started(offset), started(offset), Accumulator(domain())
    t_ns, units, _ = play(first, before, offset)
    second.resume(first.latest)
    play(second, after, offset + units, t_ns=t_ns)
    play(whole, [*before, *after], offset)
    assert second.energy_j == pytest.approx(whole.energy_j, abs=1e-9)


@patient
@given(histories, offsets, st.data())
def test_a_wild_figure_costs_nothing(history, offset, data):
    """A figure that the limit rules out, in one reading between others that are good."""
    history = [Step(s.dt_ns, s.power_w) for s in history]
    at = data.draw(st.integers(0, len(history) - 1))
    accumulator = started(offset)
    t_ns, units, _ = play(accumulator, history[: at + 1], offset)
    seconds = 0.1 + 0.001 + SLACK_S
    ruled_out = st.integers(int(LIMIT_W * seconds / UNIT_J) + 1, RANGE - 1)
    wild = (offset + units + data.draw(ruled_out)) % RANGE
    assert accumulator.add(Reading(t_ns + SECOND // 10, wild)) in (REJECTED, RESTARTED)
    assert accumulator.energy_j == units * UNIT_J
    assert accumulator.latest.t_ns == t_ns
    rest = [Step(SECOND // 5, 100), *history[at + 1 :]]
    _, more, _ = play(accumulator, rest, offset + units, t_ns=t_ns)
    assert accumulator.energy_j == (units + more) * UNIT_J


@patient
@given(histories, histories, offsets, st.sampled_from([None, RANGE]), st.integers(0, 300_000_000))
def test_a_restart_costs_at_most_what_no_reading_saw(before, after, offset, wrap_range, gap_ns):
    """Behind it the sum is off by no more than the domain can draw until two readings agree."""
    assume(hidden_s(before) < 3.0)
    assume(hidden_s(after) < 3.0)
    assume(len([step for step in after if step.readable]) >= 2)
    offset += 0 if wrap_range else 10 * RANGE
    accumulator = started(offset, wrap_range)
    _, lost, _ = play(accumulator, before, offset, wrap_range or 10**15)
    t_ns = SECOND + sum(step.dt_ns for step in before)
    good_ns = good_time_ns(before)
    units = sure = used = 0
    agreed_ns = None
    for step in [Step(gap_ns, 100, readable=False), *after]:
        t_ns += step.dt_ns
        used += step.units
        before_j = accumulator.energy_j
        if step.readable:
            accumulator.add(Reading(t_ns, units + step.units))
            sure += 1
            if sure == 2:
                agreed_ns = t_ns
        units += step.units  # counts from 0 again
        assert accumulator.energy_j >= before_j
    last = max(i for i, step in enumerate(after) if step.readable)
    seen = sum(s.units for s in after[: last + 1]) + gap_ns * 100 // 1000
    true_j = (lost + seen) * UNIT_J
    between_s = (agreed_ns - good_ns) / SECOND + 0.001 + SLACK_S
    assert abs(accumulator.energy_j - true_j) <= LIMIT_W * between_s


def good_time_ns(history):
    """When the last good reading of a history was."""
    t_ns = good_ns = SECOND
    for step in history:
        t_ns += step.dt_ns
        good_ns = t_ns if step.readable else good_ns
    return good_ns


@patient
@given(st.integers(1, 400), st.lists(st.integers(10_000, 10 * SECOND), min_size=1, max_size=50))
def test_a_constant_power_gives_power_times_time(power_w, gaps_ns):
    accumulator = Accumulator(domain(Provenance.POWER, None))
    t_ns = SECOND
    accumulator.add(Reading(t_ns, power_w=float(power_w)))
    for gap_ns in gaps_ns:
        t_ns += gap_ns
        accumulator.add(Reading(t_ns, power_w=float(power_w)))
    exact_j = power_w * sum(gaps_ns) / SECOND
    assert accumulator.energy_j == pytest.approx(exact_j, rel=1e-12)


@patient
@given(
    st.lists(
        st.tuples(
            st.integers(10_000, SECOND),
            st.one_of(
                st.floats(0.0, LIMIT_W),
                st.sampled_from([None, -1.0, 4_294_967.295, float("nan"), float("inf")]),
            ),
        ),
        min_size=1,
        max_size=50,
    ),
    st.integers(0, 49),
)
def test_power_is_integrated_over_what_can_be_believed(samples, cut):
    """Neither failed reads nor impossible watts change the trapezoids between the good ones."""
    whole, first, second = (Accumulator(domain(Provenance.POWER, None)) for _ in range(3))
    t_ns, good, expected_j = SECOND, None, 0.0
    for at, (gap_ns, power_w) in enumerate(samples):
        t_ns += gap_ns
        reading = Reading(t_ns, power_w=power_w, error=None if power_w is not None else "EIO")
        before_j = whole.energy_j
        flag = whole.add(reading)
        if at == cut and first.latest is not None:
            second.resume(first.latest)
        (first if at < cut else second).add(reading)
        believed = power_w is not None and 0 <= power_w <= LIMIT_W
        assert flag == (None if believed or power_w is None else REJECTED)
        assert whole.energy_j >= before_j
        if believed:
            if good is not None:
                expected_j += (good[1] + power_w) / 2 * (t_ns - good[0]) / SECOND
            good = (t_ns, power_w)
    assert whole.energy_j == pytest.approx(expected_j, rel=1e-9, abs=1e-9)
    if cut < len(samples):
        assert second.energy_j == pytest.approx(whole.energy_j, rel=1e-9, abs=1e-9)
