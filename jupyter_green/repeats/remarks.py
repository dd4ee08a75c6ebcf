"""What the reports of several runs remark, as sentences, each said once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..estimator.energy import BELOW_RESOLUTION, EXTRAPOLATED
from ..meter.attribution import HOST_BUSY, SHARED
from ..meter.summary import DISAGREES, LOST, NOT_SYNCHRONISED, OTHER_METERS
from ..report.fields import REPLAYED
from ..report.report import Report

_RUN_FLAGS = {
    OTHER_METERS: (
        "Other programs metered this machine meanwhile: the same joules are in their reports too."
    ),
    HOST_BUSY: "Most of the processor's time was other programs'.",
    NOT_SYNCHRONISED: (
        "A framework could not wait for its GPU's work: a run may have joules of the one before it."
    ),
}
# Literals where the flag is the sampler's or a source's, whose modules no kernel loads.
_DOMAIN_FLAGS = {
    SHARED: "other processes used it too",
    LOST: "it was not read any more at the end of a run",
    DISAGREES: "counter and reported power differ by more than 5 %",
    "no-answer": "the driver did not answer for a while",
    "read-failed": "some reads failed",
    "counter-restarted": "its counter restarted, and the power was carried over",
    "jump-rejected": "an impossible jump was left out",
    "whole-board": "it is the whole board, a part of which has no figure of its own",
    "device-order": "CUDA may count the GPUs in another order",
    "firmware-model": "it is counted by the chip's own energy model",
}
_UNREMARKABLE = {BELOW_RESOLUTION, EXTRAPOLATED, REPLAYED, "wrapped"}
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
            yield _RUN_FLAGS.get(flag, f"{flag}.")
    flagged: dict[str, dict[str, None]] = {}
    for report in reports:
        for domain in report.domains.values():
            for flag in domain.flags if domain.counted else ():
                flagged.setdefault(flag, {})[domain.id] = None
    for flag, ids in flagged.items():
        if flag not in _UNREMARKABLE:
            yield f"{', '.join(ids)}: {_DOMAIN_FLAGS.get(flag, flag)}."


def _absences(reports: Sequence[Report]) -> Iterator[str]:
    """Name the devices whose joules are in no run, or not in each, and why."""
    absent = [_absent(report) for report in reports]
    reasons = {id_: reason for missing in reversed(absent) for id_, reason in missing.items()}
    for words, ids in (
        ("Not in the figure", [id_ for id_ in reasons if all(id_ in m for m in absent)]),
        ("Not in every run", [id_ for id_ in reasons if not all(id_ in m for m in absent)]),
    ):
        by_reason: dict[str, list[str]] = {}
        for id_ in ids:
            by_reason.setdefault(reasons[id_], []).append(id_)
        if ids:
            told = (f"{', '.join(alike)} ({reason})" for reason, alike in by_reason.items())
            yield f"{words}: {'; '.join(told)}."


def _absent(report: Report) -> dict[str, str]:
    """Return why each device that would count is not in a run's joules."""
    return {
        missing.id: missing.reason.rstrip(".")
        for missing in report.missing
        if _DOMAIN.fullmatch(missing.id)
        and not missing.id.endswith(_INSIDE_ANOTHER)
        and missing.id not in report.domains
    }
