"""How busy the processor is: of a limited container its own part, else of the machine.

A control group limits us by a quota (``cpu.max``) or by the CPUs that it may use
(``cpuset``), and so do the groups above it; the tightest limit holds. The group that
sets it is the one whose time is counted, so that time and vCPUs belong together. A
limit that the machine does not reach is none.

Formats: proc(5) for ``/proc/stat``, cpuset(7) for lists of CPUs; Linux,
Documentation/admin-guide/cgroup-v2.rst, scheduler/sched-bwc.rst,
admin-guide/cgroup-v1/cpuacct.rst and cgroup-v1/cpusets.rst.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from . import sysfs

PROC_ROOT = Path("/proc")
CGROUP_ROOT = Path("/sys/fs/cgroup")
POSSIBLE_CPUS = Path("/sys/devices/system/cpu/possible")

CONTAINER = "this container"

_CGROUP_STEP_S = 0.004
_USAGE_V2 = re.compile(rb"^usage_usec (\d+)", flags=re.MULTILINE)


class Usage(NamedTuple):
    """The vCPUs that there are now, and the seconds they have been busy so far, in sum."""

    vcpus: float
    busy_s: float


@dataclass(frozen=True)
class BusyTime:
    """Where busy time is read.

    Parameters
    ----------
    read
        Returns the usage now. Raises `OSError` or `ValueError` where it cannot be read.
    vcpus
        How many vCPUs there were at first.
    most_vcpus
        How many can be busy at once: hot-plugging adds some, a quota allows bursts.
    resolution_s
        The step of the busy time, in seconds.
    scope
        What is counted: "this machine" or "this container".
    """

    read: Callable[[], Usage]
    vcpus: float
    most_vcpus: float
    resolution_s: float
    scope: str

    @property
    def is_container(self) -> bool:
        """Whether it is a container's time, not the machine's."""
        return self.scope == CONTAINER


def find(
    proc_root: Path = PROC_ROOT,
    cgroup_root: Path = CGROUP_ROOT,
    possible_cpus: Path = POSSIBLE_CPUS,
) -> BusyTime | None:
    """Return the way to read our busy time, ``None`` where the system shows none."""
    machine = _procfs(proc_root / "stat", possible_cpus) or _psutil()
    cpus = machine.most_vcpus if machine else os.cpu_count() or 1
    online = machine.vcpus if machine else cpus
    return _container(_groups(proc_root, cgroup_root), online, cpus) or machine


# --- the machine ----------------------------------------------------------------------------


def _procfs(stat: Path, possible_cpus: Path) -> BusyTime | None:
    online = len(re.findall(r"^cpu\d+ ", sysfs.text(stat), flags=re.MULTILINE))
    if not online:
        return None
    possible = max(online, _count(sysfs.text(possible_cpus)))
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    # The lines of the CPUs come first and have ten numbers. A buffer that is larger
    # than the file costs more than the file does.
    size = 4096 + 160 * min(possible, 1024)
    read = partial(_procfs_usage, str(stat), size, tick_s)
    return BusyTime(read, online, possible, tick_s, "this machine")


def _procfs_usage(stat: str, size: int, tick_s: float) -> Usage:
    """Return the busy time since the machine started, and the CPUs that are online.

    The fields are user nice system idle iowait irq softirq steal guest guest_nice. In
    idle, iowait and steal our vCPUs did nothing; guests are in user and nice already.
    """
    data = _read(stat, size)
    user, nice, system, _, _, irq, softirq = map(int, data[: data.index(b"\n")].split()[1:8])
    return Usage(data.count(b"\ncpu"), (user + nice + system + irq + softirq) * tick_s)


def _psutil() -> BusyTime | None:
    try:
        import psutil
    except ImportError:
        return None
    cpus = psutil.cpu_count() or 1

    def read() -> Usage:
        times = psutil.cpu_times()
        return Usage(cpus, float(times.user + times.system + getattr(times, "nice", 0.0)))

    return BusyTime(read, cpus, cpus, 0.01, "this machine")


# --- the container --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Group:
    """A control group: the CPUs that it allows by itself, and how to read what it used."""

    limit: float
    busy_s: Callable[[], float]


def _container(groups: list[_Group], online: float, most_vcpus: float) -> BusyTime | None:
    """Return the busy time of the group whose limit holds; `groups` begin with the outermost.

    Where its time cannot be read, a group inside it will do: the same limit holds there.
    """
    limits = list(accumulate((group.limit for group in groups), min))
    if not limits or limits[-1] >= online:
        return None
    vcpus = limits[-1]
    for group, limit in zip(groups, limits, strict=True):
        if limit == vcpus and _readable(group):
            read = partial(_group_usage, vcpus, group)
            return BusyTime(read, vcpus, most_vcpus, _CGROUP_STEP_S, CONTAINER)
    return None


def _readable(group: _Group) -> bool:
    try:
        group.busy_s()
    except (OSError, ValueError):
        return False
    return True


def _group_usage(vcpus: float, group: _Group) -> Usage:
    return Usage(vcpus, group.busy_s())


def _groups(proc_root: Path, cgroup_root: Path) -> list[_Group]:
    """Return our group and those above it, the outermost first, of the version in use."""
    paths: dict[str, Path] = {}
    mounts: dict[str, Path] = {}
    for line in sysfs.text(proc_root / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = Path(path.strip("/"))
            together = cgroup_root / controllers
            mounts[controller] = together if together.exists() else cgroup_root / controller
    if "cpu" in paths:
        return _groups_v1(paths, mounts)
    return [_group_v2(cgroup_root / path) for path in _ancestry(paths[""])] if "" in paths else []


def _ancestry(path: Path) -> list[Path]:
    return [*reversed(path.parents), path] if path.parts else [path]


def _group_v2(folder: Path) -> _Group:
    quota, _, period = sysfs.text(folder / "cpu.max").partition(" ")
    limit = _quota(quota, period)
    return _Group(
        min(limit, _count(sysfs.text(folder / "cpuset.cpus.effective")) or math.inf),
        partial(_usage_v2_s, str(folder / "cpu.stat")),
    )


def _groups_v1(paths: dict[str, Path], mounts: dict[str, Path]) -> list[_Group]:
    """Join the hierarchies of the controllers, in which a container has the same path."""
    longest = max((paths.get(c, Path()) for c in ("cpu", "cpuset")), key=lambda p: len(p.parts))
    return [
        _Group(
            min(
                _quota_v1(mounts["cpu"] / path),
                _cpus_v1(mounts["cpuset"] / path) if "cpuset" in mounts else math.inf,
            ),
            partial(
                _usage_v1_s, str(mounts.get("cpuacct", mounts["cpu"]) / path / "cpuacct.usage")
            ),
        )
        for path in _ancestry(longest)
    ]


def _quota_v1(folder: Path) -> float:
    return _quota(*(sysfs.text(folder / f"cpu.cfs_{n}_us") for n in ("quota", "period")))


def _cpus_v1(folder: Path) -> float:
    effective = sysfs.text(folder / "cpuset.effective_cpus") or sysfs.text(folder / "cpuset.cpus")
    return _count(effective) or math.inf


def _quota(quota: str, period: str) -> float:
    """Return the CPUs of a quota in µs per period; ``max`` and -1 are no limit."""
    limited = quota.isdigit() and period.isdigit() and int(quota) and int(period)
    return int(quota) / int(period) if limited else math.inf


def _usage_v2_s(stat: str) -> float:
    match = _USAGE_V2.search(_read(stat, 4096))
    if match is None:
        raise ValueError(f"{stat} has no usage_usec")
    return int(match[1]) * 1e-6


def _usage_v1_s(usage: str) -> float:
    return int(_read(usage, 64)) * 1e-9


# --- files ----------------------------------------------------------------------------------


def _count(cpus: str) -> int:
    """Return how many CPUs are in a list such as ``0-3,8``, 0 where it is none."""
    try:
        ends = [[int(end) for end in part.split("-")] for part in cpus.split(",")]
    except ValueError:
        return 0
    return sum(end[-1] - end[0] + 1 for end in ends)


def _read(path: str, size: int) -> bytes:
    """Return what a file holds now: a third of the time that Python's file objects take."""
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, size)
    finally:
        os.close(file)
