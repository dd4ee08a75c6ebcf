"""Measuring a block or each call of a function, with this process's meter."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, overload

from ..report.report import Report
from .shared import shared_meter
from .summary import Subject
from .window import Window

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound="measure")

on_block_end: list[Callable[[Window], None]] = []
"""Called with the window of each `measure` block that has ended; they must not raise."""


class measure:  # noqa: N801  (used like a function: `with measure("fit"):`)
    """Measure a block: ``with measure("fit", stage="training") as m: …``, then ``m.report``.

    The block's exceptions pass through; the report then has the status
    ``error`` or ``interrupted``.
    """

    def __init__(self, label: str | None = None, *, stage: str | None = None) -> None:
        if callable(label):
            raise TypeError("measure is for `with` blocks: decorate functions with @jg.measured")
        self._subject = Subject(label=label, stage=stage)
        self._window: Window | None = None

    def __enter__(self: M) -> M:
        window = self._window = self._ready_window()
        try:
            window.begin()
            return self  # noqa: TRY300  (an interrupt may come until it has returned)
        except BaseException:
            window.cancel()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._window is not None
        self._window.end(status_of(error), wait=False)
        for callback in tuple(on_block_end):
            callback(self._window)

    def _ready_window(self) -> Window:
        """Return the window of the block, which has not begun."""
        return shared_meter().window(self._subject)

    @property
    def report(self) -> Report:
        """The report of the block, once it has ended."""
        if self._window is None:
            raise RuntimeError("nothing was measured yet: use it in a `with` statement")
        return self._window.report


@overload
def measured(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def measured(
    *, label: str | None = ..., stage: str | None = ...
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def measured(
    function: Callable[P, R] | None = None, /, *, label: str | None = None, stage: str | None = None
) -> Any:
    """Measure each call of a function; its attribute ``report`` is that of the last call.

    Without a `label` the function's name is used.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            block = measure(label or function.__qualname__, stage=stage)
            try:
                with block:
                    return function(*args, **kwargs)
            finally:
                wrapper.report = block.report  # type: ignore[attr-defined]

        return wrapper

    return decorate if function is None else decorate(function)


def status_of(error: BaseException | None) -> str:
    """Return a report's status for how a block ended."""
    if error is None:
        return "ok"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
