"""How far another host's clock is ahead, from exchanges with it."""

import random

from jupyter_green.cluster.clock_offset import MOST, ClockOffset, Offset

MS = 1_000_000


def exchanged(clock, ahead_ns, there_ns, back_ns, at_ns=0, held_ns=0):
    heard_ns = at_ns + there_ns + ahead_ns
    clock.add(at_ns, heard_ns, heard_ns + held_ns, at_ns + there_ns + held_ns + back_ns)


def test_what_is_told_later_does_not_count_as_being_on_the_way():
    clock = ClockOffset()
    exchanged(clock, 7_000 * MS, 2 * MS, 2 * MS, held_ns=900 * MS)
    assert clock.best(904 * MS) == Offset(7_000 * MS, 2 * MS)


def test_the_true_offset_is_within_the_uncertainty_whichever_way_is_slow():
    rng = random.Random(1)
    for _ in range(200):
        ahead_ns = rng.randint(-(10**15), 10**15)
        clock = ClockOffset()
        for _ in range(MOST):
            exchanged(clock, ahead_ns, rng.randint(0, 9 * MS), rng.randint(0, 9 * MS))
        found = clock.best(20 * MS)
        assert abs(found.offset_ns - ahead_ns) <= found.uncertainty_ns < 9 * MS


def test_a_good_exchange_counts_until_the_clocks_may_have_run_further_apart():
    clock = ClockOffset()
    exchanged(clock, 0, 1 * MS, 1 * MS)
    exchanged(clock, 2 * MS, 3 * MS, 3 * MS, at_ns=60_000 * MS)
    assert clock.best(12_002 * MS) == Offset(0, 1 * MS + 1_200_000)
    assert clock.best(60_006 * MS) == Offset(2 * MS, 3 * MS)


def test_an_answer_from_before_its_question_says_nothing():
    clock = ClockOffset()
    clock.add(10, 5, 5, 9)
    clock.add(10, 50, 40, 90)
    assert clock.best(100) is None
