"""What waits to be sent to the kernel, and the thread that sends it.

A kernel whose cell holds the GIL does not read for a while: no sample is delayed by that.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from . import messages

MOST_WAITING = 20_000
"""Messages that may wait to be sent: half an hour at 10 Hz."""


def _end_process() -> None:
    os._exit(0)


class Outbox:
    """Sends from a thread of its own, so that a full pipe never holds up the sampling.

    Parameters
    ----------
    stream
        The pipe to the kernel.
    on_hang_up
        Called from that thread when the kernel has stopped reading; nothing more is sent.
    """

    def __init__(self, stream: BinaryIO, on_hang_up: Callable[[], None] = _end_process) -> None:
        self._stream = stream
        self._on_hang_up = on_hang_up
        self._writing = False
        self._waiting: deque[list[Any]] = deque()
        self.on_put: Callable[[list[Any]], None] = lambda _: None
        """Called with each message, before it is sent."""
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def put(self, message: list[Any]) -> None:
        """Queue a message; thin the samples that wait where there are too many."""
        self.on_put(message)
        with self._changed:
            if self._write_at_once(message):
                return
            self._waiting.append(message)
            if len(self._waiting) > MOST_WAITING:
                self._waiting = deque(thinned(self._waiting))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                message = self._waiting.popleft()
                self._writing = True
            try:
                self._stream.write(messages.encode(message))
                self._stream.flush()
            except OSError:
                self._on_hang_up()
                return
            with self._changed:
                self._writing = False

    def _write_at_once(self, message: list[Any]) -> bool:
        """Spare the thread its wake-up where the pipe surely has room: it has PIPE_BUF or none."""
        if self._waiting or self._writing:
            return False
        try:
            fd = self._stream.fileno()
            line = messages.encode(message)
            if len(line) > select.PIPE_BUF or not select.select([], [fd], [], 0)[1]:
                return False
            os.write(fd, line)
        except (OSError, ValueError, AttributeError):  # no pipe, or none that can be asked
            return False
        return True


def thinned(waiting: Sequence[list[Any]]) -> list[list[Any]]:
    """Drop every second message of each series. Joules are cumulative, so none are lost."""
    kept: list[list[Any]] = []
    drop: set[tuple[object, ...]] = set()
    for message in waiting:
        series = _series(message)
        if series in drop:
            drop.remove(series)
            continue
        if series is not None:
            drop.add(series)
        kept.append(message)
    return kept


def _series(message: list[Any]) -> tuple[object, ...] | None:
    """Return what a message is one of many of, ``None`` where it is about an edge or an event."""
    kind = message[0]
    if kind == messages.CONDITIONS:
        return kind, *message[1]  # each source has its own domains
    return (kind,) if messages.is_plain(message) else None
