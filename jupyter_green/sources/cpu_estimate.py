"""The CPU estimate, for machines whose processor shows no energy counter.

watts = vCPUs x idle + busy vCPUs x (full - idle), with the watts per vCPU of the
processor's architecture between idle and full load from the Cloud Carbon
Footprint coefficients (``data/cpu_watts_per_vcpu.csv``, Apache-2.0, derived from
SPECpower results) and the busy time that the system itself counts: of the
control group where that is limited to a part of the machine, else of the machine.

It is a model. Its interval is the spread of the figures over the architectures
of the same maker at half load, 1.96 standard deviations, because a server's
configuration moves its power about as much as its generation does.
"""

from __future__ import annotations

import csv
import os
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from . import cpuinfo, sysfs
from .base import Domain, Found, Missing, Provenance, Reading, Source

PROC_ROOT = Path("/proc")
CGROUP_ROOT = Path("/sys/fs/cgroup")
_TABLE = Path(__file__).parent / "data" / "cpu_watts_per_vcpu.csv"


class Coefficients(NamedTuple):
    """Watts per vCPU, and the half-width of their 95 % interval as a share."""

    idle_w: float
    full_w: float
    relative_spread: float
    basis: str


@dataclass(frozen=True)
class BusyTime:
    """Where busy time is read: a way to read seconds, of how many vCPUs, at what step."""

    read_s: Callable[[], float]
    vcpus: float
    resolution_s: float
    scope: str


class CpuEstimate(Source):
    """Turns busy time into modelled µJ, as a counter that never wraps."""

    name = "cpu-estimate"

    def __init__(self, busy: BusyTime, coefficients: Coefficients, model_name: str) -> None:
        self._busy = busy
        self._coefficients = coefficients
        self._domain = Domain(
            id="cpu",
            device=f"{model_name} ({busy.vcpus:g} vCPU)",
            source=self.name,
            provenance=Provenance.ESTIMATE,
            resolution_s=busy.resolution_s,
            unit_j=1e-6,
            power_limit_w=coefficients.full_w * busy.vcpus,
            relative_spread=coefficients.relative_spread,
            note=f"{coefficients.basis}, times the utilisation of {busy.scope}",
        )

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain: the processor as this system sees it."""
        return [self._domain]

    def read(self, index: int) -> Reading:  # noqa: ARG002  (there is one domain)
        """Return the modelled energy since the machine started, in µJ."""
        before = time.monotonic_ns()
        try:
            busy_s = self._busy.read_s()
        except (OSError, ValueError, LookupError) as error:
            return Reading(before, error=f"utilisation: {error}")
        t_ns = (before + time.monotonic_ns()) // 2
        idle_w, full_w, _, _ = self._coefficients
        energy_j = idle_w * self._busy.vcpus * t_ns * 1e-9 + (full_w - idle_w) * busy_s
        return Reading(t_ns, counter=round(energy_j * 1e6))

    def close(self) -> None:
        """Nothing is held open."""


def probe(proc_root: Path = PROC_ROOT, cgroup_root: Path = CGROUP_ROOT) -> Found:
    """Choose the coefficients for this processor and the way to read its busy time."""
    text = sysfs.text(proc_root / "cpuinfo")
    busy = _cgroup_busy_time(proc_root, cgroup_root) or _machine_busy_time(proc_root)
    if busy is None:
        reason = f"no utilisation: {proc_root / 'stat'} cannot be read and psutil is not installed"
        remedy = "`pip install psutil` into the kernel's environment."
        return Found(missing=(Missing("cpu-estimate", reason, remedy),))
    return Found(CpuEstimate(busy, coefficients(architecture(text)), cpuinfo.model_name(text)))


# --- which processor ------------------------------------------------------------------------

# Family and model numbers as Linux names them in arch/x86/include/asm/intel-family.h
# and as AMD's processor programming references give them.
_INTEL_FAMILY_6 = {
    "Sandy Bridge": (42, 45),
    "Ivy Bridge": (58, 62),
    "Haswell": (60, 63, 69, 70),
    "Broadwell": (61, 71, 79, 86),
    "Skylake": (78, 94),
    "Coffee Lake": (142, 158),
    "Ice Lake": (106, 108, 125, 126),
    "Sapphire Rapids": (143,),
    "Emerald Rapids": (207,),
    "Granite Rapids": (173, 174),
}
_SKYLAKE_SERVER = 85  # shared with Cascade Lake, which has stepping 5 or higher
_ARM_PARTS = {0xD0C: "Graviton2", 0xD40: "Graviton3", 0xD4F: "Graviton4"}


def architecture(text: str) -> str | None:
    """Return the table's name for the processor in ``/proc/cpuinfo``, ``None`` if unknown."""
    vendor = cpuinfo.field(text, "vendor_id")
    if vendor == "GenuineIntel" and cpuinfo.number(text, "cpu family") == 6:
        model = cpuinfo.number(text, "model")
        if model == _SKYLAKE_SERVER:
            return "Cascade Lake" if (cpuinfo.number(text, "stepping") or 0) >= 5 else "Skylake"
        return next((name for name, models in _INTEL_FAMILY_6.items() if model in models), None)
    if vendor == "AuthenticAMD":
        return _amd(cpuinfo.number(text, "cpu family"), cpuinfo.number(text, "model") or 0)
    if cpuinfo.number(text, "CPU implementer") == 0x41:
        return _ARM_PARTS.get(cpuinfo.number(text, "CPU part") or 0)
    return None


def _amd(family: int | None, model: int) -> str | None:
    if family == 0x17:
        return "EPYC 2nd Gen" if model >= 0x30 else "EPYC 1st Gen"
    if family == 0x19:
        fourth = 0x10 <= model <= 0x1F or 0x60 <= model <= 0x7F or 0xA0 <= model <= 0xAF
        return "EPYC 4th Gen" if fourth else "EPYC 3rd Gen"
    return None


def coefficients(name: str | None) -> Coefficients:
    """Return the coefficients of an architecture, the table's median where it has none."""
    table = _table()
    if name in table:
        idle_w, full_w = table[name]
        peers = [watts for other, watts in table.items() if _maker(other) == _maker(name)]
        return Coefficients(idle_w, full_w, _relative_spread(peers), f"watts per vCPU of {name}")
    return Coefficients(
        statistics.median(idle for idle, _ in table.values()),
        statistics.median(full for _, full in table.values()),
        _relative_spread(list(table.values())),
        "median watts per vCPU, as the processor is not in the table",
    )


def _table() -> dict[str, tuple[float, float]]:
    """Read the table without its copies and without the row that its own note rules out."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {
            row["architecture"]: (float(row["min_w_per_vcpu"]), float(row["max_w_per_vcpu"]))
            for row in csv.DictReader(file)
            if not row["note"].startswith("outlier")
        }


def _maker(name: str) -> str:
    for prefix in ("EPYC", "Graviton"):
        if name.startswith(prefix):
            # Graviton's figures are those of an EPYC, by their publisher's choice.
            return "EPYC"
    return "Intel"


def _relative_spread(watts: list[tuple[float, float]]) -> float:
    half_load = sorted({(idle + full) / 2 for idle, full in watts})
    return 1.96 * statistics.stdev(half_load) / statistics.mean(half_load)


# --- how busy -------------------------------------------------------------------------------


def _machine_busy_time(proc_root: Path) -> BusyTime | None:
    stat = proc_root / "stat"
    if stat.exists():
        tick_s = 1 / os.sysconf("SC_CLK_TCK")
        cpus = len(re.findall(r"^cpu\d+ ", sysfs.text(stat), flags=re.MULTILINE)) or 1

        def busy_s() -> float:
            # user nice system idle iowait irq softirq steal: idle, iowait and
            # steal are time in which this machine's vCPUs did nothing.
            with stat.open(encoding="ascii") as file:
                user, nice, system, _, _, irq, softirq = map(int, file.readline().split()[1:8])
            return (user + nice + system + irq + softirq) * tick_s

        return BusyTime(busy_s, cpus, tick_s, "this machine")
    try:
        import psutil
    except ImportError:
        return None

    def busy_by_psutil_s() -> float:
        times = psutil.cpu_times()
        return float(times.user + times.system + getattr(times, "nice", 0.0))

    return BusyTime(busy_by_psutil_s, psutil.cpu_count() or 1, 0.01, "this machine")


def _cgroup_busy_time(proc_root: Path, cgroup_root: Path) -> BusyTime | None:
    """Return the busy time of the nearest control group that limits this process."""
    for line in sysfs.text(proc_root / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            found = _limited_v2(cgroup_root, path)
        elif "cpu" in controllers.split(","):
            found = _limited_v1(cgroup_root, controllers, path)
        else:
            continue
        if found:
            return found
    return None


def _ancestors(root: Path, path: str) -> list[Path]:
    """Return the group's folder and those above it, ending at `root`."""
    parts = Path(path.strip("/")).parts
    return [root.joinpath(*parts[:n]) for n in range(len(parts), -1, -1)]


def _limited_v2(root: Path, path: str) -> BusyTime | None:
    # Linux, Documentation/admin-guide/cgroup-v2.rst: cpu.max is "$MAX $PERIOD" in µs.
    for folder in _ancestors(root, path):
        quota, _, period = sysfs.text(folder / "cpu.max").partition(" ")
        if quota.isdigit() and period.isdigit():
            stat = folder / "cpu.stat"

            def busy_s(stat: Path = stat) -> float:
                values = dict(line.split() for line in stat.read_text("ascii").splitlines())
                return int(values["usage_usec"]) * 1e-6

            return BusyTime(busy_s, int(quota) / int(period), 0.004, "this container")
    return None


def _limited_v1(root: Path, controllers: str, path: str) -> BusyTime | None:
    # Linux, Documentation/scheduler/sched-bwc.rst and admin-guide/cgroup-v1/cpuacct.rst.
    for mount in (root / controllers, root / "cpu,cpuacct", root / "cpu"):
        for folder in _ancestors(mount, path):
            quota = sysfs.integer(folder / "cpu.cfs_quota_us")
            period = sysfs.integer(folder / "cpu.cfs_period_us")
            usage = folder / "cpuacct.usage"
            if quota and period and quota > 0 and usage.exists():

                def busy_s(usage: Path = usage) -> float:
                    return int(usage.read_text("ascii")) * 1e-9

                return BusyTime(busy_s, quota / period, 0.004, "this container")
    return None
