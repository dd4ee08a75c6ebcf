"""A static output, for front ends without live widgets."""

from __future__ import annotations

from ...meter.summary import Subject
from ...meter.window import Window
from ...report.report import Report
from ..output import bundle as output
from ..output.cell_display import CellDisplay
from .messages import Messages
from .quiet_view import QuietView
from .refines import Refines


class StaticView(QuietView):
    """A static output for front ends without live widgets.

    It stands at the top of the cell, and in consoles below it. Programs that execute
    notebooks take no output between two cells.
    """

    refines = Refines.NEVER

    def __init__(self, display: CellDisplay, subject: Subject) -> None:
        self._display = display
        self._subject = subject

    def begin(self, window: Window) -> None:
        """Take the place where the report will stand."""
        place = Messages(window, self._subject).place()
        self._display.show(place | output.lasting_placeholder(self._subject.label))

    def end(self, report: Report) -> None:
        """Put the report there."""
        self._display.replace(output.bundle(report))

    def refine(self, report: Report) -> None:
        """Put the final report there."""
        self._display.replace(output.bundle(report))

    def abandon(self, reason: str) -> None:
        """Say so in its place."""
        self._display.replace(output.no_report(reason))
