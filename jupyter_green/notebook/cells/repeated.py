"""``%energy STATEMENT`` and repeated cells: joules per loop, as ``%timeit`` gives seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

from IPython.display import display

from ... import clock
from ...meter.measure import status_of
from ...meter.shared import shared_meter
from ...meter.summary import Subject
from ...meter.window import Window
from ...repeats.repeat import repeat
from ...repeats.result import Repeats
from ...report.report import Report
from ...report.stages import tags_of
from ...terminal import spelled
from ..output import repeats
from ..output.end_display import display_in
from .magic_interrupts import show_as_one_line
from .magic_line import Options
from .statement import compile_loop

_SHOW_EACH_S = 0.5


def measure(
    shell: Any,
    code: str,
    options: Options,
    local_ns: Mapping[str, Any] | None = None,
    *,
    heading: str = "",
    subject: Subject | None = None,
    on_end: Callable[[Window], None] | None = None,
) -> Repeats | None:
    """Run code in loops, show the result, and return it if the options ask for it.

    Parameters
    ----------
    subject
        What the window over all of it is about, if there is to be one.
    on_end
        Called with that window when it has ended.
    """
    __tracebackhide__ = True  # IPython shows the user's own frames
    run = compile_loop(shell, code, local_ns, heading=heading)
    view = _Progress(shell) if not options.quiet else None
    if view is not None:
        view.begin()
    whole = None if subject is None else shared_meter().window(subject)
    try:
        if whole is not None:
            whole.begin()
        result = repeat(
            shared_meter(),
            run,
            loops=options.loops,
            repeats=options.repeats,
            label=options.label,
            stage=tags_of(options.stage),
            on_run=view.on_run if view is not None else None,
        )
    except BaseException as error:
        _end(whole, status_of(error), on_end)
        if view is not None:
            view.end_without_result(error, whole)
        user_code = from_user_code(error.__traceback__, shell.user_ns)
        if user_code is None and isinstance(error, KeyboardInterrupt):
            show_as_one_line(error)
        error.__traceback__ = user_code or error.__traceback__
        raise error  # noqa: TRY201  (a bare one puts the whole traceback back in Python 3.10)
    _end(whole, "ok", on_end)
    result = replace(result, digits=options.digits)
    if view is not None:
        view.end(result, whole)
    if options.variable:
        shell.user_ns[options.variable] = result
    return result if options.as_output else None


def _end(whole: Window | None, status: str, on_end: Callable[[Window], None] | None) -> None:
    """End the window over all of it, if it has begun."""
    if whole is not None and whole.is_open:
        whole.end(status, wait=False)
        if on_end is not None:
            on_end(whole)


class _Progress:
    """Shows which run is measured, in place of the result; a terminal shows only the result.

    It is updated between the runs, so that their joules do not include the sending.
    """

    def __init__(self, shell: Any) -> None:
        self._place = None if getattr(shell, "kernel", None) is None else display_in(shell)
        self._shown_s = 0.0

    def begin(self) -> None:
        """Show a first text, before the first run."""
        if self._place is not None:
            self._place.show(_text_bundle("measuring …"))

    def on_run(self, done: int, of: int) -> None:
        """Show which run begins, no more often than a person can read."""
        now_s = clock.now_ns() * 1e-9
        if self._place is not None and done < of and now_s - self._shown_s > _SHOW_EACH_S:
            self._shown_s = now_s
            self._place.update(_text_bundle(f"measuring: run {done + 1} of {of} …"))

    def end(self, result: Repeats, whole: Window | None) -> None:
        """Show the result."""
        bundle = repeats.bundle(result, _report_of(whole))
        if self._place is None:
            text = spelled(bundle["text/plain"], sys.stdout)
            display(bundle | {"text/plain": text}, raw=True)
        else:
            self._place.replace(bundle)

    def end_without_result(self, error: BaseException, whole: Window | None) -> None:
        """Show why there is no result."""
        if self._place is not None:
            how = "interrupted" if isinstance(error, KeyboardInterrupt) else "ended with an error"
            text = f"{how}: no joules per loop"
            self._place.replace(repeats.bundle_without_result(text, _report_of(whole)))


def _report_of(whole: Window | None) -> Report | None:
    return None if whole is None or whole.end_ns is None else whole.report


def _text_bundle(text: str) -> dict[str, Any]:
    return {"text/plain": text, "text/html": f"<p>{text}</p>"}


def from_user_code(traceback: TracebackType | None, namespace: object) -> TracebackType | None:
    """Return a traceback without the frames above the user's own, ``None`` where it has none."""
    while traceback is not None and traceback.tb_frame.f_globals is not namespace:
        traceback = traceback.tb_next
    return traceback
