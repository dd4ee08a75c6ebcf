"""What Linux knows of a process and its children: processor time, memory, wake-ups."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from jupyter_green.sampler.detach import FOR
from jupyter_green.sampler.spawned import MAIN

_PROC = Path("/proc")


def descendants(pid: int) -> set[int]:
    """Return the processes that a process has started, and those that these have.

    A sampler is nobody's child, and counts as one of the program that it serves.
    """
    parents: dict[int, int] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # it has just ended
        # proc_pid_stat(5): the name in parentheses may hold anything, then state and parent.
        served = _served_by(stat.parent)
        parents[int(stat.parent.name)] = served or int(text.rpartition(")")[2].split()[1])
    found: set[int] = set()
    grown = {pid}
    while grown:
        found |= grown
        grown = {child for child, parent in parents.items() if parent in found} - found
    return found - {pid}


def _served_by(process: Path) -> int | None:
    """Return the process id of the program that a sampler serves, ``None`` for other processes."""
    try:
        words = (process / "cmdline").read_text().rstrip("\0").split("\0")
    except OSError:
        return None
    return int(words[-1]) if words[-2:-1] == [FOR] and MAIN in words[-3] else None


def cpu_s(pids: Iterable[int]) -> float:
    """Return the processor time that processes have used, in seconds."""
    # Linux, include/linux/posix-timers.h: the clock of a process is its complemented
    # number, shifted by three, with CPUCLOCK_SCHED, which counts nanoseconds.
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def memory_b(pids: Iterable[int]) -> int:
    """Return the memory of processes, their share of what they share with others (PSS)."""
    return sum(
        1024 * int(line.split()[1])
        for pid in pids
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    )


def wakeups(pids: Iterable[int]) -> int:
    """Return how often the threads of processes have gone to sleep, and so woken up.

    The calling thread is left out: it wakes up to count.
    """
    own = str(threading.get_native_id())
    return sum(
        int(count)
        for pid in pids
        for status in _PROC.glob(f"{pid}/task/*/status")
        if status.parent.name != own
        for count in re.findall(
            r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(), re.MULTILINE
        )
    )
