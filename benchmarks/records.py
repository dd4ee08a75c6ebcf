"""``python -m benchmarks.records [--number N]``: read mutated records, and use what is accepted.

Real records are mutated at random, with a seed. Of each is seen whether reading it raises
anything but ``ReportError``, how long it takes and how much memory; what is accepted is printed
by each view, written again, added up and compared, and each place and kind of change is
plotted and framed once.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_green.report.fields import ReportError
from jupyter_green.report.report import Report
from tests.testbench.mutations import Mutation, mutations
from tests.testbench.records import real_records
from tests.testbench.uses import framed, lost, plotted, unfit, used

MOST_S = 0.05
MOST_BYTES = 50e6
LONGEST_ERROR = 500
TRACED = 20
"""One reading in so many is done once more with its memory traced, which makes it slow."""
SHOWN = 20


@dataclass
class Found:
    """What came of all mutations."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    largest_bytes: int = 0
    plotted: set[tuple[Any, ...]] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def problem(self, kind: str, mutation: Mutation, what: object) -> None:
        """Count what went wrong, and keep the first ones."""
        self.counts[kind] += 1
        if len(self.problems) < SHOWN:
            self.problems.append(f"{kind}: {mutation.original}, {mutation.changes}: {what!r:.300}")


def main() -> int:
    """Run all, print a table, and return 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.records", description=__doc__)
    parser.add_argument("--number", type=int, default=250_000, metavar="N")
    parser.add_argument("--seed", type=int, default=20_261_128, metavar="N")
    arguments = parser.parse_args()
    found = Found()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        records = real_records(Path(folder))
    beside = Report.from_dict(records["measured and estimated"])
    for mutation in mutations(records, arguments.seed, arguments.number):
        report = _read(mutation, found)
        if report is not None:
            _use(report, beside, mutation, found)
    _print(found, arguments.number, time.monotonic() - began_s)
    return 1 if found.problems else 0


def _read(mutation: Mutation, found: Found) -> Report | None:
    """Read a mutated record; ``None`` where it is refused."""
    found.counts["mutations"] += 1
    report = None
    begin_s = time.thread_time()
    try:
        report = Report.from_dict(mutation.record)
        found.counts["accepted"] += 1
    except ReportError as error:
        found.counts["refused"] += 1
        text = str(error)
        if len(text) > LONGEST_ERROR or unfit(text) or not text.startswith("report"):
            found.problem("a reason that is long, or names no field", mutation, text)
    except Exception as error:  # noqa: BLE001  (it is what is looked for)
        found.problem("another error than ReportError", mutation, error)
    took_s = time.thread_time() - begin_s
    found.slowest_s = max(found.slowest_s, took_s)
    if took_s > MOST_S:
        found.problem("slower than 50 ms", mutation, took_s)
    if found.counts["mutations"] % TRACED == 0:
        _trace(mutation, found)
    return report


def _trace(mutation: Mutation, found: Found) -> None:
    """Read a record once more, and see how much memory that takes."""
    tracemalloc.start()
    with contextlib.suppress(Exception):
        Report.from_dict(mutation.record)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    found.largest_bytes = max(found.largest_bytes, peak_bytes)
    if peak_bytes > MOST_BYTES:
        found.problem("more than 50 MB", mutation, peak_bytes)


def _use(report: Report, beside: Report, mutation: Mutation, found: Found) -> None:
    """Do with an accepted record what is done with reports."""
    try:
        if missed := lost(mutation.record, report.to_dict()):
            found.problem("does not come back", mutation, missed)
        used(report, beside)
        kind = tuple((change, _field(place)) for change, place in mutation.changes)
        if len(kind) == 1 and kind not in found.plotted:
            found.plotted.add(kind)
            plotted(report)
            framed(report)
    except Exception as error:  # noqa: BLE001  (it is what is looked for)
        found.problem("accepted, but cannot be used", mutation, error)


def _field(place: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return a place without the numbers of items."""
    return tuple(step for step in place if isinstance(step, str))


def _print(found: Found, number: int, took_s: float) -> None:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = (
        ("mutations of real records", f"{number:,}"),
        ("refused with a ReportError", f"{found.counts['refused']:,}"),
        ("accepted: printed, written again, added up, compared", f"{found.counts['accepted']:,}"),
        ("of these plotted and framed", f"{len(found.plotted):,}"),
        ("another error than ReportError", f"{found.counts['another error than ReportError']:,}"),
        ("a reason that is long, or names no field",
         f"{found.counts['a reason that is long, or names no field']:,}"),
        ("accepted, but cannot be used", f"{found.counts['accepted, but cannot be used']:,}"),
        ("does not come back", f"{found.counts['does not come back']:,}"),
        ("slower than 50 ms", f"{found.counts['slower than 50 ms']:,}"),
        ("the slowest reading", f"{found.slowest_s * 1e3:.1f} ms of CPU time"),
        ("the most memory of a reading (one in 20 is traced)",
         f"{found.largest_bytes / 1e6:.2f} MB"),
        ("the process's peak, figures included", f"{peak_mb:.0f} MB"),
        ("took", f"{took_s:.0f} s"),
    )  # fmt: skip
    sys.stdout.write("| Records from anywhere | |\n|---|--:|\n")
    sys.stdout.writelines(f"| {what} | {figure} |\n" for what, figure in rows)
    sys.stdout.writelines(f"\n{problem}" for problem in found.problems)
    sys.stdout.write("\n")


if __name__ == "__main__":
    sys.exit(main())
