"""Windows that never keep a command from running: what fails is told in the report instead."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from ...meter.meter import INTERVAL_S, Meter
from ...meter.summary import Subject
from ...meter.window import Window
from ...printable import message_of
from ...report import times
from ...report.report import Report
from ...report.unmeasured import unmeasured
from ...sampler.spawned import SamplerProcess
from ...sources.base import Missing

_ID = "meter"
_REMEDY = "The command has run as without it. `jupyter green doctor` tries every sensor."


class CarefulMeter:
    """A meter for a command."""

    def __init__(self, spawn: Callable[[], SamplerProcess]) -> None:
        self._problem = ""
        self._meter: Meter | None = None
        try:
            self._meter = Meter(spawn=spawn)
        except Exception as error:  # noqa: BLE001  (whatever it is, the command is to run)
            self._problem = message_of(error)

    @property
    def sampler_pid(self) -> int | None:
        """The sampler's process id."""
        return self._meter.sampler_pid if self._meter is not None else None

    def window(self, subject: Subject) -> CarefulWindow:
        """Return a window that is ready to begin."""
        meter = self._meter
        if meter is None:
            return CarefulWindow(subject, None, self._problem)
        return CarefulWindow(subject, lambda: meter.window(subject), "")

    def close(self) -> None:
        """End the sampler, and hand in what is to be kept."""
        if self._meter is not None:
            with contextlib.suppress(Exception):
                self._meter.close()


class CarefulWindow:
    """A window around a command."""

    def __init__(self, subject: Subject, make: Callable[[], Window] | None, problem: str) -> None:
        self._subject = subject
        self._problem = problem
        self._window: Window | None = None
        self._started_at = times.now()
        self._begin_s = self._end_s = time.monotonic()
        self._status = "ok"
        try:
            self._window = make() if make is not None else None
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    def begin(self) -> None:
        """Mark the begin."""
        self._started_at = times.now()
        self._begin_s = time.monotonic()
        try:
            if self._window is not None:
                self._window.begin()
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    def end(self, status: str) -> None:
        """Mark the end, and how the command has ended, as a report has it."""
        self._end_s = time.monotonic()
        self._status = status
        try:
            if self._window is not None:
                self._window.end(status, wait=False)
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    def report(self) -> Report:
        """Return the final report; where the meter has failed, one that says so."""
        try:
            if self._window is not None:
                return self._window.report
        except Exception as error:  # noqa: BLE001
            self._fail(error)
        return unmeasured(
            Missing(_ID, f"the meter failed: {self._problem}", _REMEDY),
            status=self._status,
            started_at=self._started_at,
            duration_s=self._end_s - self._begin_s,
            interval_s=INTERVAL_S,
            label=self._subject.label,
            stage=self._subject.stage,
        )

    def _fail(self, error: Exception) -> None:
        self._problem, self._window = message_of(error), None
