"""How long tasks ran on each host in a window, as a scheduler can tell.

A task that has ended says for how long it ran, by the clock of its own thread. One that runs on,
or whose worker was lost, is taken to have begun when a thread of its worker was free for it.
Times are seconds of the scheduler's clock.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .slices import Slices

OWN, OTHERS, BUSY = "own", "others", "busy"
"""Whose seconds: a window's own tasks', other clients', or a host's that had something to do."""
Name = tuple[str, str, str]
"""A host, one of these, and a prefix."""
Span = tuple[float, float]
"""From when until when."""


@dataclass
class _Task:
    prefix: str
    client: str | None
    """Whose it is."""
    sent_s: float
    begun_s: float = 0.0


class _Worker:
    """A worker's threads: the tasks that were sent to it run in their order, as far as is known."""

    def __init__(self, host: str, threads: int) -> None:
        self.host = host
        self.threads = threads
        self.running: dict[Hashable, _Task] = {}
        self.waiting: OrderedDict[Hashable, _Task] = OrderedDict()

    def take(self, key: Hashable, task: _Task, t_s: float) -> None:
        self.waiting[key] = task
        self._fill(t_s)

    def give(self, key: Hashable, t_s: float) -> tuple[_Task | None, bool]:
        """Return a task that has left, and whether it seemed to run."""
        task, seemed_to_run = self.running.pop(key, None), True
        if task is None:
            task, seemed_to_run = self.waiting.pop(key, None), False
        self._fill(t_s)
        return task, seemed_to_run

    def take_turn(self, t_s: float) -> None:
        """Take in that one ran which seemed to wait: the last one that seemed to begin did not."""
        if len(self.running) >= self.threads:
            next(reversed(self.running.values())).begun_s = t_s

    def _fill(self, t_s: float) -> None:
        while self.waiting and len(self.running) < self.threads:
            key, task = self.waiting.popitem(last=False)
            task.begun_s = t_s
            self.running[key] = task


class _Account:
    """What was spent since a window's begin."""

    def __init__(self, client: str, begin_s: float) -> None:
        self.client = client
        self.begin_s = begin_s
        self.seconds: Slices[Name] = Slices(begin_s)
        self.tasks: Counter[Name] = Counter()

    def add(self, host: str, task: _Task, spans: Iterable[Span]) -> None:
        """Add when a task ran."""
        is_own = task.client == self.client
        name = (host, OWN, task.prefix) if is_own else (host, OTHERS, "")
        if any([self.seconds.add(name, *span) for span in spans]):  # noqa: C419  (each adds)
            self.tasks[name] += 1

    def add_busy(self, host: str, since_s: float, t_s: float) -> None:
        """Add in which time a host had something to do."""
        self.seconds.add((host, BUSY, ""), since_s, t_s)


class TaskSeconds:
    """Follows the tasks of a scheduler, and keeps an account of each window that is open."""

    def __init__(self) -> None:
        self._workers: dict[str, _Worker] = {}
        self._where: dict[Hashable, str] = {}
        """On which worker a task is, by key."""
        self._accounts: dict[str, _Account] = {}
        self._busy: defaultdict[str, set[str]] = defaultdict(set)
        """By host the workers that have something to do."""
        self._since_s: dict[str, float] = {}
        """Since when a host has had something to do."""

    # --- what the scheduler does --------------------------------------------------------------

    def joins(self, worker: str, threads: int, t_s: float) -> None:
        """Take in a worker, of a host that is not known yet."""
        self.leaves(worker, t_s)
        self._workers[worker] = _Worker(worker, threads)

    def leaves(self, worker: str, t_s: float) -> None:
        """Take in that a worker has gone: what ran there has run until now."""
        found = self._workers.get(worker)
        if found is not None:
            for key in [*found.running, *found.waiting]:
                self.ended(key, (), t_s)
            del self._workers[worker]

    def sent(self, key: Hashable, worker: str, prefix: str, client: str | None, t_s: float) -> None:
        """Take in that a task of a client's was sent to a worker."""
        found = self._workers.get(worker)
        if found is None:
            return
        if key in self._where:
            self.ended(key, (), t_s)
        self._where[key] = worker
        found.take(key, _Task(prefix, client, t_s), t_s)
        self._note_busy(worker, t_s)

    def moved(self, key: Hashable, thief: str, t_s: float) -> None:
        """Take in that a task which had not begun was sent to another worker."""
        worker = self._where.pop(key, None)
        if worker is None:
            return
        task, _ = self._workers[worker].give(key, t_s)
        self._note_busy(worker, t_s)
        if task is not None:
            self.sent(key, thief, task.prefix, task.client, t_s)

    def ended(self, key: Hashable, spans: Sequence[Span], t_s: float) -> None:
        """Take in that a task is on its worker no more.

        Parameters
        ----------
        spans
            When it ran, as its worker says; nothing where that has not said so.
        """
        worker = self._where.pop(key, None)
        if worker is None:
            return
        found = self._workers[worker]
        task, seemed_to_run = found.give(key, t_s)
        if task is not None:
            ran = [_placed(span, task.sent_s, t_s) for span in spans]
            if spans and not seemed_to_run:
                found.take_turn(t_s)
            elif seemed_to_run and not spans:
                ran = [(task.begun_s, t_s)]
            for account in self._accounts.values():
                account.add(found.host, task, ran)
        self._note_busy(worker, t_s)

    # --- windows ------------------------------------------------------------------------------

    def place(self, worker: str, host: str) -> None:
        """Take in on which host a worker is."""
        found = self._workers.get(worker)
        if found is None or found.host == host:
            return
        since_s = self._since_s.get(found.host, 0.0)
        if found.running:
            self._leave_busy(worker, since_s)
        found.host = host
        if found.running:
            self._note_busy(worker, since_s)

    def open(self, window: str, client: str, t_s: float) -> None:
        """Begin a window of a client's; the tasks of all others are not its own."""
        self._accounts[window] = _Account(client, t_s)

    def close(self, window: str, t_s: float) -> dict[str, Any]:
        """End a window; return what was spent, as plain values.

        Returns
        -------
        dict
            `hosts` that have workers; `slice_s`, how long a slice of the window is; and `rows`,
            each with a host, :data:`OWN`, :data:`OTHERS` or :data:`BUSY`, the prefix of own tasks,
            how many tasks ran, and the seconds of all in each slice.
        """
        account = self._accounts.pop(window, None)
        if account is None:
            return {}
        for found in self._workers.values():
            for task in found.running.values():
                account.add(found.host, task, [(task.begun_s, t_s)])
        for host, since_s in self._since_s.items():
            account.add_busy(host, since_s, t_s)
        rows = account.seconds.rows.items()
        return {
            "hosts": sorted({found.host for found in self._workers.values()}),
            "slice_s": account.seconds.width_s,
            "rows": [[*name, account.tasks[name], seconds] for name, seconds in rows],
        }

    def drop(self, client: str) -> None:
        """Forget the windows of a client that has gone."""
        for window, account in [*self._accounts.items()]:
            if account.client == client:
                del self._accounts[window]

    # --- when a host has something to do ------------------------------------------------------

    def _note_busy(self, worker: str, t_s: float) -> None:
        found = self._workers[worker]
        if found.running:
            self._since_s.setdefault(found.host, t_s)
            self._busy[found.host].add(worker)
        else:
            self._leave_busy(worker, t_s)

    def _leave_busy(self, worker: str, t_s: float) -> None:
        host = self._workers[worker].host
        busy = self._busy[host]
        busy.discard(worker)
        if not busy and host in self._since_s:
            since_s = self._since_s.pop(host)
            for account in self._accounts.values():
                account.add_busy(host, since_s, t_s)


def _placed(span: Span, sent_s: float, t_s: float) -> Span:
    """Return when a task ran, no earlier than it was sent and no later than it is known.

    Its seconds are exact; when they were is by a worker's idea of the scheduler's clock, which is
    seconds off where a call has held Python's lock.
    """
    begin_s, end_s = span
    shift_s = min(0.0, t_s - end_s)
    shift_s += min(max(0.0, sent_s - begin_s - shift_s), max(0.0, t_s - end_s - shift_s))
    return begin_s + shift_s, end_s + shift_s
