"""What the sampler sends together."""

import pytest

from jupyter_green.sampler import messages
from tests.testbench.conducted import Watched, each_of


def batches(devices, interval_s, *, watched):
    """Return what each message holds whose samples are from the middle of a window."""
    sampler = Watched(devices)
    sampler.request(messages.BEGIN, "w", interval_s, watched)
    devices.sleep(1.2)  # the first second is sampled faster
    middle_ns = devices.now_ns
    devices.sleep(10.0)
    sent = [m for came_ns, m in sampler.sent if came_ns > middle_ns]
    told = [each_of(message) for message in sent]
    return [each for each in told if all(m[1] > middle_ns for m in each if m[0] == messages.SAMPLE)]


@pytest.mark.parametrize(
    ("interval_s", "watched", "least", "most"),
    [(0.1, True, 2, 2), (0.02, True, 4, 6), (0.4, True, 1, 1), (0.1, False, 8, 11)],
)
def test_samples_are_sent_together_where_the_next_one_comes_soon(
    devices, interval_s, watched, least, most
):
    held = [
        sum(message[0] == messages.SAMPLE for message in each)
        for each in batches(devices, interval_s, watched=watched)
    ]
    assert least <= max(held) <= most


def test_conditions_wake_nobody_by_themselves(devices):
    told = [{message[0] for message in each} for each in batches(devices, 0.1, watched=False)]
    with_conditions = [kinds for kinds in told if messages.CONDITIONS in kinds]
    assert with_conditions
    assert all(messages.SAMPLE in kinds for kinds in with_conditions)


def test_what_waits_is_sent_together_with_the_next_edge(devices):
    """That wakes the program once."""
    sampler = Watched(devices)
    sampler.request(messages.BEGIN, "w", 0.4, False)
    devices.sleep(1.7)  # past the first second, whose samples come faster
    sent = len(sampler.sent)
    sampler.request(messages.END, "w")
    devices.sleep(0.001)
    told = each_of(sampler.sent[sent][1])
    assert len(told) > 1
    assert all(messages.is_plain(message) for message in told[:-1])
    assert told[-1][2] == [messages.END, "w"]
