"""Joules that several windows metered at the same time count once."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_green.ledger.overlap import Span, own_joules, total_joules

spans = st.lists(
    st.builds(
        lambda device, session, begin, length, energy: Span(
            device, session, begin, begin + length, float(energy)
        ),
        st.sampled_from("ab"),
        st.sampled_from("xyz"),
        st.integers(0, 40),
        st.integers(1, 20),
        st.integers(0, 100),
    ),
    max_size=12,
)


def brute_force(found):
    """Go through the time, second by second, and remember which were seen."""
    total = 0.0
    seen = set()
    for span in sorted(found, key=lambda s: (s.device, s.begin_ns, -s.end_ns, -s.energy_j)):
        for second in range(span.begin_ns, span.end_ns):
            if (span.device, second) not in seen:
                seen.add((span.device, second))
                total += span.energy_j / (span.end_ns - span.begin_ns)
    return total


@settings(max_examples=500, deadline=None)
@given(spans)
def test_the_total_is_that_of_brute_force(found):
    own = own_joules(found)
    assert sum(own) == pytest.approx(brute_force(found), abs=1e-9)
    assert all(0 <= mine <= span.energy_j + 1e-9 for mine, span in zip(own, found, strict=True))


@given(spans, st.randoms())
def test_the_order_in_which_windows_come_does_not_matter(found, rng):
    mixed = list(found)
    rng.shuffle(mixed)
    assert total_joules(mixed) == pytest.approx(total_joules(found), abs=1e-9)


def test_windows_apart_keep_all_and_nested_ones_are_taken_out():
    cell = Span("gpu", "s", 0, 100, 1000.0)
    stage = Span("gpu", "s", 10, 30, 300.0)
    inner = Span("gpu", "s", 15, 20, 80.0)
    later = Span("gpu", "s", 100, 110, 50.0)
    assert own_joules([inner, cell, later, stage]) == [80.0, 700.0, 50.0, 220.0]


def test_another_session_takes_nothing_out():
    first = Span("cpu", "one", 0, 100, 1000.0)
    other = Span("cpu", "two", 10, 30, 300.0)
    assert own_joules([first, other]) == [1000.0, 0.0]


def test_a_crossing_window_adds_what_is_past_the_others_end():
    first = Span("cpu", "one", 0, 100, 1000.0)
    other = Span("cpu", "two", 50, 150, 400.0)
    assert own_joules([first, other]) == [1000.0, 200.0]


def test_other_devices_and_hosts_do_not_overlap():
    assert total_joules([Span(device, "s", 0, 10, 5.0) for device in "abc"]) == 15.0


def test_no_time_counts_once():
    moment = Span("cpu", "s", 5, 5, 2.0)
    assert total_joules([moment]) == 2.0
    assert total_joules([moment, Span("cpu", "s", 0, 10, 7.0)]) == 7.0


def test_many_windows_take_no_time():
    rng = random.Random(1)
    many = []
    for n in range(20_000):
        begin = rng.randrange(10**9)
        many.append(Span(n % 3, n % 8, begin, begin + rng.randrange(10**5), 1.0))
    before = time.process_time()
    own_joules(many)
    assert time.process_time() - before < 5  # a quadratic one takes a minute
