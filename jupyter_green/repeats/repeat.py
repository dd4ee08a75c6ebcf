"""Joules of a short piece of code, from many loops in several runs: ``timeit`` for energy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat as times

from ..clock import now_ns
from ..meter.meter import Meter
from ..meter.summary import Subject
from ..meter.window import Window
from ..report.stages import Stages, hinted
from .metered_run import collection_off, open_window
from .result import Repeats
from .run_length import run_length_s

MOST_REPEATS = 7
"""The usual number of runs, as with ``%timeit``."""
LEAST_REPEATS = 3
TOTAL_S = 10.0
"""About how long all runs take together, if neither loops nor repeats are given."""


def looped(body: Callable[[], object]) -> Callable[[int], object]:
    """Return a function ``run(n)`` that calls `body` n times."""

    def run(loops: int) -> None:
        for _ in times(None, loops):
            body()

    return run


def repeat(
    meter: Meter,
    run: Callable[[int], object],
    *,
    loops: int | None = None,
    repeats: int | None = None,
    setup: Callable[[], object] | None = None,
    on_run: Callable[[int, int], object] | None = None,
    label: str | None = None,
    stage: Stages = None,
) -> Repeats:
    """Measure runs of the same number of loops each, with garbage collection off as in `timeit`.

    Parameters
    ----------
    run
        ``run(n)`` executes the code n times; ``looped(function)`` makes one.
    loops
        Loops in a run. ``None`` takes as many as the coarsest counted sensor needs:
        100 of its refreshes (an uncertainty of about 1 %), or fewer, but at least 20,
        where the runs would take longer than 10 s in total.
    repeats
        Runs. ``None`` makes 7, fewer (at least 3) where they take longer than 10 s in total.
    setup
        Called before each run, not measured.
    on_run
        Called after each run with the number of runs done and of all runs.
    label, stage
        For the reports of the runs; one stage or several.

    Raises
    ------
    ValueError
        For a number of loops or repeats below 1, and a stage that is empty or too long.

    Exceptions of `run` pass through.
    """
    for name, number in (("loops", loops), ("repeats", repeats)):
        if number is not None and number < 1:
            raise ValueError(f"{name} is {number}: give 1 or more, or None to have it chosen")

    subject = Subject(label=label, stage=hinted(stage))

    def once(n: int) -> _Run:
        if setup is not None:
            setup()
        return _measured(meter.window(subject), run, n)

    if loops is None:
        run_s = run_length_s(meter.discover().domains, TOTAL_S / (repeats or MOST_REPEATS))
        loops, runs = _long_enough(once, run_s)
    else:
        runs = [once(loops)]
    if repeats is None:
        fitting = int(TOTAL_S / max(min(made.duration_s for made in runs), 1e-9))
        repeats = min(MOST_REPEATS, max(LEAST_REPEATS, fitting))
    while True:
        if on_run is not None:
            on_run(min(len(runs), repeats), repeats)
        if len(runs) >= repeats:
            break
        runs.append(once(loops))
    return Repeats(loops, tuple(made.window.report for made in runs[-repeats:]))


@dataclass(frozen=True)
class _Run:
    """A run that has ended: its window and how long its loops took."""

    window: Window
    duration_s: float


def _measured(window: Window, run: Callable[[int], object], loops: int) -> _Run:
    with collection_off(), open_window(window):
        begin_ns = now_ns()
        run(loops)
        duration_s = (now_ns() - begin_ns) * 1e-9
    return _Run(window, duration_s)


def _long_enough(once: Callable[[int], _Run], run_s: float) -> tuple[int, list[_Run]]:
    """Return a number of loops that takes about `run_s`, and the first two runs of that many.

    The second must be long as well: caches and imports may take most of a first one.
    """
    loops = 1
    while True:
        made = [once(loops)]
        if made[0].duration_s >= 0.8 * run_s:
            made.append(once(loops))
            if made[1].duration_s >= 0.5 * run_s:
                return loops, made
        growth = min(10.0, run_s / max(made[-1].duration_s, 1e-9))
        loops = _round_up(max(loops + 1, math.ceil(loops * growth)))


def _round_up(number: int) -> int:
    """Return the next number with one significant digit."""
    step: int = 10 ** (len(str(number)) - 1)
    return -(-number // step) * step
