"""The service: one sampler, many clients, and one thread that serves them all.

What the sampler sends is handled in turn with what the clients ask for. Nothing here waits for a
client.
"""

from __future__ import annotations

import functools
import gc
import resource
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from ..meter.baseline import Baseline
from ..meter.memory import Memory
from ..sampler.events import Event
from ..sources.base import Domain
from .allowance import INTERVAL_S
from .announcements import Announcements
from .answers import Answers
from .clients import Clients
from .connection import Connection
from .disclosure import Disclosure
from .door import Door
from .greeting import Greeting
from .host_client import HostClient
from .host_sampler import HostSampler
from .last_samples import LastSamples
from .left import Left
from .open_windows import OpenWindows
from .shares import Shares

STOPPED, AGAIN = 0, 75
"""Exit codes: it was told to end; start it again (EX_TEMPFAIL of sysexits.h)."""
START_S = 10.0
"""How long the sensors may take to open."""
LEAVE_S = 2.0
"""How often is left what the next service goes on from, while a window is open."""


class Service:
    """Serves the clients of one socket.

    Parameters
    ----------
    listener
        The socket.
    sampler
        Reads the sensors; when it ends, so does the service.
    left
        What the service before has left, and what is left for the next.
    disclosure
        What clients may know.
    baseline
        What the idle machine draws, where it was measured.
    """

    def __init__(
        self,
        listener: socket.socket,
        sampler: HostSampler,
        left: Left,
        disclosure: Disclosure,
        baseline: Baseline | None = None,
    ) -> None:
        self._listener = listener
        self._left = left
        self._leaves_s = 0.0
        self._disclosure = disclosure
        self._events: deque[Event] = deque()
        self._woken, self._wakes = socket.socketpair()
        self._exit_code: int | None = None
        self._sampler = HostClient(self._events.append, sampler)
        memory = Memory()
        self._windows = OpenWindows(memory)
        self._shares = Shares(disclosure, baseline)
        last_samples = LastSamples()
        self._answers = Answers(self._sampler, self._windows, self._shares, last_samples)
        self._announcements = Announcements(
            self._sampler,
            memory,
            self._windows,
            disclosure,
            self._shares,
            last_samples=last_samples,
            prepared=self._answers.prepared,
        )

    def start(self) -> bool:
        """Have the sensors opened; return whether they were."""
        return self._sampler.start(START_S)

    def go_on(self) -> None:
        """Count on from where the service before has stopped, if it has left that."""
        if self._left.latest:
            self._sampler.go_on_from(self._left.latest)

    @property
    def domains(self) -> Sequence[Domain]:
        """What is read."""
        return self._sampler.domains

    def stop(self, exit_code: int = STOPPED) -> None:
        """Have :meth:`run` end; from any thread, and from a signal's handler."""
        if self._exit_code is None:
            self._exit_code = exit_code
        with suppress(OSError):  # full: it is about to wake up
            self._wakes.send(b".", socket.MSG_DONTWAIT)

    def run(self) -> int:
        """Serve until it is stopped; return the exit code."""
        _allow_many_files()
        with selectors.DefaultSelector() as selector:
            clients = Clients(selector, self._greeting(), self._answers)
            door = Door(self._listener, selector, clients.let_in)
            door.open()
            gc.freeze()  # what there is now stays: no need to look through it for rubbish again
            hear = functools.partial(self._hear, clients)
            selector.register(self._sampler, selectors.EVENT_READ, hear)
            selector.register(self._woken, selectors.EVENT_READ, self._wake_up)
            try:
                while self._exit_code is None:
                    for key, mask in selector.select(_wait_s(clients.due_s, door.due_s)):
                        if isinstance(key.data, Connection):
                            clients.look(key.data, mask)
                        else:
                            key.data()
                    now_s = time.monotonic()
                    door.on_time(now_s)
                    clients.on_time(now_s)
                    clients.send()
                    self._shares.begin_due()
                    self._leave(now_s)
            finally:
                self._left.leave(self._sampler.latest)
                clients.close()
                self._sampler.close()
        return self._exit_code

    def _greeting(self) -> Greeting:
        return Greeting(
            {
                "scale": self._left.scale,
                "quantum_j": self._disclosure.quantum_j,
                "interval_s": INTERVAL_S,
                "domains": [asdict(self._disclosure.domain(each)) for each in self.domains],
                "missing": [asdict(each) for each in self._sampler.missing],
            }
        )

    def _wake_up(self) -> None:
        """Look whether it was stopped."""
        with suppress(BlockingIOError):
            self._woken.recv(4096, socket.MSG_DONTWAIT)

    def _hear(self, clients: Clients) -> None:
        """Handle what the sampler has sent."""
        self._sampler.hear()
        while self._events:
            self._announcements.tell(self._events.popleft(), clients.connected)
        if self._sampler.has_ended:
            self.stop(AGAIN)

    def _leave(self, now_s: float) -> None:
        """Leave for the next service what it goes on from, if that is due; nobody waits for it."""
        if self._windows and now_s >= self._leaves_s:
            self._left.leave(self._sampler.latest)
            self._leaves_s = now_s + LEAVE_S


def _wait_s(*due_s: float | None) -> float | None:
    """Return how long there is nothing to do before the first of these times."""
    times = [each for each in due_s if each is not None]
    return max(0.0, min(times) - time.monotonic()) if times else None


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
