"""How an agent is connected to the notebooks that use its cluster."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol


class Heard(NamedTuple):
    """What all agents were told, and when it came: CLOCK_MONOTONIC in ns."""

    t_ns: int
    words: Sequence[Any]


class Gone(NamedTuple):
    """A notebook has ended, or has left the cluster."""

    notebook: str


Inbox = queue.SimpleQueue["Heard | Gone"]


class Link(Protocol):
    """A connection to the cluster, made as the workers make theirs."""

    id: str
    """What tells this agent from all others."""

    def say(self, notebook: str, words: Sequence[Any]) -> None:
        """Tell a notebook; what cannot be said is dropped."""

    def follow(self, notebook: str) -> None:
        """Have the inbox say when this notebook has gone."""

    def is_up(self) -> bool:
        """Whether the cluster answers, which it is asked."""
