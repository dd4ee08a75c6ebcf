"""What Ray runs on each node, without a share of its processors: it has an agent meter the host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...sources.machine import host
from ..agent.start import Presence


class HostActor:
    """Starts the agent of its node's host, and lives as long as the notebook's Ray does."""

    def __init__(self, cluster: str, link: Mapping[str, Any]) -> None:
        self._presence = Presence(cluster, link)

    def meter(self) -> str:
        """Have an agent at work here, and return which host this is."""
        self._presence.begin()
        return host()
