"""What there is to say about several runs, in sentences, each said once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..flags import (
    BELOW_RESOLUTION,
    EXTRAPOLATED,
    REPLAYED,
    SENSORS_DIFFER,
    WRAPPED,
    sentence,
)
from ..report import words
from ..report.report import Report
from .statistics import Statistics, flags_of_runs

_UNREMARKABLE = {BELOW_RESOLUTION, EXTRAPOLATED, REPLAYED, WRAPPED}
"""Flags of domains that need no sentence: the figure and its interval show them."""

_DOMAIN = re.compile(r"(cpu|gpu):\d+\b.*|cpu|ane|board\b.*")
"""The id of one device's energy; other missing ids name a family, such as ``nvml``."""
_INSIDE_ANOTHER = ("/core", "/uncore", "/sram")


def remarks(result: Statistics) -> Iterator[str]:
    """Say what stands out about the runs, what is not in the figure and what disturbed them."""
    flags = result.flags
    if result.mean_j is None:
        yield (
            "No energy sensor can be read here: `jupyter_green.discover()` says why and what to do."
        )
    if BELOW_RESOLUTION in flags:
        yield (
            "The runs are too short for the sensors: use more loops (-n), or omit -n to have "
            "the number chosen."
        )
    if result.first_excess is not None:
        yield (
            f"The first run used {result.first_excess:.1f} × the energy of the others (caches, "
            "imports, compilation); the mean leaves it out."
        )
    if result.drift is not None:
        yield (
            f"The runs drift by {100 * result.drift:+.1f} % per run (warm-up, throttling or "
            "another load): the mean holds for these runs only."
        )
    if SENSORS_DIFFER in flags:
        yield "Not every sensor could be read in every run, so the runs are not comparable."
    yield from remarks_of_reports(result.reports)


def remarks_of_reports(reports: Sequence[Report]) -> Iterator[str]:
    """Say what the reports say, except that they are replayed: the figure's badge shows that."""
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
    """Name the devices whose joules are missing from some or all runs, and why."""
    absent = [_absent(report) for report in reports]
    reasons = {id_: reason for missing in reversed(absent) for id_, reason in missing.items()}
    for where, ids in (
        ("Not included", [id_ for id_ in reasons if all(id_ in m for m in absent)]),
        ("Not in every run", [id_ for id_ in reasons if not all(id_ in m for m in absent)]),
    ):
        by_reason: dict[str, list[str]] = {}
        for id_ in ids:
            by_reason.setdefault(reasons[id_], []).append(id_)
        if ids:
            groups = (f"{', '.join(alike)} ({reason})" for reason, alike in by_reason.items())
            yield f"{where}: {'; '.join(groups)}."


def _absent(report: Report) -> dict[str, str]:
    """Return why each device that would count is not in a run's joules."""
    return {
        missing.id: missing.reason.rstrip(".")
        for missing in report.missing
        if _DOMAIN.fullmatch(missing.id)
        and not missing.id.endswith(_INSIDE_ANOTHER)
        and missing.id not in report.domains
    }
