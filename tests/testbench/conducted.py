"""A conductor with sources that hang when they are told to, in real threads or in virtual time."""

import io
import os
import queue
import threading
import time

import pytest

from jupyter_green.sampler import messages
from jupyter_green.sampler.conductor import Conductor
from jupyter_green.sampler.outbox import Outbox
from jupyter_green.sampler.process import _loop
from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from jupyter_green.sources.base import Conditions, Domain, Provenance, Reading, Source

from .edges import timed
from .machine import Sampler as VirtualSampler


class Standin(Source):
    """A counter at a constant power, whose driver hangs when told to."""

    has_conditions = True

    def __init__(self, name, power_w, period_s):
        self.name = name
        self.power_w = power_w
        self.period_s = period_s
        self.calls = 0
        self.users = ()
        """The processes on the device."""
        self._answers = threading.Event()
        self._answers.set()

    @property
    def domains(self):
        unit_j = 1e-6
        return [
            Domain(self.name, self.name, self.name, Provenance.COUNTER, self.period_s, True, unit_j)
        ]

    def hang(self):
        """Answer no more until :meth:`go_on`."""
        self._answers.clear()

    def go_on(self):
        """Answer again."""
        self._answers.set()

    def read(self, index):
        self.calls += 1
        self._answers.wait()
        t_ns = time.monotonic_ns()
        period_ns = int(self.period_s * 1e9)
        return Reading(t_ns, int(self.power_w * (t_ns // period_ns * period_ns) / 1000))

    poll = read

    def conditions(self, index):
        return Conditions(utilization_percent=50.0, process_ids=self.users)

    def close(self):
        pass


def each_of(message):
    """Return the messages of a batch; another message is alone."""
    return message[1] if message[0] == messages.BATCH else [message]


class Stream(io.RawIOBase):
    """Takes what the sampler sends, with the time at which it came."""

    def __init__(self):
        self.messages = []

    def writable(self):
        return True

    def write(self, line):
        self.messages.append((time.monotonic(), messages.decode(line)))
        return len(line)

    @property
    def came(self):
        """All messages, those of a batch one by one, each with the time at which it came."""
        for came_s, message in list(self.messages):
            for one in each_of(message):
                yield came_s, one

    def told(self):
        """All messages, those of a batch one by one."""
        return [message for _, message in self.came]


class Sampler:
    """A conductor in a thread of its own, and what it has sent."""

    def __init__(self, sources):
        self.stream = Stream()
        self.events = queue.SimpleQueue()
        self.conductor = Conductor(
            self.events, Outbox(self.stream), os.getpid(), lambda: (list(sources), ())
        )
        self.conductor.open()
        arguments = (self.conductor, threading.Lock(), self.events, os.getpid())
        self.thread = threading.Thread(target=_loop, args=arguments, daemon=True)
        self.thread.start()

    def send(self, *request):
        self.events.put(timed(request, time.monotonic_ns()))

    def of(self, kind):
        return [message for message in self.stream.told() if message[0] == kind]

    def marked(self, kind, window):
        """Return the sample that was asked for at an edge, ``None`` if it has not come."""
        found = [s for s in self.of(messages.SAMPLE) if s[2] == [kind, window]]
        return found[0] if found else None

    def settled(self):
        return [message[1] for message in self.of(messages.SETTLED)]

    def close(self):
        self.events.put(None)
        self.thread.join(10)
        self.conductor.close()


class Watched(VirtualSampler):
    """A sampler in virtual time that has started, and what it has sent, and when."""

    def __init__(self, machine):
        self.sent = []
        super().__init__(machine, lambda message: self.sent.append((machine.now_ns, message)))
        machine.sleep(1.0)

    @property
    def came(self):
        """All messages, those of a batch one by one."""
        for came_ns, message in self.sent:
            for one in each_of(message):
                yield came_ns, one

    def request(self, *request):
        self.send(messages.encode(timed(request, self.machine.now_ns)))

    def of(self, kind):
        return [message for _, message in self.came if message[0] == kind]


@pytest.fixture
def devices(machine):
    """A machine in virtual time with a quick counter and a slow one."""
    machine.truth.add("cpu:0/package", power_w=30.0)
    machine.truth.add("gpu:0", power_w=200.0)
    return machine


@pytest.fixture
def quick():
    return Standin("quick", 30.0, 0.001)


@pytest.fixture
def slow():
    made = Standin("slow", 200.0, 0.1)
    yield made
    made.go_on()


@pytest.fixture
def sampler(quick, slow, tmp_path, monkeypatch):
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))
    made = Sampler([quick, slow])
    yield made
    made.close()


def good(sample, index):
    return isinstance(sample[3][index], list)
