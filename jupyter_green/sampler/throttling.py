"""Whether processors were slowed down by heat, as Linux counts it on Intel's.

Kernel documentation, "Intel thermal throttle events reporting": ``thermal_throttle`` has of each
CPU's package how often it was throttled, and for how many ms in all; all CPUs of a package show
the same. The time of an event is added at its end (drivers/thermal/intel/therm_throt.c), so the
number of events, which grows at its begin, is added to it: the sum grows with whatever happens.
One that goes on from before to after shows in neither.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

CPUS_ROOT = Path("/sys/devices/system/cpu")
_FIGURES = ("package_throttle_count", "package_throttle_total_time_ms")


class Throttling:
    """Reads how much each package was throttled, from one of its CPUs.

    Parameters
    ----------
    root
        The kernel's folder of CPUs.
    """

    def __init__(self, root: Path = CPUS_ROOT) -> None:
        self._folders: dict[str, Path] = {}
        """Of each package by its number."""
        for cpu in root.glob("cpu[0-9]*"):
            folder = cpu / "thermal_throttle"
            package = _text(cpu / "topology" / "physical_package_id")
            if package.isdecimal() and package not in self._folders and folder.is_dir():
                self._folders[package] = folder

    def read(self) -> Mapping[str, int]:
        """Return a figure of each package that grows while it is throttled; none of others."""
        found = {}
        for package, folder in self._folders.items():
            figures = [_text(folder / name) for name in _FIGURES]
            known = [int(figure) for figure in figures if figure.isdecimal()]
            if known:
                found[package] = sum(known)
        return found


def _text(path: Path) -> str:
    """Return what a file of the kernel says; nothing where a CPU has gone."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(fd, 64).decode("ascii", "replace").strip()
    except OSError:
        return ""
    finally:
        os.close(fd)
