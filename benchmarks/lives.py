"""Kernels' lives in virtual time, in which samplers die and sensors fail: what becomes of joules.

python -m benchmarks.lives [--lives N] [--first SEED]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.testbench.lives import Life, live

from .table import Table


def lived(seed: int) -> Life:
    with tempfile.TemporaryDirectory() as folder:
        return live(Path(folder), seed)


def table(lives: int, first: int = 0, workers: int = 2) -> Table:
    """Return what was seen of so many lives."""
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(lived, range(first, first + lives), chunksize=10))
    troubles = Counter(trouble for life in found for trouble in life.troubles)
    wrong = [(seed, words) for seed, life in enumerate(found, first) for words in life.wrong]
    rows = [
        ["windows", str(sum(life.windows for life in found))],
        *([f"… in which {what}", str(count)] for what, count in sorted(troubles.items())),
        ["figures that were wrong, or lost, without a word", str(len(wrong))],
        ["samplers left", str(sum(life.left for life in found))],
    ]
    return Table(
        "Kernels' lives",
        f"{lives} kernels in virtual time, with two to eight metered cells each, some within each "
        "other, of 1 ms to 4 s, on one package and up to two GPUs. In some the sampler is killed "
        "or hangs, reads fail, a counter restarts, or another program meters the machine. A figure "
        "is wrong if it is off by more than three half-widths and no flag says why; what another "
        "program claims as well has to be told.",
        ["", "count"],
        rows,
        "\n".join(f"- seed {seed}: {words}" for seed, words in wrong),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lives", description=__doc__)
    parser.add_argument("--lives", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    arguments = parser.parse_args()
    print(table(arguments.lives, arguments.first))
