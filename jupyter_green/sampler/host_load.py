"""CPU time of the whole host and of one process tree, from Linux's procfs.

In a container ``/proc/stat`` is the whole host's while the tree is the kernel's
own. That is what a share of the host's joules needs. (Where lxcfs or gVisor shows
a ``/proc/stat`` of the container, the share is one of the container.)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import lineage
from .lineage import Program
from .load import PROC_ROOT, TICK_S, Load
from .processes import (
    LEAD_NAME,
    SAMPLER_NAME,
    Account,
    Process,
    Procfs,
    Thread,
    process_cpu_time_s,
)
from .throttling import Throttling

SHORTEST_LOOK_S = 0.25
LONGEST_LOOK_S = 1.0
LOOK_SHARE = 0.001
"""Of one CPU that may go into looking while a window is open. What has left the tree and ends in
between is not seen, and of others the last of their time."""
STARTED_TOGETHER_S = 60.0
"""How long before or after a rank of a job the others may start."""
JUST_STARTED_S = 0.03
"""What is younger at a window's begin may be its own: the begin is looked at some ms later."""
_SESSION_VARIABLES = (b"JPY_SESSION_NAME=", b"JPY_PARENT_PID=")
"""What Jupyter gives to a kernel, and a kernel to what it starts."""


@dataclass(frozen=True)
class Container:
    """A limited container: how to read the seconds that it was busy, and how many CPUs it has."""

    read_busy_s: Callable[[], float]
    cpus: int


@dataclass(frozen=True)
class Standing:
    """The threads of the root, and the processes below it, at one time."""

    threads: Mapping[int, Thread]
    processes: Mapping[int, Process]


class HostLoad:
    """Reads the CPU time of the host and of the process tree that begins at `root_pid`.

    A process is in the tree from when it is first seen there, even if its parent
    ends before it and it is adopted by another. One that was adopted before it was
    ever seen (``command &`` in a shell, a daemon) belongs to the tree

    - if its environment names the root (:mod:`.lineage`), as that of a rank of a job does, too,
      once it has become its command,
    - if it is a fork of a process of the tree that has started no other program, or
    - if it is in the root's process session and the root leads that session, as
      Jupyter's kernels do.

    It is unclear where none of this holds, and where it may nevertheless come from the tree.
    Samplers are left out, so that a meter is not its own load.

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
    adopter
        Returns the process that adopts what the tree leaves alone; without it, nothing
        is unclear.
    container
        The limited container that all this is in.
    throttling
        Whether the processors were slowed down; without it, that is not known.
    """

    def __init__(
        self,
        root_pid: int,
        proc_root: Path = PROC_ROOT,
        cpu_time_s: Callable[[int], float] = process_cpu_time_s,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        *,
        adopter: Callable[[], int] | None = None,
        container: Container | None = None,
        throttling: Throttling | None = None,
    ) -> None:
        self._root_pid = root_pid
        self._procfs = Procfs(proc_root, cpu_time_s)
        self._clock_ns = clock_ns
        self._adopter = adopter
        self._container = container
        self._throttling = throttling
        self._left_out = {os.getpid()} - {root_pid}
        self._tree = Account()
        self._unclear = Account()
        self._others: set[int] = set()
        self._may_join: dict[int, Process] = {}
        self._has_own_image = False
        self._root: Process | None = None
        self._leads_session = False
        self._took_s = 0.0
        self._looked_ns = clock_ns()
        self._listed_at: int | None = None
        """How many processes the system had started when they were listed last."""

    @property
    def pids(self) -> frozenset[int]:
        """The processes of the tree that lived at the last :meth:`read`."""
        return frozenset(self._tree.members)

    @property
    def interval_s(self) -> float:
        """How soon to read again while a window is open, in seconds."""
        return min(LONGEST_LOOK_S, max(SHORTEST_LOOK_S, self._took_s / LOOK_SHARE))

    def read(self) -> Load | None:
        """Read all CPU times now; ``None`` where the system has no ``/proc/stat``."""
        host = self._procfs.host()
        if host is None:
            return None
        host_busy_s, cpus, started = host
        container_busy_s = self._container_busy_s()
        begun_s = time.thread_time()
        self._look(started)
        self._took_s = time.thread_time() - begun_s
        return Load(
            self._clock_ns(),
            host_busy_s,
            self._tree.busy_s,
            cpus,
            self._unclear.busy_s,
            container_busy_s,
            self._container.cpus if self._container else 0,
            throttling=self._throttling.read() if self._throttling else {},
        )

    def standing(self) -> Standing:
        """Return what there has been in the tree for a while, as of the last :meth:`read`."""
        now = self._now()
        latest = (time.clock_gettime(time.CLOCK_BOOTTIME) - JUST_STARTED_S) / TICK_S
        return Standing(
            {tid: thread for tid, thread in now.threads.items() if thread.start < latest},
            {pid: process for pid, process in now.processes.items() if process.start < latest},
        )

    def used_since(self, before: Standing) -> float:
        """Return the CPU seconds that what there was then has used up to now."""
        now = self._now()
        pairs: list[tuple[Thread | Process | None, Thread | Process]]
        pairs = [(before.threads.get(tid), thread) for tid, thread in now.threads.items()]
        pairs += [(before.processes.get(pid), process) for pid, process in now.processes.items()]
        return sum(
            each.busy_s - known.busy_s
            for known, each in pairs
            if known is not None and known.start == each.start
        )

    def _now(self) -> Standing:
        below = {pid: p for pid, p in self._tree.members.items() if pid != self._root_pid}
        return Standing(self._procfs.threads(self._root_pid), below)

    def _container_busy_s(self) -> float | None:
        if self._container is None:
            return None
        try:
            return self._container.read_busy_s()
        except (OSError, ValueError):
            return None

    def _look(self, started: int) -> None:
        """Look which processes there are.

        They are listed only if some were started since, by the system's own count of
        them (0 where it keeps none, as in gVisor). Only those that are new since the
        last reading are looked at, beside the tree itself. (One that has taken over the
        number of another, ended since, is missed until it ends and its parent inherits
        its time.)
        """
        tree, unclear = self._again(self._tree), self._again(self._unclear)
        if not started or started != self._listed_at or self._may_join:
            self._listed_at = started
            self._look_at_new(tree, unclear)
        now_ns = self._clock_ns()
        elapsed_s, self._looked_ns = (now_ns - self._looked_ns) * 1e-9, now_ns
        self._tree.update(tree, elapsed_s)
        self._unclear.update(unclear, elapsed_s)

    def _look_at_new(self, tree: dict[int, Process], unclear: dict[int, Process]) -> None:
        """Look at the processes that were not there the last time."""
        pids = self._procfs.pids()
        self._others &= pids
        new: dict[int, Process] = {}
        for pid in pids - tree.keys() - unclear.keys() - self._others - self._left_out:
            process = self._procfs.process(pid)
            if process is not None:
                new[pid] = process
        changed = self._changed(new)
        self._adopt(tree, unclear, new)
        for pid in changed.keys() & tree.keys():
            self._tree.leave_out(changed[pid].busy_s)
        others = new.keys() - tree.keys() - unclear.keys()
        self._others |= others
        self._may_join |= {pid: new[pid] for pid in others if self._may_become_ours(new[pid])}

    def _changed(self, new: dict[int, Process]) -> dict[int, Process]:
        """Add to `new` what has become another program; return what it was before.

        A rank of a job names the root in its environment only once it is its command.
        """
        changed = {}
        for pid, before in list(self._may_join.items()):
            process = self._procfs.process(pid)
            if process is None or process.start != before.start:
                del self._may_join[pid]
            elif process.image != before.image:
                changed[pid], new[pid] = before, process
                del self._may_join[pid]
            else:
                self._may_join[pid] = process
        return changed

    def _may_become_ours(self, process: Process) -> bool:
        """Whether the root meters others, too, and a process was started when it was."""
        root = self._root
        apart_s = abs(process.start - root.start) * TICK_S if root is not None else 0.0
        return root is not None and root.name == LEAD_NAME and apart_s < STARTED_TOGETHER_S

    def _again(self, account: Account) -> dict[int, Process]:
        """Return those of an account that still live."""
        living: dict[int, Process] = {}
        for pid, known in list(account.members.items()):
            process = self._procfs.process(pid)
            if process is None or process.start != known.start:
                continue
            if process.name == SAMPLER_NAME:
                account.forget(pid)
                self._others.add(pid)
            else:
                living[pid] = process
        return living

    def _adopt(
        self, tree: dict[int, Process], unclear: dict[int, Process], new: Mapping[int, Process]
    ) -> None:
        """Add those of `new` that belong to the tree, and those of which that is unclear."""
        if self._root_pid in new:
            self._root = tree[self._root_pid] = new[self._root_pid]
            self._leads_session = self._root.session == self._root_pid
            self._has_own_image = self._has_started_a_program(self._root)
        images = {process.image for process in (*self._tree.members.values(), *tree.values())}
        if self._root is not None and not self._has_own_image:
            images.discard(self._root.image)
        images.discard(())
        candidates = {pid: process for pid, process in new.items() if process.name != SAMPLER_NAME}
        ours = {
            pid
            for pid, process in candidates.items()
            if (self._is_later(process) and process.image in images)
            or self._is_linked(pid, process)
        }
        self._join(tree, candidates, ours)
        may_be = {pid for pid, process in candidates.items() if self._may_be_ours(pid, process)}
        strays = {pid: process for pid, process in candidates.items() if pid not in tree}
        self._join(unclear, strays, may_be)

    @staticmethod
    def _join(group: dict[int, Process], new: Mapping[int, Process], first: Iterable[int]) -> None:
        """Add to a group the `first` ones of `new`, and all that is below the group."""
        group |= {pid: new[pid] for pid in first if pid in new}
        found = True
        while found:  # a child may have a lower number than its parent
            found = False
            for pid, process in new.items():
                if pid not in group and process.parent in group:
                    group[pid] = process
                    found = True

    def _is_later(self, process: Process) -> bool:
        return self._root is not None and process.start >= self._root.start

    def _has_started_a_program(self, root: Process) -> bool:
        """Whether the root is no mere fork: else its image is that of its siblings as well."""
        parent = self._procfs.process(root.parent)
        return bool(root.image) and parent is not None and parent.image != root.image

    def _is_linked(self, pid: int, process: Process) -> bool:
        """Whether its session or its environment say that a process comes from the root."""
        if self._root is None or not (self._is_later(process) or self._may_become_ours(process)):
            return False
        if self._leads_session and process.session == self._root_pid:
            return True
        program = Program(self._root_pid, self._root.start)
        return program in lineage.named(self._procfs.environment(pid))

    def _may_be_ours(self, pid: int, process: Process) -> bool:
        """Whether a process that nothing links to the root may nevertheless come from it.

        What the root has left alone has a known adopter, and stays in the root's control
        group. It is another user's at most as the system's administrator.
        """
        if self._adopter is None or process.parent != self._adopter():
            return False
        procfs, root_pid = self._procfs, self._root_pid
        return (
            self._is_later(process)
            and procfs.user(pid) in (0, procfs.user(root_pid))
            and procfs.cgroups(pid) == procfs.cgroups(root_pid)
            and not _is_of_others(set(procfs.environment(pid)), set(procfs.environment(root_pid)))
        )


def _is_of_others(theirs: set[bytes], ours: set[bytes]) -> bool:
    """Whether an environment, which does not name us, was handed on by others than us.

    What another metered program has started names that one alone. Another kernel of the
    same server, and what that has started, says so; and so does what has the environment
    that we were started with, but nothing of what is our own.
    """
    if lineage.named(theirs - ours):
        return True
    our_session, their_session = (
        {item for item in environment if item.startswith(_SESSION_VARIABLES)}
        for environment in (ours, theirs)
    )
    if their_session:
        return our_session != their_session
    is_like_ours = 2 * len(ours & theirs) >= len(ours)
    return bool(our_session) and is_like_ours
