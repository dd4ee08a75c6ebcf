"""The curve of a cell on several hosts, of which the others tell by the second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ...meter.elsewhere import HostSoFar, HostsSoFar
from ...meter.trace import Point


class _Stretch(NamedTuple):
    """What a host drew up to a time, since the one before, and had used by then."""

    until_s: float
    power_w: float
    energy_j: float


@dataclass
class _Told:
    """What one other host has told."""

    is_lost: bool = False
    until_s: float = 0.0
    stretches: list[_Stretch] = field(default_factory=list)
    """Those of which points are still to come, and the newest."""

    def take(self, host: HostSoFar) -> None:
        """Take in what it tells now."""
        self.is_lost = host.is_lost
        if host.until_s is None or host.until_s <= self.until_s:
            return
        self.until_s = host.until_s
        if host.energy_j is not None and host.power_w is not None:
            self.stretches.append(_Stretch(host.until_s, host.power_w, host.energy_j))

    def at(self, t_s: float) -> tuple[float | None, float]:
        """Return its watts and its joules so far at a time; no later call is for an earlier one."""
        while len(self.stretches) > 1 and self.stretches[0].until_s < t_s:
            del self.stretches[0]
        if not self.stretches:
            return None, 0.0
        until_s, power_w, energy_j = self.stretches[0]
        if t_s > until_s:
            return None, energy_j
        return power_w, max(0.0, energy_j - power_w * (until_s - t_s))


class AllHosts:
    """Holds points of this host's curve back until every other host has told of their time.

    One that is lost is not waited for: from then on the curve is that of those that are left.
    """

    def __init__(self) -> None:
        self._held: list[Point] = []
        self._told: dict[str, _Told] = {}

    @property
    def names(self) -> Sequence[str]:
        """Those of the other hosts that are on the curve."""
        return [*self._told]

    def take(
        self, points: Sequence[Point], found: HostsSoFar | None, seconds: Callable[[int], float]
    ) -> Sequence[Point]:
        """Take in new points, and return those of which all is known: with the watts of the others.

        Parameters
        ----------
        points
            New ones, of this host.
        found
            What the others have told by now.
        seconds
            Turns the time of a point into seconds since the window's begin.
        """
        others = found.others if found is not None else ()
        for host in others:
            self._told.setdefault(host.name, _Told()).take(host)
        for name in self._told.keys() - {host.name for host in others}:
            self._told[name].is_lost = True  # now it is told of with others
        self._held += points
        awaited_s = [told.until_s for told in self._told.values() if not told.is_lost]
        known_s = min(awaited_s, default=float("inf"))
        count = sum(1 for point in self._held if seconds(point.t_ns) <= known_s)
        known, self._held = self._held[:count], self._held[count:]
        return [self._with_others(point, seconds(point.t_ns)) for point in known]

    def _with_others(self, point: Point, t_s: float) -> Point:
        if not self._told:
            return point
        each = {name: told.at(t_s) for name, told in self._told.items()}
        watts = {name: power_w for name, (power_w, _) in each.items()}
        told_j = sum(energy_j for _, energy_j in each.values())
        is_known = point.total_j is not None or told_j > 0
        total_j = (point.total_j or 0.0) + told_j if is_known else None
        return replace(point, power_w=point.power_w | watts, total_j=total_j)
