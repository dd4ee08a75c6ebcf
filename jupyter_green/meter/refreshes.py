"""What readings tell about a counter's refreshes: when they happened, and their period.

A counter shows the energy up to its last refresh. Two readings that differ have a
refresh between them, so each new figure bounds the time of one refresh; the period
ties neighbours together and narrows the bounds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..sampler.messages import DomainSample

PERIOD_TOLERANCE = 0.02
"""How far a board's period may lie from its nominal one, and one period from the next."""
SHARP = 0.15
"""A refresh known to within this share of a period says something about the period."""


@dataclass(frozen=True)
class Period:
    """A counter's refresh period and the half-width of its bounds, in seconds."""

    seconds: float
    margin_s: float
    observed: bool = False


@dataclass
class Refresh:
    """One refresh: the energy that the counter showed from then on, and when it happened.

    `earliest_ns` and `latest_ns` bound its time. `next_follows` says that the
    refresh after it in the list is the very next one.
    """

    energy_j: float
    earliest_ns: float
    latest_ns: float
    next_follows: bool = False

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
    found: list[Refresh] = []
    shown_until_ns = -math.inf
    for reading in readings:
        t_ns = reading.t_ns
        if found and reading.energy_j == found[-1].energy_j:
            shown_until_ns = t_ns
            continue
        if found:
            found[-1].next_follows = t_ns - shown_until_ns < shortest_ns
        found.append(Refresh(reading.energy_j, max(shown_until_ns, t_ns - longest_ns), t_ns))
        shown_until_ns = t_ns
    _narrow(found, period)
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


def observed_period(readings: Sequence[DomainSample], before: Period) -> Period:
    """Return the period that `readings` show, starting from what was known `before`.

    Two sharply seen refreshes with nothing between give it directly; pairs that
    are further apart sharpen it as long as the number of periods between is sure.
    """
    apart = Period(before.seconds, before.seconds * 0.5)  # bounds by polls alone
    sharp = [r for r in refreshes(readings, apart) if r.margin_ns * 1e-9 < SHARP * before.seconds]
    best = before
    neighbours = [
        ((b.t_ns - a.t_ns) * 1e-9, (a.margin_ns + b.margin_ns) * 1e-9)
        for a, b in itertools.pairwise(sharp)
        if a.next_follows
    ]
    for seconds, margin_s in neighbours:
        if abs(seconds - best.seconds) > margin_s + best.margin_s:
            best = Period(seconds, margin_s, observed=True)
    for seconds, margin_s in sorted(
        ((b.t_ns - a.t_ns) * 1e-9, (a.margin_ns + b.margin_ns) * 1e-9)
        for i, a in enumerate(sharp)
        for b in sharp[i + 1 :]
    ):
        count = round(seconds / best.seconds)
        if count < 1 or count * best.margin_s + margin_s > best.seconds / 4:
            continue
        least = max(best.seconds - best.margin_s, (seconds - margin_s) / count)
        most = min(best.seconds + best.margin_s, (seconds + margin_s) / count)
        if least <= most:
            best = Period((least + most) / 2, (most - least) / 2, observed=True)
    return best
