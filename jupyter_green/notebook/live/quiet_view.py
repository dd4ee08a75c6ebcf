"""A view that shows nothing, and what others have in common with it."""

from __future__ import annotations

from ...meter.trace import Point
from ...meter.window import Window
from ...report.report import Report
from .refines import Refines


class QuietView:
    """Shows nothing."""

    watches = False
    refines = Refines.AT_ANY_TIME

    def begin(self, window: Window) -> None:
        """Show nothing."""

    def point(self, point: Point) -> None:
        """Show nothing."""

    def end(self, report: Report) -> None:
        """Show nothing."""

    def refine(self, report: Report) -> None:
        """Show nothing."""

    def abandon(self, reason: str) -> None:
        """Show nothing: the error itself is shown beside the cell's output."""
