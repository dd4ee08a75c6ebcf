"""RAPL: the energy counters of Intel and AMD processors, read through Linux's powercap tree.

Kernel documentation: Documentation/power/powercap/powercap.rst. Each zone is a
folder ``intel-rapl:N[:M]`` with ``name``, ``energy_uj`` (µJ, since an arbitrary
time) and ``max_energy_range_uj``, at which ``energy_uj`` wraps. The counter is
refreshed about once a millisecond. AMD uses the same driver and names.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import cpuinfo, sysfs
from .base import Domain, Found, Missing, Provenance, Reading, Source

POWERCAP_ROOT = Path("/sys/class/powercap")
RESOLUTION_S = 0.001

# Power limits are set points, and a processor may draw more for some
# milliseconds. What lies beyond twice the highest of them is not energy; where
# none is set, or an implausibly low one, these bounds stand in.
_LIMIT_MARGIN = 2.0
_LOWEST_LIMIT_W = 500.0
_UNKNOWN_LIMIT_W = 2000.0

_ZONE = re.compile(r"intel-rapl(?:-mmio)?(?::\d+)+$")
_PACKAGE = re.compile(r"package-(?P<socket>\d+)(?:-die-(?P<die>\d+))?$")

_DEVICES = {"dram": "memory", "core": "cores", "uncore": "integrated graphics", "psys": "platform"}
_NOT_COUNTED = {
    "core": "part of the package",
    "uncore": "part of the package",
    "psys": "the whole platform: it contains the packages",
}

REMEDY_NO_ZONES = (
    "Virtual machines and containers rarely see RAPL: measure on the host, or accept the CPU "
    "estimate. On bare metal load the driver with `sudo modprobe intel_rapl_msr` (or build the "
    "kernel with CONFIG_INTEL_RAPL)."
)
REMEDY_UNREADABLE = (
    "Let one group read the counters: `sudo groupadd -f rapl && sudo usermod -aG rapl $USER && "
    "echo 'z /sys/class/powercap/intel-rapl*/energy_uj 0440 root rapl' | sudo tee "
    "/etc/tmpfiles.d/rapl.conf && sudo systemd-tmpfiles --create`, then log in again. "
    "`sudo chmod a+r /sys/class/powercap/intel-rapl*/energy_uj` lasts until the next boot and lets "
    "every user read them, which reopens the side channel CVE-2020-8694."
)


@dataclass
class _Zone:
    """One powercap folder whose counter could be opened."""

    path: Path
    domain: Domain
    fd: int


class Rapl(Source):
    """Reads every readable zone, keeping the files open between reads."""

    name = "rapl"

    def __init__(self, zones: Sequence[_Zone]) -> None:
        self._zones = list(zones)

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain per zone; mirrors of the same zone are one domain."""
        return [zone.domain for zone in self._zones]

    def read(self, index: int) -> Reading:
        """Read one zone's counter, in µJ."""
        return _read(self._zones[index])

    def close(self) -> None:
        """Close the files."""
        for zone in self._zones:
            _close(zone)


def probe(root: Path = POWERCAP_ROOT, cpuinfo_path: Path = Path("/proc/cpuinfo")) -> Found:
    """Find the zones below `root` and open those that can be read."""
    folders = _zone_folders(root)
    if not folders:
        return Found(
            missing=(Missing("rapl", f"{root} shows no RAPL zone", REMEDY_NO_ZONES),),
        )
    processor = cpuinfo.model_name(sysfs.text(cpuinfo_path))
    zones: dict[str, _Zone] = {}
    unreadable: dict[str, tuple[Path, OSError]] = {}
    for folder in folders:
        domain = _domain(folder, processor)
        if domain is None or domain.id in zones:
            continue
        try:
            fd = os.open(folder / "energy_uj", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            unreadable.setdefault(domain.id, (folder / "energy_uj", error))
            continue
        zones[domain.id] = _Zone(folder, domain, fd)
    missing = tuple(
        Missing(id_, _why_unreadable(path, error), REMEDY_UNREADABLE)
        for id_, (path, error) in unreadable.items()
        if id_ not in zones
    )
    order = sorted(zones.values(), key=_place)
    return Found(Rapl(order) if order else None, missing)


def _zone_folders(root: Path) -> list[Path]:
    """Return the zone folders, the processor's own before their memory-mapped mirrors."""
    try:
        folders = sorted(path for path in root.iterdir() if _ZONE.match(path.name))
    except OSError:
        return []
    return sorted(folders, key=lambda path: "-mmio" in path.name)


def _place(zone: _Zone) -> tuple[bool, str, bool]:
    """Sort by what counts, then socket and die, the package first."""
    place, _, kind = zone.domain.id.rpartition("/")
    return not zone.domain.counted, place, kind != "package"


def _domain(folder: Path, processor: str) -> Domain | None:
    """Describe a zone, or return ``None`` for one that has no name or no energy."""
    name = sysfs.text(folder / "name")
    if not name or not (folder / "energy_uj").exists():
        return None
    package = _PACKAGE.match(name)
    parent = package or _PACKAGE.match(_parent_name(folder))
    if parent:
        place = f"cpu:{parent['socket']}" + (f"/die-{parent['die']}" if parent["die"] else "")
        kind = "package" if package else name
        id_ = f"{place}/{kind}"
    else:
        kind = id_ = name
    return Domain(
        id=id_,
        device=processor if kind == "package" else _DEVICES.get(kind, kind),
        source=Rapl.name,
        provenance=Provenance.COUNTER,
        resolution_s=RESOLUTION_S,
        counted=kind in ("package", "dram"),
        unit_j=1e-6,
        wrap_range=sysfs.integer(folder / "max_energy_range_uj"),
        power_limit_w=_power_limit_w(folder),
        note=_NOT_COUNTED.get(kind, ""),
    )


def _parent_name(folder: Path) -> str:
    """Return the name of the zone that holds this one, by its folder's number."""
    head, _, _ = folder.name.rpartition(":")
    return sysfs.text(folder.parent / head / "name") if head.count(":") else ""


def _power_limit_w(folder: Path) -> float:
    limits = [
        value
        for path in folder.glob("constraint_*_uw")
        if path.name.endswith(("_power_limit_uw", "_max_power_uw"))
        and (value := sysfs.integer(path))
    ]
    highest_w = max(limits, default=0) * 1e-6
    return max(_LIMIT_MARGIN * highest_w, _LOWEST_LIMIT_W) if highest_w else _UNKNOWN_LIMIT_W


def _read(zone: _Zone) -> Reading:
    before = time.monotonic_ns()
    try:
        if zone.fd < 0:
            zone.fd = os.open(zone.path / "energy_uj", os.O_RDONLY | os.O_CLOEXEC)
        counter = int(os.pread(zone.fd, 32, 0))
    except (OSError, ValueError) as error:
        _close(zone)
        return Reading(before, error=f"{zone.path / 'energy_uj'}: {_reason(error)}")
    return Reading((before + time.monotonic_ns()) // 2, counter=counter)


def _close(zone: _Zone) -> None:
    if zone.fd >= 0:
        os.close(zone.fd)
        zone.fd = -1


def _why_unreadable(path: Path, error: OSError) -> str:
    try:
        mode = f", its mode is {stat.S_IMODE(path.stat().st_mode):04o}"
    except OSError:
        mode = ""
    return f"{path} cannot be read: {_reason(error)}{mode}"


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it does not hold a number"
