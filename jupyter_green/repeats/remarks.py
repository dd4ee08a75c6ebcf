"""What the reports of several runs remark, as sentences, each said once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..flags import BELOW_RESOLUTION, EXTRAPOLATED, REPLAYED, WRAPPED, sentence
from ..report import words
from ..report.report import Report

_UNREMARKABLE = {BELOW_RESOLUTION, EXTRAPOLATED, REPLAYED, WRAPPED}
"""Flags of domains that the figure's own marks and its interval tell already."""

_DOMAIN = re.compile(r"(cpu|gpu):\d+\b.*|cpu|ane|board\b.*")
"""The id of one device's energy; other missing ids name a family, such as ``nvml``."""
_INSIDE_ANOTHER = ("/core", "/uncore", "/sram")


def flags_of_runs(reports: Sequence[Report]) -> tuple[str, ...]:
    """Return the flags of the reports, each once."""
    return tuple(dict.fromkeys(flag for report in reports for flag in report.flags))


def remarks_on_runs(reports: Sequence[Report]) -> Iterator[str]:
    """Say what is not in the figure, and what disturbed the runs. A replay is not told here."""
    yield from _absences(reports)
    for flag in flags_of_runs(reports):
        if flag != REPLAYED:
            yield words.remark(flag)
    flagged: dict[str, dict[str, None]] = {}
    for report in reports:
        for domain in report.domains.values():
            for flag in domain.flags if domain.counted else ():
                flagged.setdefault(flag, {})[domain.id] = None
    for flag, ids in flagged.items():
        if flag not in _UNREMARKABLE:
            yield f"{', '.join(ids)}: {sentence(flag)}."


def _absences(reports: Sequence[Report]) -> Iterator[str]:
    """Name the devices whose joules are in no run, or not in each, and why."""
    absent = [_absent(report) for report in reports]
    reasons = {id_: reason for missing in reversed(absent) for id_, reason in missing.items()}
    for where, ids in (
        ("Not in the figure", [id_ for id_ in reasons if all(id_ in m for m in absent)]),
        ("Not in every run", [id_ for id_ in reasons if not all(id_ in m for m in absent)]),
    ):
        by_reason: dict[str, list[str]] = {}
        for id_ in ids:
            by_reason.setdefault(reasons[id_], []).append(id_)
        if ids:
            told = (f"{', '.join(alike)} ({reason})" for reason, alike in by_reason.items())
            yield f"{where}: {'; '.join(told)}."


def _absent(report: Report) -> dict[str, str]:
    """Return why each device that would count is not in a run's joules."""
    return {
        missing.id: missing.reason.rstrip(".")
        for missing in report.missing
        if _DOMAIN.fullmatch(missing.id)
        and not missing.id.endswith(_INSIDE_ANOTHER)
        and missing.id not in report.domains
    }
