"""Files in the form of /proc and /sys/fs/cgroup: which processor, and how busy.

Forms: proc(5), Linux Documentation/admin-guide/cgroup-v2.rst (``cpu.max``,
``cpu.stat``), admin-guide/cgroup-v1/cpuacct.rst and scheduler/sched-bwc.rst.
"""

from __future__ import annotations

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class ProcTree:
    """A folder with `proc` and `cgroup` below it. Files may be written again at any time."""

    def __init__(self, root: Path) -> None:
        self.proc = root / "proc"
        self.cgroup = root / "cgroup"
        (self.proc / "self").mkdir(parents=True)
        self.cgroup.mkdir()

    def cpuinfo(
        self,
        model_name: str,
        *,
        vendor: str = "GenuineIntel",
        family: int = 6,
        model: int = 106,
        stepping: int = 6,
        cpus: int = 4,
    ) -> None:
        """Write an x86 processor; the default numbers are an Ice Lake server's."""
        fields = {
            "vendor_id": vendor,
            "cpu family": family,
            "model": model,
            "model name": model_name,
            "stepping": stepping,
            "physical id": 0,
            "siblings": cpus,
            "cpu cores": cpus,
        }
        self._cpuinfo(fields, cpus)

    def cpuinfo_arm(self, *, implementer: int = 0x41, part: int = 0xD40, cpus: int = 4) -> None:
        """Write an Arm processor, which has no name; the default is a Neoverse V1."""
        fields = {
            "BogoMIPS": "2100.00",
            "CPU implementer": f"{implementer:#x}",
            "CPU architecture": 8,
            "CPU variant": "0x1",
            "CPU part": f"{part:#x}",
            "CPU revision": 1,
        }
        self._cpuinfo(fields, cpus)

    def stat(
        self,
        *,
        busy_s: float,
        idle_s: float,
        steal_s: float = 0.0,
        cpus: int = 4,
        started: int | None = None,
    ) -> None:
        """Write the machine's CPU time since boot, summed over its CPUs.

        `started` processes there have been, where that is told.
        """

        def line(name: str, share: int) -> str:
            user, idle, steal = (round(s * _TICKS_PER_S / share) for s in (busy_s, idle_s, steal_s))
            return f"{name} {user} 0 0 {idle} 0 0 0 {steal} 0 0\n"

        lines = line("cpu ", 1) + "".join(line(f"cpu{n}", cpus) for n in range(cpus))
        if started is not None:
            lines += f"btime 7\nprocesses {started}\nprocs_running 1\n"
        self._write(self.proc / "stat", lines)

    def cgroup_v2(
        self, *, usage_s: float, cpus: float | None = None, path: str = "/kernel.slice"
    ) -> None:
        """Write a control group's CPU time, and its limit in CPUs."""
        folder = self.cgroup / path.strip("/")
        usage_us = round(usage_s * 1e6)
        period_us = 100_000
        quota = "max" if cpus is None else str(round(cpus * period_us))
        self._write(self.proc / "self" / "cgroup", f"0::{path}\n")
        self._write(folder / "cpu.max", f"{quota} {period_us}\n")
        self._write(
            folder / "cpu.stat", f"usage_usec {usage_us}\nuser_usec {usage_us}\nsystem_usec 0\n"
        )

    def cgroup_v1(
        self, *, usage_s: float, cpus: float | None = None, path: str = "/docker/0123abcd"
    ) -> None:
        """Write the same in the older form, with the controllers in one hierarchy."""
        folder = self.cgroup / "cpu,cpuacct" / path.strip("/")
        period_us = 100_000
        quota_us = -1 if cpus is None else round(cpus * period_us)
        self._write(self.proc / "self" / "cgroup", f"5:memory:{path}\n4:cpu,cpuacct:{path}\n0::/\n")
        self._write(folder / "cpu.cfs_quota_us", f"{quota_us}\n")
        self._write(folder / "cpu.cfs_period_us", f"{period_us}\n")
        self._write(folder / "cpuacct.usage", f"{round(usage_s * 1e9)}\n")

    def _cpuinfo(self, fields: dict[str, object], cpus: int) -> None:
        cpu = "".join(f"{name}\t: {value}\n" for name, value in fields.items())
        text = "\n".join(f"processor\t: {n}\n{cpu}" for n in range(cpus))
        self._write(self.proc / "cpuinfo", text)

    def _write(self, path: Path, text: str) -> None:
        """Replace the file at once, so that no reader finds it half written."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(text, encoding="ascii")
        fresh.replace(path)
