"""CPU time of the whole host and of one process tree, from Linux's procfs.

Sources: proc(5) for ``/proc/stat`` and ``/proc/PID/stat``; clock_getcpuclockid(3)
for the clock of a process, which has nanoseconds where procfs has ticks of 10 ms.

In a container ``/proc/stat`` is the whole host's while the tree is the kernel's
own. That is what a share of the host's joules needs. (Where lxcfs or gVisor shows
a ``/proc/stat`` of the container, the share is one of the container.)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROC_ROOT = Path("/proc")

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
"""The step of the times in procfs: 10 ms."""


@dataclass(frozen=True)
class Load:
    """CPU seconds used so far. Only the difference of two of them means anything."""

    t_ns: int
    """CLOCK_MONOTONIC, nanoseconds."""
    host_busy_s: float
    """By the whole host. Time that a hypervisor took away (steal) is not in it."""
    tree_busy_s: float
    """By the process tree, ended children included."""
    cpus: int


@dataclass(frozen=True)
class _Process:
    """One process of the tree; `start` distinguishes it from a later one with the same id."""

    start: int
    parent: int
    own_s: float
    ended_children_s: float
    """CPU time of its descendants that have ended and been waited for."""

    @property
    def busy_s(self) -> float:
        return self.own_s + self.ended_children_s


def process_cpu_time_s(pid: int) -> float:
    """Return a live process's CPU time in seconds, with ns resolution.

    Raises
    ------
    OSError
        Where there is no such process, or a sandbox has no such clock.
    """
    # The clock's number as Linux makes it, include/linux/posix-timers.h (CPUCLOCK_SCHED).
    return time.clock_gettime((~pid << 3) | 2)


class HostLoad:
    """Reads the CPU time of the host and of the process tree that begins at `root_pid`.

    A process is in the tree from when it is first seen there, even if its parent
    ends before it and it is adopted by init. One that was adopted before it was
    ever seen (``!command &`` in a notebook) belongs to the tree if it is in the
    root's process session and the root leads that session, as Jupyter's kernels
    do. The process that reads is left out, so that the meter is not its own load.

    Parameters
    ----------
    root_pid
        The kernel.
    proc_root
        The procfs to read.
    cpu_time_s
        A finer clock of a process's CPU time; where it fails, procfs is good enough.
    clock_ns
        CLOCK_MONOTONIC, or a simulated one.
    """

    def __init__(
        self,
        root_pid: int,
        proc_root: Path = PROC_ROOT,
        cpu_time_s: Callable[[int], float] = process_cpu_time_s,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._root_pid = root_pid
        self._proc_root = str(proc_root)
        self._cpu_time_s = cpu_time_s
        self._clock_ns = clock_ns
        self._left_out = {os.getpid()} - {root_pid}
        self._tree: dict[int, _Process] = {}
        self._others: set[int] = set()
        self._unaccounted_s = 0.0
        self._tree_busy_s = 0.0
        self._leads_session = False

    @property
    def pids(self) -> frozenset[int]:
        """The processes of the tree that lived at the last :meth:`read`."""
        return frozenset(self._tree)

    def read(self) -> Load | None:
        """Read both CPU times now; ``None`` where the system has no ``/proc/stat``."""
        host = self._host()
        if host is None:
            return None
        host_busy_s, cpus = host
        tree = self._read_tree()
        self._unaccounted_s += unaccounted_s(self._tree, tree)
        self._tree = tree
        busy_s = self._unaccounted_s + sum(process.busy_s for process in tree.values())
        # A child that was waited for goes from ns to ticks: that may take some ms away.
        self._tree_busy_s = max(self._tree_busy_s, busy_s)
        return Load(self._clock_ns(), host_busy_s, self._tree_busy_s, cpus)

    def _host(self) -> tuple[float, int] | None:
        text = _read(f"{self._proc_root}/stat")
        # user nice system idle iowait irq softirq steal guest guest_nice; the
        # guests' time is in user and nice already.
        fields = text.partition(b"\n")[0].split()[1:8]
        if len(fields) < 7:
            return None
        user, nice, system, _, _, irq, softirq = map(int, fields)
        return (user + nice + system + irq + softirq) * TICK_S, text.count(b"\ncpu") or 1

    def _read_tree(self) -> dict[int, _Process]:
        """Return the tree as it is now.

        Only processes that are new since the last reading are looked at, beside
        the tree itself: 500 others cost one listing of a folder. (One that has
        taken over the number of another, ended since, is missed until it ends and
        its parent inherits its time.)
        """
        names = os.listdir(self._proc_root)  # noqa: PTH208  (half the time of Path.iterdir)
        pids = {int(name) for name in names if name.isdigit()}
        self._others &= pids
        tree: dict[int, _Process] = {}
        for pid, known in self._tree.items():
            process, _ = self._process(pid)
            if process is not None and process.start == known.start:
                tree[pid] = process
        new: dict[int, tuple[_Process, int]] = {}
        for pid in pids - tree.keys() - self._others - self._left_out:
            process, session = self._process(pid)
            if process is not None:
                new[pid] = process, session
        self._adopt(tree, new)
        self._others |= new.keys() - tree.keys()
        return tree

    def _adopt(self, tree: dict[int, _Process], new: Mapping[int, tuple[_Process, int]]) -> None:
        """Add to `tree` those of `new` that belong to it."""
        if self._root_pid in new:
            root, session = new[self._root_pid]
            self._leads_session = session == self._root_pid
            tree[self._root_pid] = root
        found = True
        while found:  # a child may have a lower number than its parent
            found = False
            for pid, (process, session) in new.items():
                same_session = self._leads_session and session == self._root_pid
                if pid not in tree and (process.parent in tree or same_session):
                    tree[pid] = process
                    found = True

    def _process(self, pid: int) -> tuple[_Process | None, int]:
        """Return a process and its session, ``None`` where it has just ended."""
        # The name in parentheses may itself hold spaces and parentheses.
        fields = _read(f"{self._proc_root}/{pid}/stat").rpartition(b")")[2].split()
        if len(fields) < 20:
            return None, 0
        parent, session = int(fields[1]), int(fields[3])
        user, system, children_user, children_system = (int(f) for f in fields[11:15])
        try:
            own_s = self._cpu_time_s(pid)
        except OSError:
            own_s = (user + system) * TICK_S
        ended_children_s = (children_user + children_system) * TICK_S
        return _Process(int(fields[19]), parent, own_s, ended_children_s), session


def unaccounted_s(before: Mapping[int, _Process], now: Mapping[int, _Process]) -> float:
    """Return the CPU seconds of processes that ended and that no process of the tree inherited.

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


def _read(path: str) -> bytes:
    """Return what a file of procfs says, nothing where it has gone or is hidden."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  (half the time of Path.open)
            return file.readall()
    except OSError:
        return b""
