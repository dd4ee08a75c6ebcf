"""What is known about a window besides its samples: the machine around it while it was open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..estimator.refreshes import Period
from ..flags import POWER_LIMIT_CHANGED, SHARED, THROTTLED
from ..sampler.load import Load
from ..sources.base import Conditions
from .agreement import Agreement
from .attribution import foreign, gpu_share
from .baseline import Baseline

_PACKAGE = re.compile(r"cpu:(?P<number>\d+)/(?:die-\d+/)?package")
_ALL_PROCESSORS = "cpu"
"""The domain of the CPU model."""


@dataclass
class _Device:
    """What was seen of one device, added up: a day of it takes no more room than a second."""

    busy_percent: float = 0.0
    """The sum of its utilisation, in percent, over `busy_seen` readings."""
    busy_seen: int = 0
    temperature_c: float | None = None
    """The highest."""
    power_limit_w: float | None = None
    """The first, as at the window's begin."""
    is_limit_changed: bool = False
    """Whether it was another one later."""
    process_ids: set[int] = field(default_factory=set)
    process_percent: dict[int, float] = field(default_factory=dict)
    """The sum of each process's percentage of the device's time."""
    is_throttled: bool = False
    """Whether it ever was."""
    newest: Conditions | None = None

    def add(self, seen: Conditions) -> None:
        self.newest = seen
        self.is_throttled |= seen.is_throttled
        if seen.utilization_percent is not None:
            self.busy_percent += seen.utilization_percent
            self.busy_seen += 1
        if seen.temperature_c is not None:
            self.temperature_c = max(seen.temperature_c, self.temperature_c or seen.temperature_c)
        if seen.power_limit_w is not None:
            if self.power_limit_w is None:
                self.power_limit_w = seen.power_limit_w
            self.is_limit_changed |= seen.power_limit_w != self.power_limit_w
        self.process_ids.update(seen.process_ids or ())
        for pid, percent in seen.process_percent:
            self.process_percent[pid] = self.process_percent.get(pid, 0.0) + percent


@dataclass
class Surroundings:
    """The machine around one window.

    `periods` are the refresh periods of counters as observed; `agreements` how well their
    joules agree with the power reported beside them; `devices` what each
    one did, as seen about once a second; the loads how busy the host was up to
    each edge; `tree_pids` the kernel's processes; `own_thread_s` the CPU seconds that the
    thread which opened the window has used in it; `other_meters` how many other
    programs metered at that time; `not_synchronised` the frameworks that could not
    wait for their GPU.
    """

    periods: Mapping[str, Period] = field(default_factory=dict)
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    devices: dict[str, _Device] = field(default_factory=dict)
    begin_load: Load | None = None
    end_load: Load | None = None
    tree_pids: set[int] = field(default_factory=set)
    own_thread_s: float | None = None
    other_meters: int = 0
    not_synchronised: list[str] = field(default_factory=list)
    hides_gpus: bool = False
    """Whether boards of the machine are hidden from this program, and left out."""
    baseline: Baseline | None = None

    def add_conditions(self, seen: Mapping[str, Conditions]) -> None:
        """Take in what devices are doing."""
        for id_, conditions in seen.items():
            self.devices.setdefault(id_, _Device()).add(conditions)

    def newest_conditions(self) -> dict[str, Conditions]:
        """Return what each device was doing when it was last asked."""
        return {id_: device.newest for id_, device in self.devices.items() if device.newest}

    def own_devices(self) -> set[str]:
        """Return the devices on which processes of the kernel's tree were seen.

        None where the driver numbers processes in another way than this system does.
        """
        found = set()
        for id_, device in self.devices.items():
            if not device.process_ids & self.tree_pids:
                continue  # whose these are takes long to tell
            own = device.process_ids - foreign(device.process_ids, self.tree_pids)
            if own and own <= self.tree_pids:
                found.add(id_)
        return found

    def device_flags(self, id_: str) -> list[str]:
        """Return the flags of a device: others use it too, it was throttled, its limit changed."""
        device = self.devices.get(id_) or _Device()
        flags = []
        if device.process_ids and self.tree_pids and foreign(device.process_ids, self.tree_pids):
            flags.append(SHARED)
        if device.is_throttled or self._is_throttled_processor(id_):
            flags.append(THROTTLED)
        if device.is_limit_changed:
            flags.append(POWER_LIMIT_CHANGED)
        return flags

    def _is_throttled_processor(self, id_: str) -> bool:
        """Whether a domain is a processor that was: ``cpu:N/…package``, or ``cpu`` of all."""
        if self.begin_load is None or self.end_load is None:
            return False
        throttled = self.end_load.throttled_since(self.begin_load)
        package = _PACKAGE.fullmatch(id_)
        if package is not None:
            return int(package["number"]) in throttled
        return id_ == _ALL_PROCESSORS and bool(throttled)

    def device_conditions(self, id_: str) -> dict[str, float]:
        """Return mean utilisation, highest temperature and the first power limit of a device."""
        device = self.devices.get(id_)
        found: dict[str, float] = {}
        if device is None:
            return found
        if device.busy_seen:
            found["utilization_percent"] = device.busy_percent / device.busy_seen
        if device.temperature_c is not None:
            found["temperature_c"] = device.temperature_c
        if device.power_limit_w is not None:
            found["power_limit_w"] = device.power_limit_w
        return found

    def gpu_shares(self) -> dict[str, float]:
        """Return the kernel's part of each device's busy time, where the driver reports it."""
        shares = {}
        for id_, device in self.devices.items():
            percent = list(device.process_percent.items())
            found = gpu_share(percent, self.tree_pids) if percent else None
            if found is not None:
                shares[id_] = found
        return shares
