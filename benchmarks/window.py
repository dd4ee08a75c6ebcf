"""One window of a meter in this process, and the two edges between which the truth is known."""

from __future__ import annotations

import time
from collections.abc import Callable

from .meters import Joules, Meter

Edges = tuple[int, int]
"""The return of `begin` and the call of `end`, in nanoseconds."""


def warm(kind: type[Meter]) -> Meter:
    """Return a meter that has measured once, so that its first use is over."""
    kind.load()
    meter = kind()
    meter.prepare()
    measure(meter, lambda: time.sleep(0.2))
    return meter


def measure(meter: Meter, work: Callable[[], object]) -> tuple[Edges, Joules]:
    """Measure some work with a meter that is prepared."""
    meter.ready()
    meter.begin()
    begin_ns = time.monotonic_ns()
    work()
    end_ns = time.monotonic_ns()
    meter.end()
    return (begin_ns, end_ns), meter.energy_j()


def sleep_until(t_ns: int) -> None:
    """Sleep until a time, not at all if it has passed."""
    time.sleep(max(0, t_ns - time.monotonic_ns()) * 1e-9)
