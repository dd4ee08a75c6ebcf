"""One line above a cell's output: the joules so far, then those of the report."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING

from .._format import duration, energy, power
from ..meter.summary import total_provenance
from . import compact
from .cell_display import CellDisplay
from .refines import Refines

if TYPE_CHECKING:
    from ..meter.meter import Window
    from ..meter.report import Report
    from ..meter.trace import Point

PERIOD_S = 0.5
"""Between two lines; a cell that is shorter shows its report at once, without a flicker."""


class CompactView:
    """A line for front ends that take outputs of a cell after it has ended."""

    watches = True
    refines = Refines.AT_ANY_TIME

    def __init__(self, display: CellDisplay) -> None:
        self._display = display
        self._newest: Point | None = None
        self._over = threading.Event()
        self._teller: threading.Thread | None = None

    def begin(self, window: Window) -> None:
        """Take the place of the line and start the thread that renews it."""
        self._window = window
        self._display.show(compact.running("measuring …"), compact.METADATA)
        context = contextvars.copy_context()  # a thread's messages belong to that context's cell
        self._teller = threading.Thread(
            target=context.run, args=(self._tell,), name="jupyter-green line", daemon=True
        )
        self._teller.start()

    def point(self, point: Point) -> None:
        """Take a new point of the curve."""
        self._newest = point

    def end(self, report: Report) -> None:
        """Put the report's line there."""
        self._over.set()
        if self._teller is not None:
            self._teller.join(timeout=2.0)
        self._display.replace(compact.bundle(report), compact.METADATA)

    def refine(self, report: Report) -> None:
        """Put the final report's line there."""
        self._display.replace(compact.bundle(report), compact.METADATA)

    def _tell(self) -> None:
        while not self._over.wait(PERIOD_S):
            point = self._newest
            if point is not None:
                self._display.update(compact.running(self._line(point)), compact.METADATA)

    def _line(self, point: Point) -> str:
        counted = [domain for domain in self._window.domains if domain.counted]
        provenance = total_provenance(domain.provenance.value for domain in counted)
        known_w = [w for d in counted if (w := point.power_w.get(d.id)) is not None]
        parts = [energy(point.total_j, None, provenance)] if point.total_j else []
        if self._window.begin_ns is not None:
            parts.append(duration((point.t_ns - self._window.begin_ns) * 1e-9))
        if known_w:
            parts.append(f"{power(sum(known_w))} now")
        return " · ".join([*parts, "measuring …"])


class StaticCompactView(CompactView):
    """The line without the figures on the way, for programs that execute notebooks.

    These take no output between two cells.
    """

    watches = False
    refines = Refines.WHILE_A_CELL_RUNS

    def begin(self, window: Window) -> None:  # noqa: ARG002  (a view's method)
        """Take the place of the line."""
        self._display.show(compact.running("measuring …"), compact.METADATA)
