"""The sampler itself: reads every source at a steady rate while a window is open.

One thread receives requests, one sends, the main thread reads the sources. A
reader of the pipe that does not keep up (a kernel whose cell holds the GIL)
never delays a sample: what waits to be sent is thinned when it grows.
"""

from __future__ import annotations

import os
import queue
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, BinaryIO

from ..sources.base import Domain, Source
from ..sources.discovery import Discovery, open_sources
from . import messages
from .accumulator import Accumulator
from .messages import DomainSample

FIRST_INTERVAL_S = 0.02
"""The sampling period at the beginning of a window, so that a short cell has a curve."""
FIRST_STRETCH_S = 1.0
LONGEST_INTERVAL_S = 30.0
"""Often enough to see every wrap: 262 kJ take more than four minutes at 1 kW."""
MOST_WAITING = 20_000
"""Messages that may wait to be sent: half an hour at 10 Hz."""


class Sampler:
    """Reads all sources and adds each domain up."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = list(sources)
        self.domains: list[Domain] = [d for source in sources for d in source.domains]
        self._accumulators = [Accumulator(domain) for domain in self.domains]

    def sample(self, mark: tuple[str, str] | None = None) -> list[Any]:
        """Read everything now; return the message."""
        t_ns = time.monotonic_ns()
        readings = [s.read(i) for s in self._sources for i in range(len(s.domains))]
        entries: list[DomainSample | str] = []
        flags: dict[int, str] = {}
        for index, (accumulator, reading) in enumerate(
            zip(self._accumulators, readings, strict=True)
        ):
            flag = accumulator.add(reading)
            if flag:
                flags[index] = flag
            anchor = accumulator.anchor
            if reading.error is not None or anchor is None or anchor.t_ns != reading.t_ns:
                entries.append(reading.error or "a figure out of line was left out")
                continue
            entries.append(
                DomainSample(anchor.t_ns, anchor.energy_j, reading.power_w, anchor.counter)
            )
        return messages.sample(t_ns, mark, entries, flags)

    def rebase(self) -> None:
        """Forget where the counters stood while nobody was asking."""
        for accumulator in self._accumulators:
            accumulator.rebase()

    def resume(self, message: Sequence[Any]) -> None:
        """Go on from where the sampler before this one stopped."""
        anchors = messages.anchors(message)
        for domain, accumulator in zip(self.domains, self._accumulators, strict=True):
            if domain.id in anchors:
                accumulator.resume(anchors[domain.id])


class Rate:
    """When the next sample is due: steady while windows are open, never while none is."""

    def __init__(self) -> None:
        self._intervals_s: dict[str, float] = {}
        self._fast_until = 0.0
        self._due = 0.0

    @property
    def idle(self) -> bool:
        """Whether no window is open."""
        return not self._intervals_s

    def begin(self, window: str, interval_s: float, now: float) -> None:
        """Open a window; the first stretch is sampled faster."""
        self._intervals_s[window] = interval_s
        self._fast_until = now + FIRST_STRETCH_S
        self._due = now + self._interval(now)

    def end(self, window: str) -> None:
        """Close a window."""
        self._intervals_s.pop(window, None)

    def wait_s(self, now: float) -> float | None:
        """Return the seconds until the next sample, ``None`` while there is none to take."""
        return None if self.idle else max(0.0, self._due - now)

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
        self._waiting: deque[list[Any]] = deque()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def put(self, message: list[Any]) -> None:
        """Queue a message; thin the samples that wait where there are too many."""
        with self._changed:
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
            try:
                self._stream.write(messages.encode(message))
                self._stream.flush()
            except OSError:
                os._exit(0)  # nobody reads any more


def thinned(waiting: Sequence[list[Any]]) -> list[list[Any]]:
    """Drop every second plain sample. Joules are cumulative, so none are lost."""
    kept: list[list[Any]] = []
    drop = False
    for message in waiting:
        plain = message[0] == messages.SAMPLE and message[2] is None and not message[4]
        if plain and drop:
            drop = False
            continue
        drop = plain
        kept.append(message)
    return kept


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Run until the other end goes away."""
    parent = os.getppid()
    inbox: queue.SimpleQueue[list[Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, inbox), name="inbox", daemon=True).start()
    threading.Thread(target=_watch, args=(parent, inbox), name="watch", daemon=True).start()
    outbox = Outbox(replies)
    sources, missing = open_sources()
    sampler = Sampler(sources)
    outbox.put(messages.hello(sampler.domains, missing))
    try:
        _loop(sampler, inbox, outbox, parent)
    finally:
        for source in sources:
            source.close()


def _loop(
    sampler: Sampler,
    inbox: queue.SimpleQueue[list[Any] | None],
    outbox: Outbox,
    parent: int,
) -> None:
    rate = Rate()
    resumed = False
    while True:
        try:
            request = inbox.get(timeout=rate.wait_s(time.monotonic()))
        except queue.Empty:
            if os.getppid() != parent:
                return
            outbox.put(sampler.sample())
            rate.taken(time.monotonic())
            continue
        if request is None:
            return
        if request[0] == messages.RESUME:
            sampler.resume(request)
            resumed = True
        elif request[0] == messages.BEGIN:
            if rate.idle and not resumed:
                sampler.rebase()
            resumed = False
            outbox.put(sampler.sample((request[0], request[1])))
            rate.begin(request[1], request[2], time.monotonic())
        elif request[0] == messages.END:
            outbox.put(sampler.sample((request[0], request[1])))
            rate.end(request[1])


def _receive(requests: BinaryIO, inbox: queue.SimpleQueue[list[Any] | None]) -> None:
    for line in requests:
        inbox.put(messages.decode(line))
    inbox.put(None)


def _watch(parent: int, inbox: queue.SimpleQueue[list[Any] | None]) -> None:
    """End with the parent even where a fork of it still holds the pipe open (Linux)."""
    if not hasattr(os, "pidfd_open"):
        return
    try:
        fd = os.pidfd_open(parent)
    except OSError:
        if os.getppid() != parent:
            inbox.put(None)
        return
    select.select([fd], [], [])
    inbox.put(None)


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
