"""Where a cell's figures are shown: a live widget, a static output, a line of text, nowhere.

The views that a notebook shows have files of their own.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, Protocol

from ...meter.summary import Subject
from ...meter.trace import Point
from ...meter.window import Window
from ...printable import message_of, printable
from ...report.report import Report
from ...terminal import say
from ..output.end_display import display_in
from ..output.front_end import is_executed
from .quiet_view import QuietView
from .refines import Refines


class View(Protocol):
    """One metered cell's view."""

    def begin(self, window: Window) -> None:
        """Appear, before the cell's body runs."""

    def point(self, point: Point) -> None:
        """Take a new point of the curve, from another thread; must not block."""

    def end(self, report: Report) -> None:
        """Give way to what stays."""

    watches: bool
    """Whether it wants the points of the curve as they come."""

    def abandon(self, reason: str) -> None:
        """Say that there will be no report, and why."""

    refines: Refines
    """When :meth:`refine` may be called after :meth:`end`."""

    def refine(self, report: Report) -> None:
        """Show the final figures in place of the first ones; may be from another thread."""


class TextView(QuietView):
    """One line of text after the cell, for a terminal."""

    refines = Refines.NEVER

    def __init__(self, least_s: float = 0.0) -> None:
        self._out = sys.stdout  # the cell may put a stream of its own in its place
        self._least_s = least_s

    def end(self, report: Report) -> None:
        """Print the line, unless the cell was too short for one."""
        if report.duration_s >= self._least_s:
            lines = (f"energy: {report}", *report.notes)
            say("".join(f"{printable(line)}\n" for line in lines), self._out)


def choose_view(
    shell: Any, subject: Subject, *, quiet: bool, compact: bool = False, least_s: float = 0.0
) -> View:
    """Return the best view that this cell's front end can show.

    A front end that shows widgets sends the cell's id with the request
    (JupyterLab, Notebook 7, VS Code); nbclient and its kin do not, and would
    store every widget's state in the notebook. Consoles do not, either. A cell that
    takes less than `least_s` leaves no line.
    """
    if quiet:
        return QuietView()
    if getattr(shell, "kernel", None) is None:
        return TextView(least_s)
    # What the views are made of is loaded with the first cell that is metered.
    from .compact_view import CompactView, StaticCompactView
    from .lab_server import why_no_widget
    from .static_view import StaticView

    display = display_in(shell)
    watched = subject.cell_id is not None and not is_executed(shell)
    if compact:
        return (CompactView if watched else StaticCompactView)(display, subject, least_s)
    if watched:
        if reason := why_no_widget():
            _say_once(reason)
            return StaticView(display, subject)
        try:
            from .live_view import LiveView

            return LiveView(display, subject)
        except Exception as error:  # noqa: BLE001  (a broken widget stack must not cost the report)
            _say_once(f"{message_of(error)}; reinstall jupyter-green")
    return StaticView(display, subject)


@functools.cache
def _say_once(reason: str) -> None:
    """Say what concerns every cell in the first one only."""
    sys.stderr.write(
        f"jupyter-green: cells show only their final report, no live view: {reason}.\n"
    )
