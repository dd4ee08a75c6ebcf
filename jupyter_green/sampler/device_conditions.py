"""Asks what the devices are doing, no more often than their drivers bear, and says it."""

from __future__ import annotations

import functools
import math
import queue
from collections.abc import Callable, Sequence
from typing import Any

from . import messages
from .batch import Batch
from .host_load import HostLoad
from .reader_thread import ReaderThread, Seen

INTERVAL_S = 1.0
"""Of those that are asked most often."""
BUDGET_S = 0.05
"""Devices are asked at once for as long as this; those of a slow driver a few at a time."""
SHARE = 0.2
"""Of a slow driver's time that may go into asking what its devices are doing."""


class DeviceConditions:
    """Utilisation, temperature and processes of the devices that say such things.

    Parameters
    ----------
    events
        Where answers go, for the thread that conducts.
    batch, load
        What sends them, and what knows the kernel's processes.
    clock_ns
        CLOCK_MONOTONIC, or a simulated one.
    """

    def __init__(
        self,
        events: queue.SimpleQueue[Any],
        batch: Batch,
        load: HostLoad,
        clock_ns: Callable[[], int],
    ) -> None:
        self._events = events
        self._batch = batch
        self._load = load
        self._clock_ns = clock_ns
        self.due_s = 0.0
        """When to ask next, on the meter's clock."""
        self._asked_again_s: dict[ReaderThread, float] = {}
        """When the devices of a slow driver may be asked again."""
        self._due_s: dict[ReaderThread, float] = {}
        """When the devices of each source are due between edges."""
        self._users: dict[ReaderThread, set[int]] = {}
        """The processes that were on a source's devices when it was last asked."""

    def forget(self) -> None:
        """Forget all sources: others are read from now on."""
        self._users.clear()
        self._asked_again_s.clear()
        self._due_s.clear()

    def ask_due(self, readers: Sequence[ReaderThread], now_s: float) -> None:
        """Have those sources asked that are due."""
        self.ask([each for each in readers if now_s >= self._due_s.get(each, 0.0)], now_s)

    def ask(self, readers: Sequence[ReaderThread], now_s: float) -> None:
        """Have the sources asked that may be."""
        self.due_s = now_s + INTERVAL_S
        for thread in readers:
            if not thread.reader.source.has_conditions or thread.hangs(now_s):
                continue
            if now_s >= self._asked_again_s.get(thread, 0.0):
                self._asked_again_s[thread] = math.inf  # until it has answered
                interval_s = thread.reader.source.conditions_interval_s
                self._due_s[thread] = now_s + interval_s - INTERVAL_S / 2  # with the nearest others
                thread.do(functools.partial(self._read, thread))

    def _read(self, thread: ReaderThread) -> None:
        """Ask, in the source's own thread."""
        t_ns = self._clock_ns()
        conditions = thread.reader.conditions(BUDGET_S)
        took_s = thread.reader.conditions_s
        rest_s = took_s / SHARE if took_s > BUDGET_S else 0.0
        self._asked_again_s[thread] = self._clock_ns() * 1e-9 + rest_s
        if conditions:
            places = {thread.first + index: seen for index, seen in conditions.items()}
            self._events.put(Seen(thread, places, t_ns))

    def send(self, event: Seen) -> None:
        """Send an answer; if a process on a GPU is new, send the kernel's own processes first.

        A short-lived child can be seen only while it lives.
        """
        found = event.conditions.values()
        users = {pid for seen in found for pid in seen.process_ids or ()}
        users |= {pid for seen in found for pid, _ in seen.process_percent}
        new = users - self._users.get(event.reader, set())
        self._users[event.reader] = users
        if new and (load := self._load.read()) is not None:
            self._batch.post(messages.load(None, load, self._load.pids))
        self._batch.post(messages.conditions(event.conditions, event.t_ns))
