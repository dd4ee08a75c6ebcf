"""``python -m benchmarks.check``: whether a promise was lost since the last committed figures.

Each measurement of the short form is made once. Where a ratio is worse than the committed one by
more than its noise, it is made twice more: other programs make one run slow, and a loss all three.
With ``--keep RUNS`` the figures are measured so often, and written instead.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.testbench.build import BuildError

from . import bytecode, short
from .figures import Figures, Measured, figures, hardware, is_lost, most_worse, read, write
from .program import CHECKOUT, ProgramError
from .table import Table

COMMITTED = CHECKOUT / "docs" / "benchmarks.json"
TIMES = 3
"""How often what seems lost is measured in all."""
RUNS = 3

Measurement = Callable[[], dict[str, Measured]]


def check(committed: Figures, measurements: Iterable[Measurement]) -> tuple[Table, list[str]]:
    """Measure; return a table of all figures, and the names of those that are lost."""
    is_same = committed.hardware == hardware()
    known = {each.name: each for each in committed}

    def lost_in(found: Mapping[str, Measured]) -> set[str]:
        return {
            name
            for name, now in found.items()
            if name in known and is_lost(known[name], now, is_same_hardware=is_same)
        }

    rows, lost = [], []
    for measurement in measurements:
        found = _measured(measurement)
        worse = lost_in(found)
        for _ in range(TIMES - 1):
            if worse:
                again = _measured(measurement)
                found |= {name: again[name] for name in worse - lost_in(again) if name in again}
                worse &= lost_in(again)
        lost += sorted(worse)
        for name, now in found.items():
            if name not in known:
                rows.append([name, "new", "", f"{now.ratio:.4g}", now.here, ""])
                continue
            figure = known[name]
            rows.append(
                [
                    figure.title,
                    f"{figure.ratio:.4g} {figure.unit}",
                    f"{most_worse(figure, is_same_hardware=is_same):.2g}",
                    f"{now.ratio:.4g}",
                    f"{now.here} (then {figure.here})",
                    "LOST" if name in worse else "",
                ]
            )
    machine = "the same hardware" if is_same else f"other hardware ({committed.hardware})"
    return Table(
        "Promises",
        f"Committed on {committed.when}, on {machine}.",
        ("", "committed", "noise", "now", "here", ""),
        rows,
    ), lost


def keep(runs: int, measurements: Iterable[Measurement]) -> Figures:
    """Measure so often."""
    found: list[dict[str, Measured]] = []
    for _ in range(runs):
        found.append({})
        for measurement in measurements:
            found[-1] |= _measured(measurement)
    return figures(short.KEPT, found)


def _measured(measurement: Measurement) -> dict[str, Measured]:
    try:
        return measurement()
    except (ProgramError, RuntimeError) as error:
        print(f"{measurement.__name__}: not measured: {error}", file=sys.stderr)
        return {}


def main() -> None:
    """Check against the committed figures, or keep new ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.add_argument("--against", type=Path, default=COMMITTED, help="the committed figures")
    parser.add_argument("--keep", type=int, metavar="RUNS", help="measure, and write the figures")
    parser.add_argument("--only", default="", help="measurements with this in their name")
    arguments = parser.parse_args()
    bytecode.compile_package()
    chosen = [each for each in short.MEASUREMENTS if arguments.only in each.__name__]
    began = time.monotonic()
    lost: list[str] = []
    try:
        if arguments.keep:
            write(keep(arguments.keep, chosen), arguments.against)
        else:
            table, lost = check(read(arguments.against), chosen)
            print(table)
    except BuildError as error:
        sys.exit(str(error))
    print(f"\nThis took {time.monotonic() - began:.0f} s.")
    if lost:
        sys.exit(f"lost: {', '.join(lost)}")


if __name__ == "__main__":
    main()
