"""Runs a command once or several times with the meter around it."""

from __future__ import annotations

import os
import sys
import time
import warnings
from dataclasses import replace

from ...intake.project import PROJECT_VARIABLE
from ...meter.summary import Subject
from ...printable import printable, shortened
from ...report.report import Report
from ...report.stages import hinted
from ...sampler import lineage
from ..errors import InputError
from . import process, signals, text
from .careful import CarefulMeter
from .early import Spawning
from .election import Lead
from .order import Order
from .stdin import Stdin

LONGEST_WAIT_S = 3600.0
"""How long the rank that meters waits for the others, once its own command has ended."""
_LOOK_S = 0.1
_LONGEST_PROJECT = 200
_INTERRUPTED = frozenset(-number for number in signals.ENDING)


class Runs:
    """The runs of a command, and what each used.

    Raises
    ------
    InputError
        For a label or a stage that a report cannot hold, and for what this system cannot do.
    """

    def __init__(
        self,
        order: Order,
        stdin: Stdin,
        surroundings: process.Surroundings,
        sampler: Spawning,
        lead: Lead | None = None,
    ) -> None:
        if order.waits_for_descendants and not process.CAN_ADOPT:
            raise InputError("--wait-descendants needs Linux: leave it out")
        self._subject = _subject(order, lead.size if lead is not None else None)
        self._lead = lead
        self._remarks: tuple[str, ...] = ()
        if order.project is not None:
            os.environ[PROJECT_VARIABLE] = _project(order.project)  # the command's too
        self._order = order
        self._stdin = stdin
        self._surroundings = surroundings
        self._meter = CarefulMeter(sampler)
        self._reports: list[Report] = []
        self._whole: Report | None = None

    def all(self) -> int:
        """Run it as often as asked for; return how the last run ended."""
        if self._order.repeats is None:
            return self._once(counts=True)
        whole = self._meter.window(self._subject)
        whole.begin()
        ended = 0
        for number in range(self._order.warmups + self._order.repeats):
            if number:
                ended = -(signals.pause(self._order.cooldown_s) or 0)
            if not ended:
                self._stdin.rewind()
                ended = self._once(counts=number >= self._order.warmups)
            if ended:
                break
        whole.end(_status(ended))
        self._whole = whole.report()
        return ended

    def _once(self, *, counts: bool) -> int:
        """Run it once; return its exit code, or the signal that ended it, negative."""
        window = self._meter.window(self._subject)
        if self._order.waits_for_descendants:
            process.adopt_orphans()  # the sampler has been adopted by now
        if (asked := signals.pending_end()) is not None:
            return -asked
        window.begin()
        if self._lead is not None:
            self._lead.begin()
        try:
            command = process.start(self._order.words, lineage.environment(), self._surroundings)
            ended = command.wait()
            if self._order.waits_for_descendants:
                asked = process.wait_for_orphans(self._others)
                ended = -asked if asked is not None else ended
            if self._lead is not None and ended == 0:
                ended = self._wait_for_ranks(self._lead)
        except process.CannotStartError:
            window.end("error")
            raise
        window.end(_status(ended))
        if counts and (ended == 0 or self._order.repeats is None):
            report = window.report()
            self._reports.append(replace(report, notes=(*report.notes, *self._remarks)))
        return ended

    def _wait_for_ranks(self, lead: Lead) -> int:
        """Wait until the other ranks of this host have ended; return how that went."""
        until_s = time.monotonic() + LONGEST_WAIT_S
        while lead.waits(_LOOK_S):
            if (asked := signals.pending_end()) is not None:
                return -asked
            if time.monotonic() > until_s:
                self._remarks = (
                    "Other ranks of this host went on for more than an hour: they are not in it.",
                )
                break
        return 0

    def _others(self) -> set[int]:
        witness = self._surroundings.witness
        pids = (self._meter.sampler_pid, witness.pid if witness is not None else None)
        return {pid for pid in pids if pid is not None}

    def close(self) -> None:
        """End the meter."""
        self._meter.close()

    def text(self) -> str | None:
        """Return what is to be said of them, ``None`` where the command never ran."""
        if self._whole is not None and self._order.repeats is not None:
            from . import repeated

            if self._order.as_json:
                return repeated.as_json(self._reports, self._whole)
            return repeated.of_runs(self._reports, self._whole, self._order.repeats)
        if not self._reports:
            return None
        return (text.as_json if self._order.as_json else text.of_run)(self._reports[-1])


def _subject(order: Order, ranks: int | None) -> Subject:
    """Return what the report is about; hint at a stage that was hardly meant as it is."""
    with warnings.catch_warnings(record=True) as hints:
        warnings.simplefilter("always")
        try:
            subject = Subject(label=order.label, stage=hinted(order.stage), ranks=ranks)
        except ValueError as error:
            raise InputError(str(error)) from None
    for hint in hints:
        print(printable(f"jupyter green: {hint.message}"), file=sys.stderr)
    return subject


def _project(name: str) -> str:
    if not name.strip() or len(name) > _LONGEST_PROJECT or printable(name) != name:
        raise InputError(
            f"--project {shortened(printable(name), 40)!r} is no name: give one line of 1 to "
            f"{_LONGEST_PROJECT} characters"
        )
    return name


def _status(ended: int) -> str:
    """Return a report's status for how a command ended."""
    if ended in _INTERRUPTED:
        return "interrupted"
    return "died" if ended < 0 else "error" if ended else "ok"
