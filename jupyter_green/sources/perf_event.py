"""RAPL read through the kernel's perf counters, where powercap's files may not be read.

The performance monitoring unit ``power`` (arch/x86/events/rapl.c) counts the same
registers. Its folder describes it as Documentation/ABI/testing/
sysfs-bus-event_source-devices-events says: ``type``, ``cpumask`` with one processor
of each package, and for each event a file ``event=0xNN``, its ``.scale`` and
``.unit``. perf_event_open(2) opens one; a read gives the count now, as 64 bits.

Such a counter starts at zero when it is opened. It belongs to a processor, not to
a process, and therefore needs CAP_PERFMON or ``kernel.perf_event_paranoid`` <= 0
(Documentation/admin-guide/perf-security.rst).
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import struct
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import cpuinfo, rapl, rapl_zones, remedies, sysfs
from .base import Conditions, Domain, Found, Missing, Reading, Source
from .power_limit import PowerLimit

PMU_ROOT = Path("/sys/bus/event_source/devices/power")
CPU_ROOT = Path("/sys/devices/system/cpu")
PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")

# arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h
_SYSCALLS = {"x86_64": 298, "aarch64": 241}

# include/uapi/linux/perf_event.h: type, size, config, then nothing else that is
# set. The first published size, 64 bytes, is one that every kernel takes.
_ATTR = struct.Struct("=IIQ48x")
_COUNT = struct.Struct("=Q")
_FLAG_FD_CLOEXEC = 8

_KINDS = {
    "energy-pkg": "package",
    "energy-ram": "dram",
    "energy-cores": "core",
    "energy-gpu": "uncore",
    "energy-psys": "psys",
}


@dataclass(frozen=True)
class _Event:
    """One event, counted on one processor of its package or die."""

    type: int
    config: int
    cpu: int

    def open(self) -> int:
        """Return a descriptor of the running counter."""
        number = _SYSCALLS[os.uname().machine]
        attr = _ATTR.pack(self.type, _ATTR.size, self.config)
        # perf_event_open(attr, pid=-1 for every process, cpu, group=-1 for none, flags)
        arguments = (-1, self.cpu, -1, _FLAG_FD_CLOEXEC)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall.restype = ctypes.c_long
        fd = libc.syscall(ctypes.c_long(number), attr, *map(ctypes.c_long, arguments))
        if fd < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return int(fd)


@dataclass
class _Counter:
    domain: Domain
    event: _Event
    fd: int = -1

    def open(self) -> None:
        self.fd = self.event.open()

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class PerfEvent(Source):
    """Reads each counter through a descriptor that stays open."""

    name = "perf_event"

    def __init__(self, counters: Sequence[_Counter], limits: Mapping[str, PowerLimit]) -> None:
        self._counters = list(counters)
        self._limits = limits
        self.has_conditions = bool(limits)

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain per event and package, by the names that powercap has for them."""
        return [counter.domain for counter in self._counters]

    def read(self, index: int) -> Reading:
        """Read one count. A counter that was lost is reopened, and then starts at zero."""
        counter = self._counters[index]
        before = time.monotonic_ns()
        try:
            if counter.fd < 0:
                counter.open()
            (count,) = _COUNT.unpack(os.read(counter.fd, _COUNT.size))
        except (OSError, struct.error) as error:
            counter.close()
            cause = getattr(error, "strerror", None) or "the kernel has given the event up"
            return Reading(before, error=f"perf_event, {counter.domain.id}: {cause}")
        return Reading((before + time.monotonic_ns()) // 2, counter=count)

    def conditions(self, index: int) -> Conditions | None:
        """Return the power limit that powercap holds a domain to: it says so to everyone."""
        limit = self._limits.get(self._counters[index].domain.id)
        return limit.read() if limit else None

    def close(self) -> None:
        """Close the descriptors, which ends the counting."""
        for counter in self._counters:
            counter.close()


def probe(
    root: Path = PMU_ROOT,
    cpu_root: Path = CPU_ROOT,
    cpuinfo_path: Path = rapl.CPUINFO,
    powercap_root: Path = rapl.POWERCAP_ROOT,
) -> Found:
    """Open the energy events of the monitoring unit that `root` describes."""
    if reason := _why_not_here(root):
        remedy = remedies.compose(remedies.RAPL_ABSENT)
        return Found(missing=(Missing(PerfEvent.name, reason, remedy),))
    opened: list[_Counter] = []
    missing: list[Missing] = []
    for counter in _counters(root, cpu_root, sysfs.text(cpuinfo_path)):
        try:
            counter.open()
        except OSError as error:  # noqa: PERF203  (a handful of counters, each by itself)
            missing.append(_missing(counter.domain.id, error))
        else:
            opened.append(counter)
    opened.sort(key=lambda counter: not counter.domain.counted)
    if not opened and not missing:
        reason = f"{root} lists no energy counter"
        missing.append(Missing(PerfEvent.name, reason, remedies.compose(remedies.RAPL_ABSENT)))
    source = PerfEvent(opened, rapl.power_limits(powercap_root, cpuinfo_path)) if opened else None
    return Found(source, tuple(missing))


def _why_not_here(root: Path) -> str:
    if not root.is_dir():
        return f"this kernel has no perf energy counters: {root} does not exist"
    machine = os.uname().machine
    if machine not in _SYSCALLS or sys.maxsize < 2**32:
        bits = struct.calcsize("P") * 8
        return f"perf counters are not supported on this machine ({machine}, {bits} bit)"
    return ""


def _counters(root: Path, cpu_root: Path, cpuinfo_text: str) -> Iterator[_Counter]:
    """Describe each energy event of each package."""
    type_ = sysfs.integer(root / "type")
    packages = _packages(root, cpu_root, cpuinfo_text)
    processor = cpuinfo.model_name(cpuinfo_text)
    for name, kind in _KINDS.items():
        config = _config(sysfs.text(root / "events" / name))
        unit_j = _unit_j(root / "events", name)
        if type_ is None or config is None or unit_j is None:
            continue
        for cpu, place in packages.items():
            described = rapl_zones.domain(
                "" if kind == "psys" else place, kind, PerfEvent.name, processor
            )
            yield _Counter(
                replace(described, unit_j=unit_j, wrap_range=2**64), _Event(type_, config, cpu)
            )
            if kind == "psys":  # the platform has one counter, whoever reads it
                break


def _packages(root: Path, cpu_root: Path, cpuinfo_text: str) -> dict[int, str]:
    """Return one processor of each package or die, with the place of the package or die."""
    sockets = {
        cpu: sysfs.integer(cpu_root / f"cpu{cpu}" / "topology" / "physical_package_id") or 0
        for cpu in _cpus(sysfs.text(root / "cpumask"))
    }
    several = len(set(sockets.values())) < len(sockets)
    if not several:
        return {cpu: f"cpu:{socket}" for cpu, socket in sockets.items()}
    if rapl_zones.counts_dies(cpuinfo_text):
        return {
            cpu: f"cpu:{socket}/die-{sysfs.integer(cpu_root / f'cpu{cpu}/topology/die_id') or 0}"
            for cpu, socket in sockets.items()
        }
    first = {socket: cpu for cpu, socket in reversed(sockets.items())}
    return {cpu: f"cpu:{socket}" for socket, cpu in sorted(first.items())}


def _cpus(mask: str) -> list[int]:
    """Return the processors of a list such as ``0,28-29``."""
    cpus: list[int] = []
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", mask):
        cpus.extend(range(int(first), int(last or first) + 1))
    return cpus


def _config(event: str) -> int | None:
    match = re.fullmatch(r"event=(0x[0-9a-fA-F]+|\d+)", event)
    return int(match[1], 0) if match else None


def _unit_j(events: Path, name: str) -> float | None:
    """Return the joules of one count, ``None`` where the event counts something else."""
    if sysfs.text(events / f"{name}.unit") != "Joules":
        return None
    try:
        return float(sysfs.text(events / f"{name}.scale"))
    except ValueError:
        return None


def _missing(id_: str, error: OSError) -> Missing:
    if error.errno in (errno.EACCES, errno.EPERM):
        paranoid = sysfs.text(PARANOID) or "unknown"
        reason = (
            f"system-wide perf counters are not permitted: {error.strerror}, without "
            f"CAP_PERFMON and with kernel.perf_event_paranoid {paranoid}"
        )
        return Missing(id_, reason, remedies.compose(remedies.PERF_FORBIDDEN))
    reason = f"its perf counter cannot be opened: {error.strerror}"
    return Missing(id_, reason, remedies.compose(remedies.RAPL_ABSENT))
