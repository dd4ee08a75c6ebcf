"""The sampler's threads with sources that hang, come late or are asked all the time."""

import os
import queue
import random
import time

import pytest

from jupyter_green.flags import NO_ANSWER
from jupyter_green.sampler import conductor as conductor_module
from jupyter_green.sampler import messages
from jupyter_green.sampler import reader_thread as reader_thread_module
from jupyter_green.sampler import samples as samples_module
from jupyter_green.sampler.conductor import Conductor
from jupyter_green.sampler.outbox import Outbox
from jupyter_green.sampler.rate import IN_USE_S, REST_INTERVAL_S
from jupyter_green.sampler.reader_thread import PATIENCE_S, Answer
from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from tests.testbench.conducted import Stream, Watched, each_of, good
from tests.testbench.edges import timed
from tests.testbench.waiting import until

BUSY_S = 1.0
"""By how much a busy machine may be late."""


def test_a_source_that_hangs_holds_up_no_other_and_loses_no_joule(machine):
    slow = machine.truth.add("gpu:0", power_w=200.0)
    machine.truth.add("cpu:0/package", power_w=30.0)
    sampler = Watched(machine)
    sampler.request(messages.BEGIN, "w", 0.05, True)
    machine.sleep(0.5)
    hung_ns = machine.now_ns
    slow.set(call_cost_s=2.0)
    machine.sleep(2.0)
    meanwhile = [
        (came_ns, m)
        for came_ns, m in sampler.came
        if m[0] == messages.SAMPLE and m[1] > hung_ns + 2 * PATIENCE_S * 1e9
    ]
    assert len(meanwhile) > 10
    assert all(good(m, 0) for _, m in meanwhile)
    assert all("does not answer" in m[3][1] and m[4] == {"1": NO_ANSWER} for _, m in meanwhile)
    # Once it is known to hang, nobody waits for it any more.
    assert max(came_ns - m[1] for came_ns, m in meanwhile) < 0.001 * 1e9
    slow.set(call_cost_s=0.0)
    machine.sleep(0.5)
    sampler.request(messages.END, "w")
    machine.sleep(0.5)
    assert [m[1] for m in sampler.of(messages.SETTLED)] == ["w"]
    known = [m[3][1] for m in sampler.of(messages.SAMPLE) if good(m, 1)]
    assert any(place[0] > hung_ns + 2e9 for place in known)
    seconds = (known[-1][0] - known[0][0]) * 1e-9
    assert seconds > 2.5
    assert known[-1][1] - known[0][1] == pytest.approx(200.0 * seconds, abs=200.0 * 0.1)


def test_what_a_source_that_hung_was_asked_is_all_that_it_catches_up_with(sampler, slow):
    sampler.send(messages.BEGIN, "w", 0.05, True)
    assert until(lambda: len(sampler.of(messages.SAMPLE)) > 5)
    hung_s = time.monotonic()
    calls = slow.calls
    slow.hang()
    assert until(lambda: any("does not answer" in m[3][1] for m in sampler.of(messages.SAMPLE)))
    before = len(sampler.of(messages.SAMPLE))
    assert until(lambda: len(sampler.of(messages.SAMPLE)) > before + 3)
    hung_for_s = time.monotonic() - hung_s
    slow.go_on()
    again_ns = time.monotonic_ns()
    assert until(lambda: any(good(m, 1) for m in sampler.of(messages.SAMPLE) if m[1] > again_ns))
    assert slow.calls - calls < min(100, 10 + hung_for_s / 0.02)
    sampler.send(messages.END, "w")
    assert until(lambda: sampler.settled() == ["w"])


def test_a_window_settles_though_a_source_hangs_at_its_end(sampler, slow):
    sampler.send(messages.BEGIN, "w", 0.05, True)
    assert until(lambda: len(sampler.of(messages.SAMPLE)) > 3)
    slow.hang()
    ended_s = time.monotonic()
    sampler.send(messages.END, "w")
    assert until(lambda: sampler.settled() == ["w"])
    came_s = next(came for came, m in sampler.stream.came if m[0] == messages.SETTLED)
    assert came_s - ended_s < 0.5 + PATIENCE_S + BUSY_S
    end = sampler.marked(messages.END, "w")
    assert good(end, 0)
    assert end[4] == {"1": NO_ANSWER}


def test_a_source_that_hung_is_read_in_the_next_window(sampler, slow):
    slow.hang()
    sampler.send(messages.BEGIN, "a", 0.05, True)
    sampler.send(messages.END, "a")
    assert until(lambda: "a" in sampler.settled())
    slow.go_on()
    time.sleep(0.1)
    sampler.send(messages.BEGIN, "b", 0.05, True)
    sampler.send(messages.END, "b")
    assert until(lambda: "b" in sampler.settled())
    assert good(sampler.marked(messages.END, "b"), 1)


def test_windows_may_overlap_as_they_like(sampler):
    rng = random.Random(1)
    names = [f"w{k}" for k in range(30)]
    edges = [(rng.uniform(0, 0.5), messages.BEGIN, name) for name in names]
    edges += [(t + rng.uniform(0.001, 0.5), messages.END, name) for t, _, name in edges]
    began_s = time.monotonic()
    for at_s, kind, name in sorted(edges):
        time.sleep(max(0.0, began_s + at_s - time.monotonic()))
        sampler.send(kind, name, *([0.05, True] if kind == messages.BEGIN else []))
    assert until(lambda: len(sampler.settled()) == len(names))
    assert sorted(sampler.settled()) == sorted(names)
    for name in names:
        begin, end = sampler.marked(messages.BEGIN, name), sampler.marked(messages.END, name)
        assert begin[1] < end[1]
        assert good(begin, 0)
        assert good(end, 1)
    times = [sample[1] for sample in sampler.of(messages.SAMPLE)]
    assert times == sorted(times)


def test_a_stream_of_short_windows_settles_each(sampler):
    names = [f"w{k}" for k in range(150)]
    for name in names:
        sampler.send(messages.BEGIN, name, 0.1, True)
        time.sleep(0.004)
        sampler.send(messages.END, name)
    assert until(lambda: len(sampler.settled()) == len(names))
    assert sampler.settled() == names
    came = {m[1]: came for came, m in sampler.stream.came if m[0] == messages.SETTLED}
    for name in names:
        waited_s = came[name] - sampler.marked(messages.END, name)[1] * 1e-9
        assert waited_s < 0.5 + PATIENCE_S + BUSY_S


def test_all_polls_of_a_window_come_before_it_is_settled(sampler):
    sampler.send(messages.BEGIN, "w", 0.1, True)
    time.sleep(0.3)
    sampler.send(messages.END, "w")
    assert until(lambda: sampler.settled() == ["w"])
    time.sleep(0.3)
    end_ns = sampler.marked(messages.END, "w")[1]
    kinds = [m[0] for _, m in sampler.stream.came]
    behind = kinds[kinds.index(messages.SETTLED) :]
    assert messages.POLLS not in behind
    polls = [poll for message in sampler.of(messages.POLLS) for poll in message[1]]
    assert {index for index, t_ns, *_ in polls if t_ns > end_ns} == {0, 1}


def a_window(sampler, machine, name="w"):
    sampler.request(messages.PREPARE)
    sampler.request(messages.BEGIN, name, 0.01, True)
    machine.sleep(0.1)
    sampler.request(messages.END, name)
    machine.sleep(0.5)


def test_nothing_is_due_once_a_session_is_no_longer_in_use(devices):
    sampler = Watched(devices)
    a_window(sampler, devices)
    assert [m[1] for m in sampler.of(messages.SETTLED)] == ["w"]
    sent = len(sampler.sent)
    devices.sleep(IN_USE_S)
    assert sampler.steps() == []
    devices.sleep(3600.0)
    assert len(sampler.sent) == sent


def test_between_windows_it_reads_slowly_and_tells_the_next_one(devices):
    sampler = Watched(devices)
    a_window(sampler, devices)
    sent = len(sampler.sent)
    devices.sleep(20.0)
    assert len(sampler.sent) == sent  # the kernel is left alone
    asked_ns = devices.now_ns
    a_window(sampler, devices, "next")
    told = [(came, m) for came, m in sampler.came if m[0] == messages.SAMPLE]
    rest = [m[1] for came, m in told if came >= asked_ns and m[1] < asked_ns]
    assert len(rest) == 3
    assert asked_ns - rest[-1] <= REST_INTERVAL_S * 1e9
    assert rest[1] - rest[0] == pytest.approx(REST_INTERVAL_S * 1e9, rel=0.01)


def test_an_end_without_a_begin_settles_too(sampler):
    """A sampler that takes over from one that died is told of such windows."""
    sampler.send(messages.RESUME, {"quick": [1, 5.0, 0, None]})
    sampler.send(messages.END, "w")
    assert until(lambda: sampler.settled() == ["w"])
    assert sampler.marked(messages.END, "w")[3][0][1] >= 5.0


# --- looking for sensors again --------------------------------------------------------------


@pytest.fixture
def looked(devices, monkeypatch):
    """A sampler; how many samples were asked for, and sent, each time it looked for sensors."""
    sampler, looks = Watched(devices), []

    def fingerprint():
        looks.append((sampler.conductor.samples.ticket, len(sampler.of(messages.SAMPLE))))
        return found()

    found = conductor_module.fingerprint
    monkeypatch.setattr(conductor_module, "fingerprint", fingerprint)
    return sampler, looks


def test_what_was_read_is_sent_before_sensors_are_looked_for(looked, devices):
    sampler, looks = looked
    sampler.request(messages.PREPARE)
    devices.sleep(0.1)
    assert looks == [(1, 1)]
    sampler.request(messages.BEGIN, "w", 0.05, True)
    devices.sleep(0.1)
    sampler.request(messages.PREPARE)  # what is read stays the same while a window is open
    devices.sleep(0.1)
    assert looks == [(1, 1)]


def test_sensors_are_looked_for_before_a_window_begins_whatever_hangs(looked, devices):
    sampler, looks = looked
    devices.truth["gpu:0"].set(call_cost_s=0.1)
    sampler.request(messages.PREPARE)
    sampler.request(messages.BEGIN, "w", 0.05, True)
    devices.sleep(0.01)
    assert looks == [(1, 0)]
    devices.sleep(0.5)
    assert [sample[2][0] for sample in sampler.of(messages.SAMPLE)[:2]] == ["prepare", "begin"]
    assert looks == [(1, 0)]


def test_sensors_are_looked_for_once_a_second_at_most(looked, devices):
    sampler, looks = looked
    for number in range(10):  # half a second each
        sampler.request(messages.PREPARE)
        sampler.request(messages.BEGIN, f"w{number}", 0.05, True)
        devices.sleep(0.05)
        sampler.request(messages.END, f"w{number}")
        devices.sleep(0.45)
    assert 2 < len(looks) <= 5


# --- answers that wake nobody ---------------------------------------------------------------


class Inbox(queue.SimpleQueue):
    """A queue that remembers what was put in, which wakes the conductor."""

    def __init__(self):
        self.seen = []

    def put(self, event):
        self.seen.append(event)
        super().put(event)

    def tickets(self, name):
        """The tickets for which a source's answer woke the conductor."""
        answers = [event for event in self.seen if isinstance(event, Answer)]
        return [a.ticket for a in answers if a.reader.reader.source.name == name]


@pytest.fixture
def by_hand(quick, slow, tmp_path, monkeypatch):
    """A conductor that acts when the test says so, which waits for sources as long as it takes."""
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))
    monkeypatch.setattr(samples_module, "PATIENCE_S", 600.0)
    monkeypatch.setattr(reader_thread_module, "PATIENCE_S", 600.0)
    stream, events = Stream(), Inbox()
    conductor = Conductor(events, Outbox(stream), os.getpid(), lambda: ([quick, slow], ()))
    conductor.open()
    yield conductor, events, stream
    slow.go_on()
    conductor.close()


def handle_until(conductor, events, condition):
    """Let a conductor handle what comes until a condition holds."""
    end = time.monotonic() + 10.0
    while not condition() and time.monotonic() < end:
        try:
            conductor.handle(events.get(timeout=0.01))
        except queue.Empty:
            conductor.on_time()
    assert condition()


def test_answers_that_wake_nobody_are_taken_with_the_next_sample_all_and_in_order(by_hand, slow):
    conductor, events, stream = by_hand
    readers = {thread.reader.source.name: thread for thread in conductor._readers}

    def samples():
        return [m for m in stream.told() if m[0] == messages.SAMPLE]

    conductor.handle(timed([messages.BEGIN, "w", 0.01, False], time.monotonic_ns()))
    while not samples():  # without another sample, also where this takes longer than an interval
        conductor.handle(events.get(timeout=10.0))
    slow.hang()
    first = conductor.samples.ticket + 1
    for ticket in range(first, first + 3):
        assert until(lambda t=ticket: conductor.on_time() or conductor.samples.ticket >= t)
        assert until(lambda t=ticket: any(a.ticket == t for a in readers["quick"].left))
    assert len(samples()) == 1, "the slow source still owes its part of each"
    slow.go_on()
    assert until(lambda: len(readers["slow"].left) == conductor.samples.ticket - first + 1)
    last = conductor.samples.ticket
    assert [answer.ticket for answer in readers["slow"].left] == list(range(first, last + 1))
    for name in readers:
        assert set(events.tickets(name)).isdisjoint(range(first, last + 1))

    conductor.handle(timed([messages.END, "w"], time.monotonic_ns()))
    handle_until(conductor, events, lambda: any(m[0] == messages.SETTLED for m in stream.told()))
    marks = [sample[2] for sample in samples()]
    assert marks[0] == [messages.BEGIN, "w"]
    assert marks[-1] == [messages.END, "w"]
    assert marks[1:-1] == [None] * (last - first + 1)
    assert not readers["quick"].left
    assert not readers["slow"].left
    times = [sample[1] for sample in samples()]
    assert times == sorted(set(times))
    for index in (0, 1):
        assert all(good(sample, index) and sample[4] == {} for sample in samples())
        read_ns = [sample[3][index][0] for sample in samples()]
        assert read_ns == sorted(set(read_ns)), "each sample has the reading that was made for it"
        assert all(read >= asked for read, asked in zip(read_ns, times, strict=True))


def test_a_window_that_nobody_watches_loses_no_sample(sampler, slow, monkeypatch):
    monkeypatch.setattr(samples_module, "PATIENCE_S", 600.0)
    monkeypatch.setattr(reader_thread_module, "PATIENCE_S", 600.0)
    sampler.send(messages.BEGIN, "w", 0.02, False)
    calls = slow.calls
    assert until(lambda: slow.calls > calls + 100)
    sampler.send(messages.END, "w")
    assert until(lambda: sampler.settled() == ["w"])
    sent = sampler.of(messages.SAMPLE)
    assert len(sent) == sampler.conductor.samples.ticket
    assert all(good(sample, index) for sample in sent for index in (0, 1))
    times = [sample[1] for sample in sent]
    assert times == sorted(set(times))
    assert all(not thread.left for thread in sampler.conductor._readers)


def test_a_window_does_not_wait_for_a_driver_that_takes_its_time(devices):
    """Counters of a millisecond are read first; 60 ms of a GPU's driver pass beside."""
    devices.truth["gpu:0"].set(call_cost_s=0.06)
    sampler = Watched(devices)
    asked_ns = devices.now_ns
    sampler.request(messages.PREPARE)
    devices.sleep(0.5)
    (said_ns,) = [came_ns for came_ns, message in sampler.came if message == [messages.QUICK_READ]]
    assert said_ns - asked_ns < 1_000_000
    (read_ns,) = [
        came_ns
        for came_ns, message in sampler.came
        if message[0] == messages.SAMPLE and message[2] == [messages.PREPARE, ""]
    ]
    assert read_ns - asked_ns > 60_000_000
    assert said_ns < read_ns


@pytest.mark.parametrize("idle_s", [0.5, 9.0])
def test_no_other_thread_is_woken_before_a_window_that_waits_is_told(devices, idle_s):
    """It would take the interpreter from the one that tells it."""
    sampler = Watched(devices)
    sampler.request(messages.BEGIN, "w", 0.1, False)
    devices.sleep(0.5)
    sampler.request(messages.END, "w")
    devices.sleep(idle_s)
    woken = []

    def hear(message):
        if [messages.QUICK_READ] in each_of(message):
            threads = sampler.conductor._readers
            woken.extend(t.reader.source.name for t in threads if not t._requests.empty())
            told.append(message)

    told = []
    sampler._on_message = hear
    sampler.request(messages.PREPARE)
    devices.sleep(0.5)
    assert told
    assert woken == []


def test_where_nothing_can_hang_the_sample_itself_says_that_it_was_read(machine):
    machine.truth.add("cpu:0/package", power_w=30.0)
    sampler = Watched(machine)
    sampler.request(messages.PREPARE)
    machine.sleep(0.5)
    assert not sampler.of(messages.QUICK_READ)
    (sample,) = sampler.of(messages.SAMPLE)
    assert sample[2] == [messages.PREPARE, ""]
