"""The sampler itself: reads every source at a steady rate while a window is open.

The main thread conducts: it takes requests and says when to read. Each source is
read by a thread of its own, so that one whose driver hangs holds up no other; and
one thread sends, so that a kernel whose cell holds the GIL never delays a sample.
"""

from __future__ import annotations

import functools
import os
import queue
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ..sources.base import Discovery, Domain, Missing, Source
from ..sources.discovery import fingerprint, open_sources
from . import messages
from .host_load import HostLoad
from .hunt import LONGEST_S
from .messages import DomainSample, Poll
from .neighbours import Neighbours
from .reader import Part, Reader

FIRST_INTERVAL_S = 0.02
"""The sampling period at the beginning of a window, so that a short cell has a curve."""
FIRST_STRETCH_S = 1.0
LONGEST_INTERVAL_S = 30.0
"""Often enough to see every wrap: 262 kJ take more than four minutes at 1 kW."""
PATIENCE_S = 0.25
"""How long a sample waits for a source; one that takes longer is left out until it answers."""
CONDITIONS_INTERVAL_S = 1.0
BATCH_S = 1.0
"""How long samples wait for others where nobody watches."""
LOAD_DELAY_S = 0.004
"""Until then the refreshes of the fastest counters were seen, which nothing may disturb."""
SWITCH_INTERVAL_S = 0.0002
"""After which a thread of this process gives way to another, so that none polls late."""
MOST_WAITING = 20_000
"""Messages that may wait to be sent: half an hour at 10 Hz."""

NO_ANSWER = "no-answer"


class Rate:
    """When the next sample is due: steady while windows are open, never while none is."""

    def __init__(self) -> None:
        self._intervals_s: dict[str, float] = {}
        self._fast_until = 0.0
        self._due = 0.0

    @property
    def open_windows(self) -> int:
        """How many windows are open."""
        return len(self._intervals_s)

    def begin(self, window: str, interval_s: float, now: float) -> None:
        """Open a window; the first stretch is sampled faster."""
        self._intervals_s[window] = interval_s
        self._fast_until = now + FIRST_STRETCH_S
        self._due = now + self._interval(now)

    def end(self, window: str) -> None:
        """Close a window."""
        self._intervals_s.pop(window, None)

    @property
    def due_s(self) -> float | None:
        """When the next sample is due, ``None`` while there is none to take."""
        return self._due if self._intervals_s else None

    def taken(self, now: float) -> None:
        """Plan the sample after the one that was due, on the grid if that is still ahead."""
        step = self._interval(now)
        self._due = self._due + step if self._due + step > now else now + step

    def _interval(self, now: float) -> float:
        shortest = min(*self._intervals_s.values(), LONGEST_INTERVAL_S)
        return min(shortest, FIRST_INTERVAL_S) if now < self._fast_until else shortest


class Outbox:
    """Sends from a thread of its own, so that a full pipe never holds up the sampling."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writing = False
        self._waiting: deque[list[Any]] = deque()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def put(self, message: list[Any]) -> None:
        """Queue a message; thin the samples that wait where there are too many."""
        with self._changed:
            if self._write_at_once(message):
                return
            self._waiting.append(message)
            if len(self._waiting) > MOST_WAITING:
                self._waiting = deque(thinned(self._waiting))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                message = self._waiting.popleft()
                self._writing = True
            try:
                self._stream.write(messages.encode(message))
                self._stream.flush()
            except OSError:
                os._exit(0)  # nobody reads any more
            with self._changed:
                self._writing = False

    def _write_at_once(self, message: list[Any]) -> bool:
        """Spare the thread its wake-up where the pipe surely has room: it has PIPE_BUF or none."""
        if self._waiting or self._writing:
            return False
        try:
            fd = self._stream.fileno()
            line = messages.encode(message)
            if len(line) > select.PIPE_BUF or not select.select([], [fd], [], 0)[1]:
                return False
            os.write(fd, line)
        except (OSError, ValueError, AttributeError):  # no pipe, or none that can be asked
            return False
        return True


def thinned(waiting: Sequence[list[Any]]) -> list[list[Any]]:
    """Drop every second message of each series. Joules are cumulative, so none are lost."""
    kept: list[list[Any]] = []
    drop: set[tuple[object, ...]] = set()
    for message in waiting:
        series = _series(message)
        if series in drop:
            drop.remove(series)
            continue
        if series is not None:
            drop.add(series)
        kept.append(message)
    return kept


def _series(message: list[Any]) -> tuple[object, ...] | None:
    """Return what a message is one of many of, ``None`` where it is about an edge or an event."""
    kind = message[0]
    if kind == messages.CONDITIONS:
        return kind, *message[1]  # each source tells of its own domains
    return (kind,) if is_plain(message) else None


def is_plain(message: Sequence[Any]) -> bool:
    """Whether a message is about no edge and no event."""
    if message[0] == messages.LOAD:
        return message[1] is None
    return message[0] == messages.SAMPLE and message[2] is None and not message[4]


# --- one thread per source ------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """Read everything now; afterwards watch for the next refreshes where `hunt` is set."""

    ticket: int
    hunt: bool


@dataclass(frozen=True)
class Answer:
    """What a source showed for a ticket."""

    reader: ReaderThread
    ticket: int
    part: Part


@dataclass(frozen=True)
class Hunted:
    """No refresh is watched for any more, for whatever was asked up to a ticket."""

    reader: ReaderThread
    ticket: int


@dataclass(frozen=True)
class Told:
    """A message beside the samples, for as long as its source is read."""

    reader: ReaderThread
    message: list[Any]


class ReaderThread:
    """Reads one source when told, and polls it by itself around the edges of windows."""

    def __init__(self, reader: Reader, first: int, events: queue.SimpleQueue[Any]) -> None:
        self.reader = reader
        self.first = first
        """The place of the source's first domain among all."""
        self.asked = 0
        """The last ticket that it was given."""
        self.answered = 0
        self.given_up = 0
        """The last ticket that nobody waits for any more, though it was not answered."""
        self.hunted = 0
        self.asked_to_hunt = 0
        self._events = events
        self._requests: queue.SimpleQueue[Read | Callable[[], object] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=reader.source.name, daemon=True).start()

    @property
    def stuck(self) -> bool:
        """Whether it still owes an answer that was given up: it is not asked again until then."""
        return self.answered < self.given_up

    def ask(self, request: Read) -> None:
        """Have it read."""
        self.asked = request.ticket
        if request.hunt:
            self.asked_to_hunt = request.ticket
        self._requests.put(request)

    @property
    def can_read_here(self) -> bool:
        """Whether the caller may read in its stead: its thread rests, and no call of it hangs."""
        rests = self.answered >= self.asked and self.hunted >= self.asked_to_hunt
        return rests and not self.reader.source.may_hang

    def read_here(self, ticket: int) -> Part:
        """Read in the caller's thread, which spares two wake-ups."""
        self.asked = self.answered = self.hunted = ticket
        return self._take()

    def do(self, action: Callable[[], object]) -> None:
        """Have it do something else, in its own thread."""
        self._requests.put(action)

    def stop(self) -> None:
        """Close the source and end the thread, once it has done what it was told."""
        self._requests.put(None)

    def _run(self) -> None:
        reader = self.reader
        ticket = 0
        hunting = False
        while True:
            due_s = reader.due_s
            if hunting and due_s is None:
                hunting = False
                self._events.put(Hunted(self, ticket))
            wait_s = None if due_s is None else max(0.0, due_s - time.monotonic())
            try:
                request = self._requests.get(timeout=wait_s)
            except queue.Empty:
                if polls := self._poll():
                    self._events.put(Told(self, messages.polls(self.first, polls)))
                continue
            if request is None:
                reader.source.close()
                return
            if not isinstance(request, Read):
                request()
                continue
            ticket = request.ticket
            part = self._take()
            if request.hunt:
                reader.hunt()
                hunting = True
            self._events.put(Answer(self, ticket, part))

    def _take(self) -> Part:
        """Read; a source that breaks its word and raises is an error of its own domains."""
        try:
            return self.reader.take()
        except Exception as error:  # noqa: BLE001  (the other sources are read on)
            text = f"{self.reader.source.name}: {type(error).__name__}: {error}"
            return Part([text] * len(self.reader.domains), {})

    def _poll(self) -> list[Poll]:
        try:
            return self.reader.poll()
        except Exception:  # noqa: BLE001  (the next sample says what is wrong)
            self.reader.give_up_hunts()
            return []


# --- the conductor --------------------------------------------------------------------------


@dataclass
class Pending:
    """A sample that waits for its parts."""

    ticket: int
    t_ns: int
    until_s: float
    mark: tuple[str, str] | None
    asked: set[ReaderThread]
    parts: dict[ReaderThread, Part] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether no part is still to come."""
        return all(thread in self.parts or thread.stuck for thread in self.asked)


@dataclass(frozen=True)
class Ended:
    """A window that has ended, while the counters' next refreshes are still watched."""

    ticket: int
    t_ns: int

    @property
    def until_s(self) -> float:
        """When the wait is over."""
        return self.t_ns * 1e-9 + LONGEST_S


class Conductor:
    """Takes requests, says when to read, and puts the samples together."""

    def __init__(
        self,
        events: queue.SimpleQueue[Any],
        outbox: Outbox,
        root_pid: int,
        probe: Callable[[], tuple[list[Source], tuple[Missing, ...]]] = open_sources,
    ) -> None:
        self._events = events
        self._outbox = outbox
        self._probe = probe
        self._rate = Rate()
        self._ticket = 0
        self._pending: deque[Pending] = deque()
        self._begun_ns: dict[str, int] = {}
        self._unsettled: dict[str, Ended] = {}
        self._readers: list[ReaderThread] = []
        self._missing: tuple[Missing, ...] = ()
        self._fingerprint: object = None
        self._resumed = False
        self._watched: set[str] = set()
        """The windows whose curve somebody watches."""
        self._batch: list[list[Any]] = []
        self._conditions_due_s = 0.0
        self._loads_due: deque[tuple[float, tuple[str, str]]] = deque()
        """The edges up to which the host's load is to be told, and when."""
        self._load = HostLoad(root_pid)
        self._neighbours = Neighbours()

    @property
    def domains(self) -> list[Domain]:
        """All domains, in the order of a sample's entries."""
        return [domain for thread in self._readers for domain in thread.reader.domains]

    @property
    def wait_s(self) -> float | None:
        """How long there is nothing to do but to wait for events."""
        times = [ended.until_s for ended in self._unsettled.values()]
        times += [pending.until_s for pending in self._pending]
        if self._rate.due_s is not None:
            times.append(self._rate.due_s)
        if self._loads_due:
            times.append(self._loads_due[0][0])
        return max(0.0, min(times) - time.monotonic()) if times else None

    def open(self) -> None:
        """Probe the sources and say what there is."""
        self._fingerprint = fingerprint()
        sources, self._missing = self._probe()
        self._readers = []
        for source in sources:
            thread = ReaderThread(Reader(source), len(self.domains), self._events)
            self._readers.append(thread)
        self._tell(messages.hello(self.domains, self._missing))
        self._load.read()  # the first time takes ten times as long as the next

    def close(self) -> None:
        """Give the sources back."""
        self._neighbours.close()
        for thread in self._readers:
            thread.stop()

    def handle(self, event: object) -> None:
        """Take a request from the kernel, or what a source has read."""
        if isinstance(event, Answer):
            self._answered(event)
        elif isinstance(event, Hunted):
            event.reader.hunted = event.ticket
            self._settle()
        elif isinstance(event, Told):
            # One that was stopped numbers its domains as they were before.
            if event.reader in self._readers:
                self._tell(event.message)
        else:
            assert isinstance(event, list)
            self._request(event)

    def on_time(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        while self._pending and self._pending[0].until_s <= now:
            pending = self._pending[0]
            for thread in pending.asked - pending.parts.keys():
                thread.given_up = pending.ticket
            self._complete()
        due_s = self._rate.due_s
        if due_s is not None and due_s <= now:
            self._read(None)
            self._rate.taken(now)
            if now >= self._conditions_due_s:
                self._ask_conditions(now)
        self._tell_loads(now)
        self._settle()

    # --- requests ---------------------------------------------------------------------------

    def _request(self, request: Sequence[Any]) -> None:
        kind = request[0]
        if kind == messages.RESUME:
            self._resume(request)
        elif kind == messages.PREPARE:
            self._forget_old()
            self._read((kind, ""))
            self._look_again()
        elif kind == messages.BEGIN:
            self._forget_old()
            self._read((kind, request[1]))
            if request[3]:
                self._watched.add(request[1])
            self._begun_ns[request[1]] = time.monotonic_ns()
            self._rate.begin(request[1], request[2], time.monotonic())
            self._mark((kind, request[1]))
        elif kind == messages.END:
            self._read((kind, request[1]))
            self._watched.discard(request[1])
            self._unsettled[request[1]] = Ended(self._ticket, time.monotonic_ns())
            self._rate.end(request[1])
            self._mark((kind, request[1]))
            self._settle()

    def _resume(self, request: Sequence[Any]) -> None:
        anchors = messages.anchors(request)
        for thread in self._readers:
            thread.do(functools.partial(thread.reader.resume, anchors))
        self._resumed = True

    @property
    def _is_idle(self) -> bool:
        return not (self._rate.open_windows or self._unsettled)

    def _forget_old(self) -> None:
        """After an idle stretch nobody asks what a counter did meanwhile."""
        if self._resumed:
            self._resumed = False
        elif self._is_idle:
            for thread in self._readers:
                thread.do(thread.reader.rebase)

    def _look_again(self) -> None:
        """After an idle stretch, look for sensors that have come or gone; not before reading."""
        if self._is_idle and fingerprint() != self._fingerprint:
            for thread in self._readers:
                thread.stop()
            self._pending.clear()
            self.open()
            self._read((messages.PREPARE, ""))

    def _mark(self, mark: tuple[str, str]) -> None:
        """Tell others that we are metering; what disturbs the readers is left for later."""
        now_ns = time.monotonic_ns()
        self._neighbours.mark(self._rate.open_windows, now_ns)
        self._loads_due.append((now_ns * 1e-9 + LOAD_DELAY_S, mark))

    def _tell_loads(self, now: float) -> None:
        """Say how busy the host was up to the edges, and what the devices are doing."""
        while self._loads_due and self._loads_due[0][0] <= now:
            _, mark = self._loads_due.popleft()
            load = self._load.read()
            if load is not None:
                self._tell(messages.load(mark, load, self._load.pids))
            self._ask_conditions(now)

    def _ask_conditions(self, now: float) -> None:
        self._conditions_due_s = now + CONDITIONS_INTERVAL_S
        if not any(thread.reader.source.tells_conditions for thread in self._readers):
            return
        # Which processes on a GPU are ours: a short-lived child is seen only while it lives.
        if (load := self._load.read()) is not None:
            self._tell(messages.load(None, load, self._load.pids))
        for thread in self._readers:
            if not thread.stuck:
                thread.do(functools.partial(self._read_conditions, thread))

    def _read_conditions(self, thread: ReaderThread) -> None:
        try:
            conditions = thread.reader.conditions()
        except Exception:  # noqa: BLE001  (what lies beside the joules must not end their thread)
            return
        if conditions:
            self._events.put(Told(thread, messages.conditions(thread.first, conditions)))

    # --- samples ----------------------------------------------------------------------------

    def _read(self, mark: tuple[str, str] | None) -> None:
        self._ticket += 1
        t_ns = time.monotonic_ns()
        until_s = t_ns * 1e-9 + PATIENCE_S
        asked = {thread for thread in self._readers if not thread.stuck}
        self._pending.append(Pending(self._ticket, t_ns, until_s, mark, asked))
        hunt = mark is not None  # a sample between two edges only shapes the curve
        for thread in self._readers:
            if thread in asked and (hunt or not thread.can_read_here):
                thread.ask(Read(self._ticket, hunt))
        for thread in asked:
            if thread.asked < self._ticket:
                self._pending[-1].parts[thread] = thread.read_here(self._ticket)
        self._complete()

    def _answered(self, answer: Answer) -> None:
        answer.reader.answered = answer.ticket
        for pending in self._pending:
            if pending.ticket == answer.ticket:
                pending.parts[answer.reader] = answer.part
        self._complete()

    def _complete(self) -> None:
        while self._pending and self._pending[0].is_complete:
            self._send(self._pending.popleft())

    def _send(self, pending: Pending) -> None:
        entries: list[DomainSample | str] = []
        flags: dict[int, str] = {}
        for thread in self._readers:
            part = pending.parts.get(thread)
            if part is None:
                count = len(thread.reader.domains)
                entries += [f"{thread.reader.source.name} does not answer"] * count
                flags |= dict.fromkeys(range(thread.first, thread.first + count), NO_ANSWER)
                continue
            entries += part.entries
            flags |= {thread.first + index: flag for index, flag in part.flags.items()}
        self._tell(messages.sample(pending.t_ns, pending.mark, entries, flags))

    def _tell(self, message: list[Any]) -> None:
        """Send a message, at once if somebody watches, else together with those of a second.

        Each message takes the interpreter from the measured program for a moment.
        """
        if self._watched or message[0] != messages.SAMPLE or not is_plain(message):
            self._flush()
            self._outbox.put(message)
            return
        self._batch.append(message)
        if message[1] - self._batch[0][1] >= BATCH_S * 1e9:
            self._flush()

    def _flush(self) -> None:
        if self._batch:
            self._outbox.put([messages.BATCH, self._batch])
            self._batch = []

    def _settle(self) -> None:
        """Say of which windows all is known that there is to know."""
        now = time.monotonic()
        for window, ended in list(self._unsettled.items()):
            if self._pending and self._pending[0].ticket <= ended.ticket:
                return
            waits = any(t.hunted < ended.ticket and not t.stuck for t in self._readers)
            waits |= any(mark == (messages.END, window) for _, mark in self._loads_due)
            if not waits or ended.until_s <= now:
                del self._unsettled[window]
                begun_ns = self._begun_ns.pop(window, ended.t_ns)
                others = self._neighbours.overlapping(begun_ns, ended.t_ns)
                self._tell([messages.SETTLED, window, others])


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Run until the other end goes away."""
    parent = os.getppid()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, events), name="inbox", daemon=True).start()
    threading.Thread(target=_watch, args=(parent, events), name="watch", daemon=True).start()
    conductor = Conductor(events, Outbox(replies), parent)
    conductor.open()
    try:
        _loop(conductor, events, parent)
    finally:
        conductor.close()


def _loop(conductor: Conductor, events: queue.SimpleQueue[Any], parent: int) -> None:
    while True:
        try:
            event = events.get(timeout=conductor.wait_s)
        except queue.Empty:
            if os.getppid() != parent:
                return
            conductor.on_time()
            continue
        if event is None:
            return
        conductor.handle(event)
        if conductor.wait_s == 0.0:
            conductor.on_time()


def _receive(requests: BinaryIO, events: queue.SimpleQueue[Any]) -> None:
    for line in requests:
        events.put(messages.decode(line))
    events.put(None)


def _watch(parent: int, events: queue.SimpleQueue[Any]) -> None:
    """End with the parent even where a fork of it still holds the pipe open (Linux)."""
    if not hasattr(os, "pidfd_open"):
        return
    try:
        fd = os.pidfd_open(parent)
    except OSError:
        if os.getppid() != parent:
            events.put(None)
        return
    select.select([fd], [], [])
    events.put(None)


def check() -> str:
    """Return what this process can read, as text for a person."""
    sources, missing = open_sources()
    discovery = Discovery(tuple(d for source in sources for d in source.domains), missing)
    for source in sources:
        source.close()
    return str(discovery)


def main() -> None:
    """``python -m jupyter_green.sampler [--check]``."""
    if "--check" in sys.argv[1:]:
        sys.stdout.write(check() + "\n")
        return
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except Exception as error:
        line = messages.encode([messages.FAILED, f"{type(error).__name__}: {error}"])
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        raise
