"""What the sampler writes for the ledger: which windows were opened, and their joules so far.

A kernel that is killed loses nothing of these: the sampler lives on, and reads once more at the
kernel's end. One that is killed with its sampler loses what was used since the last mark. Where a
host's service reads, the kernel writes them itself, and with them its claim to what the service
reads at its end.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..intake import lines
from ..intake.context import context_of
from ..intake.owner import owner_of
from ..intake.places import intake_folder
from ..intake.start import Booker
from ..intake.writer import SAMPLER, Writer
from . import messages
from .last_sample import CLAIM, Claim

MARK_NS = 3_500_000_000
"""The time between marks. Samples come a second's together, so they are written after 5 s at
most, unless samples themselves are farther apart."""
AT_REST_S = 0.005
"""How long writing waits after an edge: the counters' refreshes are polled then."""
SYNC_EACH_S = 1.0
"""How long it waits after the disk had all lines before it waits for the disk again. They outlast
this process at once, a power cut then; a program that writes as well would wait for each."""
LARGEST = 1 << 20
"""Bytes of a file after which another one is begun."""
MOST_KEPT = 1000
"""Lines that wait for a disk that fails: an hour's marks. The oldest are given up first."""
END_S = 5.0
"""How long the end of the sampler waits for its disk."""


class IntakeMarks:
    """Writes the marks of all windows, in a thread of its own.

    Parameters
    ----------
    ledger
        The ledger's folder.
    program
        The process that is metered, to which the windows belong.
    claim
        Returns its claim to what a host's service reads at its end.
    """

    def __init__(
        self, ledger: Path, program: int, claim: Callable[[], Claim] | None = None
    ) -> None:
        self._claim = claim
        self._owner = owner_of(program).text
        self._writer = Writer(intake_folder(ledger), owner_of(os.getpid()), SAMPLER)
        self._booker = Booker(ledger)
        self._todo: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._hello: list[Any] = []
        self._has_resumed = False
        self._open: dict[str, Mapping[str, Any]] = {}
        """What the begin of each open window was given, once its first sample has come."""
        self._begun: dict[str, Mapping[str, Any]] = {}
        self._marked_ns = 0
        self._needs_booker = False
        self._unwritten: deque[bytes] = deque(maxlen=MOST_KEPT)
        """What could not be written yet: without its begin a window that dies would be lost."""
        self._unsynced: list[bytes] = []
        """What a power cut would lose."""
        self._due_s = 0.0
        """When to wait for the disk next."""

    # --- what the conductor's threads tell --------------------------------------------------

    @property
    def open_windows(self) -> Sequence[str]:
        """The windows that have begun and not ended."""
        return tuple({**self._begun, **self._open})

    @property
    def is_complete(self) -> bool:
        """Whether no more is to be marked."""
        return not (self._open or self._begun)

    def takes(self, request: Sequence[Any]) -> bool:
        """Look at a request; return whether it is for nobody but this."""
        if request[0] == messages.BOOK:
            self._do(self._start_booker)
            return True
        if request[0] == messages.RESUME:
            self._has_resumed = bool(request[1])
        elif request[0] == messages.FOLLOW:
            for edge in request[1:]:
                self.takes(edge)
        elif request[0] == messages.BEGIN and request[5:] and request[5]:
            self._begun[request[1]] = {**request[5], "begin_ns": request[4]}
        return False

    def hear(self, message: Sequence[Any]) -> None:
        """Look at what is sent to the program."""
        if message[0] == messages.BATCH:
            for one in message[1]:
                self.hear(one)
        elif message[0] == messages.HELLO:
            self._hello = list(message)
        elif message[0] == messages.SAMPLE:
            self._sampled(message)

    def leave(self) -> None:
        """Write what is left, and have it booked; the windows that are open have died."""
        for window, opened in self._begun.items():  # no sensor was read in time for these
            self._do(partial(self._write_opened, window, opened))
            self._needs_booker = True
        if self._unwritten:
            self._do(self._write)
        self._do(self._seal)
        if self._needs_booker:
            self._do(self._start_booker)
        self._todo.put(None)
        if self._thread is not None:
            self._thread.join(END_S)

    def _sampled(self, sample: Sequence[Any]) -> None:
        kind, window = sample[2] or ("", "")
        if kind == messages.BEGIN and window in self._begun:
            self._open[window] = opened = self._begun.pop(window)
            mark = lines.pack(lines.MARK, sample=sample)
            self._do(partial(self._write_opened, window, opened, mark))
        elif kind == messages.END and self._open.pop(window, None) is not None:
            self._needs_booker = True
            self._do(lambda: self._write(lines.pack(lines.MARK, sample=sample)))
        elif self._open and sample[1] - self._marked_ns >= MARK_NS:
            self._do(lambda: self._write(lines.pack(lines.MARK, sample=sample)))
        else:
            return
        self._marked_ns = sample[1]

    def _do(self, what: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
            self._thread.start()
        self._todo.put(what)

    # --- its own thread ---------------------------------------------------------------------

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            todo = [self._next()]
            time.sleep(AT_REST_S)
            todo += self._come_meanwhile()
            for what in todo:
                if what is None:
                    goes_on = False
                    break
                # The disk may be full, or the folder gone: the next mark tries again.
                with contextlib.suppress(OSError, ValueError):
                    what()
            with contextlib.suppress(OSError):
                self._seal_if_done()

    def _come_meanwhile(self) -> Sequence[Callable[[], None] | None]:
        """Return what has come by now, to be done together.

        Where windows follow each other fast and the disk is slow, sealing a file for each of them
        would leave more to be written than there is time for at the end.
        """
        found: list[Callable[[], None] | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._todo.get_nowait())
        return found

    def _next(self) -> Callable[[], None] | None:
        """Wait for what is to be done, or until the disk is due; ``None`` at the end."""
        left_s = max(0.0, self._due_s - time.monotonic()) if self._unsynced else None
        try:
            return self._todo.get(timeout=left_s)
        except queue.Empty:
            return self._sync

    def _start_booker(self) -> None:
        self._booker.start()

    def _write_opened(self, window: str, opened: Mapping[str, Any], *marks: bytes) -> None:
        line = lines.pack(
            lines.OPENED,
            run_id=window,
            owner=self._owner,
            **context_of(opened.get("folder"), opened.get("project")),
            **{name: value for name, value in opened.items() if name not in ("folder", "project")},
        )
        self._write(line, *marks)

    def _seal_if_done(self) -> None:
        """Leave the file to the booker where no window is open, or where it is large."""
        if self._writer.is_growing and (self.is_complete or self._writer.size > LARGEST):
            self._seal()

    def _write(self, *what: bytes) -> None:
        head: tuple[bytes, ...] = ()
        if not self._writer.is_growing:
            claim = {CLAIM: self._claim().to_record()} if self._claim is not None else {}
            sensors = {"hello": self._hello, "resumed": self._has_resumed, **claim}
            head = (lines.pack(lines.SENSORS, **sensors),)
        try:
            self._writer.write((*head, *self._unwritten, *what))
        except OSError:
            self._give_up(what)
            raise
        self._unsynced += (*self._unwritten, *what)
        self._unwritten.clear()
        if time.monotonic() >= self._due_s:
            self._sync()

    def _sync(self) -> None:
        try:
            self._writer.sync()
        except OSError:
            self._give_up(self._unsynced)
            raise
        self._unsynced.clear()
        self._due_s = time.monotonic() + SYNC_EACH_S

    def _give_up(self, unwritten: Sequence[bytes]) -> None:
        """Begin another file with the next mark, which has these lines first."""
        self._writer.give_up()
        self._unwritten += unwritten
        self._unsynced = []

    def _seal(self) -> None:
        self._unsynced.clear()
        try:
            self._writer.seal()
        except OSError:
            self._writer.give_up()
            raise
