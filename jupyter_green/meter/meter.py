"""The meter: opens windows on the sampler and turns what was sampled into reports."""

from __future__ import annotations

import atexit
import functools
import os
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, Literal, ParamSpec, TypeVar, overload
from weakref import WeakValueDictionary

from ..sampler.client import SamplerClient
from ..sampler.messages import END, Sample
from ..sources.base import Domain, Missing
from ..sources.discovery import Discovery
from .report import STATUSES, Report
from .summary import Span, Subject, summarise
from .trace import Point, Trace

INTERVAL_S = 0.1
SHORTEST_INTERVAL_S = 0.001
END_TIMEOUT_S = 3.0
"""How long `end` waits for the last sample; a report without it says so."""

P = ParamSpec("P")
R = TypeVar("R")


class Meter:
    """Measures windows. One sampler process, started on the first `begin`.

    Parameters
    ----------
    interval_s
        The sampling period, in seconds. It shapes the curve; the joules come
        from readings at the window's two edges.

    Examples
    --------
    >>> with Meter() as meter:
    ...     window = meter.begin("epoch")
    ...     train()
    ...     report = window.end()
    """

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        if not SHORTEST_INTERVAL_S <= interval_s <= 3600:
            raise ValueError(
                f"interval_s is {interval_s!r}: give a sampling period between "
                f"{SHORTEST_INTERVAL_S:g} and 3600 seconds (0.1 is ten samples a second)"
            )
        self.interval_s = interval_s
        # A window that its user drops without ending it is ended here.
        self._windows: WeakValueDictionary[str, Window] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._client = SamplerClient(self._on_sample)
        atexit.register(self.close)

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def sampler_pid(self) -> int | None:
        """The sampler's process id, ``None`` while there is none."""
        return self._client.pid

    @property
    def open_windows(self) -> int:
        """How many windows are open."""
        return len(self._windows)

    def discover(self) -> Discovery:
        """Return what this machine can tell and what not, from the sampler's own probe."""
        self._client.start()
        return Discovery(self._client.domains, self._client.missing)

    def begin(self, label: str | None = None, *, stage: str | None = None) -> Window:
        """Open a window; the joules count from now on."""
        window = self.window(Subject(label=label, stage=stage))
        window.begin()
        return window

    def window(self, subject: Subject, on_point: Callable[[Point], None] | None = None) -> Window:
        """Return a window that is ready to begin: the sampler runs, nothing is counted yet.

        Parameters
        ----------
        subject
            What the window is about.
        on_point
            Called from another thread for each new point of the curve.
        """
        self._client.start()
        return Window(self, subject, on_point)

    def close(self) -> None:
        """End the sampler. Windows that are still open end with what was read so far."""
        atexit.unregister(self.close)
        self._client.close()

    def _on_sample(self, sample: Sample) -> None:
        with self._lock:
            windows = list(self._windows.values())
        for window in windows:
            window._add(sample)  # noqa: SLF001  (a window is a part of its meter)
        if sample.mark is not None and sample.mark[0] == END:
            self._forget(sample.mark[1])

    def _open(self, window: Window) -> None:
        with self._lock:
            self._windows[window.run_id] = window
        self._client.begin(window.run_id, self.interval_s)

    def _forget(self, run_id: str) -> None:
        with self._lock:
            self._windows.pop(run_id, None)


class Window:
    """A stretch of time that is measured. Made by :meth:`Meter.begin` or :meth:`Meter.window`."""

    def __init__(
        self, meter: Meter, subject: Subject, on_point: Callable[[Point], None] | None
    ) -> None:
        self.run_id = uuid.uuid4().hex
        self.subject = subject
        self.started_at = (
            datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )
        self._meter = meter
        self._client = meter._client  # noqa: SLF001  (a window is a part of its meter)
        self._trace = Trace(self._client.domains, meter.interval_s)
        self._on_point = on_point
        self._status = "ok"
        self._report: Report | None = None
        self.begin_ns: int | None = None
        self._end_ns: int | None = None

    def begin(self) -> None:
        """Mark the begin of the window. A second call changes nothing."""
        if self.begin_ns is None:
            self.begin_ns = time.monotonic_ns()
            self._meter._open(self)  # noqa: SLF001  (a window is a part of its meter)
            self._dropped = weakref.finalize(self, self._client.end, self.run_id)
            self._dropped.atexit = False

    @property
    def domains(self) -> Sequence[Domain]:
        """What is being read."""
        return self._trace.domains

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What cannot be read, with reasons and remedies."""
        return self._client.missing

    @property
    def interval_s(self) -> float:
        """The sampling period, in seconds."""
        return self._trace.interval_s

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Stretches without samples so far, CLOCK_MONOTONIC in nanoseconds."""
        return self._trace.gaps

    @property
    def report(self) -> Report:
        """The report; waits for the last reading, at most some seconds.

        Raises
        ------
        RuntimeError
            While the window is open.
        """
        if self.begin_ns is None or self._end_ns is None:
            raise RuntimeError("the window has not ended: call begin() and end() first")
        if self._report is None:
            self._client.wait_for_end(self.run_id, END_TIMEOUT_S)
            self._meter._forget(self.run_id)  # noqa: SLF001  (a window is a part of its meter)
            span = Span(self.run_id, self.begin_ns, self._end_ns, self.started_at)
            self._report = summarise(
                span, self.subject, self._status, self._trace, self._client.missing
            )
        return self._report

    @overload
    def end(self, status: str = ..., *, wait: Literal[True] = ...) -> Report: ...
    @overload
    def end(self, status: str = ..., *, wait: Literal[False]) -> None: ...
    def end(self, status: str = "ok", *, wait: bool = True) -> Report | None:
        """Mark the end of the window at once.

        Parameters
        ----------
        status
            ``ok``, ``error`` or ``interrupted``.
        wait
            Whether to wait for the reading at this edge and return the report.
            Otherwise :attr:`report` has it later.

        A second call changes nothing.

        Raises
        ------
        ValueError
            For another status than these.
        RuntimeError
            For a window that has not begun.
        """
        if self.begin_ns is None:
            raise RuntimeError("the window has not begun: call begin() first")
        if status not in STATUSES:
            raise ValueError(f"status is {status!r}, expected one of {', '.join(STATUSES)}")
        if self._end_ns is None:
            self._end_ns = time.monotonic_ns()
            self._status = status
            self._dropped.detach()
            self._client.end(self.run_id)
        return self.report if wait else None

    def _add(self, sample: Sample) -> None:
        if not self._trace.domains:  # the sampler was late to start
            self._trace.domains = self._client.domains
        point = self._trace.add(sample)
        if self._on_point is not None and self._end_ns is None:
            self._on_point(point)


# --- one meter for everybody ----------------------------------------------------------------

_shared: Meter | None = None
_shared_pid = 0


def shared_meter() -> Meter:
    """Return this process's meter, made on the first use (and anew after a fork)."""
    global _shared, _shared_pid
    if _shared is None or _shared_pid != os.getpid():
        _shared, _shared_pid = Meter(), os.getpid()
    return _shared


def close_shared_meter() -> None:
    """End this process's sampler; the next use starts another."""
    global _shared  # noqa: PLW0603  (one sampler per process is the point)
    if _shared is not None and _shared_pid == os.getpid():
        _shared.close()
    _shared = None


def discover() -> Discovery:
    """Return what this machine can tell, what not, why, and the remedy."""
    return shared_meter().discover()


class measure:  # noqa: N801  (used like a function: `with measure("fit"):`)
    """Measure a block: ``with measure("fit", stage="training") as m: …``, then ``m.report``.

    The block's exceptions pass through; the report then has the status
    ``error`` or ``interrupted``.
    """

    def __init__(self, label: str | None = None, *, stage: str | None = None) -> None:
        self._subject = Subject(label=label, stage=stage)
        self._window: Window | None = None

    def __enter__(self) -> measure:
        self._window = shared_meter().window(self._subject)
        self._window.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._window is not None
        self._window.end(status_of(error), wait=False)

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
