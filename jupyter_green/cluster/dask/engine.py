"""A Dask cluster as the meter sees it: what is said goes through the scheduler, past workers."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from ...printable import message_of
from .. import words as said
from ..engine import TaskCounts, Words
from .tasks import DaskTasks
from .topics import ANSWER_S, MARKS, WORKERS, answers, is_gone

ASYNCHRONOUS = (
    "an asynchronous client cannot be waited for: give a Client without asynchronous=True"
)
NOT_INSTALLED = (
    "jupyter_green is not installed where {} of Dask's {} workers are: install it there as well, "
    "and start them anew"
)


class DaskEngine:
    """The cluster of a ``dask.distributed.Client``.

    Parameters
    ----------
    client
        The client, which stays the user's: it is asked to carry events, and nothing else.
    """

    def __init__(self, client: Any) -> None:
        self.notebook: str = client.id
        self.fault: str | None = ASYNCHRONOUS if client.asynchronous else None
        self.lacking: str | None = None
        self._client = weakref.proxy(client)  # it ends with its program's last use of it
        self._heard: Callable[[Words], None] = lambda _: None
        self._hosts: dict[str, str | None] = {}
        """By worker, as far as they have said so; ``None`` where jupyter_green is not installed."""
        self._cluster: str | None = None
        """The scheduler that was there last."""
        self._agents: set[str] = set()
        """Those that it has."""
        self._starting: threading.Thread | None = None
        self.tasks: TaskCounts | None = DaskTasks(self._ask, client.id, self._known_hosts)

    def start(self, heard: Callable[[Words], None]) -> None:
        """Have an agent on each host, also on those that join later."""
        self._heard = heard
        if self._client.asynchronous or (self._starting and self._starting.is_alive()):
            return
        # Dask asks each worker, and one that is busy does not answer.
        self._starting = threading.Thread(
            target=self._start, name="jupyter-green cluster", daemon=True
        )
        self._starting.start()

    def hosts(self) -> Mapping[str, str | None]:
        """Return on which host each worker is now."""
        if self._client.asynchronous:
            return {}  # its fault says why
        self._notice_another()
        workers = self._ask("ncores")
        if not workers.keys() <= self._hosts.keys():
            self._take_hosts()
        without = {worker for worker in workers if self._hosts.get(worker, "") is None}
        self.lacking = NOT_INSTALLED.format(len(without), len(workers)) if without else None
        return {worker: self._hosts.get(worker) for worker in workers if worker not in without}

    def _take_hosts(self) -> None:
        self._hosts = {worker: where for _, (worker, where) in self._ask("events", topic=WORKERS)}

    def _known_hosts(self) -> Mapping[str, str]:
        """Return on which host each worker is or was, as far as they have said so."""
        self._take_hosts()
        return {worker: where for worker, where in self._hosts.items() if where is not None}

    def mark(self, words: Words) -> None:
        """Tell all agents."""
        self._ask("log_event", topic=MARKS, msg=list(words))

    def stop(self) -> None:
        """Hear nothing more."""
        self._heard = lambda _: None

    def _notice_another(self) -> None:
        """Forget what was known of the scheduler before, if another has taken its place."""
        cluster = self._ask("identity")["id"]
        if cluster != self._cluster:
            self._cluster, self._hosts = cluster, {}
            for agent in self._agents:
                self._heard([said.GONE, agent])
            self._agents = set()

    def _start(self) -> None:
        from .plugin import AgentPlugin

        try:
            self._client.subscribe_topic(answers(self.notebook), self._hear)
            cluster = self._cluster or self._ask("identity")["id"]
            self._client.register_plugin(AgentPlugin(cluster, WORKERS))
            self.fault = None
        except Exception as error:  # noqa: BLE001  (else it would be lost in this thread)
            self.fault = message_of(error)

    def _ask(self, what: str, **values: Any) -> Any:
        """Ask the scheduler.

        Raises
        ------
        OSError
            Where it does not answer in time, or cannot.
        """
        try:
            handler = getattr(self._client.scheduler, what)
            return self._client.sync(handler, **values, callback_timeout=ANSWER_S)
        except Exception as error:
            raise OSError(f"the scheduler does not answer: {message_of(error)}") from error

    # --- in Dask's own thread -----------------------------------------------------------------

    def _hear(self, event: tuple[float, Any]) -> None:
        words = event[1]
        if words and words[0] == said.HERE and words[2] not in self._agents:
            self._agents.add(words[2])
            self._follow(words[2])
        self._heard(words)

    def _follow(self, agent: str) -> None:
        """Hear when the scheduler has this agent no more."""

        def hear(event: tuple[float, Any]) -> None:
            if is_gone(event[1], agent):
                self._heard([said.GONE, agent])

        self._client.subscribe_topic(agent, hear)
