"""The table at the end of the tests: what each used, and what its guard says."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from ...printable import printable
from ...terminal import spelled


def lines(reports: Iterable[Any]) -> Iterator[str]:
    """Yield the lines of the table.

    Parameters
    ----------
    reports
        Pytest's reports of the tests' phases, whose ``user_properties`` hold the figures; or a
        test of which there is no report.
    """
    in_order = sorted(reports, key=lambda report: getattr(report, "start", math.inf))
    rows = [row for report in in_order if (row := _row(report))]
    widths = [max(len(row[column]) for row, _ in rows) for column in range(3)]
    for (test, energy, time), sentences in rows:
        cells = (test.ljust(widths[0]), energy.rjust(widths[1]), time.rjust(widths[2]))
        yield _shown("  ".join(cells))
        for sentence in sentences:
            yield _shown(f"    {sentence}")
    yield "Joules are the whole machine's, from the begin to the end of each test without fixtures."


def _row(report: Any) -> tuple[tuple[str, str, str], list[str]] | None:
    """Return a test's cells and its sentences; ``None`` of one that was not metered."""
    properties = getattr(report, "user_properties", ())
    named = dict(properties)
    is_metered = "energy" in named or "energy_result" in named
    if not is_metered or getattr(report, "when", "call") != "call":
        return None
    sentences = [str(value) for name, value in properties if name == "energy_result"]
    energy, time = (str(named.get(name, "")) for name in ("energy", "energy_time"))
    return (report.nodeid, energy, time), sentences


def _shown(text: str) -> str:
    return spelled(printable(text), sys.stdout)
