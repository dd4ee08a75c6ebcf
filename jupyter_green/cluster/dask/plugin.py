"""What Dask runs in each worker when it starts: it has an agent meter the worker's host."""

from __future__ import annotations

import contextlib
from typing import Any

from distributed import WorkerPlugin

from ...sources.machine import host
from ..agent.start import Presence
from .topics import WORKERS

SECURITY = ("tls_ca_file", "tls_ciphers", "tls_worker_key", "tls_worker_cert")


class AgentPlugin(WorkerPlugin):
    """Starts the agent, says which host this is, and never fails: the worker has other work."""

    name = "jupyter-green"

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster
        self._presence: Presence | None = None

    def setup(self, worker: Any) -> None:
        """Start the agent of this host unless one is at work."""
        with contextlib.suppress(Exception):
            worker.log_event(WORKERS, [worker.address, host()])
            link = {
                "kind": "dask",
                "address": worker.scheduler.address,
                "security": _security(worker.security),
            }
            self._presence = Presence(self._cluster, link)
            self._presence.begin()

    def teardown(self, worker: Any) -> None:  # noqa: ARG002  (Dask's interface)
        """Need the agent no more."""
        if self._presence is not None:
            self._presence.end()


def _security(security: Any) -> dict[str, Any]:
    """Return how this worker proves who it is, as plain values: paths, or keys as text."""
    found = {name: getattr(security, name, None) for name in SECURITY}
    encrypts = bool(getattr(security, "require_encryption", False))
    return {**found, "require_encryption": encrypts}
