"""What was metered since the extension was loaded: cells and ``measure`` blocks, in memory."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...estimator.quantity import Interval
from ...meter.between import Between
from ...meter.window import Window
from ...report.fields import ReportTrace
from ...report.report import Report

MOST = 1000
"""Reports that are kept; the oldest are forgotten first."""
MOST_CURVES = 100
"""Reports that keep their curve, which is most of their size."""
MOST_WINDOWS = 16
"""Windows whose report was not requested yet; each holds all its samples."""


@dataclass(frozen=True)
class Metered:
    """One window that has ended: its report, and when it was open."""

    report: Report
    interval: Interval
    before: Between | None = None
    """What was used since the window before it, where none was open then."""

    def holds(self, other: Metered) -> bool:
        """Whether the other window lies within this one."""
        return self.interval.holds(other.interval)


class SessionReports:
    """Remembers windows that have ended; their reports are made on request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: deque[Window] = deque()
        self._metered: deque[Metered] = deque(maxlen=MOST)
        self.forgotten = 0
        """How many of the oldest reports were dropped."""

    def remember(self, window: Window) -> None:
        """Take a window that has ended."""
        with self._lock, contextlib.suppress(Exception):  # the user's program must go on
            if window not in self._windows:
                self._windows.append(window)
            if len(self._windows) > MOST_WINDOWS:
                oldest = self._windows.popleft()
                is_final = oldest.wait_until_settled(0.0)
                self._keep(oldest, oldest.report if is_final else oldest.provisional_report)

    def all(self) -> Sequence[Metered]:
        """Return what was metered, in the order in which it ended, with the final figures."""
        with self._lock:
            while self._windows:
                window = self._windows[0]
                report = window.report
                self._windows.popleft()  # now, so that an interrupt of the wait loses nothing
                self._keep(window, report)
            return tuple(self._metered)

    def _keep(self, window: Window, report: Report) -> None:
        assert window.begin_ns is not None
        assert window.end_ns is not None
        self.forgotten += len(self._metered) == MOST
        interval = Interval(window.begin_ns, window.end_ns)
        self._metered.append(Metered(report, interval, window.before()))
        if len(self._metered) > MOST_CURVES:
            old = self._metered[-MOST_CURVES - 1]
            bare = replace(old.report, trace=ReportTrace())
            self._metered[-MOST_CURVES - 1] = replace(old, report=bare)


def outermost(metered: Iterable[Metered]) -> tuple[list[Metered], list[Metered]]:
    """Return windows that do not overlap, and those that overlap one without lying within it.

    A window within another one is in neither list: its joules are a part of the other's.
    """
    apart: list[Metered] = []
    crossing: list[Metered] = []
    for each in sorted(metered, key=lambda m: (m.interval.begin_ns, -m.interval.ended_ns)):
        if not apart or each.interval.begin_ns >= apart[-1].interval.ended_ns:
            apart.append(each)
        elif each.interval.ended_ns > apart[-1].interval.ended_ns:
            crossing.append(each)
    return apart, crossing
