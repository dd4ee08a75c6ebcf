"""Whose joules a host's are, added up by user, pod and job as they come.

Idle power stands apart where it was measured; what is above it is divided by CPU time, slot after
slot (:mod:`..service.split`). The parts of all are exactly the joules of the domain.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..report.members import kind_of, members
from ..sampler.processes import Procfs
from ..service.split import Slot, split
from ..sources.base import Domain
from .units import HostUnits

MOST_UNITS = 200
"""Units of a host with a name of their own; the rest are others."""
OTHER, IDLE = "other", "idle"
SLOT_S = 1.0
"""Slots are no shorter: the host's CPU time comes in steps of 10 ms."""
GONE_S = 900.0
"""How long a unit stays that has ended, so that whoever looks seldom sees what it had."""


@dataclass(frozen=True)
class _Look:
    """What there was at one time."""

    at_s: float
    energy_uj: Mapping[str, int]
    busy_s: float
    used_s: Mapping[str, float]


class Shares:
    """Adds up the joules of units.

    Parameters
    ----------
    idle_w
        What each domain draws while nothing runs, in watts; empty where it is not known.
    units, procfs, clock_s
        Have the CPU time of units and of the host, and the time.
    """

    def __init__(
        self,
        idle_w: Mapping[str, float],
        units: HostUnits | None = None,
        procfs: Procfs | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._idle_w = idle_w
        self._units = units or HostUnits()
        self._procfs = procfs or Procfs()
        self._clock_s = clock_s
        self._sums_uj: dict[tuple[str, str], int] = {}
        self._seen_s: dict[str, float] = {}
        """When each unit that has a name was seen last."""
        self._before: _Look | None = None

    @property
    def energy_j(self) -> Mapping[tuple[str, str], float]:
        """The joules so far by domain and unit."""
        return {key: energy_uj / 1e6 for key, energy_uj in self._sums_uj.items()}

    def add(self, domains: Sequence[Domain], energy_j: Mapping[str, float]) -> None:
        """Divide what was used since the last time, unless that is too short a time.

        Parameters
        ----------
        domains
            What is read.
        energy_j
            The joules so far of those that were read well.
        """
        now_s = self._clock_s()
        if self._before is not None and now_s - self._before.at_s < SLOT_S:
            return
        host = self._procfs.host()
        if host is None:
            return
        shared = [domain.id for domain in members(domains) if kind_of(domain.id) in ("cpu", "dram")]
        known_uj = {id_: round(energy_j[id_] * 1e6) for id_ in shared if id_ in energy_j}
        look = _Look(now_s, known_uj, host[0], self._units.used_s())
        before, self._before = self._before, look
        if before is not None:
            self._divide(before, look)
            self._forget(now_s)

    def forget_joules(self) -> None:
        """Begin anew: the joules to come are not after those that there were."""
        self._before = None

    def _divide(self, before: _Look, after: _Look) -> None:
        used_us = self._named(before, after)
        busy_us = round((after.busy_s - before.busy_s) * 1e6)
        seconds = after.at_s - before.at_s
        for id_ in before.energy_uj.keys() & after.energy_uj.keys():
            measured_uj = after.energy_uj[id_] - before.energy_uj[id_]
            if measured_uj < 0:
                continue
            idle_w = self._idle_w.get(id_)
            idle_uj = None if idle_w is None else round(idle_w * seconds * 1e6)
            slot = Slot(measured_uj - (idle_uj or 0), busy_us, used_us)
            found = split(measured_uj, idle_uj, [slot])
            parts = {**found.units_uj, OTHER: found.others_uj}
            if found.idle_uj is not None:
                parts[IDLE] = found.idle_uj
            for unit, part_uj in parts.items():
                self._sums_uj[id_, unit] = self._sums_uj.get((id_, unit), 0) + part_uj

    def _named(self, before: _Look, after: _Look) -> dict[str, int]:
        """Return the CPU time that units with a name have used meanwhile."""
        found: dict[str, int] = {}
        for name, used_s in after.used_s.items():
            if name not in self._seen_s and len(self._seen_s) >= MOST_UNITS:
                continue
            self._seen_s[name] = after.at_s
            # One that has come meanwhile has used all of it meanwhile.
            found[name] = max(0, round((used_s - before.used_s.get(name, 0.0)) * 1e6))
        return found

    def _forget(self, now_s: float) -> None:
        gone = {name for name, seen_s in self._seen_s.items() if now_s - seen_s > GONE_S}
        for name in gone:
            del self._seen_s[name]
        if gone:
            self._sums_uj = {key: uj for key, uj in self._sums_uj.items() if key[1] not in gone}
