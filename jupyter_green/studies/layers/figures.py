"""Joules and shares of parts of a whole that was measured beside them, round by round."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from ...repeats import student
from ...repeats.result import Repeats
from ...repeats.statistics import sensors_j


@dataclass(frozen=True)
class Figures:
    """What one run of something uses, with half-widths of 95 % intervals.

    Joules and shares are ``None`` where nothing could be read.
    """

    duration_s: float
    energy_j: float | None = None
    interval_j: float | None = None
    share: float | None = None
    """Of the whole; negative for a residual where the parts add up to more."""
    share_interval: float | None = None


@dataclass(frozen=True)
class Term:
    """What was measured of something, added or taken off."""

    sign: int
    runs: Repeats


def figures(terms: Sequence[Term], whole: Repeats) -> Figures:
    """Return the figures of a sum of things that were measured in the same rounds as the whole.

    A round's sum is divided by the same round's whole, so that what drifts drops out. The
    interval holds the scatter over rounds by Student's t and the sensors' reading, in
    quadrature.
    """
    rounds = whole.repeats
    duration_s = sum(t.sign * fmean(t.runs.durations_s) for t in terms)
    whole_j = _known_j(whole)
    parts_j = [_known_j(term.runs) for term in terms]
    if not whole_j or not all(parts_j):
        return Figures(duration_s)
    sums_j = [
        sum(t.sign * p[r] for t, p in zip(terms, parts_j, strict=True)) for r in range(rounds)
    ]
    energy_j = fmean(sums_j)
    others = [term.runs for term in terms if term.runs is not whole]
    whole_sign = sum(term.sign for term in terms if term.runs is whole)
    reading_j = math.hypot(*map(_reading_j, others), whole_sign * _reading_j(whole))
    interval_j = math.hypot(_scatter(sums_j), reading_j)
    if min(whole_j) <= 0:
        return Figures(duration_s, energy_j, interval_j)
    shares = [part_j / all_j for part_j, all_j in zip(sums_j, whole_j, strict=True)]
    share = fmean(shares)
    mean_j = fmean(whole_j)
    # Of d(x / w) = (dx - (x / w) dw) / w, the reading of the whole is both in x and in w.
    of_whole_j = (whole_sign - share) * _reading_j(whole)
    reading = math.hypot(*map(_reading_j, others), of_whole_j) / mean_j
    return Figures(duration_s, energy_j, interval_j, share, math.hypot(_scatter(shares), reading))


def _known_j(runs: Repeats) -> list[float]:
    """Return joules of each round, none where one of them was not measured."""
    known = [energy_j for energy_j in runs.energies_j if energy_j is not None]
    return known if len(known) == runs.repeats else []


def _reading_j(runs: Repeats) -> float:
    """Return the sensors' part of the interval of the mean."""
    return sensors_j(runs.reports) / runs.loops


def _scatter(values: Sequence[float]) -> float:
    n = len(values)
    return student.quantile(0.95, n - 1) * stdev(values) / math.sqrt(n) if n > 1 else 0.0
