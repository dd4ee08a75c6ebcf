"""``with jg.live("fit"): …``: a measured block with the live view, in any notebook."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..meter.measure import measure
from ..meter.shared import shared_meter
from ..meter.summary import Subject
from ..meter.window import Window
from ..printable import message_of
from ..report.stages import Stages, hinted, tags_of
from .cells.cell_subject import cell_id_of
from .live.view import TextView, View, choose_view

if TYPE_CHECKING:
    from .live.live_view import EnergyWidget


class live(measure):  # noqa: N801  (used like a function: `with live("fit"):`)
    """Measure a block and show its watts and joules meanwhile: ``with live("fit") as run: …``.

    In Jupyter it shows what ``%%energy`` shows, in marimo a widget that stays. Other programs
    that show anywidgets (Panel, Shiny, Solara) are given :attr:`widget` before the block
    begins. In a terminal there is one line at the end. ``run.report`` is the report, and where
    `run` is a value that is shown, it shows that.

    Parameters
    ----------
    label, stage, budget
        As those of ``%%energy``.
    """

    def __init__(
        self, label: str | None = None, *, stage: Stages = None, budget: str | None = None
    ) -> None:
        super().__init__(label, stage=tags_of(hinted(stage)), budget=budget)
        self._widget: EnergyWidget | None = None
        self._view: View = TextView()

    @property
    def widget(self) -> EnergyWidget:
        """The anywidget of this block, for a host that is to show it.

        Raises
        ------
        ImportError
            Without anywidget.
        """
        if self._widget is None:
            from .live.live_view import EnergyWidget

            self._widget = EnergyWidget()
        return self._widget

    def _ready_window(self) -> Window:
        """Return the window of the block, once its view has appeared."""
        if self._window is not None:
            raise RuntimeError("this block was measured already: make another one, `jg.live()`")
        shell = _kernel_shell()
        subject = Subject(
            label=self._subject.label,
            stage=self._subject.stage,
            cell_id=None if shell is None else cell_id_of(shell),
        )
        try:
            view = self._view_of(shell, subject)
            window = shared_meter().announced(
                subject,
                on_point=view.point if view.watches else None,
                budget=self._budget(),
            )
            view.begin(window)
            self._view = view
        except Exception as error:  # noqa: BLE001  (the block must run whatever happens here)
            sys.stderr.write(f"jupyter-green: no live view ({message_of(error)})\n")
            return shared_meter().window(subject, budget=self._budget())
        return window

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        try:
            report = self.report
        except Exception as failure:  # noqa: BLE001  (the block's own outcome must stand)
            self._view.abandon(message_of(failure))
        else:
            self._view.end(report)

    def _view_of(self, shell: Any, subject: Subject) -> View:
        """Return the view for this host."""
        if self._widget is None and shell is not None:
            return choose_view(shell, subject, quiet=False)
        if self._widget is None and not _is_marimo():
            return TextView()
        from .live.hosted_view import HostedView

        if self._widget is None:  # else it was given to a host
            sys.modules["marimo"].output.append(self.widget)
        return HostedView(subject, self.widget)

    def _display_(self) -> Any:
        """Return what marimo shows for it: the report, and the widget until there is one."""
        return self.report if self._has_ended else self.widget

    def _repr_html_(self) -> str | None:
        return self.report._repr_html_() if self._has_ended else None

    def __repr__(self) -> str:
        """Return the report's line, once there is one."""
        return str(self.report) if self._has_ended else "jg.live: not measured yet"

    @property
    def _has_ended(self) -> bool:
        return self._window is not None and self._window.end_ns is not None


def _is_marimo() -> bool:
    """Whether a marimo notebook is running this."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def _kernel_shell() -> Any:
    """Return the shell of this Jupyter kernel; ``None`` elsewhere, in a terminal's IPython too."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None
