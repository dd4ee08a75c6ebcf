"""Starting the agent of a host, from a worker on it; nothing here holds the worker up."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Mapping
from typing import Any

from ... import isolated
from ...intake.places import LEDGER_VARIABLE, OFF
from ...sampler import lineage
from .election import Lock, agent_lock, workers_lock

MAIN = "jupyter_green.cluster.agent.process"
STARTS_S = 30.0
"""How long its start may take on a busy machine."""
HIDING = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
"""What chooses boards for one worker: the agent meters those of the host."""


class Presence:
    """A worker on this host: while it lives, so does the agent that it has started.

    Parameters
    ----------
    cluster
        What tells this cluster from others.
    link
        The kind of link to it, and what that needs to be made: plain values.
    """

    def __init__(self, cluster: str, link: Mapping[str, Any]) -> None:
        self._cluster = cluster
        self._link = link
        self._lock: Lock | None = None

    def begin(self) -> None:
        """Start the agent, unless one is at work."""
        threading.Thread(target=self._begin, name="jupyter-green agent", daemon=True).start()

    def end(self) -> None:
        """Need it no more."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def _begin(self) -> None:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            # Whoever waits for the agent sees that there is none.
            if self._lock is None:
                self._lock = workers_lock(self._cluster)
                self._lock.share()
            agent = agent_lock(self._cluster)
            is_free = agent.is_free()
            agent.release()
            if is_free:
                _start({"cluster": self._cluster, "link": self._link})


def _start(settings: Mapping[str, Any]) -> None:
    """Start the process, and wait until it is on its own."""
    starter = subprocess.Popen(  # noqa: S603  (nothing of it comes from outside)
        isolated.command(MAIN),
        stdin=subprocess.PIPE,  # it may hold a key
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=isolated.package_folder(),
        env=_environment(),
        **isolated.apart(),
    )
    starter.communicate(json.dumps(settings).encode(), STARTS_S if hasattr(os, "fork") else None)


def _environment() -> dict[str, str]:
    """Return the worker's, as it has the same sensors; what is metered is booked elsewhere."""
    found = {name: value for name, value in lineage.environment().items() if name not in HIDING}
    return {**found, LEDGER_VARIABLE: OFF}
