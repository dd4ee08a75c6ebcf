"""A machine in virtual time: a meter, its sampler and the hardware, and nobody waits.

The meter, its windows, the conductor, the readers and the accumulators are the real ones.
Simulated are the clock, the hardware, whose truth is the bench's usual one, and who runs
when: what would be threads, a process and a pipe are steps on one time line.

    with Machine.create(tmp_path) as machine, machine.meter() as meter:
        machine.truth.add("gpu:0", power_w=100.0)
        window = meter.begin()
        machine.sleep(5.0)
        report = window.end()
"""

from __future__ import annotations

import heapq
import itertools
import math
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_green.meter.memory import Memory
from jupyter_green.meter.meter import Meter
from jupyter_green.notice import Notice
from jupyter_green.sampler import messages
from jupyter_green.sampler.client import SamplerClient
from jupyter_green.sampler.conductor import Conductor
from jupyter_green.sampler.outbox import Outbox
from jupyter_green.sampler.reader_thread import ReaderThread
from jupyter_green.sources.base import Source

from .hardware import Hardware
from .truth import Truth

S = 1_000_000_000
BEGIN_NS = 1000 * S
PIPE_NS = 100_000
"""How long a request takes to the sampler."""
MOST_AT_ONCE = 1000
START_NS = 300_000_000
"""How long a sampler takes to start."""


class Machine:
    """A clock, what is to happen at which time, and the hardware."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.now_ns = BEGIN_NS
        self.rng = random.Random(seed)
        self.truth = Truth.create(folder / "virtual-truth", lambda: self.now_ns)
        self.samplers: list[Sampler] = []
        self.driver_s = 0.0
        """How long drivers that take their time were called."""
        self.call: SlowCall | None = None
        """What runs now, of what takes its time."""
        self._calls: list[SlowCall] = []
        self._planned: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    @classmethod
    @contextmanager
    def create(cls, folder: Path, seed: int = 1) -> Iterator[Machine]:
        """Make a machine without hardware."""
        machine = cls(folder, seed)
        with machine.truth:
            try:
                yield machine
            finally:
                for call in machine._calls:
                    call.give_up()

    def clock_ns(self) -> int:
        """Return the time."""
        return self.now_ns

    @contextmanager
    def meter(self, interval_s: float = 0.1) -> Iterator[VirtualMeter]:
        """Return a meter on this machine."""
        with VirtualMeter(self, interval_s) as meter:
            yield meter

    def new_meter(self, interval_s: float = 0.1) -> VirtualMeter:
        """Return a meter that the caller closes."""
        return VirtualMeter(self, interval_s)

    def at(self, t_ns: int, action: Callable[[], None]) -> None:
        """Do something at a time."""
        heapq.heappush(self._planned, (t_ns, next(self._numbers), action))

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something after some time."""
        self.at(self.now_ns + round(seconds * S), action)

    def spend(self, duration_ns: int) -> None:
        """Let a call take some time."""
        self.now_ns += duration_ns

    def take(self, duration_ns: int) -> None:
        """Let a call take its time, in which others go on."""
        if self.call is None:
            self.spend(duration_ns)
        else:
            self.call.wait(self.now_ns + duration_ns)

    def sleep(self, seconds: float) -> None:
        """Let time go by."""
        self.wait_for(lambda: False, seconds)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Let time go by until a condition holds; return whether it does."""
        until_ns = self.now_ns + round(timeout_s * S)
        standing = 0
        while not condition():
            t_ns, step = self._next()
            if step is None or t_ns > until_ns:
                self.now_ns = max(self.now_ns, until_ns)
                return condition()
            standing = 0 if t_ns > self.now_ns else standing + 1
            assert standing < MOST_AT_ONCE, f"time stands still at {step}"
            self.now_ns = max(self.now_ns, t_ns)
            step()
        return True

    def _next(self) -> tuple[int, Callable[[], None] | None]:
        """Return what happens next, and when."""
        found: list[tuple[int, int, Callable[[], None]]] = []
        if self._planned:
            t_ns, _, _ = self._planned[0]
            found.append((t_ns, 0, self._do_planned))
        for sampler in self.samplers:
            found += sampler.steps()
        if not found:
            return 0, None
        t_ns, _, step = min(found, key=lambda each: each[:2])
        return t_ns, step

    def _do_planned(self) -> None:
        _, _, action = heapq.heappop(self._planned)
        action()

    def lateness_ns(self) -> int:
        """How late a thread comes: some 0.1 ms, at times a few ms."""
        late_s = self.rng.expovariate(1 / 0.00006) + 0.00005
        if self.rng.random() < 0.01:
            late_s += self.rng.uniform(0.0005, 0.005)
        return round(late_s * S)


class GivenUp(BaseException):
    """A slow call that will not come back."""


class SlowCall:
    """What takes its time while others go on: a thread that runs only while they rest."""

    def __init__(self, machine: Machine, action: Callable[[], None]) -> None:
        self.due_ns = machine.now_ns
        """When it goes on."""
        self.is_over = False
        self._machine = machine
        self._action = action
        self._is_given_up = False
        self._go, self._rest = threading.Semaphore(0), threading.Semaphore(0)
        machine._calls.append(self)
        threading.Thread(target=self._run, daemon=True).start()

    def go_on(self) -> None:
        """Run until it takes time again."""
        self._machine.call = self
        self._go.release()
        self._rest.acquire()
        self._machine.call = None
        if self.is_over:
            self._machine._calls.remove(self)

    def wait(self, until_ns: int) -> None:
        """Let others go on until a time; called by what it runs."""
        self.due_ns = until_ns
        self._rest.release()
        self._go.acquire()
        if self._is_given_up:
            raise GivenUp

    def give_up(self) -> None:
        """End it where it is."""
        self._is_given_up = True
        self._go.release()

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self._is_given_up:
                self._action()
        except GivenUp:
            return
        self.is_over = True
        self._rest.release()


class VirtualThread(ReaderThread):
    """A reader's thread, as steps on the time line."""

    machine: Machine

    def _start(self) -> None:
        self._call: SlowCall | None = None
        self._late: tuple[float, int] = (0.0, 0)

    def steps(self) -> list[tuple[int, int, Callable[[], None]]]:
        """Return what it does next, and when."""
        if self._call is not None:
            return [(max(self._call.due_ns, self.machine.now_ns), 2, self._go_on)]
        if not self._requests.empty():
            return [(self.machine.now_ns, 2, self._begin)]
        due_s = self.reader.due_s
        if due_s is None:
            return []
        if self._late[0] != due_s:
            self._late = due_s, self.machine.lateness_ns()
        due_ns = max(round(due_s * S) + self._late[1], self.machine.now_ns)
        return [(due_ns, 2, self._begin)]

    def _begin(self) -> None:
        source = self.reader.source
        assert isinstance(source, Hardware)
        request = None if self._requests.empty() else self._requests.get()
        if not source.is_slow:
            self._do(request)
        else:
            self._call = SlowCall(self.machine, lambda: self._do(request))
            self._go_on()

    def _go_on(self) -> None:
        assert self._call is not None
        self._call.go_on()
        if self._call.is_over:
            self._call = None

    def _do(self, request: Any) -> None:
        if request is None:
            self._on_time()
        else:
            self._handle(request)


class Requests:
    """What wakes the conductor, as steps on the time line."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def put(self, event: object) -> None:
        """Hand an event to the conductor."""
        sampler = self._sampler
        sampler.machine.at(sampler.machine.now_ns, lambda: sampler.handle(event))


class Sampler(Outbox):
    """A sampler's process: a conductor whose messages come at once."""

    place = instead_of = None
    least_interval_s = 0.0

    def leave_to_parent(self) -> None:
        """Let go of it, in a fork."""

    def __init__(self, machine: Machine, on_message: Callable[[list[Any]], None]) -> None:
        self.machine = machine
        self.pid = next(machine._numbers) + 1_000_000
        self._on_message = on_message
        self._is_stopped = False
        self._is_open = False
        self._waiting: list[object] = []
        threads = type("Thread", (VirtualThread,), {"machine": machine})
        self.conductor = Conductor(
            Requests(self),  # type: ignore[arg-type]
            self,
            os.getpid(),
            self._probe,
            clock_ns=machine.clock_ns,
            new_thread=threads,
        )
        machine.samplers.append(self)
        machine.at(machine.now_ns + START_NS, self._open)

    def _open(self) -> None:
        if self in self.machine.samplers:
            self._is_open = True
            self.conductor.open()
            for event in self._waiting:
                self.handle(event)

    def _probe(self) -> tuple[list[Source], tuple[()]]:
        devices = self.machine.truth.devices
        of = {"nvml": [d for d in devices if d.name.startswith("gpu:")]}
        of["rapl"] = [d for d in devices if d not in of["nvml"]]
        return [Hardware(self.machine, n, of[n]) for n in ("rapl", "nvml") if of[n]], ()

    def put(self, message: list[Any]) -> None:
        """Send a message."""
        self._on_message(messages.decode(messages.encode(message)))

    def send(self, line: bytes) -> None:
        """Take a request, a little later."""
        if self not in self.machine.samplers:
            raise OSError("it has ended")
        request = messages.decode(line)
        self.machine.at(self.machine.now_ns + PIPE_NS, lambda: self.handle(request))

    def handle(self, event: object) -> None:
        """Have the conductor handle a request or an answer; one that hangs never does."""
        if not self._is_open:
            self._waiting.append(event)
        elif self in self.machine.samplers and not self._is_stopped:
            self.conductor.handle(event)
            if self.conductor.wait_s == 0.0:
                self.conductor.on_time()

    def steps(self) -> list[tuple[int, int, Callable[[], None]]]:
        """Return what it does next, and when."""
        if self._is_stopped:
            return []
        found = [step for thread in self.conductor._readers for step in thread.steps()]
        wait_s = self.conductor.wait_s
        if wait_s is not None:
            t_ns = self.machine.now_ns + math.ceil(wait_s * S) + (wait_s > 0)
            found.append((t_ns, 1, self.conductor.on_time))
        return found

    def stop(self) -> None:
        """Let it hang, as SIGSTOP does."""
        self._is_stopped = True

    def go_on(self) -> None:
        """Let it run again, as SIGCONT does."""
        self._is_stopped = False

    def kill(self) -> None:
        """End it."""
        if self in self.machine.samplers:
            self.machine.samplers.remove(self)
            self.conductor.close()

    hang_up = kill

    def wait(self, timeout_s: float) -> bool:
        return True


class StepNotice(Notice):
    """A notice among threads that are steps of a virtual machine."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self._machine = machine

    def wait_for(self, condition: Callable[[], bool], timeout_s: float | None = None) -> bool:
        return self._machine.wait_for(condition, timeout_s)


class VirtualClient(SamplerClient):
    """The client of a virtual sampler."""

    def __init__(self, on_event: Callable[[Any], None], machine: Machine) -> None:
        super().__init__(on_event, machine.clock_ns)
        self._machine = machine
        self._changed = StepNotice(machine)

    def _spawn(self) -> None:
        self._ready = False
        self._process = Sampler(self._machine, self._handle)  # type: ignore[assignment]

    def kill(self) -> None:
        """Let the sampler die, and notice it a little later."""
        assert self._process is not None
        self._process.kill()
        self._machine.later(0.001, self._died)

    def stop(self) -> None:
        """Let the sampler hang."""
        assert isinstance(self._process, Sampler)
        self._process.stop()

    def go_on(self) -> None:
        """Let the sampler run again."""
        assert isinstance(self._process, Sampler)
        self._process.go_on()


class VirtualMeter(Meter):
    """A meter on a virtual machine."""

    def __init__(self, machine: Machine, interval_s: float = 0.1) -> None:
        super().__init__(interval_s)
        self.bookings = None  # its thread would wait, and so move the machine's time, beside ours
        self._memory = Memory(machine.clock_ns)
        self._client: VirtualClient = VirtualClient(self._on_event, machine)
        self.machine = machine

    def kill_sampler(self) -> None:
        """Let the sampler die."""
        self._client.kill()

    def stop_sampler(self) -> None:
        """Let the sampler hang."""
        self._client.stop()

    def continue_sampler(self) -> None:
        """Let a sampler run again that hung."""
        self._client.go_on()
