"""The service: one sampler, many clients, and one thread that serves them all.

What the sampler sends comes in a thread of its client's, and is handled here in turn with what
the clients ask for. Nothing here waits for a client.
"""

from __future__ import annotations

import resource
import selectors
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from .._version import __version__
from ..clock import now_ns
from ..meter.memory import Memory
from ..sampler import wire
from ..sampler.client import SamplerClient
from ..sampler.events import ConditionsSeen, Event, Polls, Settled, Started
from ..sampler.messages import Sample
from ..sampler.spawned import SamplerProcess
from ..sources.base import Domain
from .allowance import Allowance
from .connection import Connection
from .disclosure import Disclosure
from .left import Left
from .windows import ClientWindow

STOPPED, AGAIN = 0, 75
"""Exit codes: it was told to end; start it again (EX_TEMPFAIL of sysexits.h)."""
INTERVAL_S = 0.1
"""How often a client gets a sample at most."""
MOST_CLIENTS = 1000
MOST_OF_USER = 256
MOST_WINDOWS = 64
"""Open windows of one client."""
GREETING_S = 2.0
"""How long a client may take to say the first word."""
START_S = 10.0
"""How long the sensors may take to open."""
LEAVE_S = 2.0
"""How often is left what the next service goes on from, while a window is open."""
ACCEPTED = 32
"""Clients that are let in between two looks at the others."""
REST_S = 0.1
"""How long no client is let in where the system has no room for one."""
SLOW_NS = 1_000_000_000
_UCRED = struct.Struct("3i")


@dataclass(frozen=True)
class Handler:
    """What a request does, and whether it is one of the marks that are few a second."""

    handle: Callable[[Connection, Sequence[Any]], None]
    is_mark: bool = False


class Service:
    """Serves the clients of one socket.

    Parameters
    ----------
    listener
        The socket.
    spawn
        Starts the sampler.
    left
        What the service before has left, and what is left for the next.
    disclosure
        What clients may know.
    """

    def __init__(
        self,
        listener: socket.socket,
        spawn: Callable[[], SamplerProcess],
        left: Left,
        disclosure: Disclosure,
    ) -> None:
        self._listener = listener
        self._left = left
        self._disclosure = disclosure
        self._events: deque[Event] = deque()
        self._woken, self._wakes = socket.socketpair()
        self._exit_code: int | None = None
        self._memory = Memory()
        self._sampler = SamplerClient(self._hear, spawn=spawn)
        self._selector = selectors.DefaultSelector()
        self._connections: dict[int, Connection] = {}
        self._allowances: dict[int, Allowance] = {}
        self._next_number = 0
        self._windows: dict[str, tuple[Connection, int, ClientWindow]] = {}
        self._preparing: list[Connection] = []
        self._due_s: dict[Connection, float] = {}
        """When to look at a client again: it has not greeted, or has asked for much."""
        self._listens_again_s: float | None = None
        self._leaves_s = 0.0
        self._handlers: Mapping[str, Handler] = {
            wire.CLOCK: Handler(self._clock),
            wire.PREPARE: Handler(self._prepare),
            wire.BEGIN: Handler(self._begin, is_mark=True),
            wire.END: Handler(self._end, is_mark=True),
            wire.FOLLOW: Handler(self._follow, is_mark=True),
            wire.WATCH_HOST: Handler(self._watch_host),
        }

    # --- its life ---------------------------------------------------------------------------

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
        with suppress(OSError):
            self._wakes.send(b".", socket.MSG_DONTWAIT)

    def run(self) -> int:
        """Serve until it is stopped; return the exit code."""
        _allow_many_files()
        self._listener.settimeout(0.0)
        self._woken.settimeout(0.0)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._woken, selectors.EVENT_READ, self._handle_events)
        try:
            while self._exit_code is None:
                for key, mask in self._selector.select(self._timeout_s()):
                    if isinstance(key.data, Connection):
                        self._look(key.data, mask)
                    else:
                        key.data()
                self._do_what_is_due()
        finally:
            self._left.leave(self._sampler.latest)
            for connection in list(self._connections.values()):
                connection.close()
            self._selector.close()
            self._sampler.close()
        return self._exit_code

    def _timeout_s(self) -> float | None:
        times = list(self._due_s.values())
        if self._listens_again_s is not None:
            times.append(self._listens_again_s)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _do_what_is_due(self) -> None:
        now_s = time.monotonic()
        if self._listens_again_s is not None and now_s >= self._listens_again_s:
            self._listens_again_s = None
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        for connection in [c for c, due_s in self._due_s.items() if due_s <= now_s]:
            del self._due_s[connection]
            if connection.has_greeted:
                self._look(connection, 0)
            else:
                self._refuse(connection, "it has not said what it is")

    # --- clients come and go ----------------------------------------------------------------

    def _accept(self) -> None:
        for _ in range(ACCEPTED):
            try:
                connected, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError:  # there is no room for another file
                self._selector.unregister(self._listener)
                self._listens_again_s = time.monotonic() + REST_S
                return
            self._let_in(connected)

    def _let_in(self, connected: socket.socket) -> None:
        found = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        _, uid, _ = _UCRED.unpack(found)
        allowance = self._allowances.setdefault(uid, Allowance())
        connection = Connection(connected, self._next_number, uid, allowance)
        if len(self._connections) >= MOST_CLIENTS or allowance.connections >= MOST_OF_USER:
            connection.refuse("it serves as many programs as it can")
            connection.close()
            return
        self._next_number += 1
        allowance.connections += 1
        self._connections[connection.number] = connection
        self._due_s[connection] = time.monotonic() + GREETING_S
        self._look(connection, selectors.EVENT_READ)  # most have greeted by now

    def _refuse(self, connection: Connection, why: str) -> None:
        connection.refuse(why)
        self._let_go(connection)

    def _let_go(self, connection: Connection) -> None:
        if self._connections.pop(connection.number, None) is None:
            return
        connection.has_left = True
        self._due_s.pop(connection, None)
        for window in connection.windows.values():
            if window.is_open:
                window.drop()
                self._sampler.end(window.name)
        connection.allowance.connections -= 1
        if connection.awaited:
            self._selector.unregister(connection.socket)
        connection.close()

    def _look(self, connection: Connection, mask: int) -> None:
        """Handle what a client has sent, and send what it takes."""
        try:
            if mask & selectors.EVENT_WRITE:
                connection.flush()
            if mask & selectors.EVENT_READ and not connection.receive():
                connection.has_left = True
            self._handle_requests(connection)
        except wire.BadRequestError as error:
            connection.refuse(str(error))
        self._attend(connection)

    def _attend(self, connection: Connection) -> None:
        """Wait for what a client is to do next, or let it go."""
        if connection.has_left:
            self._let_go(connection)
            return
        events = selectors.EVENT_WRITE if connection.has_unsent else 0
        if not connection.waiting:
            events |= selectors.EVENT_READ
        if events == connection.awaited:
            return
        if not connection.awaited:
            self._selector.register(connection.socket, events, connection)
        elif events:
            self._selector.modify(connection.socket, events, connection)
        else:
            self._selector.unregister(connection.socket)
        connection.awaited = events

    # --- requests ---------------------------------------------------------------------------

    def _handle_requests(self, connection: Connection) -> None:
        while connection.waiting and not connection.has_left:
            request = wire.request(connection.waiting[0])
            if connection.has_greeted and (wait_s := self._wait_s(connection, request[0])):
                self._due_s[connection] = time.monotonic() + wait_s
                return
            connection.waiting.popleft()
            if not connection.has_greeted:
                self._greet(connection, request)
            elif (handler := self._handlers.get(request[0])) is not None:
                handler.handle(connection, request)
            else:
                raise wire.BadRequestError("it was greeted before")

    def _wait_s(self, connection: Connection, kind: str) -> float:
        now_s = time.monotonic()
        handler = self._handlers.get(kind)
        if handler is not None and handler.is_mark:
            return connection.allowance.marks.wait_s(now_s)
        return connection.allowance.requests.wait_s(now_s)

    def _greet(self, connection: Connection, request: Sequence[Any]) -> None:
        if request[0] != wire.HELLO:
            raise wire.BadRequestError("the first word is no greeting")
        protocol = wire.chosen(*request[1:])
        if protocol is None:
            ours = f"it speaks the protocols {wire.OLDEST} to {wire.NEWEST}"
            connection.refuse(f"{ours} (jupyter-green {__version__}), this program others")
            return
        connection.has_greeted = True
        self._due_s.pop(connection, None)
        domains = [asdict(self._disclosure.domain(each)) for each in self.domains]
        about = {
            "version": __version__,
            "scale": self._left.scale,
            "quantum_j": self._disclosure.quantum_j,
            "interval_s": INTERVAL_S,
            "domains": domains,
            "missing": [asdict(each) for each in self._sampler.missing],
        }
        connection.send([wire.HELLO, protocol, about])

    def _clock(self, connection: Connection, request: Sequence[Any]) -> None:
        connection.send([wire.CLOCK, request[1], now_ns()])

    def _prepare(self, connection: Connection, _: Sequence[Any]) -> None:
        if not self._preparing:
            self._sampler.prepare()
        self._preparing.append(connection)

    def _watch_host(self, connection: Connection, request: Sequence[Any]) -> None:
        connection.watches_until_ns = now_ns() + int(request[1] * 1e9)
        self._sampler.watch_host(request[1])

    def _begin(self, connection: Connection, request: Sequence[Any]) -> None:
        _, number, interval_s, is_watched = request
        if number in connection.windows:
            raise wire.BadRequestError("a window has begun before")
        if len(connection.windows) >= MOST_WINDOWS:
            raise wire.BadRequestError(f"more than {MOST_WINDOWS} windows are open")
        interval_s = max(interval_s, INTERVAL_S)
        window = ClientWindow(
            f"{connection.number}:{number}",
            self.domains,
            self._memory,
            interval_s=interval_s,
            is_watched=is_watched,
        )
        for beside, _, other in self._windows.values():
            if beside is not connection and other.is_open:
                other.others.add(connection.number)
                window.others.add(beside.number)
        connection.windows[number] = window
        self._windows[window.name] = (connection, number, window)
        self._sampler.begin(window.name, interval_s, watched=True)

    def _end(self, connection: Connection, request: Sequence[Any]) -> None:
        _, number, begun_ns, ended_ns = request
        window = connection.windows.get(number)
        if window is None or not window.is_open:
            raise wire.BadRequestError("a window ends that is not open")
        window.end(begun_ns, ended_ns)
        self._sampler.end(window.name)

    def _follow(self, connection: Connection, request: Sequence[Any]) -> None:
        with self._sampler.joined():
            self._end(connection, request[1])
            self._begin(connection, request[2])

    # --- what the sampler sends -------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        """Pass on an event from the sampler client's thread."""
        self._events.append(event)
        with suppress(BlockingIOError):  # full: it is about to wake up
            self._wakes.send(b".", socket.MSG_DONTWAIT)

    def _handle_events(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(4096)
        while self._events:
            event = self._events.popleft()
            if isinstance(event, Sample):
                self._sampled(event)
            elif isinstance(event, Polls):
                for id_, readings in event.readings.items():
                    self._memory.add(id_, readings)
                for _, _, window in self._windows.values():
                    window.add_polls(event)
            elif isinstance(event, ConditionsSeen):
                self._conditions(event)
            elif isinstance(event, Settled):
                self._settled(event)
            elif isinstance(event, Started):
                self._memory.forget_readings()

    def _sampled(self, sample: Sample) -> None:
        for id_, reading in sample.domains.items():
            self._memory.add(id_, (reading,))
        for _, _, window in self._windows.values():
            window.add(sample)
        kind, name = sample.mark or ("", "")
        if kind == wire.PREPARE:
            preparing, self._preparing = self._preparing, []
            for connection in preparing:
                self._say(connection, [wire.PREPARED])
        elif kind:
            self._marked(sample, kind, name)
        else:
            self._broadcast(sample)
        if self._windows and time.monotonic() >= self._leaves_s:
            self._left.leave(self._sampler.latest)
            self._leaves_s = time.monotonic() + LEAVE_S

    def _marked(self, sample: Sample, kind: str, name: str) -> None:
        """Answer a mark: with the sample, and at an end with the joules as known by now."""
        if name not in self._windows:
            return
        connection, number, window = self._windows[name]
        self._say(connection, self._packed(sample, (kind, number)))
        if kind == wire.END and not connection.has_left:
            self._say(connection, [wire.FITTED, number, *window.fitted(self._disclosure), False])

    def _broadcast(self, sample: Sample) -> None:
        line: bytes | None = None
        for connection in list(self._connections.values()):
            interval_ns = connection.interval_ns
            if interval_ns is None:
                if sample.t_ns > connection.watches_until_ns:
                    continue
                interval_ns = int(INTERVAL_S * 1e9)
            if connection.is_slow:
                interval_ns = max(interval_ns, SLOW_NS)
            if sample.t_ns - connection.sampled_ns < 0.9 * interval_ns:
                continue
            connection.sampled_ns = sample.t_ns
            line = line or wire.encode(self._packed(sample, None))
            if connection.is_watched or connection.watches_until_ns >= sample.t_ns:
                connection.send_line(line)
            else:
                connection.hold_line(line, sample.t_ns)
            self._attend(connection)

    def _packed(self, sample: Sample, mark: tuple[str, int] | None) -> list[Any]:
        entries: list[Any] = []
        flags: dict[int, str] = {}
        for index, domain in enumerate(self.domains):
            figures = sample.domains.get(domain.id)
            if figures is not None:
                entries.append(self._disclosure.sample(domain, figures))
            else:
                entries.append(sample.errors.get(domain.id))
            if domain.id in sample.flags:
                flags[index] = sample.flags[domain.id]
        return [wire.SAMPLE, sample.t_ns, mark, entries, flags]

    def _conditions(self, seen: ConditionsSeen) -> None:
        places = {domain.id: index for index, domain in enumerate(self.domains)}
        found = {
            places[id_]: self._disclosure.conditions(each)
            for id_, each in seen.conditions.items()
            if id_ in places
        }
        line = wire.encode([wire.CONDITIONS, found, seen.t_ns])
        for connection in list(self._connections.values()):
            if any(window.is_open for window in connection.windows.values()):
                connection.hold_line(line, seen.t_ns)
                self._attend(connection)

    def _settled(self, event: Settled) -> None:
        self._memory.learn_periods(self.domains)
        connection, number, window = self._windows.pop(event.window, (None, 0, None))
        if connection is None or window is None or connection.has_left:
            return
        window.settle()
        del connection.windows[number]
        self._say(connection, [wire.FITTED, number, *window.fitted(self._disclosure), True])
        others = len(window.others) + event.others
        self._say(connection, [wire.SETTLED, number, others])

    def _say(self, connection: Connection, message: list[Any]) -> None:
        if not connection.has_left:
            connection.send(message)
            self._attend(connection)


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
