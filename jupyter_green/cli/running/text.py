"""What is said of a command that has run: a line, and below it what the line leaves open."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ...printable import printable
from ...repeats import text as repeats_text
from ...repeats.record import record
from ...repeats.remarks import remarks
from ...repeats.result import Repeats
from ...repeats.statistics import statistics_of
from ...report import words
from ...report.report import Report

_NAME = "jupyter green: "
_DIGITS = 3


def of_run(report: Report) -> str:
    """Return the line of a command that ran once, with remarks below it."""
    return "\n  ".join([f"{_NAME}{report}", *map(printable, _below(report))])


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
        lines = [f"{_NAME}{label}{count}", f"all of it: {words.line(whole)}"]
        return "\n  ".join([*lines, *_not_read(whole)])
    result = statistics_of(1, tuple(reports))
    figure = repeats_text.figure(result, _DIGITS)
    details = repeats_text.details(result, _DIGITS, "run")
    below = [count] if count else []
    below += remarks(result)
    share = words.share(whole, "The command")
    below += [f"All runs and rests: {words.joules(whole)}. {share}".rstrip()]
    return "\n  ".join([f"{_NAME}{label}{figure} {details}", *map(printable, below)])


def as_json(report: Report) -> str:
    """Return the report's record as JSON."""
    return json.dumps(report.to_dict(), indent=2)


def runs_as_json(reports: Sequence[Report], whole: Report) -> str:
    """Return the record of repeated runs as JSON, with that of each run in it."""
    result = Repeats(1, tuple(reports)) if reports else None
    each = [report.to_dict() for report in reports]
    return json.dumps({**record(result, whole), "runs": each}, indent=2)


def _below(report: Report) -> Iterator[str]:
    share = words.share(report, "The command")
    if share:
        yield share
    yield from map(words.remark, report.flags)
    for domain in report.domains.values():
        if domain.counted:
            yield from (f"{domain.id}: {text}" for text in words.flag_sentences(domain.flags))
    yield from report.notes
    yield from _not_read(report)


def _not_read(report: Report) -> Iterator[str]:
    """Name what could not be read; where nothing could, with the reasons and remedies."""
    if report.energy_j is None:
        for sensor in report.missing:
            yield printable(f"{sensor.id}: {sensor.reason.rstrip('.')}. {sensor.remedy}".rstrip())
    elif report.missing:
        names = ", ".join(printable(sensor.id) for sensor in report.missing)
        yield f"Not read: {names}; `jupyter green doctor` says why."
