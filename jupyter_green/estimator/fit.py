"""The energy between two edges, fitted to a counter's refreshes around them.

A counter's figure at a refresh is exact; how the energy of the refresh interval
that holds an edge divides before and after it is not. The power is taken for a
random walk that jumps at the edges of windows, and a Kalman filter (Kalman 1960;
Särkkä 2013, section 4.3) carries energy and power from refresh to refresh. Where
the neighbour is known to idle, this is the difference of the refreshes around the
window less what the neighbour used ("anchored"); where two cells share a refresh
interval it is a least-squares fit weighted by how well each one's power is known.

How well what is assumed agrees with what was seen is the likelihood of the surprises
(Särkkä 2013, section 12.3), by which assumptions can be weighed against each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_ENERGY, _POWER, _BEGIN, _END = range(4)


@dataclass(frozen=True)
class EnergySeen:
    """The energy at a time, with its standard deviation."""

    t_s: float
    energy_j: float
    sd_j: float


@dataclass(frozen=True)
class PowerSeen:
    """The power at a time, with its standard deviation."""

    t_s: float
    power_w: float
    sd_w: float


@dataclass(frozen=True)
class Edge:
    """An edge of a window: the power jumps there.

    Parameters
    ----------
    jump_w
        By how much it may jump, 1 s.d.
    diffusion
        How it wanders from here to the next edge: the variance that it gains
        per second, in W²/s.
    level_w
        The power to which it jumps, where that is known to within `jump_w`.
    slack_j
        How much energy the power may lack next to it, within the window, 1 s.d.: work
        begins a little after its window and ends a little before.
    """

    t_s: float
    jump_w: float
    diffusion: float
    level_w: float | None = None
    slack_j: float = 0.0


@dataclass(frozen=True)
class Drift:
    """From here on the power wanders by another `diffusion`, in W²/s. It does not jump."""

    t_s: float
    diffusion: float


@dataclass(frozen=True)
class Begin(Edge):
    """The edge at which the fitted window begins."""


@dataclass(frozen=True)
class End(Edge):
    """The edge at which the fitted window ends."""


Event = EnergySeen | PowerSeen | Edge | Drift


class Fit(NamedTuple):
    """Joules from the begin to the end edge, and their standard deviation.

    `log_likelihood` is that of what was seen, given what was assumed, but for a
    constant that depends on the number of the events only.
    """

    energy_j: float
    sd_j: float
    log_likelihood: float


def energy_between(events: Sequence[Event], power: PowerSeen, diffusion: float) -> Fit:
    """Return the joules from the begin to the end edge.

    Parameters
    ----------
    events
        What is known, in any order; one begin and one end edge among it.
    power
        The power to start from.
    diffusion
        How it wanders before the first edge, in W²/s.
    """
    ordered = sorted(events, key=lambda event: event.t_s)
    state = [0.0, power.power_w, 0.0, 0.0]
    spread = [[0.0] * 4 for _ in range(4)]
    spread[_POWER][_POWER] = power.sd_w**2
    now_s = ordered[0].t_s
    base_j: float | None = None
    log_likelihood = 0.0
    for event in ordered:
        _advance(state, spread, event.t_s - now_s, diffusion)
        now_s = event.t_s
        if isinstance(event, EnergySeen):
            variance = event.sd_j * event.sd_j
            if base_j is None:
                base_j = event.energy_j
                _set_scale(state, spread, variance)
            else:
                seen_j = event.energy_j - base_j
                log_likelihood += _observe(state, spread, _ENERGY, seen_j, variance)
        elif isinstance(event, PowerSeen):
            variance = event.sd_w * event.sd_w
            log_likelihood += _observe(state, spread, _POWER, event.power_w, variance)
        elif isinstance(event, Drift):
            diffusion = event.diffusion
        else:
            if isinstance(event, Begin):
                _copy_energy(state, spread, _BEGIN)
            spread[_ENERGY][_ENERGY] += event.slack_j**2
            if isinstance(event, End):
                _copy_energy(state, spread, _END)
            _jump(state, spread, event)
            diffusion = event.diffusion
    variance = spread[_END][_END] + spread[_BEGIN][_BEGIN] - 2 * spread[_BEGIN][_END]
    return Fit(state[_END] - state[_BEGIN], math.sqrt(max(0.0, variance)), log_likelihood)


_TINY = 1e-12
"""Added to the variance of what is seen, so that two exact figures do not divide by zero."""


def _set_scale(state: list[float], spread: list[list[float]], variance: float) -> None:
    """Count energies from the first one that is seen, as only their differences matter.

    Its error is then common to all of them.
    """
    energies = (_BEGIN, _END, _ENERGY)  # the one that is taken off comes last
    for which in energies:
        state[which] -= state[_ENERGY]
        for column in range(4):
            spread[which][column] -= spread[_ENERGY][column]
        for row in range(4):
            spread[row][which] -= spread[row][_ENERGY]
    for row in energies:
        for column in energies:
            spread[row][column] += variance


def _advance(state: list[float], spread: list[list[float]], dt_s: float, diffusion: float) -> None:
    """Let time pass: energy grows by the power, whose variance grows by diffusion."""
    if dt_s <= 0:
        return
    state[_ENERGY] += state[_POWER] * dt_s
    spread[_ENERGY] = [e + p * dt_s for e, p in zip(spread[_ENERGY], spread[_POWER], strict=True)]
    for row in spread:
        row[_ENERGY] += row[_POWER] * dt_s
    spread[_ENERGY][_ENERGY] += diffusion * dt_s**3 / 3
    spread[_ENERGY][_POWER] += diffusion * dt_s**2 / 2
    spread[_POWER][_ENERGY] += diffusion * dt_s**2 / 2
    spread[_POWER][_POWER] += diffusion * dt_s


def _observe(
    state: list[float], spread: list[list[float]], which: int, value: float, variance: float
) -> float:
    """Take a measurement of one component into account; return its log likelihood."""
    column = [row[which] for row in spread]
    total = column[which] + variance + _TINY
    surprise = value - state[which]
    a, b, c, d = column
    for i in range(4):
        gain = column[i] / total
        if gain:  # what lies ahead is not bound to anything yet
            state[i] += gain * surprise
            e, p, first, last = spread[i]
            spread[i] = [e - gain * a, p - gain * b, first - gain * c, last - gain * d]
    return -(math.log(total) + surprise * surprise / total) / 2


def _jump(state: list[float], spread: list[list[float]], edge: Edge) -> None:
    """Let the power jump: anywhere near where it was, or to a level of its own."""
    if edge.level_w is not None:
        state[_POWER] = edge.level_w
        for i in range(4):
            spread[_POWER][i] = spread[i][_POWER] = 0.0
    spread[_POWER][_POWER] += edge.jump_w**2


def _copy_energy(state: list[float], spread: list[list[float]], role: int) -> None:
    """Keep the energy of now as that of an edge."""
    state[role] = state[_ENERGY]
    for i in range(4):
        spread[role][i] = spread[i][role] = spread[_ENERGY][i]
    spread[role][role] = spread[_ENERGY][_ENERGY]
