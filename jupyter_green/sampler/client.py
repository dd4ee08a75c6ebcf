"""The near end of the sampler: starts its process, talks to it, and starts it again if it dies."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..clock import now_ns
from ..notice import Notice
from ..sources.base import Domain, Missing
from . import messages
from .accumulator import DomainSample
from .events import ConditionsSeen, Event, Fitted, LoadSeen, Polls, Settled, Started
from .rest import Rest
from .spawned import SamplerProcess, SpawnedSampler

START_TIMEOUT_S = 5.0
PREPARE_TIMEOUT_NS = 1_000_000
"""How long a window waits for a reading from right before its begin, from when it was asked for.

Most are there in a millisecond. What is read later is used as well: with twice the time, windows
of 1 and 10 ms among fifteen slow counters were no more exact.
"""
END_TIMEOUT_S = 1.0
MOST_STARTS = 5
"""Starts in :data:`STARTS_WITHIN_S` after which the sampler is given up."""
STARTS_WITHIN_S = 60.0

NOT_YET = "the sampler has not said yet what it can read: it is still starting"
REMEDY_NOT_YET = "Run the cell again: on a busy machine the first start may take some seconds."
REMEDY = (
    f"`{sys.executable or 'python'} -m jupyter_green.sampler --check` (in a cell with a `!` in "
    "front) starts it in the same way and shows what it says. The next window tries again."
)


class SamplerClient:
    """One sampler process and the windows that are open on it.

    `on_event` is called for each event from the sampler, in order, from a thread
    of this client. Nothing here raises because the sampler is broken: `missing`
    then has an entry that says so. `spawn` starts a sampler's process.
    """

    def __init__(
        self,
        on_event: Callable[[Event], None],
        clock_ns: Callable[[], int] = now_ns,
        spawn: Callable[[], SamplerProcess] = SpawnedSampler,
    ) -> None:
        self._on_event = on_event
        self._new_process = spawn
        self._clock_ns = clock_ns
        self._lock = threading.RLock()
        self._changed = Notice()
        self._process: SamplerProcess | None = None
        self._ready = False
        self._closed = False
        self._fault: str | None = None
        self._domains: tuple[Domain, ...] = ()
        self._missing: tuple[Missing, ...] = ()
        self._open: dict[str, tuple[float, bool, int, Mapping[str, object] | None]] = {}
        """Interval, whether it is watched, when it began, and what the ledger is to know of it,
        of each open window."""
        self._is_prepared = True
        self._prepared_by_ns = 0
        self._latest: dict[str, DomainSample] = {}
        self._ending: dict[str, tuple[int, Sequence[int]]] = {}
        """When this was told, and from when to when they were, of the windows that have ended and
        whose last sample is still to come."""
        self._settling: set[str] = set()
        self._starts: list[float] = []
        """When it was started in the last minute, on the clock of the windows."""
        self._last_words = ""
        self._restarted = False
        self._resumed = False
        self._held: list[tuple[object, ...]] | None = None
        """What is to be sent together."""
        self.rest = Rest()
        """In it nothing is taken in that nobody waits for."""
        _clients.add(self)

    @property
    def domains(self) -> tuple[Domain, ...]:
        """What is being read."""
        return self._domains

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What cannot be read, the sampler itself included."""
        if self._fault:
            return (*self._missing, Missing("sampler", self._fault, REMEDY))
        if self._process is not None and self._process.instead_of is not None:
            return (self._process.instead_of, *self._missing)  # it would have read the others
        if self._process is not None and not self._ready and not self._domains:
            return (*self._missing, Missing("sampler", NOT_YET, REMEDY_NOT_YET))
        return self._missing

    @property
    def place(self) -> str | None:
        """The socket of the host's service, ``None`` where a process of this program's reads."""
        return self._process.place if self._process else None

    @property
    def least_interval_s(self) -> float:
        """How often it reads at most; 0 where it reads as often as it is asked to."""
        return self._process.least_interval_s if self._process else 0.0

    @property
    def pid(self) -> int | None:
        """The process id, ``None`` while there is no sampler of this program's own."""
        return self._process.pid if self._process else None

    def start(self, timeout_s: float = START_TIMEOUT_S) -> bool:
        """Start the process if there is none, and wait until it has said what it can read."""
        if self._ready:
            return True
        with self._lock:
            if self._closed:
                return False
            if self._process is None:
                self._spawn()
        return self._changed.wait_for(lambda: self._ready or bool(self._fault), timeout_s)

    @property
    def latest(self) -> Mapping[str, DomainSample]:
        """The last sample of each domain."""
        return dict(self._latest)

    def go_on_from(self, latest: Mapping[str, DomainSample]) -> None:
        """Start the process, and have it count on from where one of another program stopped."""
        with self._lock:
            self._latest = dict(latest)
            self._go_on()

    def prepare(self) -> None:
        """Have the sampler read now, as a window is about to begin."""
        with self._lock:
            self._prepared_by_ns = self._clock_ns() + PREPARE_TIMEOUT_NS
            self._is_prepared = not self._send(messages.PREPARE)

    def wait_until_prepared(self) -> bool:
        """Wait until what :meth:`prepare` asked for was read but for what a driver does beside.

        Not for long: what is not read by then is read while the window is open.
        """
        self.rest.end()
        left_s = max(0.0, (self._prepared_by_ns - self._clock_ns()) * 1e-9)
        return self._changed.wait_for(lambda: self._is_prepared or self._closed, left_s)

    def begin(
        self,
        window: str,
        interval_s: float,
        *,
        watched: bool,
        opened: Mapping[str, object] | None = None,
    ) -> None:
        """Have the sampler read now, and go on reading each `interval_s`.

        Samples come one by one where the window is `watched`, else those of a
        second together. `opened` is what the ledger is to know, should the program die.
        """
        with self._lock:
            self._open[window] = (interval_s, watched, self._clock_ns(), opened)
            if self._process is None and not (self._closed or self._fault):
                self._go_on()  # it has died since the window was made
            else:
                self._send_edge(messages.BEGIN, window, *self._open[window])

    def end(self, window: str, edges: Sequence[int] = ()) -> None:
        """Have the sampler read now, and stop reading for this window; once for each begin.

        `edges` are its begin and its end, if they are known better than by the requests.
        """
        with self._lock:
            if window in self._open:
                now_ns = self._clock_ns()
                self._ending[window] = now_ns, edges or (self._open[window][2], now_ns)
                self._settling.add(window)
                self._send_edge(messages.END, window, *self._ending[window])
                del self._open[window]  # last: a call that is interrupted is made again

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Have one reading serve what ends and what begins meanwhile; both are sent at its end."""
        with self._lock:
            self._held = [] if self._held is None else self._held
        try:
            yield
        finally:
            with self._lock:
                held, self._held = self._held or [], None
                if [message[0] for message in held] == [messages.END, messages.BEGIN]:
                    self._send(messages.FOLLOW, *held)
                else:
                    for message in held:
                        self._send(*message)

    def watch_host(self, seconds: float) -> None:
        """Have the sampler say for so long what the machine draws, also between windows."""
        with self._lock:
            self._send(messages.WATCH_HOST, seconds)

    def book(self) -> bool:
        """Have the sampler see that what waits for the ledger is booked; not without a sampler."""
        with self._lock:
            return self._send(messages.BOOK)

    def wait_for_end(self, window: str, timeout_s: float) -> bool:
        """Wait until the sample that :meth:`end` asked for has arrived."""
        self.rest.end()
        arrived = self._changed.wait_for(
            lambda: window not in self._ending or bool(self._fault) or self._closed, timeout_s
        )
        with self._lock:
            self._ending.pop(window, None)
        return arrived

    def wait_until_settled(self, window: str, timeout_s: float) -> bool:
        """Wait until the counters' refreshes after the window's end have been seen."""
        if timeout_s > 0:  # who only looks is in no hurry
            self.rest.end()
        return self._changed.wait_for(
            lambda: window not in self._settling or bool(self._fault) or self._closed, timeout_s
        )

    def close(self) -> None:
        """End the process."""
        self.rest.end()
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
            self._changed.notify_all()
        if process is None:
            return
        process.hang_up()
        if not process.wait(END_TIMEOUT_S):
            process.kill()
            process.wait(END_TIMEOUT_S)

    def _abandon(self) -> None:
        """Leave the sampler to the parent, in a process that was forked from it.

        The windows on it are the parent's too: one that ends here must not end there.
        Another thread of the parent may have held the lock, and no such thread is here.
        """
        self._lock = threading.RLock()
        self._changed = Notice()
        self.rest = Rest()
        self._closed = True
        process, self._process = self._process, None
        if process is not None:
            process.leave_to_parent()

    # --- with the lock held -----------------------------------------------------------------

    def _spawn(self) -> None:
        now_s = now_ns() * 1e-9
        self._starts = [s for s in self._starts if now_s - s < STARTS_WITHIN_S]
        self._ready = False
        if len(self._starts) >= MOST_STARTS:
            words = f": {self._last_words}" if self._last_words else ""
            self._give_up(f"the sampler stopped {MOST_STARTS} times within a minute{words}")
            return
        self._starts.append(now_s)
        self._fault = None  # it was that of those before
        try:
            process = self._new_process()
        except OSError as error:
            self._give_up(f"the sampler cannot be started: {error}")
            return
        self._process = process
        try:
            self._listen(process)
        except BaseException:  # an interrupt: nobody may be there to read what the sampler says
            self._process = None
            process.hang_up()
            raise

    def _listen(self, process: SamplerProcess) -> None:
        """Have what it sends handled."""
        receiver = threading.Thread(
            target=self._receive, args=(process,), name="jupyter-green sampler", daemon=True
        )
        receiver.start()

    def _give_up(self, fault: str) -> None:
        self._process = None
        self._ready = False  # the next window tries another one
        self._fault = fault
        self._changed.notify_all()

    def _send_edge(self, *message: object) -> None:
        """Send that a window begins or ends, at once or with others."""
        if self._held is None:
            self._send(*message)
        else:
            self._held.append(message)

    def _send(self, *message: object) -> bool:
        process = self._process
        if process is None:
            return False
        try:
            process.send(messages.encode(message))
        except (OSError, ValueError):
            return False  # it has died; its reader is about to notice
        return True

    # --- the reader's thread ----------------------------------------------------------------

    def _receive(self, process: SamplerProcess) -> None:
        lines = process.lines()
        self._take_in(process, lines)
        lines.close()
        self._note_end(process)

    def _take_in(self, process: SamplerProcess, lines: Iterable[bytes]) -> None:
        """Handle what it has sent; one that cannot be understood is ended."""
        try:
            for line in lines:
                self.rest.wait()
                self._handle(messages.decode(line))
        except Exception as error:  # noqa: BLE001  (else it would be lost in this thread)
            process.kill()
            with self._lock:
                self._give_up(f"its samples cannot be used: {type(error).__name__}: {error}")

    def _note_end(self, process: SamplerProcess) -> None:
        """Note that it has ended."""
        words = process.last_words()
        with self._lock:
            self._last_words = words
            if self._process is process:
                self._died()

    def _handle(self, message: list[object]) -> None:
        if message[0] == messages.SAMPLE:
            self._sampled(message)
        elif message[0] == messages.BATCH:
            assert isinstance(message[1], list)
            for one in message[1]:
                self._handle(one)
        elif message[0] == messages.HELLO:
            with self._lock:
                self._domains, self._missing = messages.discovered(message)
                resumed, self._resumed = self._resumed, False
            if not resumed:
                self._on_event(Started())
            with self._lock:
                self._ready = True
                self._fault = None  # it was that of one before
                self._changed.notify_all()
        elif message[0] == messages.QUICK_READ:
            with self._lock:
                self._is_prepared = True
                self._changed.notify_all()
        elif message[0] == messages.FITTED:
            self._on_event(Fitted(*messages.fitted(message)))
        elif message[0] == messages.SETTLED:
            assert isinstance(message[1], str)
            assert isinstance(message[2], int)
            self._on_event(Settled(message[1], message[2]))
            with self._lock:
                self._settling.discard(message[1])
                self._changed.notify_all()
        elif message[0] == messages.FAILED:
            with self._lock:
                self._fault = f"the sampler failed: {message[1]}"
                self._changed.notify_all()
        else:
            self._on_event(self._other_event(message))

    def _sampled(self, message: list[object]) -> None:
        sample = messages.sampled(message, self._domains)
        if self._restarted:
            sample = replace(sample, after_restart=True)
            self._restarted = False
        for id_, figures in sample.domains.items():
            self._latest[id_] = figures
        self._on_event(sample)
        if sample.mark is not None:
            with self._lock:
                self._is_prepared = True
                if sample.mark[0] == messages.END:
                    self._ending.pop(sample.mark[1], None)
                self._changed.notify_all()

    def _other_event(self, message: list[Any]) -> Event:
        """Read a message that is not a sample."""
        if message[0] == messages.POLLS:
            return Polls(messages.polled(message, self._domains))
        if message[0] == messages.CONDITIONS:
            return ConditionsSeen(messages.conditions_of(message, self._domains), message[2])
        return LoadSeen(*messages.loaded(message))

    def _died(self) -> None:
        """Start another one if it is needed, from where this one stopped."""
        self._process = None
        never_ready = not self._ready
        self._settling &= self._ending.keys()  # those that had ended will not hear more
        if self._closed or self._fault or not (self._open or self._ending or never_ready):
            self._ready = False
            self._changed.notify_all()
            return
        self._go_on()

    def _go_on(self) -> None:
        """Start another sampler, from where the one before it stopped."""
        has_counted = bool(self._latest)
        self._held = self._held and []  # all edges are sent from here
        self._spawn()
        self._restarted = has_counted
        self._resumed = has_counted
        self._send(*messages.resume(self._latest))
        for window, how in list(self._open.items()):  # one may end meanwhile
            self._send(messages.BEGIN, window, *how)
        for window, when in list(self._ending.items()):
            self._send(messages.END, window, *when)


_clients: weakref.WeakSet[SamplerClient] = weakref.WeakSet()


def _abandon_all() -> None:
    for client in list(_clients):
        client._abandon()  # noqa: SLF001  (only this module's business)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
