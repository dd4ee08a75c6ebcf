"""``python -m benchmarks [--quick] [--out FILE]``: measure, and print the tables."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.testbench.build import BuildError

from . import accuracy, footprint, gil, kernel, marks
from .meters import CodeCarbonTracker, JupyterGreen, PyRapl, Zeus, version
from .table import Table

INTRODUCTION = """\
# Benchmarks

jupyter_green beside CodeCarbon, Zeus and pyRAPL, all unmodified, in one run on one machine. \
`make bench` makes these tables anew.

None of this is real energy hardware. RAPL and NVML are stand-ins (`tests/testbench`): programs \
that read them find the kernel's files and NVIDIA's library where they always are, but what these \
show is computed from a power that is known exactly. So the accuracy here is that of the meters' \
arithmetic and timing, not of sensors, whose own gain error of some percent comes on top for \
every meter alike. Reading real hardware costs more than reading a stand-in: some \
microseconds for a RAPL file, and whatever the driver takes for a GPU.

The durations were taken on a shared machine and move from run to run: read them as orders of \
magnitude, and the columns of one table beside each other."""


def _full() -> Iterator[Callable[[], list[Table]]]:
    yield lambda: [marks.table(windows=80, starts=5)]
    yield lambda: kernel.tables(kernels=7, cells=100)
    yield lambda: [accuracy.table(runs=3, window_s=5.0)]
    yield lambda: [gil.table(runs=3, held_s=5.0)]
    yield lambda: [footprint.table(watch_s=10.0, idle_s=5.0)]


def _quick() -> Iterator[Callable[[], list[Table]]]:
    yield lambda: [marks.table(windows=10, starts=1)]
    yield lambda: kernel.tables(kernels=1, cells=10)
    yield lambda: [accuracy.table(runs=1, window_s=1.0)]
    yield lambda: [gil.table(runs=1, held_s=2.0)]
    yield lambda: [footprint.table(watch_s=1.0, idle_s=1.0)]


def _surroundings() -> str:
    """Say what was run on what, without naming the machine."""
    meters = (JupyterGreen, CodeCarbonTracker, Zeus, PyRapl)
    versions = [f"{meter.module} {version(meter) or '(not installed)'}" for meter in meters]
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    cpu = model[1] if model else platform.machine()
    system = re.match(r"[\d.]+\d", platform.release())
    return (
        f"Run with {', '.join(versions)}, Python {platform.python_version()}, on {os.cpu_count()} "
        f"cores of {cpu}, Linux {system[0] if system else ''}."
    )


def main() -> None:
    """Measure, print each table as soon as it is there, and keep all of them if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="everything in about a minute")
    parser.add_argument("--out", type=Path, help="a Markdown file for the tables")
    arguments = parser.parse_args()
    texts = [INTRODUCTION, _surroundings()]
    print("\n\n".join(texts), flush=True)
    try:
        for measure in _quick() if arguments.quick else _full():
            for table in measure():
                texts.append(str(table))
                print(f"\n{table}", flush=True)
    except BuildError as error:
        sys.exit(str(error))
    if arguments.out:
        arguments.out.write_text("\n\n".join(texts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
