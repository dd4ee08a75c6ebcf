"""Ctrl-C between any two steps of a begin or an end harms no later window."""

import contextlib
import sys
import threading
import time
from functools import partial

import pytest

from jupyter_green.meter.meter import Meter
from jupyter_green.sampler import messages
from jupyter_green.sampler.client import SamplerClient

POWER_W = 40.0
STEPS = frozenset({"call", "return", "c_return"})


@pytest.fixture
def meter(truth, rapl_here):
    truth.add("cpu:0/package", power_w=POWER_W)
    rapl_here()
    with Meter() as meter:
        yield meter


def interrupted_at(step, work):
    """Do some work and raise KeyboardInterrupt at one of its steps; return whether it got there."""
    left = step

    def count(_frame, event, _argument):
        nonlocal left
        if event in STEPS:
            left -= 1
            if left == 0:
                sys.setprofile(None)
                raise KeyboardInterrupt

    sys.setprofile(count)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False


def is_left_free(lock):
    """Whether another thread gets a lock."""
    found = []

    def take():
        if lock.acquire(timeout=1):
            found.append(True)
            lock.release()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    return bool(found)


def test_an_interrupt_at_any_step_leaves_no_lock_held_and_later_windows_whole(meter):
    meter.begin("before").end()

    def work():
        window = meter.begin("interrupted")
        window.end(wait=False)

    step = 1
    while interrupted_at(step, work):
        assert is_left_free(meter._client._lock), f"at step {step}"
        assert is_left_free(meter._memory.lock), f"at step {step}"
        step += 1
    assert step > 50  # it was interrupted at all
    assert not meter.windows
    by_s = time.monotonic() + 30.0  # the sampler has some hundred windows to end
    while meter._client._settling and time.monotonic() < by_s:
        time.sleep(0.01)

    window = meter.begin("after")
    time.sleep(0.3)
    report = window.end()
    true_j = POWER_W * report.duration_s
    assert report.energy_j == pytest.approx(true_j, abs=2 * report.uncertainty_j + 0.01 * true_j)


class SensorlessSampler:
    """A sampler without sensors, a thread's: it is there at once."""

    pid = place = instead_of = None
    least_interval_s = 0.0

    def __init__(self):
        self._has_ended = threading.Lock()
        self._has_ended.acquire()

    def send(self, line):
        pass

    def lines(self):
        yield messages.encode(messages.hello((), ()))
        self._has_ended.acquire()

    def last_words(self):
        return ""

    def hang_up(self):
        self._has_ended.release()

    def wait(self, timeout_s):
        return True


def test_an_interrupt_while_the_sampler_is_started_leaves_it_to_be_started_again():
    was_interrupted, step = True, 0
    while was_interrupted:
        step += 1
        client = SamplerClient(lambda _: None, spawn=SensorlessSampler)
        with contextlib.suppress(RuntimeError):  # of Thread.start, which was interrupted
            was_interrupted = interrupted_at(step, partial(client.start, 0.0))
        assert is_left_free(client._lock), f"at step {step}"
        assert client.start(), f"at step {step}: {client.missing}"
        client.close()
    assert step > 30
