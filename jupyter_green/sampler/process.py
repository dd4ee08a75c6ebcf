"""The sampler itself: reads every source at a steady rate while a window is open.

The main thread conducts: it says when to read. Another takes the requests, in turn with it.
Each source is read by a thread of its own, so that one whose driver hangs holds up no other;
and one thread sends, so that a kernel whose cell holds the GIL never delays a sample.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import queue
import select
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from ..intake.places import ledger_folder
from ..sources.base import Missing, Source
from ..sources.discovery import open_sources
from . import messages
from .conductor import Conductor
from .intake_marks import IntakeMarks
from .kept import KeepingOutbox, kept_folder
from .outbox import Outbox
from .placement import Placement
from .processes import call_this_a_sampler

Probe = Callable[[], tuple[list[Source], tuple[Missing, ...]]]
PR_SET_TIMERSLACK = 29
"""In nanoseconds: include/uapi/linux/prctl.h."""
REQUESTED = object()
"""An event: a request was handled, so what is due next may have changed."""
LEAVE_S = 1.0
"""How long the readings after a program's end may take."""
SWITCH_INTERVAL_S = 0.0002
"""After which a thread of this process gives way to another, so that none polls late."""


def serve(
    requests: BinaryIO,
    replies: BinaryIO,
    program: int,
    probe: Probe = open_sources,
    placement: Placement | None = None,
) -> None:
    """Run until the other end goes away, or the program with that process id, which is metered.

    `probe` opens the sensors, again where they have changed. `placement` keeps this process off
    a program that goes on when it has marked an edge; there is none for one that waits.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    call_this_a_sampler()
    _wake_on_time()
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    turn = threading.Lock()
    threading.Thread(target=_watch, args=(program, events), name="watch", daemon=True).start()
    folder = kept_folder()
    kept = KeepingOutbox(replies, lambda: events.put(None), folder) if folder else None
    ledger = ledger_folder()
    marks = IntakeMarks(ledger, program) if ledger else None
    # With marks to write it ends in its own time, also where the program is gone.
    outbox = kept or (Outbox(replies, lambda: events.put(None)) if marks else Outbox(replies))
    if marks is not None:
        outbox.on_put = marks.hear
    conductor = Conductor(events, outbox, program, probe, placement=placement)
    conductor.open()
    inbox = threading.Thread(
        target=_receive, args=(requests, conductor, turn, events, marks), name="inbox", daemon=True
    )
    inbox.start()
    gc.freeze()  # what there is now stays: no need to look through it for rubbish again
    gc.enable()
    try:
        _loop(conductor, turn, events, program)
        if marks is not None:
            inbox.join(LEAVE_S)  # a program that was killed may have begun a window right before
        followed = [each for each in (kept, marks) if each is not None]
        if any(each.open_windows for each in followed):
            _read_to_end(followed, conductor, turn, events)
            if kept is not None:
                with contextlib.suppress(OSError):  # nobody waits for it any more
                    kept.leave()
        if marks is not None:
            marks.leave()
    finally:
        conductor.close()


def _wake_on_time() -> None:
    """Have this process's threads woken when they asked for it, where the system can.

    Linux lets a timer be 50 µs late, so as to wake up for several at once: half of a step
    between two polls. Threads that are started from now on inherit it (prctl(2)).
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1)


def _loop(
    conductor: Conductor, turn: threading.Lock, events: queue.SimpleQueue[Any], program: int
) -> None:
    while True:
        with turn:
            wait_s = conductor.wait_s
        try:
            event = events.get(timeout=wait_s)
        except queue.Empty:
            if not _lives(program):
                return
            with turn:
                conductor.on_time()
            continue
        if event is None:
            return
        if isinstance(event, Exception):
            raise event
        with turn:
            if event is not REQUESTED:
                conductor.handle(event)
            if conductor.wait_s == 0.0:
                conductor.on_time()


def _read_to_end(
    followed: Sequence[KeepingOutbox | IntakeMarks],
    conductor: Conductor,
    turn: threading.Lock,
    events: queue.SimpleQueue[Any],
) -> None:
    """Read at the end of a program that had windows open, for those who follow them."""
    until_s = time.monotonic() + LEAVE_S
    with turn:
        for window in dict.fromkeys(w for each in followed for w in each.open_windows):
            conductor.handle([messages.END, window, time.monotonic_ns()])
    while not all(each.is_complete for each in followed) and time.monotonic() < until_s:
        event = None
        with contextlib.suppress(queue.Empty):
            wait_s = conductor.wait_s
            event = events.get(timeout=LEAVE_S if wait_s is None else min(wait_s, LEAVE_S))
        with turn:
            if event is not None and event is not REQUESTED:
                conductor.handle(event)
            conductor.on_time()


def _receive(
    requests: BinaryIO,
    conductor: Conductor,
    turn: threading.Lock,
    events: queue.SimpleQueue[Any],
    marks: IntakeMarks | None,
) -> None:
    """Have requests handled in this thread: what waits for them waits for no other to wake up."""
    try:
        for line in requests:
            request = messages.decode(line)
            with turn:
                if marks is not None and marks.takes(request):
                    continue
                conductor.handle(request)
            events.put(REQUESTED)
    except Exception as error:  # noqa: BLE001  (it ends the process, with its reason)
        events.put(error)
    events.put(None)


def _watch(program: int, events: queue.SimpleQueue[Any]) -> None:
    """End with the program even where a fork of it still holds the pipe open (Linux)."""
    if not hasattr(os, "pidfd_open"):
        return
    try:
        fd = os.pidfd_open(program)
    except OSError:
        if not _lives(program):
            events.put(None)
        return
    select.select([fd], [], [])
    events.put(None)


def _lives(program: int) -> bool:
    if os.name != "posix":
        return True  # there only the pipe shows it, and signal 0 is Ctrl-C
    try:
        os.kill(program, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
