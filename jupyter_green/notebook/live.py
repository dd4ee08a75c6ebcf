"""The live view: an anywidget that a thread feeds while the cell runs.

The messages are described in ``docs/messages.md``. They go from the kernel to
the front end only, at most ten a second, through one writer: the relay thread.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from ..meter.report import MIME_TYPE, ReportTrace, telling
from ..meter.summary import total_provenance
from . import output
from .cell_display import CellDisplay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..meter.meter import Window
    from ..meter.report import Report
    from ..meter.summary import Subject
    from ..meter.trace import Point

SCHEMA = "jupyter-green.live.v1"
SHORTEST_PERIOD_S = 0.1
"""Between two messages."""
FIRST_HISTORY_S = 0.5
"""When the history is first sent; then at twice that time, and so on."""
HISTORY_POINTS = 600
KEPT_WIDGETS = 4
"""Widgets of ended cells that stay open, so that a page reloaded in mid-run comes back."""

_MODULE = (Path(__file__).parent / "static" / "live.js").read_text(encoding="utf-8")
_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class EnergyWidget(anywidget.AnyWidget):
    """The widget. Its traits are a fall-back for messages sent before its view existed."""

    _esm = _MODULE
    begin = traitlets.Dict().tag(sync=True)
    history = traitlets.Dict().tag(sync=True)
    end = traitlets.Dict().tag(sync=True)


_ended: deque[EnergyWidget] = deque()


class LiveView:
    """Shows a curve while the cell runs, and leaves the report's static bundle."""

    watches = True
    refinable = True

    def __init__(self, display: CellDisplay, subject: Subject) -> None:
        self._display = display
        self._subject = subject
        self._pending: list[Point] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._over = threading.Event()
        self._sent_gaps = 0
        self._history: dict[str, Any] = {}
        self._seq = 0
        self._widget: EnergyWidget | None = None
        self._relay: threading.Thread | None = None

    def begin(self, window: Window) -> None:
        """Show the widget and start the thread that feeds it."""
        self._window = window
        head = self._message("begin")
        head |= {
            "missing": [vars(missing) for missing in window.missing],
            "interval_s": window.interval_s,
        }
        self._widget = EnergyWidget(begin=head)
        view = {"version_major": 2, "version_minor": 0, "model_id": self._widget.model_id}
        self._display.show({_WIDGET_VIEW: view, **output.placeholder(self._subject.label)})
        self._widget.send(head)
        # A thread's messages belong to the cell whose context it runs in.
        context = contextvars.copy_context()
        self._relay = threading.Thread(
            target=context.run, args=(self._run,), name="jupyter-green live view", daemon=True
        )
        self._relay.start()

    def point(self, point: Point) -> None:
        """Take a new point."""
        with self._lock:
            self._pending.append(point)
        self._wake.set()

    def end(self, report: Report) -> None:
        """Send what is left and replace the widget by the report."""
        self._over.set()
        self._wake.set()
        if self._relay is not None:
            self._relay.join(timeout=2.0)
        bundle = output.bundle(report)
        if self._widget is not None:
            end = self._message("end") | {"report": bundle[MIME_TYPE]}
            self._widget.send(end)
            self._widget.end = end
        self._display.replace(bundle)
        if self._widget is not None:
            _retire(self._widget)

    def refine(self, report: Report) -> None:
        """Replace the static bundle by that of the final report."""
        bundle = output.bundle(report)
        if self._widget is not None:
            end = self._message("end") | {"report": bundle[MIME_TYPE]}
            self._widget.send(end)
            self._widget.end = end
        self._display.replace(bundle)

    # --- the relay thread -------------------------------------------------------------------

    def _run(self) -> None:
        began = time.monotonic()
        next_history_s = FIRST_HISTORY_S
        while not self._over.is_set():
            self._wake.wait()
            self._wake.clear()
            self._send_new()
            if time.monotonic() - began >= next_history_s:
                self._send_history()
                next_history_s *= 2
            self._over.wait(SHORTEST_PERIOD_S)
        self._send_new()
        self._send_history()

    def _send_new(self) -> None:
        with self._lock:
            new, self._pending = self._pending, []
        if not new or self._widget is None:
            return
        gaps = self._window.gaps[self._sent_gaps :]
        self._sent_gaps += len(gaps)
        samples = self._samples(new)
        samples["gaps"] = [[self._t_s(a), self._t_s(b)] for a, b in gaps]
        self._widget.send(self._message("samples") | samples)
        self._history = _joined(self._history, samples)

    def _send_history(self) -> None:
        if self._history and self._widget is not None:
            head = self._head("samples", self._seq - 1)
            self._widget.history = head | _thinned(self._history)

    # --- the messages -----------------------------------------------------------------------

    def _message(self, kind: str) -> dict[str, Any]:
        head = self._head(kind, self._seq)
        self._seq += 1
        return head

    def _head(self, kind: str, seq: int) -> dict[str, Any]:
        subject, window = self._subject, self._window
        counted = [domain.provenance.value for domain in window.domains if domain.counted]
        return {
            "schema": SCHEMA,
            "kind": kind,
            "seq": seq,
            "run_id": window.run_id,
            "cell_id": subject.cell_id,
            "execution_count": subject.execution_count,
            "label": subject.label,
            "stage": subject.stage,
            "started_at": window.started_at,
            "provenance": total_provenance(counted),
            "domains": [
                {
                    "id": domain.id,
                    "device": domain.device,
                    "provenance": domain.provenance.value,
                    "counted": domain.counted,
                    "flags": list(domain.flags),
                }
                for domain in window.domains
            ],
        }

    def _samples(self, points: Sequence[Point]) -> dict[str, Any]:
        ids = [domain.id for domain in self._window.domains]
        counted = {domain.id for domain in self._window.domains if domain.counted}
        last = points[-1]
        total_w = [w for id_, w in last.power_w.items() if id_ in counted and w is not None]
        return {
            "t_s": [self._t_s(point.t_ns) for point in points],
            "power_w": {id_: [_rounded(p.power_w.get(id_)) for p in points] for id_ in ids},
            "energy_j": [_rounded(point.total_j) for point in points],
            "now": {
                "t_s": self._t_s(last.t_ns),
                "power_w": _rounded(sum(total_w)) if total_w else None,
                "energy_j": _rounded(last.total_j),
                "domains": {
                    id_: {
                        "power_w": _rounded(last.power_w.get(id_)),
                        "energy_j": _rounded(last.energy_j.get(id_)),
                    }
                    for id_ in ids
                },
            },
        }

    def _t_s(self, t_ns: int) -> float:
        begin_ns = self._window.begin_ns or t_ns
        return round(max(0.0, (t_ns - begin_ns) * 1e-9), 4)


def _joined(history: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return a history with new samples at its end, thinned when it has grown long."""
    if not history:
        return new
    unknown = [None] * len(history["t_s"])  # of a domain that has come since
    joined = {
        **new,
        **{name: history[name] + new[name] for name in ("t_s", "energy_j", "gaps")},
        "power_w": {
            id_: history["power_w"].get(id_, unknown) + watts
            for id_, watts in new["power_w"].items()
        },
    }
    return _thinned(joined) if len(joined["t_s"]) > 2 * HISTORY_POINTS else joined


def _thinned(history: dict[str, Any]) -> dict[str, Any]:
    """Thin a history's curve, its joules along with its watts, whose peaks are kept."""
    kept = telling(ReportTrace(history["t_s"], history["power_w"]), HISTORY_POINTS)
    return history | {
        "t_s": [history["t_s"][i] for i in kept],
        "energy_j": [history["energy_j"][i] for i in kept],
        "power_w": {id_: [watts[i] for i in kept] for id_, watts in history["power_w"].items()},
    }


def _retire(widget: EnergyWidget) -> None:
    _ended.append(widget)
    while len(_ended) > KEPT_WIDGETS:
        _ended.popleft().close()


def close_all() -> None:
    """Close the widgets that were kept."""
    while _ended:
        _ended.popleft().close()


def _rounded(value: float | None) -> float | None:
    """Round to five significant digits, which is more than a screen shows."""
    return None if value is None else float(f"{value:.5g}")
