"""``python -m benchmarks [--quick] [--out FILE]``: measure, and print the tables."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.testbench.build import BuildError

from . import (
    accuracy,
    between_cells,
    browser,
    bytecode,
    check,
    commands,
    coverage,
    edges,
    footprint,
    forecasts,
    gil,
    kernel,
    layers,
    lengths,
    lives,
    marks,
    panel,
    recorded,
    search,
    short,
    slowdown,
    studies,
)
from .figures import hardware, write
from .machine import LARGE
from .meters import CodeCarbonTracker, JupyterGreen, PyJoules, PyRapl, Zeus, version
from .table import Table

INTRODUCTION = """\
# Benchmarks

jupyter_green next to CodeCarbon, Zeus, pyRAPL and pyJoules, all unmodified, on one machine. \
`make bench` makes these tables again, in `build/benchmarks.md`. This page is its output, the \
figures unedited, including the rows that jupyter_green loses.

None of this is real energy hardware. RAPL and NVML are stand-ins (`tests/testbench`): programs \
that read them find the kernel's files and NVIDIA's library where they always are, but their \
values are computed from a power that is known exactly. So the accuracy here is that of the \
meters' arithmetic and timing, not of sensors: every meter alike has their gain error of some \
percent on top. Reading real hardware costs more than reading a stand-in: some microseconds for a \
RAPL file, and whatever the driver takes for a GPU.

The durations were taken on a shared machine and vary from run to run: read them as orders of \
magnitude, and compare only columns of the same table."""


def _full() -> Iterator[Callable[[], list[Table]]]:
    yield lambda: lengths.tables({0.001: 30, 0.01: 30, 0.1: 30, 1.0: 10, 10.0: 3})
    yield lambda: [accuracy.table(runs=3, window_s=4.0)]
    yield lambda: [recorded.table(windows=8)]
    yield lambda: [coverage.table(windows=1000, at_once=6)]
    yield lambda: [marks.table(windows=40, starts=3)]
    yield lambda: [edges.table(windows=100)]
    yield lambda: [lives.table(lives=300)]
    yield lambda: [search.table(trials=200)]
    yield lambda: kernel.tables(kernels=5, cells=60)
    yield lambda: [slowdown.table(for_s=40.0)]
    yield lambda: [gil.table(runs=3, held_s=5.0)]
    yield lambda: forecasts.tables(trainings=2000, epochs=60)
    yield lambda: [layers.table(studies=40)]
    yield lambda: [footprint.table(watch_s=10.0, idle_s=5.0, windows=10)]
    yield lambda: [between_cells.table(watch_s=60.0, later_s=20.0)]
    yield lambda: browser.tables(for_s=20.0, watch_s=10.0, held_s=5.0, hours=(1, 24))
    yield panel.tables
    yield lambda: [commands.table(runs=30)]
    yield lambda: studies.tables(2000, 500, 500, real_rounds=10)


def _quick() -> Iterator[Callable[[], list[Table]]]:
    yield lambda: lengths.tables({0.001: 2, 0.01: 2, 0.1: 2})
    yield lambda: [accuracy.table(runs=1, window_s=0.6, scenarios=accuracy.SCENARIOS[1:2])]
    yield lambda: [recorded.table(windows=1, kinds=recorded.KINDS[-1:])]
    yield lambda: [coverage.table(windows=6, at_once=1)]
    yield lambda: [marks.table(windows=3, starts=1)]
    yield lambda: [edges.table(windows=3)]
    yield lambda: [lives.table(lives=4)]
    yield lambda: [search.table(trials=10)]
    yield lambda: kernel.tables(kernels=1, cells=3)
    yield lambda: [slowdown.table(for_s=1.0)]
    yield lambda: [gil.table(runs=1, held_s=1.0)]
    yield lambda: forecasts.tables(trainings=50, epochs=5)
    yield lambda: [layers.table(studies=1)]
    yield lambda: [footprint.table(0.5, 0.5, windows=1, machines={"2 sockets, 8 GPUs": LARGE})]
    yield lambda: browser.tables(for_s=2.0, watch_s=1.0, held_s=1.0, hours=(1,))
    yield lambda: panel.tables(updates=10, idle_s=1.0)
    yield lambda: [commands.table(runs=2)]
    yield lambda: studies.tables(30, 30, 5, real_rounds=1)


def _surroundings() -> str:
    """Say what was run on what, without naming the machine."""
    meters = (JupyterGreen, CodeCarbonTracker, Zeus, PyRapl, PyJoules)
    versions = [f"{meter.module} {version(meter) or '(not installed)'}" for meter in meters]
    system = re.match(r"[\d.]+\d", platform.release())
    return (
        f"Run with {', '.join(versions)}, Python {platform.python_version()}, on {hardware()}, "
        f"Linux {system[0] if system else ''}. Load of other programs at the start (mean of a "
        f"minute): {os.getloadavg()[0]:.1f}."
    )


def main() -> None:
    """Measure, print each table as soon as it is there, and keep all of them if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="everything once, in about a minute")
    parser.add_argument("--out", type=Path, help="a Markdown file for the tables; figures beside")
    arguments = parser.parse_args()
    bytecode.compile_package()
    began = time.monotonic()
    texts = [INTRODUCTION, _surroundings()]
    print("\n\n".join(texts), flush=True)
    try:
        for measure in _quick() if arguments.quick else _full():
            for table in measure():
                texts.append(str(table))
                print(f"\n{table}", flush=True)
    except BuildError as error:
        sys.exit(str(error))
    texts.append(
        f"The run took {(time.monotonic() - began) / 60:.0f} minutes; load at its end: "
        f"{os.getloadavg()[0]:.1f}."
    )
    print(f"\n{texts[-1]}")
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text("\n\n".join(texts) + "\n", encoding="utf-8")
        if not arguments.quick:
            kept = check.keep(check.RUNS, short.MEASUREMENTS)
            write(kept, arguments.out.with_suffix(".json"))


if __name__ == "__main__":
    main()
