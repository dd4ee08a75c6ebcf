"""How often the sampler reads."""

import pytest

from jupyter_green.sampler.rate import IN_USE_S, REST_INTERVAL_S, Rate


def test_the_rate_is_fast_at_first_then_steady_and_slow_while_a_session_is_in_use():
    rate = Rate()
    assert rate.due_s is None
    rate.begin("a", 0.1, now=10.0)
    assert rate.due_s == pytest.approx(10.0 + 0.02)
    rate.taken(10.02)
    assert rate.due_s == pytest.approx(10.02 + 0.02)
    rate.taken(11.5)
    assert rate.due_s == pytest.approx(11.5 + 0.1)
    rate.begin("b", 0.05, now=20.0)
    rate.end("a", now=21.0)
    rate.taken(21.5)
    assert rate.due_s == pytest.approx(21.5 + 0.05)
    rate.end("b", now=22.0)
    taken = []
    while rate.due_s is not None:
        taken.append(rate.due_s)
        rate.taken(rate.due_s)
    slow = range(1, 1 + int(IN_USE_S / REST_INTERVAL_S))
    assert taken == [22.0 + REST_INTERVAL_S * n for n in slow]


def test_a_long_period_is_still_short_enough_to_see_every_wrap():
    rate = Rate()
    rate.begin("a", 3600.0, now=0.0)
    rate.taken(5.0)
    assert rate.due_s <= 5.0 + 30.0
