"""RAPL: the energy counters of Intel and AMD processors, read through Linux's powercap tree.

Kernel documentation: Documentation/power/powercap/powercap.rst. Each zone is a
folder ``intel-rapl:N[:M]`` with ``name``, ``energy_uj`` (µJ, since an arbitrary
time) and ``max_energy_range_uj``, at which ``energy_uj`` wraps. The counter is
refreshed about once a millisecond. AMD uses the same driver and names.

What the zones' names mean is in the driver, drivers/powercap/intel_rapl_common.c:
``package-N``, or ``package-N-die-M`` where packages have several dies, with ``core``,
``uncore`` and ``dram`` below them; beside them ``psys`` and ``psys-N``. The control
type ``intel-rapl-mmio`` shows a package a second time.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import cpuinfo, rapl_zones, remedies, sysfs
from .base import Conditions, Domain, Found, Missing, Reading, Source
from .power_limit import PowerLimit

POWERCAP_ROOT = Path("/sys/class/powercap")
CPUINFO = Path("/proc/cpuinfo")

# Power limits are set points, and a processor may draw more for some
# milliseconds. What lies beyond twice the highest of them is not energy; where
# none is set, or an implausibly low one, these bounds apply.
_LIMIT_MARGIN = 2.0
_LOWEST_LIMIT_W = 500.0

REMEDY_NAMELESS = (
    "Make the zone's `name` readable here: mount the whole powercap tree, not single files of it."
)

_ZONE = re.compile(r"intel-rapl(?:-mmio)?(?::\d+)+$")
_CONTROL_TYPE = re.compile(r"intel-rapl(?:-mmio)?$")


@dataclass
class _Zone:
    """One powercap folder, and its counter once it is open."""

    path: Path
    full_name: tuple[str, str, str]
    """Control type, the name of the zone above, the zone's own: alike for no two zones."""
    domain: Domain
    limit: PowerLimit
    fd: int = -1

    @property
    def energy_uj(self) -> Path:
        return self.path / "energy_uj"

    def open(self) -> None:
        self.fd = os.open(self.energy_uj, os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class Rapl(Source):
    """Reads every readable zone, keeping the files open between reads."""

    name = "rapl"
    may_hang = False
    conditions_interval_s = 5.0
    """Limits change only where somebody sets them."""

    def __init__(self, zones: Sequence[_Zone]) -> None:
        self._zones = list(zones)
        self.has_conditions = any(zone.limit.is_known for zone in self._zones)

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain per zone; mirrors of the same zone are one domain."""
        return [zone.domain for zone in self._zones]

    def read(self, index: int) -> Reading:
        """Read one zone's counter, in µJ. A zone that vanished is reopened when it is back."""
        zone = self._zones[index]
        before = time.monotonic_ns()
        try:
            if zone.fd < 0:
                zone.open()
            counter = int(os.pread(zone.fd, 32, 0))
        except (OSError, ValueError) as error:
            zone.close()
            return Reading(before, error=f"{zone.energy_uj}: {why(error)}")
        return Reading((before + time.monotonic_ns()) // 2, counter=counter)

    def conditions(self, index: int) -> Conditions | None:
        """Return the power limit that a zone is held to."""
        return self._zones[index].limit.read()

    def close(self) -> None:
        """Close the files."""
        for zone in self._zones:
            zone.close()


def probe(root: Path = POWERCAP_ROOT, cpuinfo_path: Path = CPUINFO) -> Found:
    """Find the zones below `root` and open those that can be read."""
    folders = _zone_folders(root)
    if not folders:
        reason = f"{root} has no RAPL zone"
        return Found(missing=(_nothing(reason, remedies.RAPL_ABSENT),))
    if not any(folder.exists() for folder in folders):
        # Container runtimes mount an empty folder over what the class links to.
        reason = f"{root} lists {len(folders)} RAPL zones, but their folders are hidden here"
        return Found(missing=(_nothing(reason, remedies.RAPL_HIDDEN),))
    return _open(_zones(folders, cpuinfo_path))


def describe(root: Path = POWERCAP_ROOT, cpuinfo_path: Path = CPUINFO) -> dict[str, Domain]:
    """Return the domains below `root` by id, readable or not, without opening any."""
    domains: dict[str, Domain] = {}
    for zone in _zones(_zone_folders(root), cpuinfo_path):
        domains.setdefault(zone.domain.id, zone.domain)
    return domains


def power_limits(root: Path = POWERCAP_ROOT, cpuinfo_path: Path = CPUINFO) -> dict[str, PowerLimit]:
    """Return what reads the power limits of the domains below `root`, by id, whoever meters."""
    found: dict[str, PowerLimit] = {}
    for zone in _zones(_zone_folders(root), cpuinfo_path):
        if zone.limit.is_known:
            found.setdefault(zone.domain.id, zone.limit)
    return found


def access(root: Path = POWERCAP_ROOT) -> tuple[tuple[str, bool], ...]:
    """Return the zones' names and whether each one's counter may be read, in some 0.1 ms."""
    names = _names(root)
    zones = [name for name in names if _ZONE.match(name)] or [
        f"{control_type}/{name}"
        for control_type in names
        if _CONTROL_TYPE.match(control_type)
        for name in _names(root / control_type)
        if _ZONE.match(name)
    ]
    return tuple((zone, os.access(f"{root}/{zone}/energy_uj", os.R_OK)) for zone in zones)


def unreadable(path: Path, error: OSError) -> str:
    """Return why a file cannot be read: the error, the file's mode and its owner."""
    try:
        status = path.stat()
    except OSError:
        return f"{path} cannot be read: {why(error)}"
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    owner = f"{_name(path.owner, status.st_uid)}:{_name(path.group, status.st_gid)}"
    return f"{path} cannot be read: {why(error)} (mode {mode}, owner {owner})"


def why(error: Exception) -> str:
    """Return what went wrong with a counter's file."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it does not hold a number"


# --- which zones there are ------------------------------------------------------------------


def _zone_folders(root: Path) -> list[Path]:
    """Return the zones' folders, each once, the processor's own before their mirrors.

    They lie side by side in ``/sys/class/powercap`` and nested in
    ``/sys/devices/virtual/powercap``, which is what a container can be handed.
    """
    found: dict[str, Path] = {}
    waiting = deque([root])
    while waiting:
        folder = waiting.popleft()
        for name in _names(folder):
            if _ZONE.match(name) and name not in found:
                found[name] = folder / name
                waiting.append(folder / name)
            elif _CONTROL_TYPE.match(name):
                waiting.append(folder / name)
    return sorted(found.values(), key=lambda path: ("-mmio" in path.name, _numbers(path.name)))


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208  (the names alone are wanted)
    except OSError:
        return []


def _zones(folders: Iterable[Path], cpuinfo_path: Path) -> list[_Zone]:
    """Describe the zones that have a counter.

    One whose name cannot be read goes by that of its folder, and so do the zones in it.
    """
    text = sysfs.text(cpuinfo_path)
    processor = cpuinfo.model_name(text)
    dies = rapl_zones.counts_dies(text)
    paths = {path.name: path for path in folders}
    zones: list[_Zone] = []
    for path in paths.values():
        if not (path / "energy_uj").exists():
            continue
        name = sysfs.text(path / "name") or path.name
        above = paths.get(path.name.rpartition(":")[0])
        above_name = sysfs.text(above / "name") or above.name if above else ""
        described = replace(
            rapl_zones.named(name, above_name, Rapl.name, processor, counts_dies=dies),
            wrap_range=sysfs.integer(path / "max_energy_range_uj"),
            power_limit_w=_power_limit_w(path),
        )
        full_name = path.name.partition(":")[0], above_name, name
        zones.append(_Zone(path, full_name, described, PowerLimit(path)))
    return zones


def _power_limit_w(folder: Path) -> float:
    limits = [
        value
        for path in folder.glob("constraint_*_uw")
        if path.name.endswith(("_power_limit_uw", "_max_power_uw"))
        and (value := sysfs.integer(path))
    ]
    highest_w = max(limits, default=0) * 1e-6
    return (
        max(_LIMIT_MARGIN * highest_w, _LOWEST_LIMIT_W) if highest_w else rapl_zones.UNKNOWN_LIMIT_W
    )


# --- which of them are read and counted -----------------------------------------------------


def _open(zones: Iterable[_Zone]) -> Found:
    opened: dict[str, _Zone] = {}
    failed: dict[str, tuple[_Zone, OSError]] = {}
    names: set[tuple[str, str, str]] = set()
    for zone in zones:
        if zone.full_name in names:
            _set_apart(zone)
        names.add(zone.full_name)
        if zone.domain.id in opened:
            continue
        try:
            zone.open()
        except OSError as error:
            failed.setdefault(zone.domain.id, (zone, error))
        else:
            opened[zone.domain.id] = zone
    counted = rapl_zones.counted_once([zone.domain for zone in opened.values()])
    for zone, domain in zip(opened.values(), counted, strict=True):
        zone.domain = domain
    missing = _missing([pair for id_, pair in failed.items() if id_ not in opened])
    missing += _nameless(opened.values())
    order = sorted(opened.values(), key=_place)
    return Found(Rapl(order) if order else None, missing)


def _set_apart(zone: _Zone) -> None:
    """Keep a zone that is named like another one out of the total, and say so."""
    zone.domain = replace(
        zone.domain,
        id=f"{zone.domain.id}@{zone.path.name}",
        counted=False,
        note="another zone has the same name, and whether they differ is unknown",
    )


def _missing(failed: list[tuple[_Zone, OSError]]) -> tuple[Missing, ...]:
    remedy = remedies.compose(remedies.RAPL_UNREADABLE)
    return tuple(
        Missing(zone.domain.id, unreadable(zone.energy_uj, error), remedy)
        for zone, error in sorted(failed, key=lambda pair: _place(pair[0]))
    )


def _nameless(zones: Iterable[_Zone]) -> tuple[Missing, ...]:
    """Return the zones that are not counted as nothing says what they are."""
    return tuple(
        Missing(zone.domain.id, _why_nameless(zone.path / "name"), REMEDY_NAMELESS)
        for zone in sorted(zones, key=_place)
        if zone.full_name[-1] == zone.path.name
    )


def _why_nameless(path: Path) -> str:
    try:
        said = path.read_bytes()
    except OSError as error:
        return f"what it counts is not known, and so it is not in the total: {path}: {why(error)}"
    return f"what it counts is not known, and so it is not in the total: {path} says {said[:80]!r}"


def _nothing(reason: str, remedy: Iterable[remedies.Remedy]) -> Missing:
    return Missing(Rapl.name, reason, remedies.compose(remedy))


def _place(zone: _Zone) -> tuple[bool, list[int], bool, str]:
    """Sort by what counts, then socket and die, the package first."""
    place, _, kind = zone.domain.id.rpartition("/")
    return not zone.domain.counted, _numbers(place), kind != "package", kind


def _numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)]


def _name(find: Callable[[], str], number: int) -> str:
    try:
        return find()
    except KeyError:  # an owner without a name, as in containers
        return str(number)
