"""What Dask's scheduler runs: it tells for how long tasks of each prefix ran in a window."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from distributed import SchedulerPlugin
from distributed.metrics import time

from .task_seconds import TaskSeconds
from .topics import TASKS


class TaskPlugin(SchedulerPlugin):
    """Follows tasks as the scheduler does, whoever has submitted them.

    Dask logs what a plugin raises, and goes on.
    """

    name = "jupyter-green-tasks"
    idempotent = True

    def __init__(self) -> None:
        self._seconds = TaskSeconds()
        self._owners: dict[Hashable, str] = {}
        """Which client has submitted a task that the scheduler still knows."""

    async def start(self, scheduler: Any) -> None:
        """Take in what is there, and answer notebooks."""
        self._scheduler = scheduler
        for address in scheduler.workers:
            self.add_worker(scheduler, address)
        for client, state in scheduler.clients.items():
            self._own(client, [*state.wants_what])
        for key, task in scheduler.tasks.items():
            if task.processing_on is not None:
                self._send(key, task)
        scheduler.handlers[TASKS] = self.tell

    def tell(
        self,
        window: str,
        client: str,
        ago_s: float,
        hosts: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Begin a window, or end it.

        Parameters
        ----------
        window, client
            Its name, and whose tasks are its own.
        ago_s
            Since when its edge is marked.
        hosts
            On which host each worker is, where the window begins; ``None`` where it ends.

        Returns
        -------
        dict
            Of a window that has ended, by host, see :meth:`TaskSeconds.close`.
        """
        edge_s = time() - max(0.0, ago_s)
        if hosts is None:
            return self._seconds.close(window, edge_s)
        for worker, host in hosts.items():
            self._seconds.place(worker, host)
        self._seconds.open(window, client, edge_s)
        return {}

    # --- what the scheduler does --------------------------------------------------------------

    def add_worker(self, scheduler: Any, worker: str) -> None:
        """Follow a worker."""
        self._seconds.joins(worker, scheduler.workers[worker].nthreads, time())

    def remove_worker(self, scheduler: Any, worker: str, **_: Any) -> None:  # noqa: ARG002
        """Follow it no more; its tasks are elsewhere by now."""
        self._seconds.leaves(worker, time())

    def remove_client(self, scheduler: Any, client: str) -> None:  # noqa: ARG002
        """Forget its windows."""
        self._seconds.drop(client)

    def restart(self, scheduler: Any) -> None:  # noqa: ARG002
        """Forget all tasks, as the scheduler does."""
        self._owners.clear()

    def update_graph(self, scheduler: Any, *, client: str, tasks: Any, **_: Any) -> None:  # noqa: ARG002
        """Take in whose tasks these are: the first one's that has submitted them."""
        for key in tasks:
            self._owners.setdefault(key, client)

    def transition(self, key: Any, start: str, finish: str, *_: Any, **more: Any) -> None:
        """Follow a task to its worker, and away from it."""
        if finish == "processing":
            task = self._scheduler.tasks.get(key)
            if task is not None and task.processing_on is not None:
                self._send(key, task)
        elif start == "processing":
            spans = [
                (each["start"], each["stop"])
                for each in more.get("startstops") or ()
                if each["action"] == "compute"
            ]
            self._seconds.ended(key, spans, time())
        if finish == "forgotten":
            self._owners.pop(key, None)

    def log_event(self, topic: str, msg: Any) -> None:
        """Follow a task that one worker has taken from another: no transition tells of it."""
        if topic == "stealing" and isinstance(msg, tuple) and msg[:1] == ("confirm",):
            _, key, _, _, thief, *_ = msg
            self._seconds.moved(key, thief, time())

    def _send(self, key: Hashable, task: Any) -> None:
        owner = self._owners.get(key)
        self._seconds.sent(key, task.processing_on.address, task.prefix.name, owner, time())

    def _own(self, client: str, wanted: list[Any]) -> None:
        """Take in that these tasks, and all that they need, are a client's."""
        while wanted:
            task = wanted.pop()
            if task.key not in self._owners:
                self._owners[task.key] = client
                wanted += task.dependencies
