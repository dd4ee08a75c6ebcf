"""Measuring a block, with this process's meter."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TypeVar

from ..report.amount import energy_j_of
from ..report.report import Report
from ..report.stages import Stages, hinted
from .budget import Budget
from .shared import shared_meter
from .summary import Subject
from .window import Window

M = TypeVar("M", bound="measure")

on_block_end: list[Callable[[Window], None]] = []
"""Called with the window of each `measure` block that has ended; they must not raise."""


class measure:  # noqa: N801  (used like a function: `with measure("fit"):`)
    """Measure a block: ``with measure("fit", stage="training") as m: …``, then ``m.report``.

    The block's exceptions pass through; the report then has the status
    ``error`` or ``interrupted``.

    `stage` is one text or several, as ``stage=["data", "training"]``: see ``docs/stages.md``.

    With ``budget="5kJ"`` a line on standard error says when so much is spent, and the report has
    the flag ``budget-spent``; units are J, kJ, MJ, mWh, Wh, kWh and MWh.

    What was achieved stands beside the joules: ``m.log(acc=0.9)`` and ``m.count(512, "token")``,
    in the block or behind it, until the report is asked for.
    """

    def __init__(
        self, label: str | None = None, *, stage: Stages = None, budget: str | None = None
    ) -> None:
        if callable(label):
            raise TypeError("measure is for `with` blocks: decorate functions with @jg.measured")
        self._subject = Subject(label=label, stage=hinted(stage))
        self._budget_j = energy_j_of(budget, "budget") if budget is not None else None
        self._open: list[Window] = []
        """Those that have begun: a block may be entered again within itself."""
        self._window: Window | None = None
        """The one that began or ended last."""

    def __enter__(self: M) -> M:
        window = self._window = self._ready_window()
        self._open.append(window)
        try:
            window.begin()
            return self  # noqa: TRY300  (an interrupt may come until it has returned)
        except BaseException:
            self._open.remove(window)
            window.cancel()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        window = self._window = self._open.pop()
        window.end(status_of(error), wait=False)
        for callback in tuple(on_block_end):
            callback(window)

    def log(self, metrics: Mapping[str, object] | None = None, /, **named: object) -> None:
        """Keep what was achieved beside the joules: ``m.log(acc=0.9)``; see :meth:`Window.log`."""
        self._begun("log").log(metrics, **named)

    def count(self, number: object, unit: object) -> None:
        """Count units of work, for joules per unit: ``m.count(512, "token")``; the numbers add up.

        See :meth:`Window.count`.
        """
        self._begun("count").count(number, unit)

    def _begun(self, what: str) -> Window:
        """Return the innermost window that is open, or else the one that ended last."""
        window = self._open[-1] if self._open else self._window
        if window is None:
            raise RuntimeError(f"nothing was measured yet: call {what}() within the `with` block")
        return window

    def _ready_window(self) -> Window:
        """Return the window of the block, which has not begun."""
        return shared_meter().window(self._subject, budget=self._budget())

    def _budget(self) -> Budget | None:
        """Return what one window of the block may use."""
        return Budget(self._budget_j) if self._budget_j is not None else None

    @property
    def report(self) -> Report:
        """The report of the block, once it has ended; of one entered again, of the last to end."""
        if self._window is None:
            raise RuntimeError("nothing was measured yet: use it in a `with` statement")
        return self._window.report


def status_of(error: BaseException | None) -> str:
    """Return a report's status for how a block ended."""
    if error is None or isinstance(error, GeneratorExit):  # a loop may stop before the last item
        return "ok"
    asyncio = sys.modules.get("asyncio")
    is_cancelled = asyncio is not None and isinstance(error, asyncio.CancelledError)
    return "interrupted" if is_cancelled or isinstance(error, KeyboardInterrupt) else "error"
