"""Messages that are sent together: each takes the interpreter from the measured program."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from . import messages
from .outbox import Outbox
from .rate import Rate

BATCH_S = 1.0
"""How long samples are collected before they are sent together."""
WATCHED_BATCH_S = 0.11
"""The same while a window is watched: at ten samples a second, every second one is sent at once
together with the one before it, as the live view shows them."""
REST_SAMPLES = 3
"""How many of the samples between two windows are kept: no more count."""


class Batch:
    """Collects messages as long as the next sample comes soon enough for them.

    Parameters
    ----------
    outbox
        Where they go.
    rate
        Says when the next sample is due.
    pending
        The samples that are being read.
    """

    def __init__(self, outbox: Outbox, rate: Rate, pending: Collection[object]) -> None:
        self._outbox = outbox
        self._rate = rate
        self._pending = pending
        self._messages: list[list[Any]] = []
        self._until_s = 0.0
        self.watched: set[str] = set()
        """The windows whose curve is shown as it grows."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._messages

    @property
    def ends(self) -> bool:
        """Whether the next sample comes too late for what waits."""
        due_s = self._rate.due_s
        return due_s is None or due_s > self._until_s

    def begin(self, now_s: float) -> None:
        """Collect from now on."""
        self._until_s = now_s + (WATCHED_BATCH_S if self.watched else BATCH_S)

    def post(self, message: list[Any]) -> None:
        """Send a message, with others where it may wait."""
        if not messages.is_plain(message):
            self.post_together([message])
            return
        is_sample = message[0] == messages.SAMPLE
        due_s = self._rate.due_s
        if not is_sample and not (self._pending or self._messages) and due_s:
            self.begin(due_s)  # it goes with the next samples
        self._messages.append(message)
        rate = self._rate
        if is_sample and not (rate.open_windows or rate.host_is_watched):
            # For the next window, and nobody before it.
            self._messages = self._messages[-REST_SAMPLES:]
        elif self.ends:
            self._flush()

    def post_together(self, edge: list[list[Any]]) -> None:
        """Send what belongs to one edge, behind what waits: together, as that wakes once."""
        self._messages += edge
        self._flush()

    def _flush(self) -> None:
        told, self._messages = self._messages, []
        self._outbox.put(told[0] if len(told) == 1 else [messages.BATCH, told])
