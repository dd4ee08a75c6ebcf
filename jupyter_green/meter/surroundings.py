"""What is known about a window beside its samples: the machine around it while it was open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..sampler.host_load import Load
from ..sources.base import Conditions
from .attribution import SHARED, foreign, gpu_share
from .baseline import Baseline
from .refreshes import Period


@dataclass
class Surroundings:
    """The machine around one window.

    `periods` are the refresh periods of counters as observed; `conditions` what
    each device did, about once a second; the loads how busy the host was up to
    each edge; `tree_pids` the kernel's processes; `other_meters` how many other
    programs metered meanwhile; `not_synchronised` the frameworks that could not
    wait for their GPU.
    """

    periods: Mapping[str, Period] = field(default_factory=dict)
    conditions: dict[str, list[Conditions]] = field(default_factory=dict)
    begin_load: Load | None = None
    end_load: Load | None = None
    tree_pids: frozenset[int] = frozenset()
    other_meters: int = 0
    not_synchronised: list[str] = field(default_factory=list)
    baseline: Baseline | None = None

    def add_conditions(self, seen: Mapping[str, Conditions]) -> None:
        """Take in what devices are doing."""
        for id_, conditions in seen.items():
            self.conditions.setdefault(id_, []).append(conditions)

    def device_flags(self, id_: str) -> list[str]:
        """Return the flags of a device: whether others use it too."""
        pids = {pid for c in self.conditions.get(id_, ()) for pid in c.process_ids or ()}
        return [SHARED] if pids and foreign(pids, self.tree_pids) else []

    def device_conditions(self, id_: str) -> dict[str, float]:
        """Return mean utilisation, highest temperature and the power limit of a device."""
        seen = self.conditions.get(id_, ())
        busy = _known(c.utilization_percent for c in seen)
        temperatures = _known(c.temperature_c for c in seen)
        limits = _known(c.power_limit_w for c in seen)
        found = {}
        if busy:
            found["utilization_percent"] = sum(busy) / len(busy)
        if temperatures:
            found["temperature_c"] = max(temperatures)
        if limits:
            found["power_limit_w"] = limits[-1]
        return found

    def gpu_shares(self) -> dict[str, float]:
        """Return the kernel's part of each device's busy time, where the driver tells."""
        shares = {}
        for id_, seen in self.conditions.items():
            percent: dict[int, float] = {}
            for pid, share in (entry for c in seen for entry in c.process_percent):
                percent[pid] = percent.get(pid, 0.0) + share
            found = gpu_share(list(percent.items()), self.tree_pids) if percent else None
            if found is not None:
                shares[id_] = found
        return shares


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
