"""When the sampler asks what devices are doing, and what it does with the answer."""

import subprocess
import sys
import time

from jupyter_green.sampler import device_conditions, messages
from tests.testbench.conducted import Watched, good
from tests.testbench.waiting import until


def test_conditions_are_asked_for_at_the_edges_and_each_second_between(devices):
    sampler = Watched(devices)
    sampler.request(messages.BEGIN, "w", 0.05, True)
    devices.sleep(3.5)
    assert [set(message[1]) for message in sampler.of(messages.CONDITIONS)] == [{"0"}, {"1"}] * 4
    asked = [message[2] for message in sampler.of(messages.CONDITIONS) if "1" in message[1]]
    assert [round((t_ns - asked[0]) * 1e-9) for t_ns in asked] == [0, 1, 2, 3]
    sampler.request(messages.END, "w")
    devices.sleep(0.5)
    assert len(sampler.of(messages.CONDITIONS)) == 2 * 5
    assert [m[1] for m in sampler.of(messages.SETTLED)] == ["w"]


def test_what_seldom_changes_is_asked_for_at_the_edges_and_seldom_between(sampler, quick):
    def asked(place):
        return sum(place in message[1] for message in sampler.of(messages.CONDITIONS))

    quick.conditions_interval_s = 3600.0
    sampler.send(messages.BEGIN, "w", 0.05, True)
    assert until(lambda: asked("1") >= 3)
    assert asked("0") == 1
    sampler.send(messages.END, "w")
    assert until(lambda: asked("0") == 2)


def test_a_source_that_cannot_say_what_its_device_does_is_read_on(sampler, slow, monkeypatch):
    def broken(_):
        raise OSError("no such device")

    monkeypatch.setattr(slow, "conditions", broken)
    for name in ("a", "b"):
        sampler.send(messages.BEGIN, name, 0.05, True)
        time.sleep(0.1)
        sampler.send(messages.END, name)
        assert until(lambda name=name: name in sampler.settled())
    assert good(sampler.marked(messages.END, "b"), 1)


def test_the_process_tree_is_looked_at_again_where_a_process_is_new_on_a_gpu(
    sampler, slow, monkeypatch
):
    monkeypatch.setattr(device_conditions, "INTERVAL_S", 0.05)
    sampler.send(messages.BEGIN, "w", 0.02, True)
    assert until(lambda: len(sampler.of(messages.CONDITIONS)) > 10)
    edges_only = [message[1] for message in sampler.of(messages.LOAD)]
    assert edges_only == [[messages.BEGIN, "w"]]
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as child:
        slow.users = (child.pid,)
        assert until(lambda: len(sampler.of(messages.LOAD)) > 1)
        seen = len(sampler.of(messages.CONDITIONS))
        assert until(lambda: len(sampler.of(messages.CONDITIONS)) > seen + 10)
    _, (_, mark, _, pids) = sampler.of(messages.LOAD)  # once, not each time
    assert mark is None
    assert child.pid in pids
