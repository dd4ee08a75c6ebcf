"""What a window costs its caller: import, first use, begin, end, and the wait for the figures."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from .machine import SMALL, Machine, machine_with
from .meters import (
    METERS,
    CodeCarbonTask,
    CodeCarbonTracker,
    JupyterGreen,
    JupyterGreenWaiting,
    Meter,
    PyJoules,
    PyRapl,
    Zeus,
    absent,
)
from .program import Parent, ProgramError
from .table import Table, failed, typical_ms, unmeasured

MEASURED = (
    JupyterGreen,
    JupyterGreenWaiting,
    CodeCarbonTracker,
    CodeCarbonTask,
    Zeus,
    PyRapl,
    PyJoules,
)

# Below 50 ms CodeCarbon's `stop` leaves the last measurement out.
WINDOW_S = 0.06

_HEADS = ("", "import", "first use", "made ready", "begin", "end", "figures after end")
_STEPS = ("import", "first", "ready", "begin", "end", "figures")


def table(windows: int, starts: int) -> Table:
    """Measure `windows` windows of each meter, and its start in `starts` fresh processes."""
    rows = []
    with machine_with(SMALL) as machine:
        for meter in MEASURED:
            if reason := absent(meter):
                rows.append(unmeasured(meter.title, reason, len(_HEADS)))
                continue
            try:
                rows.append([meter.title, *_figures(machine, meter, windows, starts)])
            except ProgramError as error:
                rows.append(failed(meter.title, error, len(_HEADS)))
    return Table(
        "Overhead of a window for its caller, in ms",
        f"Median (95th percentile). Windows of {WINDOW_S * 1e3:.0f} ms: {windows}; fresh "
        f"processes, for `import` and `first use`: {starts}. First use is the time from making "
        "the meter to its first open window.",
        _HEADS,
        rows,
        "The aim is a begin and an end under 0.5 ms. jupyter_green only marks the edges: its "
        "sampler reads the hardware. Making a window ready has the counters read once before the "
        "begin (`Meter.window`; `Meter.begin` does both). The figure is final once the counters' "
        "refreshes after the end have been seen, 0.1 to 0.25 s later for a GPU: `end(wait=False)` "
        "(first row) returns at once, and the last column is the time that asking for the report "
        "then takes; `end()` (second row) waits for it. The other meters return from `end` with "
        "the difference of two readings. Each RAPL counter is a plain file here and takes some "
        "microseconds more on real hardware.",
    )


def _figures(machine: Machine, meter: type[Meter], windows: int, starts: int) -> Iterator[str]:
    durations_s: dict[str, list[float]] = {step: [] for step in _STEPS}
    for start in range(starts):
        count = windows if start == 0 else 0
        with machine.start_on_files("benchmarks.marks", meter.__name__, count) as program:
            for step, values in program.answer().items():
                durations_s[step] += values
    return (typical_ms(durations_s[step]) for step in _STEPS)


def measure(kind: type[Meter], windows: int) -> dict[str, list[float]]:
    """Time each step in this process; return seconds."""
    clock = time.perf_counter
    began = clock()
    kind.load()
    loaded = clock()
    meter = kind()
    meter.prepare()
    meter.ready()
    meter.begin()
    opened = clock()
    time.sleep(WINDOW_S)
    meter.end()
    meter.energy_j()
    steps: dict[str, list[float]] = {"import": [loaded - began], "first": [opened - loaded]}
    for _ in range(windows):
        meter.prepare()
        time.sleep(WINDOW_S)
        for step, do in (
            ("ready", meter.ready),
            ("begin", meter.begin),
            ("end", meter.end),
            ("figures", meter.energy_j),
        ):
            if step == "end":
                time.sleep(WINDOW_S)
            before = clock()
            do()
            steps.setdefault(step, []).append(clock() - before)
    return steps


if __name__ == "__main__":
    parent = Parent()
    parent.say(measure(METERS[sys.argv[1]], int(sys.argv[2])))
