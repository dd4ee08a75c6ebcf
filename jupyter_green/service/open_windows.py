"""The windows of all clients, from their begin until they have settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..meter.memory import Memory
from ..sampler.accumulator import DomainSample
from ..sampler.events import Polls
from ..sampler.messages import Sample
from ..sources.base import Domain
from .connection import Connection
from .stream import Stream
from .windows import ClientWindow

MOST_IN_STREAM = 500
"""Readings of a domain that wait for the windows to take them."""


class Opened(NamedTuple):
    """A window, whose it is, and the number by which its client knows it."""

    connection: Connection
    number: int
    window: ClientWindow


class OpenWindows:
    """All windows that have not settled.

    Parameters
    ----------
    memory
        What was read before they begin.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._stream = Stream()
        self._opened: dict[str, Opened] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._opened)

    def begin(
        self,
        name: str,
        connection: Connection,
        number: int,
        domains: Sequence[Domain],
        *,
        interval_s: float,
        is_watched: bool,
    ) -> ClientWindow:
        """Return a new window of a client, which the sampler knows by a name."""
        window = ClientWindow(
            name,
            domains,
            self._memory,
            self._stream,
            interval_s=interval_s,
            is_watched=is_watched,
        )
        for beside, _, other in self._opened.values():
            if beside is not connection and other.is_open:
                other.others.add(connection.number)
                window.others.add(beside.number)
        self._opened[window.name] = Opened(connection, number, window)
        return window

    def find(self, name: str) -> Opened | None:
        """Return a window by the sampler's name for it."""
        return self._opened.get(name)

    def take(self, name: str) -> Opened | None:
        """Return a window that has settled, and forget it."""
        return self._opened.pop(name, None)

    def add(self, sample: Sample) -> None:
        """Take in a sample."""
        if sample.errors or sample.flags:
            for _, _, window in self._opened.values():
                window.add(sample)
        else:
            self._add_to_stream({id_: (each,) for id_, each in sample.domains.items()})

    def add_polls(self, polls: Polls) -> None:
        """Take in readings near the counters' refreshes."""
        self._add_to_stream(polls.readings)

    def _add_to_stream(self, readings: Mapping[str, Sequence[DomainSample]]) -> None:
        if not self._opened:
            return
        for id_, each in readings.items():
            self._stream.add(id_, each)
        if len(self._stream) > MOST_IN_STREAM:
            for _, _, window in self._opened.values():
                window.catch_up()
            self._stream.forget()
