"""How much slower cells run while they are metered ten times a second.

On a shared machine the speed of a core wanders by some percent within a second,
so runs with and without a meter, one after the other, tell nothing below that.
But all that a meter does, it does at its samples. So the two that are compared
here are milliseconds apart: runs of a cell around a sample, and runs just before
and after them. The same half-way between two samples, where nothing is done, is
taken off: so what else delays a run now and then is in both alike.
"""

from __future__ import annotations

import bisect
import json
import math
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from .machine import SMALL, machine_with
from .program import Parent, ProgramError
from .table import Table, failed

INTERVAL_S = 0.1
FIRST_STRETCH_S = 1.2
"""From the begin on: jupyter_green samples more often in a window's first second."""
AROUND_S = (-0.001, 0.012)
"""Of a sample's time: when it is taken, sent, received and booked."""
BESIDE_S = 0.015
"""Before and after that: the runs that it is compared with."""
RESAMPLES = 2000
TRIMMED = 0.1
"""The share of the samples left out at each end: those at which something else was running."""

TITLE = "jupyter_green at 10 Hz"

Cell = Callable[[], object]
Run = tuple[float, float]
"""Begin and end of one run of a cell, CLOCK_MONOTONIC in seconds."""


def table(for_s: float) -> Table:
    """Run each cell for `for_s` seconds."""
    names = list(cells())
    try:
        with (
            machine_with(SMALL) as machine,
            machine.start_on_files("benchmarks.slowdown", for_s) as program,
        ):
            found = program.answer()
        row = [TITLE, *(_figure(found[name]) for name in names)]
    except ProgramError as error:
        row = failed(TITLE, error, len(names) + 1)
    return Table(
        "Run time of a metered cell, as a multiple of the unmetered cell's",
        f"Each cell of 2 to 5 ms is repeated for {for_s:g} s in an open window. Each sample gives "
        "a pair: the runs around it against those in the milliseconds before and after, and the "
        "same half-way to the next sample. Mean of the differences without "
        f"the highest and lowest {TRIMMED:.0%} of the pairs, and its 95 % interval (bootstrap).",
        ["", *names],
        [row],
        "The aim is an interval that includes 1 or lies below 1.005. This is wall-clock time, so "
        "it includes what the kernel's own thread and the sampler take from a cell.",
    )


def _figure(extra_s: Sequence[float]) -> str:
    low, high = interval(extra_s)
    ratio, low, high = (1 + extra / INTERVAL_S for extra in (trimmed_mean(extra_s), low, high))
    return f"{ratio:.4f} ({low:.4f} … {high:.4f})"


def trimmed_mean(values: Sequence[float]) -> float:
    """Return the mean without the highest and the lowest."""
    cut = math.floor(TRIMMED * len(values))
    return statistics.fmean(sorted(values)[cut : len(values) - cut])


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the trimmed mean, by the percentile bootstrap."""
    means = sorted(trimmed_mean(random.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return means[round(0.025 * RESAMPLES)], means[round(0.975 * RESAMPLES) - 1]


def cells() -> dict[str, Cell]:
    """Return the cells, each of some milliseconds and on one core."""
    import numpy as np

    small = np.random.default_rng(1).random(40_000)
    large = np.zeros(4_000_000)  # 32 MB, more than a core's own caches hold
    text = json.dumps([{"id": i, "name": f"name {i}", "value": i / 7} for i in range(2500)])
    pattern = re.compile(r"\"(\w+)\": \"?([^\",}]+)")

    def pure_python() -> int:
        return sum(i * i % 7 for i in range(60_000))

    def numpy() -> float:
        return float(np.sort(np.exp(np.sin(small))).sum())

    def regex() -> int:
        return len(pattern.findall(text))

    def memory_bound() -> None:
        large[...] += 1.0

    return {
        "pure Python": pure_python,
        "numpy": numpy,
        "regular expressions": regex,
        "memory-bound": memory_bound,
    }


def measure(for_s: float) -> dict[str, list[float]]:
    """Return what the runs around each sample took longer, in seconds, by cell and way."""
    import jupyter_green
    from jupyter_green.meter.summary import Subject
    from jupyter_green.meter.trace import Point

    found = {}
    with jupyter_green.Meter(interval_s=INTERVAL_S) as meter:
        for name, cell in cells().items():
            points: list[Point] = []
            window = meter.window(Subject(), points.append)
            window.begin()
            time.sleep(FIRST_STRETCH_S)
            runs = _repeat(cell, for_s)
            window.end()
            sampled_s = [point.t_ns * 1e-9 for point in points]
            pairs = ((extra_s(runs, t), extra_s(runs, t + INTERVAL_S / 2)) for t in sampled_s)
            found[name] = [a - b for a, b in pairs if a is not None and b is not None]
    return found


def _repeat(cell: Cell, for_s: float) -> list[Run]:
    clock = time.monotonic
    until = clock() + for_s
    began = clock()
    runs = []
    while began < until:
        cell()
        ended = clock()
        runs.append((began, ended))
        began = ended
    return runs


def extra_s(runs: Sequence[Run], t_s: float) -> float | None:
    """Return by how much the runs around a time took longer than those beside them."""
    around = _between(runs, t_s + AROUND_S[0], t_s + AROUND_S[1])
    before = _between(runs, t_s + AROUND_S[0] - BESIDE_S, t_s + AROUND_S[0])
    after = _between(runs, t_s + AROUND_S[1], t_s + AROUND_S[1] + BESIDE_S)
    if not (before and around and after):
        return None
    usual_s = (_mean_s(before[:-1] or before) + _mean_s(after[1:] or after)) / 2
    return sum(ended - began - usual_s for began, ended in around)


def _between(runs: Sequence[Run], from_s: float, until_s: float) -> Sequence[Run]:
    """Return the runs of which a part lies between two times."""
    first = bisect.bisect_right(runs, from_s, key=lambda run: run[1])
    last = bisect.bisect_left(runs, until_s, key=lambda run: run[0])
    return runs[first:last]


def _mean_s(runs: Sequence[Run]) -> float:
    return statistics.fmean(ended - began for began, ended in runs)


if __name__ == "__main__":
    parent = Parent()
    parent.say(measure(float(sys.argv[1])))
