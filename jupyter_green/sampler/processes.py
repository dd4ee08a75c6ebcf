"""Processes as procfs shows them, and the CPU time of a set of them that changes.

Sources: proc(5); clock_getcpuclockid(3) for the clock of a process, which has
nanoseconds where procfs has ticks of 10 ms.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .load import PROC_ROOT, TICK_S

MOST_THREADS = 100
"""Of one process: to look at more takes a millisecond, in which no counter is read."""

SAMPLER_NAME = b"green-sampler"
"""What samplers call themselves: a meter's own work is nobody's share."""

LEAD_NAME = b"green-lead"
"""What a program calls itself that also meters others, which become its own some time after."""


@dataclass(frozen=True)
class Process:
    """One process now; `start` distinguishes it from a later one with the same id."""

    start: int
    """In ticks since the machine started."""
    parent: int
    session: int
    name: bytes
    own_s: float
    ended_children_s: float
    """CPU time of its descendants that have ended and been waited for."""
    image: tuple[bytes, ...]
    """Where its program lies in memory. Linux draws that anew for each program that is
    started, and a fork keeps it. Empty where it is hidden."""

    @property
    def busy_s(self) -> float:
        """CPU time of itself and of what has ended below it."""
        return self.own_s + self.ended_children_s


@dataclass(frozen=True)
class Thread:
    """One thread of a process now."""

    start: int
    """In ticks since the machine started."""
    busy_s: float


class HostTime(NamedTuple):
    """What a whole host has used so far."""

    busy_s: float
    """CPU seconds. Time that a hypervisor took away (steal) is not in it."""
    cpus: int
    started: int
    """How many processes and threads were ever started, 0 where that is not shown."""


def call_this_a_sampler() -> None:
    """Have other samplers know this process as one of them, where the system has names."""
    _call_this(SAMPLER_NAME)


def call_this_a_lead() -> None:
    """Have its sampler look at other processes again, as long as they may become its own."""
    _call_this(LEAD_NAME)


def _call_this(name: bytes) -> None:
    with contextlib.suppress(OSError):
        (PROC_ROOT / "self" / "comm").write_bytes(name)


def process_cpu_time_s(pid: int) -> float:
    """Return a live process's CPU time in seconds, with ns resolution.

    Raises
    ------
    OSError
        Where there is no such process, or a sandbox has no such clock.
    """
    # The clock's number as Linux makes it, include/linux/posix-timers.h (CPUCLOCK_SCHED).
    return time.clock_gettime((~pid << 3) | 2)


class Procfs:
    """What the system shows of each process.

    Parameters
    ----------
    root
        The procfs to read.
    cpu_time_s
        A finer clock of a process's CPU time; where it fails, procfs is good enough.
    """

    def __init__(
        self, root: Path = PROC_ROOT, cpu_time_s: Callable[[int], float] = process_cpu_time_s
    ) -> None:
        self._root = str(root)
        self._cpu_time_s = cpu_time_s

    def read(self, path: str) -> bytes:
        """Return what a file says, nothing where it has gone or is hidden."""
        try:
            with open(f"{self._root}/{path}", "rb", buffering=0) as file:  # noqa: PTH123  (quicker)
                return file.readall()
        except OSError:
            return b""

    def host(self) -> HostTime | None:
        """Return what the whole host has used, ``None`` without procfs."""
        text = self.read("stat")
        # user nice system idle iowait irq softirq steal guest guest_nice; the
        # guests' time is in user and nice already.
        fields = text.partition(b"\n")[0].split()[1:8]
        if len(fields) < 7:
            return None
        user, nice, system, _, _, irq, softirq = map(int, fields)
        started = text.partition(b"\nprocesses ")[2].partition(b"\n")[0]
        return HostTime(
            (user + nice + system + irq + softirq) * TICK_S,
            text.count(b"\ncpu") or 1,
            int(started) if started.isdigit() else 0,
        )

    def pids(self) -> set[int]:
        """Return all processes."""
        names = os.listdir(self._root)  # noqa: PTH208  (half the time of Path.iterdir)
        return {int(name) for name in names if name.isdigit()}

    def process(self, pid: int) -> Process | None:
        """Return a process, ``None`` where it has just ended."""
        # The name in parentheses may itself hold spaces and parentheses.
        front, _, rest = self.read(f"{pid}/stat").rpartition(b")")
        fields = rest.split()
        if len(fields) < 20:
            return None
        user, system, children_user, children_system = (int(f) for f in fields[11:15])
        try:
            own_s = self._cpu_time_s(pid)
        except OSError:
            own_s = (user + system) * TICK_S
        # The begin of its stack, its arguments and its environment; 0 where they are hidden.
        image = (fields[25], fields[45], fields[47]) if len(fields) > 47 else ()
        return Process(
            start=int(fields[19]),
            parent=int(fields[1]),
            session=int(fields[3]),
            name=front.partition(b"(")[2],
            own_s=own_s,
            ended_children_s=(children_user + children_system) * TICK_S,
            image=() if b"0" in image else image,
        )

    def environment(self, pid: int) -> list[bytes]:
        """Return the variables that a process was started with, none where they are hidden."""
        return [item for item in self.read(f"{pid}/environ").split(b"\0") if item]

    def cgroups(self, pid: int) -> bytes:
        """Return the control groups of a process, as procfs has them."""
        return self.read(f"{pid}/cgroup")

    def user(self, pid: int) -> int | None:
        """Return whose a process is."""
        try:
            return os.stat(f"{self._root}/{pid}").st_uid  # noqa: PTH116  (it is a text already)
        except OSError:
            return None

    def threads(self, pid: int) -> dict[int, Thread]:
        """Return the threads of a process that lives, none where there are very many."""
        try:
            names = os.listdir(f"{self._root}/{pid}/task")  # noqa: PTH208
        except OSError:
            return {}
        found: dict[int, Thread] = {}
        if len(names) > MOST_THREADS:
            return found
        for name in names:
            fields = self.read(f"{pid}/task/{name}/stat").rpartition(b")")[2].split()
            if len(fields) >= 20:
                busy_s = (int(fields[11]) + int(fields[12])) * TICK_S
                found[int(name)] = Thread(int(fields[19]), busy_s)
        return found


class Account:
    """CPU time of a set of processes that changes, those that have ended included."""

    def __init__(self) -> None:
        self.members: dict[int, Process] = {}
        """Those that lived when it was brought up to date last."""
        self.busy_s = 0.0
        self._ended_s = 0.0
        self._cpus: dict[int, float] = {}
        """How many CPUs each of them has kept busy between the last two times."""

    def update(self, members: dict[int, Process], elapsed_s: float) -> None:
        """Take in which of them live and what they have used, so long after the last time."""
        self._ended_s += unaccounted_s(self.members, members)
        for pid, process in self.members.items():
            if pid not in members and process.parent not in self.members:
                # Nobody here inherits it: on the mean it has ended in the middle.
                self._ended_s += self._cpus.get(pid, 0.0) * elapsed_s / 2
        self._cpus = {
            pid: max(0.0, process.busy_s - before.busy_s) / max(elapsed_s, TICK_S)
            for pid, process in members.items()
            if (before := self.members.get(pid)) and before.start == process.start
        }
        self.members = members
        busy_s = self._ended_s + sum(process.busy_s for process in members.values())
        # A child that was waited for goes from ns to ticks: that may take some ms away.
        self.busy_s = max(self.busy_s, busy_s)

    def leave_out(self, busy_s: float) -> None:
        """Take back CPU seconds that a member had used before it was one."""
        self._ended_s -= busy_s

    def forget(self, pid: int) -> None:
        """Take back what was booked for a process that is none of them after all."""
        self.busy_s -= self.members.pop(pid).busy_s


def unaccounted_s(before: Mapping[int, Process], now: Mapping[int, Process]) -> float:
    """Return the CPU seconds of processes that ended and that no process of the set inherited.

    A process that was waited for is in its parent's figures from then on. One
    whose parent ignores SIGCHLD, or that init had adopted, is not: what was last
    seen of it is kept.
    """
    gone_s = 0.0
    bequests_s: dict[int, float] = {}
    living = {pid for pid, p in before.items() if pid in now and now[pid].start == p.start}
    for process in (p for pid, p in before.items() if pid not in living):
        heir = process.parent
        while heir in before and heir not in living:
            heir = before[heir].parent
        if heir in living:
            bequests_s[heir] = bequests_s.get(heir, 0.0) + process.busy_s
        else:
            gone_s += process.busy_s
    for heir, bequest_s in bequests_s.items():
        inherited_s = now[heir].ended_children_s - before[heir].ended_children_s
        if inherited_s < bequest_s - 2 * TICK_S:  # user and system are each cut to a tick
            gone_s += bequest_s - max(0.0, inherited_s)
    return gone_s
