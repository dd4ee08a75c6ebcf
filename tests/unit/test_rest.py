"""What is done beside a program leaves the interpreter to it for a while, and is done after it."""

import threading

import pytest

from jupyter_green.sampler import rest as rests
from jupyter_green.sampler.rest import LEAST_WORK, LONGEST_S, Rest


class Clock:
    s = 100.0

    def __call__(self):
        return self.s


@pytest.fixture
def clock():
    return Clock()


def test_a_rest_lasts_as_long_as_it_was_asked_for(clock):
    rest = Rest(clock)
    assert rest.left_s == 0.0
    rest.begin(0.05)
    assert rest.left_s == pytest.approx(0.05)
    clock.s += 0.03
    rest.begin(0.02)  # until then, and no longer
    assert rest.left_s == pytest.approx(0.02)
    clock.s += 0.021
    assert rest.left_s == 0.0
    rest.wait()


def test_who_waits_for_something_ends_it(clock):
    rest = Rest(clock)
    rest.begin(0.05)
    waiting = threading.Thread(target=rest.wait)
    waiting.start()
    rest.end()
    waiting.join(10)
    assert not waiting.is_alive()
    assert rest.left_s == 0.0


def test_who_waits_sees_that_a_rest_was_made_shorter(clock, monkeypatch):
    monkeypatch.setattr(rests, "LONGEST_S", 1000.0)
    rest = Rest(clock)
    rest.begin(1000.0)
    waiting = threading.Thread(target=rest.wait)
    waiting.start()
    rest.begin(0.0)
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_program_that_asks_all_the_time_leaves_a_third_of_it(clock):
    rest = Rest(clock)
    steps = resting = longest = now = 0
    for _ in range(3000):
        rest.begin(0.02)
        clock.s += 0.001
        steps += 1
        now = now + 1 if rest.left_s > 0 else 0
        longest = max(longest, now)
        resting += now > 0
    assert 0.5 < resting / steps <= 1 / (1 + LEAST_WORK)
    assert longest * 0.001 <= LONGEST_S + 0.001
