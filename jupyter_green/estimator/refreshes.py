"""What readings say about a counter's refreshes: when they happened, and their period.

A counter shows the energy up to its last refresh. Two readings that differ have a
refresh between them, so each new figure bounds the time of one refresh; the period
ties neighbours together and narrows the bounds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..sampler.accumulator import DomainSample
from ..sampler.edge_polling import QUICK_S

PERIOD_TOLERANCE = 0.02
"""How far a board's period may lie from its nominal one, and one period from the next."""
LEAST_MARGIN = 0.001
"""No period is as regular as a pair of far refreshes would have it."""
UNLEARNED = 0.9
"""How far a quick counter's refreshes may stray before any was seen, as a share of the period: RAPL
of Ice Lake-SP has intervals of 0.63 to 2.0 ms (ICPE 2024 RAPL validation by lukalt)."""
FORGOTTEN = 0.5
"""What is left of that after each interval that was seen."""
LEAST_STRAY = 0.02
"""Refreshes may always stray so far, as a share of the period: polls do not tell less."""
STRAYED = 1.25
"""The farthest of the next intervals may stray so much further than those that were seen."""
ENOUGH = 2
"""Intervals between neighbours that are believed."""
SHARP = 0.15
"""A refresh known to within this share of a period says something about the period."""


@dataclass(frozen=True)
class Period:
    """A counter's refresh period and the half-width of its bounds, in seconds."""

    seconds: float
    margin_s: float
    observed: bool = False
    intervals: int = 0
    """How many intervals of a quick counter it was learned from."""
    strayed_s: float = 0.0
    """How far the farthest of these lay from the period."""
    until_ns: float = -math.inf
    """When the last of them ended."""


@dataclass
class Refresh:
    """One refresh: the energy that the counter showed from then on, and the bounds of its time.

    `next_follows` says that the one after it in the list is the very next.
    """

    energy_j: float
    earliest_ns: float
    latest_ns: float
    next_follows: bool = False
    bracket_ns: tuple[float, float] = (-math.inf, math.inf)
    """The readings between which it certainly happened; the bounds rest on the period as well."""

    @property
    def t_ns(self) -> float:
        """The middle of its bounds."""
        return (self.earliest_ns + self.latest_ns) / 2

    @property
    def margin_ns(self) -> float:
        """The half-width of its bounds."""
        return (self.latest_ns - self.earliest_ns) / 2


def refreshes(readings: Sequence[DomainSample], period: Period) -> list[Refresh]:
    """Return the refreshes that `readings` (in time order) show, the last one before each.

    Of several refreshes between two readings only the last is known.
    """
    longest_ns = (period.seconds + period.margin_s) * 1e9
    shortest_ns = (period.seconds - period.margin_s) * 1e9
    found = _bracketed(readings)
    for a, b in itertools.pairwise(found):
        a.next_follows = 2 * b.margin_ns < shortest_ns
    for refresh in found:
        refresh.earliest_ns = max(refresh.earliest_ns, refresh.latest_ns - longest_ns)
    _narrow(found, period)
    return found


def _bracketed(readings: Sequence[DomainSample]) -> list[Refresh]:
    """Return the refreshes between the reading that last showed the figure before, and the next."""
    found: list[Refresh] = []
    shown_until_ns = -math.inf
    for reading in readings:
        if not found or reading.energy_j != found[-1].energy_j:
            bracket_ns = shown_until_ns, float(reading.t_ns)
            found.append(Refresh(reading.energy_j, *bracket_ns, bracket_ns=bracket_ns))
        shown_until_ns = reading.t_ns
    return found


def _narrow(found: Sequence[Refresh], period: Period) -> None:
    """Let neighbours that are one period apart bound each other."""
    least_ns = (period.seconds - period.margin_s) * 1e9
    most_ns = (period.seconds + period.margin_s) * 1e9
    pairs = [(a, b) for a, b in itertools.pairwise(found) if a.next_follows]
    for a, b in pairs:
        _bound(b, a.earliest_ns + least_ns, a.latest_ns + most_ns)
    for a, b in reversed(pairs):
        _bound(a, b.earliest_ns - most_ns, b.latest_ns - least_ns)


def _bound(refresh: Refresh, earliest_ns: float, latest_ns: float) -> None:
    earliest_ns = max(refresh.earliest_ns, earliest_ns)
    latest_ns = min(refresh.latest_ns, latest_ns)
    if earliest_ns <= latest_ns:  # else the period is not what it was taken for: keep what is sure
        refresh.earliest_ns, refresh.latest_ns = earliest_ns, latest_ns


def observed_period(readings: Sequence[DomainSample], nominal: Period, known: Period) -> Period:
    """Return the period that `readings` show, starting from what was `known` of it before.

    Neighbours that were seen sharply give it directly; pairs that are further apart
    sharpen it as long as the number of periods between is sure.
    """
    found = _bracketed(readings)
    if nominal.seconds < QUICK_S:
        return _with_jitter(found, known)
    sharp_ns = SHARP * max(nominal.seconds, known.seconds) * 1e9
    neighbours = [
        _apart(a, b)
        for a, b in itertools.pairwise(found)
        if max(a.margin_ns, b.margin_ns) < sharp_ns and _is_next(a, b)
    ]
    best = known
    if len(neighbours) >= ENOUGH:
        middle = sorted(neighbours, key=lambda n: n.seconds)[len(neighbours) // 2]
        best = next((p for p in (known, nominal) if _agree(p, middle)), middle)
    sharp = [refresh for refresh in found if refresh.margin_ns < sharp_ns]
    pairs = [_apart(a, b) for i, a in enumerate(sharp) for b in sharp[i + 1 :]]
    for pair in sorted(pairs, key=lambda pair: pair.seconds):
        count = round(pair.seconds / best.seconds)
        if count < 1 or count * best.margin_s + pair.margin_s > best.seconds / 4:
            continue
        least = max(best.seconds - best.margin_s, (pair.seconds - pair.margin_s) / count)
        most = min(best.seconds + best.margin_s, (pair.seconds + pair.margin_s) / count)
        if least <= most:
            best = Period((least + most) / 2, (most - least) / 2, observed=True)
    # Neighbours that lie outside show how much one period differs from the next.
    off_s = [abs(n.seconds - best.seconds) - n.margin_s for n in neighbours]
    jitter_s = min(max(off_s, default=0.0), PERIOD_TOLERANCE * best.seconds)
    return replace(best, margin_s=max(best.margin_s, jitter_s, LEAST_MARGIN * best.seconds))


def _with_jitter(found: Sequence[Refresh], known: Period) -> Period:
    """Return a quick counter's period with how far refreshes stray from it, as learned so far.

    Its period is not sharpened, as reading takes too large a part of it.
    """
    new = [
        (b.earliest_ns - a.latest_ns, b.latest_ns - a.earliest_ns)
        for a, b in itertools.pairwise(found)
        if b.latest_ns > known.until_ns and _is_next(a, b)
    ]
    period_ns = known.seconds * 1e9
    strayed_ns = [max(0.0, least - period_ns, period_ns - most) for least, most in new]
    strayed_s = max(known.strayed_s, *(ns * 1e-9 for ns in strayed_ns), 0.0)
    intervals = known.intervals + len(new)
    unseen = LEAST_STRAY + UNLEARNED * FORGOTTEN**intervals
    until_ns = max(known.until_ns, found[-1].latest_ns) if found else known.until_ns
    margin_s = min(STRAYED * strayed_s + unseen * known.seconds, UNLEARNED * known.seconds)
    return Period(known.seconds, margin_s, bool(intervals), intervals, strayed_s, until_ns)


def _agree(a: Period, b: Period) -> bool:
    return abs(a.seconds - b.seconds) <= a.margin_s + b.margin_s


def _apart(a: Refresh, b: Refresh) -> Period:
    """Return the time between two refreshes."""
    return Period((b.t_ns - a.t_ns) * 1e-9, (a.margin_ns + b.margin_ns) * 1e-9, observed=True)


def _is_next(a: Refresh, b: Refresh) -> bool:
    """Whether none went unseen between: it would lie halfway, in the bracket of the later one."""
    return 2 * b.margin_ns < (b.earliest_ns - a.latest_ns) / 2
