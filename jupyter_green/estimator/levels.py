"""How high the power is near a window's edges: as refreshes show it, and as the hardware says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..sampler.accumulator import DomainSample
from ..sources.base import Domain
from .fit import PowerSeen
from .neighbourhood import Neighbourhood, after

READING_SD = 0.025
"""How far a reported power may be from the counter's, beside the gain that both share."""
AVERAGED_S = 1.0
"""A reported power that is not said to be the present one is a mean over so long (NVML API
reference, `nvmlDeviceGetPowerUsage`, on Ampere and newer)."""
INSTANT = "instant"


@dataclass(frozen=True)
class Levels:
    """Powers in watts, each over the refreshes that are taken into account.

    Parameters
    ----------
    mean_w
        Over all of them.
    top_w
        About as far as the power may jump.
    inside_w
        The mean within windows, `mean_w` where it was not seen.
    idle_w
        The mean between windows; where that was not seen, what was reported last while
        no window was open; ``None`` where neither is known.
    reported
        What the hardware reported last before the window, at a time (s) relative to its
        begin, if nothing but what was before the window can be in it.
    """

    mean_w: float
    top_w: float
    inside_w: float
    idle_w: float | None
    reported: PowerSeen | None


def levels(domain: Domain, neighbourhood: Neighbourhood) -> Levels:
    """Return the powers of a domain near a window."""
    stretches = neighbourhood.stretches
    energy_j = sum(s.power_w * s.seconds for s in stretches)
    mean_w = energy_j / sum(s.seconds for s in stretches)
    inside_w, idle_w = (
        _mean([s.power_w for s in stretches if s.whole and neighbourhood.is_inside(s) is inside])
        for inside in (True, False)
    )
    reported = _reported_before(domain, neighbourhood)
    return Levels(
        mean_w,
        max(
            *(s.power_w for s in stretches),
            mean_w,
            reported.power_w if reported else 0.0,
            (domain.power_limit_w or 0.0) / 2,
        ),
        mean_w if inside_w is None else inside_w,
        _last_idle_w(domain, neighbourhood) if idle_w is None else idle_w,
        reported,
    )


def _mean(powers: Sequence[float]) -> float | None:
    return sum(powers) / len(powers) if powers else None


def _reported_before(domain: Domain, neighbourhood: Neighbourhood) -> PowerSeen | None:
    """Return the power that the hardware reported last, unless other windows' edges are in it.

    It belongs to the refresh before the reading, half a period back on average.
    """
    period_s, (t0_ns, _) = neighbourhood.period.seconds, neighbourhood.window
    latest_ns = t0_ns + 0.05 * period_s * 1e9
    for reading in reversed(neighbourhood.readings[: after(neighbourhood.readings, latest_ns)]):
        if reading.power_w is not None:
            from_ns = _earliest_ns(reading, domain, neighbourhood)
            edges_ns = (t for window in neighbourhood.windows[1:] for t in window if t is not None)
            if any(from_ns < t < reading.t_ns for t in edges_ns):
                return None
            t_s = (reading.t_ns - t0_ns) * 1e-9 - period_s / 2
            return PowerSeen(min(t_s, -1e-6), reading.power_w, READING_SD * reading.power_w)
    return None


def _last_idle_w(domain: Domain, neighbourhood: Neighbourhood) -> float | None:
    """Return what was reported last before the window while none had been open for long enough."""
    for reading in reversed(
        neighbourhood.readings[: after(neighbourhood.readings, neighbourhood.window[0])]
    ):
        if reading.power_w is not None:
            from_ns = _earliest_ns(reading, domain, neighbourhood)
            if not any(
                begin_ns < reading.t_ns and (end_ns is None or end_ns > from_ns)
                for begin_ns, end_ns in neighbourhood.windows
            ):
                return reading.power_w
    return None


def _earliest_ns(reading: DomainSample, domain: Domain, neighbourhood: Neighbourhood) -> float:
    """Return from when on the power is part of what a reading reports.

    The reading is up to a period old, and a mean over up to a period or about a second.
    """
    averaged_s = 0.0 if domain.power_kind == INSTANT else AVERAGED_S
    return reading.t_ns - (2 * neighbourhood.period.seconds + averaged_s) * 1e9
