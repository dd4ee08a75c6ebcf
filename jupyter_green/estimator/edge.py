"""How the energy of the refresh interval that holds an edge divides at that edge.

Certain is only the interval's energy. Two things narrow how much of it was used outside
the window: the power in the whole intervals next to it outside, and that inside. Each
gives a figure with a variance, from how far the mean power of one stretch of time may
lie from that of the next, and from the scatter that was seen. The surer one counts, or
both where nothing was read outside, and where they disagree the interval grows:
``docs/uncertainty.md``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

OUTSIDE_CHANGE = 0.35
"""How far the mean power of 70 ms outside a window lies from that of the 70 ms before, 1 s.d. as a
share of it."""
INSIDE_CHANGE = 0.40
"""The same within a window."""
LONG_S = 0.07
"""The mean of a stretch says the less about a short interval the longer it is, up to this."""
DISAGREEMENT = 0.8
"""By how much of what outside and inside differ by the standard deviation grows."""
UNREAD = 0.45
"""Standard deviation of a division of which nothing outside was read, as a share of the energy."""
HIGHEST = 1.5
"""Power within an interval is at most so many times the highest mean power of one that was seen."""
TIMING_SD = 1 / math.sqrt(3)
"""Standard deviation of a refresh's time in half-widths of its bounds: anywhere in them."""
UNMETERED_EDGE = 0.3
"""How far the power at an edge lies from that inside where nothing outside was read, 1 s.d. as a
share of it, when one whole interval was read."""
UNSEEN_INSIDE = 0.5
"""Standard deviation of the power inside where no whole interval lies there, as a share of it."""


class Stretch(NamedTuple):
    """The mean power between two neighbouring refreshes, and the seconds between them."""

    power_w: float
    seconds: float


@dataclass(frozen=True)
class EdgeInterval:
    """The refresh interval in which an edge of the window lies, and what was read beside it.

    Parameters
    ----------
    energy_j
        What was used between its two refreshes.
    outside_s, inside_s
        From the edge to the refresh outside and to that inside the window.
    outside_margin_s, inside_margin_s
        Half-widths of the bounds of when these refreshes happened.
    outside, inside
        The whole intervals next to it, the nearest first.
    doubt_w2
        Variance by which the power outside may differ from what was read of it.
    """

    energy_j: float
    outside_s: float
    inside_s: float
    outside_margin_s: float
    inside_margin_s: float
    outside: Sequence[Stretch]
    inside: Sequence[Stretch]
    doubt_w2: float = 0.0

    @property
    def seconds(self) -> float:
        """How long the interval is."""
        return self.outside_s + self.inside_s

    @property
    def outside_w(self) -> float:
        """The power outside, that of the interval itself where nothing was read there."""
        return self.outside[0].power_w if self.outside else self.energy_j / self.seconds

    def rest(self, inside_w: float) -> float:
        """How much the power outside may be expected to vary, from 0 (at rest) to 1."""
        return min(1.0, self.outside_w / max(inside_w, 1e-9)) ** 2


class Part(NamedTuple):
    """The joules used in an interval outside the window, and their variance."""

    energy_j: float
    variance_j2: float


def outside_part(interval: EdgeInterval, inside_w: float | None, top_w: float) -> Part:
    """Return the energy used outside the window in the interval of an edge.

    Parameters
    ----------
    inside_w
        The power inside, where no whole interval lies there and it follows from others.
    top_w
        The highest mean power of an interval that was seen.
    """
    power_w = interval.inside[0].power_w if interval.inside else inside_w
    if power_w is None:
        power_w = interval.energy_j / interval.seconds
    by_outside = from_outside(interval, power_w)
    by_inside = _from_inside(interval, power_w)
    least_j, most_j = 0.0, interval.energy_j
    if interval.inside:
        reach_in_s = interval.inside_s + interval.inside_margin_s
        reach_out_s = interval.outside_s + interval.outside_margin_s
        least_j = max(0.0, interval.energy_j - HIGHEST * top_w * reach_in_s)
        most_j = max(least_j, min(interval.energy_j, HIGHEST * top_w * reach_out_s))
    outside_j = min(max(by_outside.energy_j, least_j), most_j)
    inside_j = min(max(by_inside.energy_j, least_j), most_j)
    v_outside, v_inside = by_outside.variance_j2, by_inside.variance_j2
    inside_share = v_outside / (v_outside + v_inside)
    if interval.outside:  # what may have gone unseen of it makes the inside no surer
        read_j2 = v_outside - interval.doubt_w2 * interval.outside_s**2
        energy_j = inside_j if v_inside < read_j2 else outside_j
    else:
        energy_j = outside_j + inside_share * (inside_j - outside_j)
    disagreement_j2 = (DISAGREEMENT * (inside_j - outside_j)) ** 2
    return Part(energy_j, min(v_outside, v_inside) + disagreement_j2 * inside_share)


def from_outside(interval: EdgeInterval, inside_w: float) -> Part:
    """Return the energy outside the window, as the power outside says."""
    if not interval.outside:
        share = interval.outside_s / max(interval.seconds, 1e-12)
        variance = (UNREAD * interval.energy_j) ** 2 * max(share * (1 - share), 0.02)
        return Part(interval.energy_j * share, variance + _TINY)
    seconds = interval.outside_s
    change = OUTSIDE_CHANGE * interval.rest(inside_w)
    known = _beside(interval.outside, interval.seconds, seconds, interval.outside_margin_s, change)
    return Part(known.energy_j, known.variance_j2 + interval.doubt_w2 * seconds**2)


def _from_inside(interval: EdgeInterval, inside_w: float) -> Part:
    """Return the energy outside the window: what the power inside leaves of the interval's."""
    seconds, margin_s = interval.inside_s, interval.inside_margin_s
    if not interval.inside:
        variance = (UNSEEN_INSIDE * inside_w * seconds) ** 2
        variance += _timing_variance(inside_w, margin_s, seconds, math.inf)
        return Part(interval.energy_j - inside_w * seconds, variance + _TINY)
    known = _beside(interval.inside, interval.seconds, seconds, margin_s, INSIDE_CHANGE)
    variance = known.variance_j2
    if not interval.outside:
        variance += (UNMETERED_EDGE * inside_w * seconds) ** 2 / len(interval.inside)
    return Part(interval.energy_j - known.energy_j, variance)


_TINY = 1e-12  # so that two exact figures do not divide by zero


def _beside(
    stretches: Sequence[Stretch], interval_s: float, part_s: float, margin_s: float, change: float
) -> Part:
    """Return the energy of a part of an interval by the mean power of the stretches beside it.

    The more of them are taken, the less does it matter when the refresh between happened,
    and the less does their mean say of what is near: those count that are surest.
    """
    scatter = [scatter_w2(a, b, interval_s) for a, b in pairwise(stretches)]
    seen_w2 = sum(scatter) / len(scatter) if scatter else 0.0
    found = []
    energy_j = seconds = 0.0
    for stretch in stretches:
        energy_j += stretch.power_w * stretch.seconds
        seconds += stretch.seconds
        power_w = energy_j / seconds
        share = change * math.sqrt(min(1.0, max(interval_s, seconds) / LONG_S))
        variance = ((share * power_w) ** 2 + seen_w2) * part_s**2
        variance += _timing_variance(power_w, margin_s, part_s, seconds)
        found.append(Part(power_w * part_s, variance + _TINY))
    return min(found, key=lambda part: part.variance_j2)


def scatter_w2(a: Stretch, b: Stretch, seconds: float) -> float:
    """Return what two neighbouring stretches say of the variance of the mean over `seconds`."""
    return (a.power_w - b.power_w) ** 2 / (seconds * (1 / a.seconds + 1 / b.seconds))


def _timing_variance(power_w: float, margin_s: float, part_s: float, stretch_s: float) -> float:
    """Return the variance (J²) from when a stretch's refreshes happened; one bounds the part."""
    ratio = part_s / stretch_s
    return (power_w * TIMING_SD * margin_s) ** 2 * ((1 + ratio) ** 2 + ratio**2)
