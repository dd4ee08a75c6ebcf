"""A Ray cluster as the meter sees it: its nodes, and agents that connect to the notebook."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from ...printable import message_of
from ..engine import TaskCounts, Words
from .actor import HostActor
from .listener import Listener

STARTED_S = 20.0
"""How long Ray may take to start an actor: it starts a process for it."""
NOT_INSTALLED = (
    "jupyter_green is not installed on {} of Ray's {} nodes: install it there as well, and call "
    "ray.init() anew"
)


class RayEngine:
    """The cluster that the module ``ray`` is connected to.

    Parameters
    ----------
    ray
        The module, after ``ray.init()``.
    """

    def __init__(self, ray: Any) -> None:
        self.fault: str | None = None
        self.lacking: str | None = None
        self.tasks: TaskCounts | None = None  # Ray's are not told apart
        self._ray = ray
        self._heard: Callable[[Words], None] = lambda _: None
        self._listener: Listener | None = None
        self._actors: dict[str, Any] = {}
        """By node."""
        self._hosts: dict[str, str] = {}
        self._without: set[str] = set()
        """Nodes without jupyter_green."""
        self._starting: threading.Thread | None = None
        self.notebook = ""
        self._session: str | None = None

    def start(self, heard: Callable[[Words], None]) -> None:
        """Have an agent on each host that has a node now."""
        self._heard = heard
        if self._starting is not None and self._starting.is_alive():
            return
        self.fault = None  # it was that of the time before
        self._starting = threading.Thread(
            target=self._start, name="jupyter-green cluster", daemon=True
        )
        self._starting.start()

    def hosts(self) -> Mapping[str, str | None]:
        """Return on which host each node is."""
        nodes = self._nodes()
        without = self._without.intersection(nodes)
        self.lacking = NOT_INSTALLED.format(len(without), len(nodes)) if without else None
        return {node: self._hosts.get(node) for node in nodes if node not in without}

    def mark(self, words: Words) -> None:
        """Tell all agents."""
        if self._listener is not None:
            self._listener.tell(words)

    def stop(self) -> None:
        """Let the agents go."""
        self._heard = lambda _: None
        if self._listener is not None:
            self._listener.close()

    def _nodes(self) -> list[str]:
        """Return the nodes that are alive.

        Raises
        ------
        OSError
            Where Ray does not answer.
        """
        if not self._ray.is_initialized():
            raise OSError("Ray is not connected: call ray.init() first")
        try:
            return [node["NodeID"] for node in self._ray.nodes() if node["Alive"]]
        except Exception as error:
            raise OSError(f"Ray does not answer: {message_of(error)}") from error

    def _start(self) -> None:
        try:
            self._nodes()  # first of all: asked for anything else, Ray starts by itself
            self._listen()
            nodes = [node for node in self._nodes() if node not in self._without]
            known = {node: self._actors.get(node) or self._actor_on(node) for node in nodes}
            self._actors = known
            metered = {node: actor.meter.remote() for node, actor in known.items()}
            for node, where in metered.items():
                self._meter(node, where)
        except Exception as error:  # noqa: BLE001  (else it would be lost in this thread)
            self.fault = message_of(error)

    def _meter(self, node: str, where: Any) -> None:
        """Wait until a node has said on which host it is, or that it cannot load what says so."""
        try:
            self._hosts[node] = self._ray.get(where, timeout=STARTED_S)
        except Exception as error:
            if "No module named 'jupyter_green" not in str(error):
                raise
            self._without.add(node)

    def _listen(self) -> None:
        """Wait for agents, anew where Ray was started again."""
        session = self._ray.get_runtime_context().get_job_id()
        if self._listener is not None and session == self._session:
            return
        if self._listener is not None:
            self._listener.close()
        self._session, self._actors, self._hosts, self._without = session, {}, {}, set()
        address = self._ray.util.get_node_ip_address()
        self._listener = Listener(address, self._heard)
        self.notebook = f"ray-{self._listener.secret[:8]}"

    def _actor_on(self, node: str) -> Any:
        """Return an actor on a node, which needs none of its processors."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        assert self._listener is not None
        link = {
            "kind": "ray",
            "address": list(self._listener.address),
            "secret": self._listener.secret,
            "notebook": self.notebook,
        }
        made = self._ray.remote(HostActor).options(
            num_cpus=0,
            max_restarts=-1,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False),
        )
        return made.remote(self.notebook, link)
