"""What a worker of Dask's does where jupyter_green is installed: an agent meters its host."""

from __future__ import annotations

from typing import Any

from ...sources.machine import host
from ..agent.start import Presence
from .topics import WORKERS

SECURITY = ("tls_ca_file", "tls_ciphers", "tls_worker_key", "tls_worker_cert")


def begin(worker: Any, cluster: str) -> Presence:
    """Say on which host a worker is, and start the agent there unless one is at work."""
    worker.log_event(WORKERS, [worker.address, host()])
    link = {
        "kind": "dask",
        "address": worker.scheduler.address,
        "security": _security(worker.security),
    }
    presence = Presence(cluster, link)
    presence.begin()
    return presence


def _security(security: Any) -> dict[str, Any]:
    """Return how this worker proves who it is, as plain values: paths, or keys as text."""
    found = {name: getattr(security, name, None) for name in SECURITY}
    encrypts = bool(getattr(security, "require_encryption", False))
    return {**found, "require_encryption": encrypts}
