"""What is said of a command that has run several times: the mean of its runs, and of all of it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...printable import printable
from ...repeats import text
from ...repeats.record import record
from ...repeats.remarks import remarks
from ...repeats.result import Repeats
from ...repeats.statistics import statistics_of
from ...report import words
from ...report.report import Report
from .text import NAME, not_read

_DIGITS = 3


def of_runs(reports: Sequence[Report], whole: Report, planned: int) -> str:
    """Return the line of a command that ran several times, with remarks below it.

    Parameters
    ----------
    reports
        Those of the runs that count.
    whole
        That of all, the runs that do not count and the rests included.
    planned
        How many runs were to count.
    """
    label = f"{printable(whole.label)}: " if whole.label else ""
    count = "" if len(reports) == planned else f"only {len(reports)} of {planned} runs ended well"
    if not reports:
        lines = [f"{NAME}{label}{count}", f"all of it: {words.line(whole)}"]
        return "\n  ".join([*lines, *not_read(whole)])
    result = statistics_of(1, tuple(reports))
    figure = text.figure(result, _DIGITS)
    details = text.details(result, _DIGITS, "run")
    below = [count] if count else []
    below += remarks(result)
    share = words.share(whole, "The command")
    below += [f"All runs and rests: {words.joules(whole)}. {share}".rstrip()]
    return "\n  ".join([f"{NAME}{label}{figure} {details}", *map(printable, below)])


def as_json(reports: Sequence[Report], whole: Report) -> str:
    """Return the record of repeated runs as JSON, with that of each run in it."""
    result = Repeats(1, tuple(reports)) if reports else None
    each = [report.to_dict() for report in reports]
    return json.dumps({**record(result, whole), "runs": each}, indent=2)
