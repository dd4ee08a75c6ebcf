"""A comparison in sentences: its verdicts, and what is to be remarked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ...printable import printable
from ...report.format import duration, with_prefix
from ...report.power_limits import unlike
from . import power_limits
from .fields import StudyFields
from .pair import Pair
from .verdict import certainty, change, signed, verdict


def verdicts(study: StudyFields) -> tuple[str, ...]:
    """Return a sentence for each pair; where nothing can be compared, the reason."""
    if study.no_ratio:
        return (printable(study.no_ratio),)
    return tuple(f"{verdict(pair, study.provenance)}." for pair in study.pairs)


def remarks(study: StudyFields) -> tuple[str, ...]:
    """Return what stands out about the rounds and how they were run."""
    return tuple(map(printable, _remarks(study)))


def too_few(rounds: int, least: int) -> str:
    """Say that no difference can be told from so few rounds."""
    return (
        f"With {_rounds(rounds)} no p can be below 0.05, however large the difference: at least "
        f"{least} are needed."
    )


def _remarks(study: StudyFields) -> Iterator[str]:
    if not study.runs:
        return
    yield _how(study)
    yield from study.notes
    if study.no_ratio:
        return
    if study.rounds < study.least_rounds:
        yield too_few(study.rounds, study.least_rounds)
    for pair in study.pairs:
        if pair.is_different and pair.is_same:
            yield (
                f"That is less than the margin of {100 * pair.margin:.3g} %, below which a "
                f"difference between {pair.other} and {pair.reference} is of no interest."
            )
    yield from unlike(power_limits.usual(study.runs))
    yield from power_limits.changes(study.runs)
    yield from _disturbances(study)


def _how(study: StudyFields) -> str:
    """Say what was run, and what it cost."""
    run_s = sum(run.report.duration_s for run in study.runs)
    loops = ", ".join(f"{run.loops:,} × {run.variant}" for run in study.runs[: len(study.variants)])
    cost = "" if study.energy_j is None else f" and {with_prefix(study.energy_j, 'J', 3)}"
    return (
        f"{_rounds(study.rounds)} in turns (seed {study.seed}), in each {loops}; the runs took "
        f"{duration(run_s)}{cost}."
    )


def _disturbances(study: StudyFields) -> Iterator[str]:
    """Name the rounds that were disturbed, and what the others say."""
    by_reason: dict[tuple[str, ...], list[int]] = {}
    for number, why in study.disturbed.items():
        by_reason.setdefault(why, []).append(number)
    for reasons, numbers in by_reason.items():
        yield f"{_listed(numbers, study.rounds)}: {'; '.join(reasons)}."
    for pair in study.undisturbed_pairs if study.disturbed else ():
        yield f"Without {_these(len(study.disturbed))}, {beside(pair)}."


def beside(pair: Pair) -> str:
    """Return what a pair's rounds show, to stand within a sentence."""
    if pair.is_different:
        return f"{pair.other} uses {change(pair)} {pair.reference} ({certainty(pair)})"
    if not math.isfinite(pair.interval.high):
        return f"too few rounds are left to compare {pair.other} with {pair.reference}"
    return f"{pair.other} against {pair.reference} is {signed(pair.interval)} (95 % CI)"


def _listed(numbers: Sequence[int], of: int) -> str:
    if len(numbers) == of:
        return "In all rounds"
    if len(numbers) == 1:
        return f"In round {numbers[0]}, which is kept"
    return f"In rounds {', '.join(map(str, numbers))}, which are kept"


def _these(number: int) -> str:
    return "this round" if number == 1 else "these rounds"


def _rounds(number: int) -> str:
    return "1 round" if number == 1 else f"{number} rounds"
