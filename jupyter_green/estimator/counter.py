"""A counter's joules over one window, from its refreshes around the window's edges.

The constants here and in `levels.py` and `steadiness.py` were chosen on simulated windows
(steps, ramps and bursts of 1 ms to 10 s, alone and back to back): `docs/uncertainty.md`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..sampler.accumulator import DomainSample
from ..sources.base import Domain
from . import fit, steadiness
from .fit import Fit
from .levels import levels
from .mixture import interval
from .neighbourhood import TIMING_SD, Neighbourhood, Stretch, around
from .quantity import Energy, Interval
from .refreshes import Period
from .steadiness import Steadiness

IDLE_SD = 0.4
"""How well the power between two windows is known from other idle stretches, as a share of it."""
COOLING_SD = 0.1
"""What comes on top, as a share of the power within windows: devices clock down some time after."""
SLACK_S = 0.0002
"""Work begins about so long after its window, and ends before it."""
MOST_PIECES = 4
"""Two of the window's own and one of each neighbour's. Each doubles the number of fits."""


class Fitted(NamedTuple):
    """What the refreshes around a window say of its energy."""

    energy: Energy
    distance_s: float
    """From the farther edge to the refresh that is nearest to it."""


@dataclass(frozen=True)
class _Piece:
    """A window's part of a refresh interval that holds an edge of the fitted window."""

    stretch: Stretch | None
    """``None`` before the first and after the last refresh."""
    window: Interval


class _Mark(NamedTuple):
    """A time from which on the power may wander otherwise: in a window, in a piece of it."""

    t_ns: float
    window: Interval | None
    piece: _Piece | None


def fitted(
    domain: Domain,
    readings: Sequence[DomainSample],
    window: tuple[int, int],
    others: Sequence[Interval],
    period: Period,
) -> Fitted | None:
    """Return the energy within `window`, ``None`` where fewer than two refreshes were seen.

    It is fitted once for each way in which the pieces of windows next to the edges may
    have been steady or bursty, and the fits are weighed by how likely each makes what the
    refreshes showed.

    Parameters
    ----------
    readings
        The domain's good readings around the window, in time order.
    window, others
        Begin and end (CLOCK_MONOTONIC, ns) of the window, and of those near it.
    period
        The counter's refresh period.
    """
    neighbourhood = around(readings, window, others, period)
    if neighbourhood is None:
        return None
    model = _Model(domain, neighbourhood)
    least_j, most_j = neighbourhood.bounds_j()
    energy_j, half_j = interval(list(model.components()), least_j, most_j)
    return Fitted(Energy(energy_j, half_j + domain.unit_j), neighbourhood.distance_s())


class _Model:
    """What is assumed about the power near a window, and what was seen of it."""

    def __init__(self, domain: Domain, neighbourhood: Neighbourhood) -> None:
        self._neighbourhood = neighbourhood
        self._levels = levels(domain, neighbourhood)
        self._outside = steadiness.outside(neighbourhood, self._levels)
        self._edges_ns = set(neighbourhood.edges_ns)
        self._seen = list(self._what_was_seen())
        self._marks = list(self._where_power_changes())
        self._steadiness: dict[Interval, Steadiness] = {
            window: steadiness.of_window(domain, neighbourhood, window, self._levels)
            for window in {mark.window for mark in self._marks}
            if window is not None
        }

    def components(self) -> Iterator[Fit]:
        """Yield the window's energy by each way in which the pieces may be steady or bursty."""
        pieces = self._pieces()
        for bursty in itertools.product((False, True), repeat=len(pieces)):
            yield self._fit(dict(zip(pieces, bursty, strict=True)))

    def _pieces(self) -> list[_Piece]:
        """Return the pieces next to the window's edges, the nearest ones of many."""
        own_ns = self._neighbourhood.window
        shared = [self._neighbourhood.stretch_at(t_ns) for t_ns in own_ns]
        found: dict[_Piece, float] = {}
        for t_ns, _, piece in self._marks:
            if piece is not None and piece.stretch in shared:
                away_ns = min(abs(t_ns - edge_ns) for edge_ns in own_ns)
                found[piece] = min(away_ns, found.get(piece, math.inf))
        return sorted(found, key=lambda piece: found[piece])[:MOST_PIECES]

    def _where_power_changes(self) -> Iterator[_Mark]:
        refreshed_ns = (refresh.t_ns for refresh in self._neighbourhood.near)
        for t_ns in sorted({*self._neighbourhood.edges_ns, *refreshed_ns}):
            stretch = self._neighbourhood.stretch_at(t_ns + 1)
            window = self._neighbourhood.window_at(t_ns + 1)
            is_whole = stretch is not None and stretch.whole
            piece = None if window is None or is_whole else _Piece(stretch, window)
            yield _Mark(t_ns, window, piece)

    def _what_was_seen(self) -> Iterator[fit.Event]:
        for refresh in self._neighbourhood.near:
            timing_s = refresh.margin_ns * 1e-9 * TIMING_SD
            yield fit.EnergySeen(
                self._seconds(refresh.t_ns),
                refresh.energy_j,
                self._neighbourhood.slope_w(refresh) * timing_s,
            )
        if self._levels.reported is not None:
            yield self._levels.reported

    def _fit(self, bursty: Mapping[_Piece, bool]) -> Fit:
        """Return the window's energy, and how likely these pieces are to be steady or bursty."""
        events = list(self._seen)
        first_ns = self._neighbourhood.near[0].t_ns
        first = before = self._outside
        for mark in self._marks:
            diffusion = self._diffusion(mark, bursty)
            if mark.t_ns in self._edges_ns:
                events.append(self._edge(mark, diffusion))
            elif mark.t_ns == first_ns:
                first = diffusion
            elif diffusion != before:
                events.append(fit.Drift(self._seconds(mark.t_ns), diffusion))
            before = diffusion
        start = fit.PowerSeen(self._seconds(first_ns), self._levels.mean_w, self._levels.top_w)
        found = fit.energy_between(events, start, first)
        return found._replace(log_likelihood=found.log_likelihood + self._odds(bursty))

    def _odds(self, bursty: Mapping[_Piece, bool]) -> float:
        """Return the logarithm of how likely pieces are to be so, before anything was seen."""
        chances = ((self._steadiness[p.window].p_bursty, is_so) for p, is_so in bursty.items())
        return sum(math.log(chance if is_so else 1 - chance) for chance, is_so in chances)

    def _diffusion(self, mark: _Mark, bursty: Mapping[_Piece, bool]) -> float:
        if mark.window is None:
            return self._outside
        of_window = self._steadiness[mark.window]
        if mark.piece is None or mark.piece not in bursty:
            return of_window.usual
        return of_window.bursty if bursty[mark.piece] else of_window.steady

    def _edge(self, mark: _Mark, diffusion: float) -> fit.Edge:
        """Return an edge, where the power jumps to anything, or to about that of idle stretches."""
        t0_ns, t1_ns = self._neighbourhood.window
        kind = fit.Begin if mark.t_ns == t0_ns else fit.End if mark.t_ns == t1_ns else fit.Edge
        t_s, slack_j = self._seconds(mark.t_ns), SLACK_S * self._levels.inside_w
        idle_w = self._levels.idle_w
        if idle_w is None or mark.window is not None:
            return kind(t_s, self._levels.top_w, diffusion, slack_j=slack_j)
        jump_w = math.hypot(IDLE_SD * idle_w, COOLING_SD * self._levels.inside_w)
        return kind(t_s, max(jump_w, 1.0), diffusion, idle_w, slack_j)

    def _seconds(self, t_ns: float) -> float:
        return (t_ns - self._neighbourhood.window[0]) * 1e-9
