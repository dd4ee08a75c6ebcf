"""How long a driver's calls take lately."""

import random
import statistics

import pytest

from jupyter_green.sampler.pace import REMEMBERED_CALLS, Pace


def test_it_is_the_median_of_the_latest_calls():
    rng = random.Random(3)
    pace = Pace(2, 1)
    assert pace.call_s == 0.0
    calls_s = []
    for _ in range(10 * REMEMBERED_CALLS):
        took_s = rng.choice([0.001, 0.001, rng.expovariate(100)])
        pace.add(2 * took_s, 2)
        calls_s.append(took_s)
        latest = calls_s[-REMEMBERED_CALLS:]
        assert pace.call_s == pytest.approx(statistics.median_high(latest))


def test_a_driver_that_became_quick_again_is_no_longer_slow():
    pace = Pace(4, 0)
    for _ in range(REMEMBERED_CALLS):
        pace.add(0.02, 1)
    assert pace.is_slow
    for _ in range(REMEMBERED_CALLS // 2 + 1):
        pace.add(0.0001, 1)
    assert not pace.is_slow
