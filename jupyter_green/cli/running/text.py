"""What is said of a command that has run: a line, and below it what the line leaves open."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ...printable import printable
from ...report import words
from ...report.hosts import coverage, host_lines
from ...report.report import Report

NAME = "jupyter green: "


def of_run(report: Report) -> str:
    """Return the line of a command that ran once, with remarks below it."""
    return "\n  ".join([f"{NAME}{report}", *map(printable, _below(report))])


def as_json(report: Report) -> str:
    """Return the report's record as JSON."""
    return json.dumps(report.to_dict(), indent=2)


def _below(report: Report) -> Iterator[str]:
    said = (coverage(report), *host_lines(report), words.share(report, "The command"))
    yield from filter(None, said)
    yield from map(words.remark, report.flags)
    for domain in report.domains.values():
        if domain.counted:
            yield from (f"{domain.id}: {text}" for text in words.flag_sentences(domain.flags))
    yield from report.notes
    yield from not_read(report)


def not_read(report: Report) -> Iterator[str]:
    """Name what could not be read; where nothing could, with the reasons and remedies."""
    if report.energy_j is None:
        for sensor in report.missing:
            yield printable(f"{sensor.id}: {sensor.reason.rstrip('.')}. {sensor.remedy}".rstrip())
    elif report.missing:
        names = ", ".join(printable(sensor.id) for sensor in report.missing)
        yield f"Not read: {names}; `jupyter green doctor` says why."
