"""What loading a meter and metering a cell cost in a notebook's kernel."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from tests.testbench.kernel import LAB

from .front_end import FrontEnd
from .machine import SMALL, Machine, machine_with
from .meters import CodeCarbonTask, JupyterGreen, Meter, Zeus, absent
from .program import Parent, ProgramError
from .table import Table, failed, percentile, typical_ms, unmeasured


@dataclass(frozen=True)
class Way:
    """One way to meter a cell: what is run once, and the cell around ``pass``."""

    title: str
    meter: type[Meter]
    load: str
    cell: str
    make: str = "pass"
    metadata: Mapping[str, str] = field(default_factory=dict)


_LOAD = "get_ipython().run_line_magic('load_ext', 'jupyter_green')"
_TRACKER = (
    "tracker = OfflineEmissionsTracker(country_iso_code='DEU', output_methods=[], "
    "log_level='critical')"
)

LIVE = Way("`%%energy`, live widget", JupyterGreen, _LOAD, "%%energy\npass", metadata=LAB)
STATIC = Way("`%%energy`, no widget front end", JupyterGreen, _LOAD, "%%energy\npass")
QUIET = Way("`%%energy -q`", JupyterGreen, _LOAD, "%%energy -q\npass")
CODECARBON = Way(
    "CodeCarbon task",
    CodeCarbonTask,
    "from codecarbon import OfflineEmissionsTracker",
    "tracker.start_task()\npass\ntracker.stop_task();",
    _TRACKER,
)
ZEUS = Way(
    "Zeus window",
    Zeus,
    "from zeus.monitor import ZeusMonitor",
    "monitor.begin_window('cell', sync_execution=False)\npass\n"
    "monitor.end_window('cell', sync_execution=False);",
    "monitor = ZeusMonitor()",
)
WAYS = {way.title: way for way in (LIVE, STATIC, QUIET, CODECARBON, ZEUS)}
LOADED = {
    "`%load_ext jupyter_green`": LIVE,
    "`import` of CodeCarbon": CODECARBON,
    "`import` of Zeus": ZEUS,
}

_LOAD_HEADS = ("", "in the kernel", "round trip above `pass`", "first metered cell")
_CELL_HEADS = (
    "",
    "bare `pass`",
    "metered `pass`",
    "added, median",
    "added, 95th percentile",
    "added without rests",
)
REST_S = 0.5
"""By then all has been done that a cell leaves to be done after it."""


@dataclass
class Loading:
    """Durations in one fresh kernel, in seconds."""

    inside_s: float
    round_trip_s: float
    first_cell_s: float


def tables(kernels: int, cells: int) -> list[Table]:
    """Measure the loading in `kernels` fresh kernels and `cells` pairs of cells."""
    with machine_with(SMALL) as machine:
        return [_loading(machine, kernels), _metering(machine, cells)]


def _loading(machine: Machine, kernels: int) -> Table:
    rows = []
    for title, way in LOADED.items():
        if reason := absent(way.meter):
            rows.append(unmeasured(title, reason, len(_LOAD_HEADS)))
            continue
        try:
            with machine.start_on_files("benchmarks.kernel", "load", way.title, kernels) as program:
                loadings = [Loading(**entry) for entry in program.answer()]
        except ProgramError as error:
            rows.append(failed(title, error, len(_LOAD_HEADS)))
            continue
        columns = (
            [loading.inside_s for loading in loadings],
            [loading.round_trip_s for loading in loadings],
            [loading.first_cell_s for loading in loadings],
        )
        rows.append([title, *(typical_ms(column) for column in columns)])
    return Table(
        "Loading in a fresh kernel, in ms",
        f"Median (95th percentile); fresh kernels: {kernels}. The first metered cell is the round "
        "trip of a metered `pass`, including whatever the meter starts then.",
        _LOAD_HEADS,
        rows,
        "The aim is `%load_ext` under 150 ms.",
    )


def _metering(machine: Machine, cells: int) -> Table:
    rows = []
    for way in WAYS.values():
        if reason := absent(way.meter):
            rows.append(unmeasured(way.title, reason, len(_CELL_HEADS)))
            continue
        try:
            with machine.start_on_files("benchmarks.kernel", "pairs", way.title, cells) as program:
                bare_s, metered_s, added_in_a_row_s = program.answer()
        except ProgramError as error:
            rows.append(failed(way.title, error, len(_CELL_HEADS)))
            continue
        added_s = [metered - bare for bare, metered in zip(bare_s, metered_s, strict=True)]
        rows.append(
            [
                way.title,
                typical_ms(bare_s),
                typical_ms(metered_s),
                f"{statistics.median(added_s) * 1e3:.1f}",
                f"{percentile(added_s, 0.95) * 1e3:.1f}",
                f"{statistics.median(added_in_a_row_s) * 1e3:.1f}",
            ]
        )
    return Table(
        "A metered `pass` next to a bare one, in ms",
        "Round trip from the request until the kernel is idle again, after the first use. Median "
        f"(95th percentile); pairs of cells, one after the other: {cells}, each cell after a rest "
        f"of {REST_S:g} s; and as many without rests, where a cell is held up by what the ones "
        "before have left to be done.",
        _CELL_HEADS,
        rows,
        "The aim is less than 20 ms added. With a live widget, `%%energy` puts the final report "
        "into the cell's output later. A front end without widgets takes no output once a cell has "
        "ended: there a cell waits for its final figure, a few milliseconds for RAPL and up to "
        "0.25 s for counters like NVML's (200 ms with two boards, for a cell that is shorter than "
        "that). The other tools' cells discard the figures.",
    )


def measure_loading(way: Way, kernels: int) -> list[Loading]:
    """Load in fresh kernels."""
    loadings = []
    for _ in range(kernels):
        with FrontEnd() as front_end:
            front_end.run("import time")
            bare_s = statistics.median(front_end.timed("pass")[0] for _ in range(9))
            timed = f"_t = time.perf_counter()\n{way.load}\nprint(time.perf_counter() - _t)"
            load_s, printed = front_end.timed(timed)
            front_end.run(way.make)
            first_s, _ = front_end.timed(way.cell, way.metadata)
            loadings.append(Loading(float(printed.split()[-1]), load_s - bare_s, first_s))
    return loadings


def measure_pairs(way: Way, cells: int) -> tuple[list[float], list[float], list[float]]:
    """Run bare and metered cells in turn.

    Returns
    -------
    tuple
        Both kinds' round trips after rests, and what a metered one adds without, in seconds.
    """
    with FrontEnd() as front_end:
        for code in (way.load, way.make):
            front_end.run(code)
        for _ in range(3):
            front_end.run(way.cell, way.metadata)

        def pair(rest_s: float) -> tuple[float, float]:
            trips_s = []
            for cell in ("pass", way.cell):
                time.sleep(rest_s)
                trips_s.append(front_end.timed(cell, way.metadata)[0])
            return trips_s[0], trips_s[1]

        rested = [pair(REST_S) for _ in range(cells)]
        in_a_row = [pair(0.0) for _ in range(cells)]
    return [p[0] for p in rested], [p[1] for p in rested], [p[1] - p[0] for p in in_a_row]


if __name__ == "__main__":
    parent = Parent()
    what, title, count = sys.argv[1:]
    if what == "load":
        parent.say([asdict(loading) for loading in measure_loading(WAYS[title], int(count))])
    else:
        parent.say(measure_pairs(WAYS[title], int(count)))
