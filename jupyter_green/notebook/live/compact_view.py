"""One line above a cell's output: the joules so far, then those of the report."""

from __future__ import annotations

import contextvars
import threading
import time
from typing import Any

from ...meter.summary import Subject
from ...meter.trace import Point
from ...meter.window import Window
from ...notice import Notice
from ...report.addition import total_provenance
from ...report.format import duration, energy_so_far, power
from ...report.report import Report
from ..output import bundle as output
from ..output import compact, summary
from ..output.cell_display import CellDisplay
from ..output.end_display import EndDisplay
from .messages import LIVE_MIME_TYPE, Messages
from .refines import Refines
from .waiting import waits_for_input

PERIOD_S = 0.5
"""Between two lines; a cell that is shorter shows its report at once, without a flicker."""


class StaticCompactView:
    """The line without the figures on the way, for programs that execute notebooks.

    These take no output between two cells.
    """

    watches = False
    refines = Refines.NEVER

    def __init__(self, display: CellDisplay, subject: Subject, least_s: float) -> None:
        self._display = display
        self._subject = subject
        self._least_s = least_s
        """A cell that takes less leaves no line; its report is counted all the same."""

    def begin(self, window: Window) -> None:
        """Take the place of the line."""
        place = Messages(window, self._subject).place()
        self._display.show(place | compact.running(output.LASTING), compact.METADATA)

    def point(self, point: Point) -> None:
        """Show nothing on the way."""

    def end(self, report: Report) -> None:
        """Put the report's line there."""
        self._put(report)

    def refine(self, report: Report) -> None:
        """Put the final report's line there."""
        self._put(report)

    def abandon(self, reason: str) -> None:
        """Say in its place that there will be no report."""
        self._display.replace(output.no_report(reason))

    def _put(self, report: Report) -> None:
        if report.duration_s >= self._least_s:
            self._display.replace(compact.bundle(report), compact.METADATA)
        elif not isinstance(self._display, EndDisplay):  # where nothing stands yet, nothing is put
            self._display.replace(compact.silent(report), compact.SILENT)


class CompactView(StaticCompactView):
    """A line for front ends that take outputs of a cell after it has ended.

    The metadata of the line while it runs hold the run's newest live message
    (``docs/messages.md``), for the sidebar panel. Those of the report's line do not.
    """

    watches = True
    refines = Refines.AT_ANY_TIME

    def __init__(self, display: CellDisplay, subject: Subject, least_s: float) -> None:
        super().__init__(display, subject, least_s)
        self._pending: list[Point] = []
        self._lock = threading.Lock()
        self._is_over = False
        self._ended = Notice()
        self._writer: threading.Thread | None = None

    def begin(self, window: Window) -> None:
        """Take the place of the line and start the thread that renews it."""
        self._window = window
        self._messages = Messages(window, self._subject)
        self._thread_id = threading.get_ident()
        self._began_s = time.monotonic()
        self._display.show(self._shown("measuring …"), _metadata(self._messages.begin()))
        context = contextvars.copy_context()  # a thread's messages belong to that context's cell
        self._writer = threading.Thread(
            target=context.run, args=(self._write,), name="jupyter-green line", daemon=True
        )
        self._writer.start()

    def point(self, point: Point) -> None:
        """Take a new point of the curve."""
        with self._lock:
            self._pending.append(point)

    def end(self, report: Report) -> None:
        """Put the report's line there."""
        self._stop()
        self.refine(report)

    def refine(self, report: Report) -> None:
        """Put the final report's line there, once its message is out."""
        end = self._messages.end(report.to_dict(), str(report))
        self._display.update(self._shown(summary.line(report)), _metadata(end))
        super().refine(report)

    def abandon(self, reason: str) -> None:
        """Say in its place that there will be no report, once its message is out."""
        self._stop()
        end = self._messages.failure(reason)
        self._display.update(output.no_report(reason), _metadata(end))
        super().abandon(reason)

    def _stop(self) -> None:
        self._is_over = True
        self._ended.notify_all()
        if self._writer is not None:
            self._writer.join(timeout=2.0)

    def _write(self) -> None:
        while not self._ended.wait_for(lambda: self._is_over, PERIOD_S):
            with self._lock:
                new, self._pending = self._pending, []
            if new:
                waits = waits_for_input(self._thread_id)
                message = self._messages.samples(new, waits=waits)
                line = self._line(new[-1], waits=waits)
                self._display.update(self._shown(line), _metadata(message))

    def _shown(self, line: str) -> dict[str, Any]:
        """Return what is seen of a line: nothing as long as the cell may be too short for one."""
        is_long = time.monotonic() - self._began_s >= self._least_s
        return compact.running(line) if is_long else compact.NOTHING

    def _line(self, point: Point, *, waits: bool) -> str:
        counted = [domain for domain in self._window.domains if domain.counted]
        provenance = total_provenance(domain.provenance.value for domain in counted)
        known_w = [w for d in counted if (w := point.power_w.get(d.id)) is not None]
        parts = []
        if point.total_j:
            parts.append(energy_so_far(point.total_j, provenance, point.scale_range(counted)))
        if known_w:
            parts.append(f"{power(sum(known_w))} now")
        if self._window.begin_ns is not None:
            parts.append(duration(max(0, point.t_ns - self._window.begin_ns) * 1e-9))
        return " · ".join([*parts, "waiting for input" if waits else "measuring …"])


def _metadata(message: dict[str, Any]) -> dict[str, Any]:
    return compact.METADATA | {LIVE_MIME_TYPE: message}
