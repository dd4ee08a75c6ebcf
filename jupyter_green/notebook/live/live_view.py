"""The live view: an anywidget that a thread feeds while the cell runs.

The messages are described in ``docs/messages.md``. They go from the kernel to
the front end only, at most ten a second, through one writer: the relay thread.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from collections import deque
from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets
from ipywidgets import Layout

from ... import clock
from ...meter.summary import Subject
from ...meter.trace import Point
from ...meter.window import Window
from ...notice import Notice
from ...printable import message_of
from ...report.fields import MIME_TYPE
from ...report.report import Report
from ..output import bundle as output
from .history import History
from .messages import LIVE_MIME_TYPE, SCHEMA, Messages
from .refines import Refines
from .waiting import waits_for_input

FIRST_S = 0.05
"""A cell that is over by then shows its report at once: no curve is sent before."""
PERIOD_S = 0.09
"""Between two messages, at least. The sampler sends samples in twos where they come ten times a
second, so that there are five messages a second."""
FIRST_HISTORY_S = 0.5
"""When the history is first sent; then at twice that time, and so on."""
HISTORY_PERIOD_S = 60.0
"""At most so far apart."""
KEPT_WIDGETS = 8
"""Widgets of ended cells that stay open, so that a page reloaded in mid-run comes back."""

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_MODULE = (Path(__file__).parents[1] / "static" / "live.js").read_text(encoding="utf-8")
_log = logging.getLogger(__name__)


class EnergyWidget(anywidget.AnyWidget):
    """The widget. What it tells once is a trait, which a view finds that comes later."""

    _esm = traitlets.Unicode(_MODULE).tag(sync=True)
    _anywidget_id = traitlets.Unicode(f"{__name__}.EnergyWidget").tag(sync=True)
    begin = traitlets.Dict().tag(sync=True)
    history = traitlets.Dict().tag(sync=True)
    end = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(layout=_common_layout(), **traits)

    def add_traits(self, **traits: Any) -> None:
        """Add what the class has not: a class of its own for each widget takes a millisecond."""
        if missing := {name: trait for name, trait in traits.items() if not self.has_trait(name)}:
            super().add_traits(**missing)


_ended: deque[EnergyWidget] = deque()
_layouts: list[Layout] = []


def _common_layout() -> Layout:
    """Return the layout of all widgets, a widget itself with messages of its own."""
    if not _layouts or _layouts[-1].comm is None:  # none yet, or somebody has closed it
        _layouts[:] = [Layout()]
    return _layouts[-1]


class Place(Protocol):
    """Where a bundle is shown, and another one in its place."""

    def show(self, bundle: dict[str, Any]) -> None:
        """Show the first one."""

    def replace(self, bundle: dict[str, Any]) -> None:
        """Show the last one."""


class LiveView:
    """Shows a curve while the cell runs, and leaves the report's static bundle."""

    watches = True
    refines = Refines.AT_ANY_TIME

    def __init__(self, display: Place, subject: Subject) -> None:
        self._display = display
        self._subject = subject
        self._pending: list[Point] = []
        self._lock = threading.Lock()
        self._news = Notice()
        self._is_over = False
        self._history = History()
        self._newest: dict[str, Any] | None = None
        self._widget: EnergyWidget | None = None
        self._relay: threading.Thread | None = None

    def begin(self, window: Window) -> None:
        """Show the widget."""
        self._messages = Messages(window, self._subject)
        self._thread_id = threading.get_ident()
        # First the message: what shows the run is then there when its place is painted.
        widget = self._widget = self._widget_with(self._messages.begin())
        view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
        place = {LIVE_MIME_TYPE: {"schema": SCHEMA, "run_id": window.run_id}, _WIDGET_VIEW: view}
        self._display.show({**place, **output.placeholder(self._subject.label)})
        # A thread's messages belong to the cell whose context it runs in.
        self._context = contextvars.copy_context()
        self._began_s = _now_s()

    def point(self, point: Point) -> None:
        """Take a new point."""
        with self._lock:
            self._pending.append(point)
            if self._relay is None:
                self._start_relay()
        self._news.notify_all()

    def _start_relay(self) -> None:
        """Start the thread that feeds the widget, once the cell has run for a moment."""
        if _now_s() - self._began_s < FIRST_S or self._is_over:
            return
        self._relay = threading.Thread(
            target=self._context.run, args=(self._run,), name="jupyter-green live view", daemon=True
        )
        self._relay.start()

    def end(self, report: Report) -> None:
        """Send what is left and replace the widget by the report."""
        self._stop()
        try:
            self._show(report)
        except Exception as error:
            self.abandon(message_of(error))
            raise
        self._retire()

    def refine(self, report: Report) -> None:
        """Replace the static bundle by that of the final report."""
        self._show(report)

    def abandon(self, reason: str) -> None:
        """Say that there will be no report, and why."""
        self._stop()
        self._send_end(self._messages.failure(reason))
        self._display.replace(output.no_report(reason))
        self._retire()

    def _widget_with(self, head: dict[str, Any]) -> EnergyWidget:
        return EnergyWidget(begin=head)

    def _show(self, report: Report) -> None:
        bundle = output.bundle(report)
        self._send_end(self._messages.end(bundle[MIME_TYPE], bundle["text/plain"]))
        self._display.replace(bundle)

    def _send_end(self, end: dict[str, Any]) -> None:
        if self._widget is not None:
            self._widget.end = end

    def _stop(self) -> None:
        with self._lock:
            self._is_over = True
        self._news.notify_all()
        if self._relay is not None:
            self._relay.join(timeout=2.0)

    def _retire(self) -> None:
        if self._widget is not None:
            _ended.append(self._widget)
        while len(_ended) > KEPT_WIDGETS:
            _ended.popleft().close()

    # --- the relay thread -------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._relay_all()
        except Exception:  # noqa: BLE001  (the cell and its report must not suffer)
            _log.debug("the live view stopped", exc_info=True)

    def _relay_all(self) -> None:
        began = due = _now_s()
        next_history_s = FIRST_HISTORY_S
        while not self._is_over:
            self._news.wait_for(lambda: self._is_over or bool(self._pending))
            self._news.wait_for(lambda: self._is_over, max(0.0, due - _now_s()))
            if self._is_over:
                break
            self._send_new()
            now = _now_s()
            due = now + PERIOD_S
            if now - began >= next_history_s:
                self._send_history()
                next_history_s += min(next_history_s, HISTORY_PERIOD_S)
        self._send_new()
        self._send_history()

    def _send_new(self) -> None:
        with self._lock:
            new, self._pending = self._pending, []
        if not new or self._widget is None:
            return
        self._newest = self._messages.samples(new, waits=waits_for_input(self._thread_id))
        self._widget.send(self._newest)
        self._history.add(self._newest)

    def _send_history(self) -> None:
        if self._newest is not None and self._widget is not None:
            self._widget.history = self._newest | self._history.record()


def close_all() -> None:
    """Close the widgets that were kept."""
    while _ended:
        _ended.popleft().close()
    while _layouts:
        _layouts.pop().close()


def _now_s() -> float:
    return clock.now_ns() * 1e-9
