"""What a window may use: it says once, while the window is open, when that is spent."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable
from dataclasses import replace

from ..flags import BUDGET_SPENT, BUDGET_STOPPED
from ..report.amount import written
from ..report.fields import MAX_NOTES
from ..report.format import duration
from ..report.report import Report
from ..terminal import say
from .trace import Point


class Budget:
    """The joules that one window may use, watched at the points of its curve.

    Parameters
    ----------
    energy_j
        Above 0.
    stop
        Called once they are spent, from another thread: it interrupts what is measured.
    """

    def __init__(self, energy_j: float, stop: Callable[[], None] | None = None) -> None:
        self.energy_j = energy_j
        self._stop = stop
        # What another thread writes belongs to the cell whose context it writes in.
        self._context = contextvars.copy_context()
        self._lock = threading.Lock()
        self._is_over = False
        self._is_spent = False
        self._has_stopped = False

    def take(self, point: Point, duration_s: float) -> None:
        """Take a point of the curve while the window is open; from another thread."""
        if self._is_spent or point.total_j is None or point.total_j < self.energy_j:
            return
        with self._lock:  # no interrupt comes when the window has ended
            if self._is_over:
                return
            self._is_spent = True
            self._context.run(self._say, f"is spent after {duration(duration_s)}")
            if self._stop is not None:
                self._has_stopped = True
                self._stop()

    def over(self) -> None:
        """Stop nothing from now on: the window ends."""
        with self._lock:
            self._is_over = True

    def told_in(self, report: Report) -> Report:
        """Return the window's report, which says whether the budget was spent."""
        if report.energy_j is None:
            note = f"The budget of {written(self.energy_j)} was not watched: nothing could be read."
            return replace(report, notes=(*report.notes, note)[:MAX_NOTES])
        if not self._is_spent and report.energy_j < self.energy_j:
            return report
        if not self._is_spent:  # between the last point and the end
            self._is_spent = True
            self._say("is spent")
        was_stopped = self._has_stopped and report.status == "interrupted"
        flag = BUDGET_STOPPED if was_stopped else BUDGET_SPENT
        return replace(report, flags=(*report.flags, flag))

    def _say(self, what: str) -> None:
        say(f"jupyter-green: the budget of {written(self.energy_j)} {what}.\n", sys.stderr)
