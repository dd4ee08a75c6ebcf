"""What a unit used in a window, and the joules that follow from it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from ..flags import HOST_BUSY
from ..meter.attribution import cpu_share, host_busy
from ..meter.baseline import Baseline
from ..meter.unit_share import CPU_TIME, DRIVER, WEAK_CPU_TIME, unit_share
from ..report.fields import DomainReport, Share, SharePart
from ..report.members import kind_of
from ..sampler.accumulator import DomainSample
from ..sampler.load import Load
from .split import Slot, split
from .units import Unit

MOST_LOOKS = 200
"""At CPU time in a window; beyond it every second one is forgotten."""
OWN = "own"
_FINE = 10**12
"""Into how many parts a driver's percentages are divided."""

GpuUse = Mapping[str, tuple[float, float]]
"""Of each GPU what a unit used and what all did, up to a time: in percent, added up."""


@dataclass
class Use:
    """What a unit uses while a window is open.

    `loads` are looks at its CPU time (``tree_busy_s``) and the host's, from the begin on; `gpus`
    what it had used of GPUs at the begin.
    """

    unit: Unit
    gpus: GpuUse
    loads: list[Load] = field(default_factory=list)

    def add(self, load: Load) -> None:
        """Take in a look, which comes after those before."""
        self.loads.append(load)
        if len(self.loads) > MOST_LOOKS:
            self.loads[1:-1] = self.loads[1:-1:2]


class Window(NamedTuple):
    """A window that has ended, as far as its joules are to be divided."""

    domains: Iterable[DomainReport]
    """As its client is told of them."""
    duration_s: float
    joules_at: Callable[[str, int], float]
    """What a domain had used up to a time, no more exactly than its client may know."""


class Divided(NamedTuple):
    """Whose the joules of a window were, and the flags that follow from it."""

    share: Share
    flags: Sequence[str]


def divided(window: Window, use: Use, gpus: GpuUse, baseline: Baseline | None) -> Divided | None:
    """Return the joules of a unit, of others and of idle.

    ``None`` where the window is too short, or the host was too idle, to be divided.
    """
    if len(use.loads) < 2 or (share := cpu_share(use.loads[0], use.loads[-1])) is None:
        return None
    slots = _slots(use.loads)
    found: dict[str, SharePart] = {}
    for domain in window.domains:
        if not domain.counted:
            continue
        idle_w = None if baseline is None else baseline.power_w.get(domain.id)
        if domain.id.startswith("cpu"):
            kind = WEAK_CPU_TIME if kind_of(domain.id) == "dram" else CPU_TIME
            used: _Used | None = _by_cpu_time(domain, slots, window.joules_at, idle_w or 0.0)
        elif domain.id in gpus:
            kind, used = DRIVER, _by_driver(use.gpus.get(domain.id, (0.0, 0.0)), gpus[domain.id])
        else:
            continue
        if used is None:
            continue
        spread_w = baseline.spread_w[domain.id] if baseline and idle_w is not None else 0.0
        idle = (idle_w, spread_w)
        found[domain.id] = _part(domain, kind, used, idle, window.duration_s)
    if not found:
        return None
    flags = [HOST_BUSY] if host_busy(use.loads[0], use.loads[-1]) else []
    return Divided(unit_share(use.unit.kind, share, found), flags)


class _Used(NamedTuple):
    slots: Sequence[Slot]
    errors: Sequence[float]
    """Half-width of the 95 % interval of the unit's part of each slot."""


def _slots(loads: Sequence[Load]) -> list[tuple[Load, Load]]:
    """Return stretches that are as short as the ticks of CPU time allow; the whole can be told."""
    found: list[tuple[Load, Load]] = []
    begin = loads[0]
    for load in loads[1:]:
        if cpu_share(begin, load) is not None:
            found.append((begin, load))
            begin = load
    if begin is not loads[-1]:  # too little for a slot of its own
        found[-1:] = [(found[-1][0] if found else begin, loads[-1])]
    return found


def _by_cpu_time(
    domain: DomainReport,
    slots: Sequence[tuple[Load, Load]],
    joules_at: Callable[[str, int], float],
    idle_w: float,
) -> _Used:
    edges_ns = [slots[0][0].t_ns, *(end.t_ns for _, end in slots)]
    joules = [joules_at(domain.id, t_ns) for t_ns in edges_ns]
    found, errors = [], []
    for (begin, end), (before_j, after_j) in zip(slots, pairwise(joules), strict=True):
        dynamic_j = after_j - before_j - idle_w * (end.t_ns - begin.t_ns) * 1e-9
        busy_us = round((end.host_busy_s - begin.host_busy_s) * 1e6)
        used_us = round((end.tree_busy_s - begin.tree_busy_s) * 1e6)
        # What is more than all that was busy is the ticks' fault.
        slot = Slot(round(dynamic_j * 1e6), busy_us, {OWN: min(busy_us, used_us)})
        found.append(slot)
        share = cpu_share(begin, end)
        errors.append(share[1] if share else 1.0)
    return _Used(found, errors)


def _by_driver(before: tuple[float, float], now: tuple[float, float]) -> _Used | None:
    own, all_ = now[0] - before[0], now[1] - before[1]
    if all_ <= 0:
        return None
    return _Used([Slot(1, _FINE, {OWN: round(_FINE * own / all_)})], [0.0])


def _part(
    domain: DomainReport,
    by: str,
    used: _Used,
    idle: tuple[float | None, float],
    duration_s: float,
) -> SharePart:
    """Return the parts of a domain's joules, with the half-width of the own part's interval."""
    idle_w, spread_w = idle
    measured_uj = round(domain.energy_j * 1e6)
    baseline_uj = None if idle_w is None else round(idle_w * duration_s * 1e6)
    found = split(measured_uj, baseline_uj, used.slots)
    own_uj, idle_uj = found.units_uj[OWN], found.idle_uj
    dynamic_j = (measured_uj - (idle_uj or 0)) * 1e-6
    share = own_uj * 1e-6 / dynamic_j if dynamic_j else 0.0
    drawn = [max(0, slot.dynamic_uj) for slot in used.slots]
    whole = sum(drawn)
    weights = [each / whole if whole else 1 / len(drawn) for each in drawn]
    by_ticks = math.hypot(*(w * error for w, error in zip(weights, used.errors, strict=True)))
    uncertainty_j = math.hypot(
        by_ticks * dynamic_j, share * domain.uncertainty_j, share * spread_w * duration_s
    )
    return SharePart(
        by=by,
        energy_j=own_uj / 1e6,
        uncertainty_j=uncertainty_j,
        others_j=found.others_uj / 1e6,
        idle_j=None if idle_uj is None else idle_uj / 1e6,
    )


def joules_at(readings: Sequence[DomainSample], t_ns: int) -> float:
    """Return the joules up to a time between readings, which are in time order."""
    place = bisect_left(readings, t_ns, key=lambda reading: reading.t_ns)
    if place == 0 or place == len(readings):
        return readings[min(place, len(readings) - 1)].energy_j if readings else 0.0
    before, after = readings[place - 1], readings[place]
    passed = (t_ns - before.t_ns) / (after.t_ns - before.t_ns)
    return before.energy_j + passed * (after.energy_j - before.energy_j)
