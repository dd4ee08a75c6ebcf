"""Whether one variant uses at most so many times another's joules: a verdict and its sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from statistics import fmean

from ...report.format import with_prefix
from ..compare import statistics
from ..compare.fields import StudyFields
from ..compare.pair import Pair
from ..compare.verdict import BY_THE_MODEL


class Verdict(str, Enum):
    """What the interval of a ratio says of a limit."""

    HELD = "held"
    """Its upper end is at most the limit."""
    EXCEEDED = "exceeded"
    """Its lower end is above the limit."""
    OPEN = "open"
    """The limit is within it."""


@dataclass(frozen=True)
class Judgement:
    """A verdict, and the sentence that says why."""

    verdict: Verdict
    sentence: str


def judged(study: StudyFields, new: str, old: str, limit: float) -> Judgement:
    """Return whether `new` uses at most `limit` times the joules of `old`.

    The interval is the study's, of 95 %. Below 6 rounds it is infinite, and all is open.

    Raises
    ------
    ValueError
        Where the study has no ratio, with the reason.
    """
    pair = study.pair(old, new)
    low, high = pair.interval
    begin = BY_THE_MODEL.get(study.provenance or "", "")
    if low <= limit < high:
        sentence = (
            f"{begin}not enough rounds: {_more(pair, limit)} to tell whether {new} uses at most "
            f"{limit:g} times the joules of {old}: {_ratio(pair)} so far"
        )
        return Judgement(Verdict.OPEN, f"{sentence}, {_how(study, new, old)}")
    is_held = high <= limit
    relation = "at most" if is_held else "above the limit of"
    sentence = f"{begin}{new} uses {_ratio(pair)} the joules of {old}, {relation} {limit:g}"
    verdict = Verdict.HELD if is_held else Verdict.EXCEEDED
    return Judgement(verdict, f"{sentence}: {_how(study, new, old)}")


def _more(pair: Pair, limit: float) -> str:
    """Return how many more rounds put the limit outside of the interval, if all stays as it is."""
    if pair.rounds < 2:
        more: int | None = statistics.least_at(pair.alpha) - pair.rounds
    else:
        beyond = [math.log(ratio / limit) for ratio in pair.ratios]
        more = statistics.more_rounds(beyond, 0.0, pair.alpha)
    if more is None:
        return "more than 1 000 more"
    return f"about {max(1, more)} more (`--energy-rounds {pair.rounds + max(1, more)}`)"


def _ratio(pair: Pair) -> str:
    low, high = pair.interval
    if not math.isfinite(high):
        return f"{pair.ratio:.3g} times"
    half = (high - low) / 2
    decimals = 3 if half <= 0 else min(4, max(2, -math.floor(math.log10(half))))
    return f"{pair.ratio:.{decimals}f} times (95 % CI {low:.{decimals}f}–{high:.{decimals}f})"


def _how(study: StudyFields, new: str, old: str) -> str:
    rounds = "1 round" if study.rounds == 1 else f"{study.rounds} rounds"
    if study.disturbed:
        rounds += f" ({len(study.disturbed)} disturbed, as by other programs)"
    new_j, old_j = (fmean(study.values(name)) for name in (new, old))
    figures = f"{with_prefix(new_j, 'J', 3)} against {with_prefix(old_j, 'J', 3)}"
    return f"{rounds}, {figures} per {study.unit}"
