"""How the power near a window's edges wanders, as far as refreshes show it.

Work is steady or bursty: it draws about the same from one refresh to the next, or comes
in steps and bursts. Which it is, a window's other refreshes show, but not for the one
refresh interval in which it begins or ends: a steady cell may end with a burst. So there
both are possible, the likelier the more of it was seen before.

A diffusion is the variance that the power gains per second, in W²/s. Those of windows
are stated for one refresh period: `share * level` squared, per period.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from ..sources.base import Domain
from .levels import INSTANT, Levels
from .neighbourhood import Neighbourhood, Stretch, after, before
from .quantity import Interval

STEADY = 0.05
"""How far steady power wanders in one period, as a share of it, before any of it was seen."""
STEADY_WORTH = 2.0
"""How many differences that were seen this is worth."""
BURSTY = 1.2
"""How far bursty power wanders in one period."""
USUAL = 0.3
"""How far it wanders where it is not known whether it is steady or bursty."""
USUAL_WORTH = 0.5
STEADY_BELOW = 0.3
"""A difference below it is one of steady power."""
EVEN_ODDS = 0.6
"""How many differences of either kind a window is taken to have had beside those seen."""
OUTSIDE = 0.14
"""How far idle power wanders, as a share: by so much in a second, less in a shorter time, as
its square root."""
OUTSIDE_QUICK = 0.01
"""How far it wanders in one period beside that, however short the period is."""
OUTSIDE_WORTH = 3.0


@dataclass(frozen=True)
class Steadiness:
    """Diffusions, in W²/s, of one window's power."""

    steady: float
    bursty: float
    usual: float
    p_bursty: float
    """The probability that it is bursty in a refresh interval of which nothing is known."""


def of_window(
    domain: Domain, neighbourhood: Neighbourhood, window: Interval, levels: Levels
) -> Steadiness:
    """Return how steady the power was within one of the windows near."""
    begin_ns, end_ns = window[0], math.inf if window[1] is None else window[1]
    whole = [
        s
        for s in neighbourhood.stretches
        if s.whole and begin_ns <= s.begin_ns and s.end_ns <= end_ns
    ]
    level_w = sum(s.power_w for s in whole) / len(whole) if whole else levels.inside_w
    period_s = neighbourhood.period.seconds
    wandered_w = [
        math.sqrt(_diffusion(a, b) * period_s)
        for a, b in itertools.pairwise(whole)
        if _are_close(neighbourhood, a, b)
    ]
    if domain.power_kind == INSTANT:
        wandered_w += _reported_w(neighbourhood, begin_ns, end_ns)
    shares = [w / max(level_w, 1e-9) for w in wandered_w]
    steady = [share for share in shares if share <= STEADY_BELOW]
    bursty = [share for share in shares if share > STEADY_BELOW]

    def per_second(share: float) -> float:
        return (share * level_w) ** 2 / period_s

    return Steadiness(
        steady=per_second(_mean_share(steady, STEADY, STEADY_WORTH)),
        bursty=per_second(max(BURSTY, _mean_share(bursty, 0.0, 0.0))),
        usual=per_second(_mean_share(shares, USUAL, USUAL_WORTH)),
        p_bursty=(len(bursty) + EVEN_ODDS) / (len(shares) + 2 * EVEN_ODDS),
    )


def outside(neighbourhood: Neighbourhood, levels: Levels) -> float:
    """Return the diffusion of the power between windows."""
    level_w = levels.mean_w if levels.idle_w is None else levels.idle_w
    share_squared = OUTSIDE**2 + OUTSIDE_QUICK**2 / neighbourhood.period.seconds
    total, count = OUTSIDE_WORTH * share_squared * level_w**2, OUTSIDE_WORTH
    for a, b in itertools.pairwise(neighbourhood.stretches):
        idle = not (neighbourhood.is_inside(a) or neighbourhood.is_inside(b))
        if idle and a.whole and b.whole and _are_close(neighbourhood, a, b):
            total += _diffusion(a, b)
            count += 1
    return total / count


def _diffusion(a: Stretch, b: Stretch) -> float:
    """Return what two neighbouring means of a random walk's power say of its diffusion.

    The variance of their difference is a third of the time that both take, times the
    diffusion.
    """
    square = max(0.0, (a.power_w - b.power_w) ** 2 - a.sd_w**2 - b.sd_w**2)
    return 3 * square / (a.seconds + b.seconds)


def _are_close(neighbourhood: Neighbourhood, a: Stretch, b: Stretch) -> bool:
    """Whether two stretches say something of a refresh interval, being near it and short."""
    is_short = a.seconds + b.seconds < 12 * neighbourhood.period.seconds + 0.1
    return is_short and not neighbourhood.crosses_edge(a.begin_ns, b.end_ns)


def _reported_w(neighbourhood: Neighbourhood, begin_ns: float, end_ns: float) -> list[float]:
    """Return by how much reported powers wander: it shows bursts that are shorter than a period."""
    behind_ns = 1.5e9 * neighbourhood.period.seconds
    readings = neighbourhood.readings
    first, last = after(readings, begin_ns + behind_ns), before(readings, end_ns)
    powers = [r.power_w for r in readings[first:last] if r.power_w is not None]
    return [abs(a - b) / math.sqrt(2) for a, b in itertools.pairwise(powers) if a != b]


def _mean_share(shares: list[float], expected: float, worth: float) -> float:
    """Return the root mean square of shares and of what was expected before."""
    count = len(shares) + worth
    if not count:
        return expected
    return math.sqrt((worth * expected**2 + sum(share**2 for share in shares)) / count)
