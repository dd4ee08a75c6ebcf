"""Kernels' lives, in which samplers die, sensors fail and programs fork: what becomes of joules.

python -m benchmarks.lives [--lives N] [--first SEED] [--programs]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.testbench.lives import Life, live
from tests.testbench.program_lives import live_together

from .table import Table


def lived(seed: int) -> Life:
    with tempfile.TemporaryDirectory() as folder:
        return live(Path(folder), seed)


def lived_together(seed: int) -> Life:
    with tempfile.TemporaryDirectory() as folder:
        return live_together(Path(folder), seed)


def table(lives: int, first: int = 0, workers: int = 2) -> Table:
    """Return what was seen of so many lives in virtual time."""
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(lived, range(first, first + lives), chunksize=10))
    return Table(
        "Kernels' lives",
        f"{lives} kernels in virtual time, with two to eight metered cells each, some within each "
        "other, of 1 ms to 4 s, on one package and up to two GPUs. In some the sampler is killed "
        "or hangs, reads fail, a counter restarts, or another program meters the machine. A figure "
        "is wrong if it is off by more than three half-widths and no flag says why; what another "
        "program claims as well has to be told.",
        ["", "count"],
        *_seen(found, first),
    )


def table_of_programs(lives: int, first: int = 0, workers: int = 2) -> Table:
    """Return what was seen of so many groups of real programs."""
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(lived_together, range(first, first + lives)))
    return Table(
        "Programs' lives",
        f"{lives} times one to three real programs, which meter a stand-in GPU of 30 to 350 W at "
        "the same time, in windows of 10 ms to 0.6 s, some within each other. Some find modules in "
        "the way, a wrong `PYTHONHOME`, no home, no folder, no `sys.executable`, no more files, or "
        "no standard input; some fork a child that meters or outlives the window; samplers and "
        "programs are killed. Wrong is what is wrong above, a window without joules and without a "
        "reason, and a program that hangs or fails.",
        ["", "count"],
        *_seen(found, first),
    )


def _seen(found: Sequence[Life], first: int) -> tuple[list[list[str]], str]:
    """Return the rows of a table, and below it what was wrong."""
    troubles = Counter(trouble for life in found for trouble in life.troubles)
    wrong = [(seed, words) for seed, life in enumerate(found, first) for words in life.wrong]
    rows = [
        ["windows", str(sum(life.windows for life in found))],
        *([f"… in which {what}", str(count)] for what, count in sorted(troubles.items())),
        ["figures that were wrong, or lost, without a word", str(len(wrong))],
        ["samplers left", str(sum(life.left for life in found))],
    ]
    return rows, "\n".join(f"- seed {seed}: {words}" for seed, words in wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lives", description=__doc__)
    parser.add_argument("--lives", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--programs", action="store_true", help="real programs, in real time")
    arguments = parser.parse_args()
    made = table_of_programs if arguments.programs else table
    print(made(arguments.lives, arguments.first))
