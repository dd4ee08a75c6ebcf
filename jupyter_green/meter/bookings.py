"""Handing the reports of this process's windows in to the ledger.

A thread of its own makes and writes them, so that no cell waits for a disk, and no failure of
one reaches a cell: what cannot be written is kept, and tried again a second later.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..intake import lines
from ..intake.context import context_of
from ..intake.owner import owner_of
from ..intake.places import intake_folder, ledger_folder
from ..intake.project import PROJECT_VARIABLE
from ..intake.start import Booker
from ..intake.writer import METER, Writer
from ..printable import message_of
from ..report.report import Report
from ..sampler.client import SamplerClient
from ..sources.base import Domain
from .between import Between
from .edge_counters import EdgeCounter
from .summary import Subject

SETTLE_S = 1.9
"""How long a report waits for the counters' refreshes."""
AT_CLOSE_S = 0.3
"""How long the end of a program waits for them, which most have by then."""
WRITE_AT_CLOSE_S = 1.0
"""How long it waits for the disk."""
WRITE_EACH_S = 1.0
"""How long it waits after a write for more: where windows follow each other, as trials do, the
program would else wait for its own disk, which each of them keeps busy."""
MOST_KEPT = 16 << 20
"""Bytes of reports, some thousands, that wait for a disk that fails; the oldest go first."""
PAUSE_S = 1.0
"""How long it is between two windows at least for the ledger to keep what was used there."""


class Bookable(Protocol):
    """What is asked of a window, which is made on top of this."""

    run_id: str
    subject: Subject
    started_at: str
    parent: str | None

    @property
    def interval_s(self) -> float: ...  # noqa: D102
    @property
    def begin_ns(self) -> int | None: ...  # noqa: D102
    @property
    def end_ns(self) -> int | None: ...  # noqa: D102
    @property
    def counters(self) -> Mapping[str, EdgeCounter]: ...  # noqa: D102
    @property
    def domains(self) -> Sequence[Domain]: ...  # noqa: D102
    def wait_until_settled(self, timeout_s: float) -> bool: ...  # noqa: D102
    def report_so_far(self) -> Report: ...  # noqa: D102
    def before(self) -> Between | None: ...  # noqa: D102


def bookings(client: SamplerClient) -> Bookings | None:
    """Return what hands reports in, ``None`` where there is to be no ledger."""
    ledger = ledger_folder()
    return Bookings(ledger, client) if ledger is not None else None


class Bookings:
    """Writes the reports of windows that have ended into the ledger's intake.

    Parameters
    ----------
    ledger
        The ledger's folder.
    client
        Its sampler starts the booker.
    """

    def __init__(self, ledger: Path, client: SamplerClient) -> None:
        self.ledger = ledger
        self.fault: str | None = None
        """What keeps reports from being written at present; they are kept."""
        self.lost = 0
        """Reports that were given up since the disk failed for too long."""
        self._client = client
        self._pid = os.getpid()
        self._session = uuid.uuid4().hex
        self._booker: Booker | None = None
        self._todo: queue.SimpleQueue[Bookable | None] = queue.SimpleQueue()
        self._waiting: set[str] = set()
        """The windows whose report is still to be made."""
        self._kept: deque[bytes] = deque()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closes_s = float("inf")
        self._written_ns = 0
        self._due_s = 0.0
        """When to write next."""
        self._seen: Mapping[str, str | None] = {}
        """Project, commit and job as they were when somebody looked."""
        self._seen_in: tuple[str | None, str | None] | None = None
        """In which folder, and what the user called the project."""
        self._look_again_s = 0.0

    def opened(self, window: Bookable) -> Mapping[str, Any]:
        """Return what the ledger is to know of a window that begins, should the program die."""
        subject = {name: value for name, value in vars(window.subject).items() if value is not None}
        return {
            "subject": subject,
            "started_at": window.started_at,
            "interval_s": window.interval_s,
            "parent": window.parent,
            "session": self._session,
            "folder": _folder(),
            "project": _named(),
            "domains": [domain.id for domain in window.domains],
        }

    def ended(self, window: Bookable) -> None:
        """Hand in the report of a window that has ended; again where it has changed since."""
        if self._pid != os.getpid() or window.run_id in self._waiting:
            return
        with contextlib.suppress(Exception):  # the user's program must go on
            self._waiting.add(window.run_id)
            self._todo.put(window)
            if self._thread is None:
                self._start()

    def close(self) -> None:
        """Write what is left, without waiting long."""
        if self._thread is None or self._pid != os.getpid():
            return
        self._closes_s = time.monotonic() + AT_CLOSE_S
        self._client.rest.end()
        self._todo.put(None)
        self._thread.join(AT_CLOSE_S + WRITE_AT_CLOSE_S)
        self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._closes_s = float("inf")
                self._thread = threading.Thread(
                    target=self._run, name="jupyter-green ledger", daemon=True
                )
                self._thread.start()

    # --- its own thread ---------------------------------------------------------------------

    def _run(self) -> None:
        writer = Writer(intake_folder(self.ledger), owner_of(os.getpid()), METER)
        goes_on = True
        while goes_on:
            goes_on = self._make_next()
            is_due = self._todo.empty() and time.monotonic() >= self._due_s
            if self._kept and (is_due or not goes_on):
                self._client.rest.wait()
                self._write(writer)
                self._due_s = time.monotonic() + WRITE_EACH_S

    def _make_next(self) -> bool:
        """Wait for the next window, or until what is kept is due; return whether more may come."""
        left_s = max(0.0, self._due_s - time.monotonic()) if self._kept else None
        try:
            window = self._todo.get(timeout=left_s)
        except queue.Empty:
            return True
        if window is not None:
            self._make(window)
        return window is not None

    def _make(self, window: Bookable) -> None:
        """Make the report once it is final, or soon will not be."""
        self._client.rest.wait()
        left_s = self._closes_s - time.monotonic()
        window.wait_until_settled(max(0.0, min(SETTLE_S, left_s)))
        self._client.rest.wait()
        self._waiting.discard(window.run_id)  # what is said from now on is handed in again
        # A later report takes the place of an earlier one, though the clock be set back meanwhile.
        self._written_ns = max(time.time_ns(), self._written_ns + 1)
        try:
            line = lines.pack(
                lines.CLOSED,
                run_id=window.run_id,
                written_ns=self._written_ns,
                begin_ns=window.begin_ns,
                end_ns=window.end_ns,
                parent=window.parent,
                session=self._session,
                # For a begin of which the sampler writes too late, as on a busy machine.
                **self._context(),
                counters=window.counters,
                pause=_pause(window.before()),
                report=window.report_so_far().to_dict(),
            )
        except Exception as error:  # noqa: BLE001  (else it would be lost in this thread)
            self.fault = message_of(error)
            return
        self._kept.append(line)
        while sum(map(len, self._kept)) > MOST_KEPT:
            self._kept.popleft()
            self.lost += 1

    def _context(self) -> Mapping[str, str | None]:
        """Return where the program runs; where windows follow each other, as it just was."""
        where = _folder(), _named()
        now_s = time.monotonic()
        if self._seen_in is None or self._seen_in != where or now_s >= self._look_again_s:
            self._seen, self._seen_in = context_of(*where), where
            self._look_again_s = now_s + WRITE_EACH_S
        return self._seen

    def _write(self, writer: Writer) -> None:
        """Write what is kept as one file, and have it booked."""
        try:
            writer.write(self._kept)
            writer.seal()
        except OSError as error:
            writer.give_up()
            self.fault = message_of(error)
            return
        self._kept.clear()
        self.fault = None
        with contextlib.suppress(OSError):
            if not self._client.book():
                self._booker = self._booker or Booker(self.ledger)
                self._booker.start()


def _named() -> str | None:
    return os.environ.get(PROJECT_VARIABLE) or None


def _pause(before: Between | None) -> Mapping[str, Any] | None:
    """Return since when no window was open, and the joules of each domain with their ±."""
    if before is None or not before.domains or before.interval.duration_s < PAUSE_S:
        return None
    used = {name: (each.energy_j, each.uncertainty_j) for name, each in before.domains.items()}
    return {"begin_ns": before.interval.begin_ns, "domains": used}


def _folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109  (as fast as can be)
    except OSError:  # it was removed
        return None
