"""Which processors the sampler runs on: not the one where the program goes on meanwhile."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PROC_ROOT = Path("/proc")
_PROCESSOR = 36
"""Where a thread ran last, by the fields after its name (proc(5), field 39)."""


class Placement:
    """Keeps this process off the processor of the program's main thread.

    A pipe wakes who reads it on the processor of who has written into it, since most that write
    then wait for an answer (Linux, fs/pipe.c: `wake_up_interruptible_sync_poll`). A program that
    has just marked an edge goes on at once: it would be interrupted for each reading about that
    edge, while other processors are idle.

    Parameters
    ----------
    program
        The program's process.
    root
        The procfs to read.
    """

    def __init__(self, program: int, root: Path = PROC_ROOT) -> None:
        self._path = f"{root}/{program}/task/{program}/stat"
        self._threads = f"{root}/self/task"
        self._allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
        """Those on which the program may run, which has started this process; none elsewhere."""
        self._avoided: int | None = None

    def keep_off_program(self) -> None:
        """Run elsewhere from now on, where there is more than one processor to run on."""
        if len(self._allowed) < 2:
            return
        try:
            avoided = self._program_processor()
            if avoided != self._avoided:
                self._run_on(self._allowed - {avoided})
                self._avoided = avoided
        except (OSError, ValueError, IndexError):
            self._allowed = set()  # what is not shown, or not allowed, is not later either

    def _program_processor(self) -> int:
        with open(self._path, "rb", buffering=0) as file:  # noqa: PTH123  (quicker)
            return int(file.readall().rpartition(b")")[2].split()[_PROCESSOR])

    def _run_on(self, processors: set[int]) -> None:
        """Move all threads there; those that they start will stay there, too."""
        for thread in os.listdir(self._threads):  # noqa: PTH208  (half the time of Path.iterdir)
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.sched_setaffinity(int(thread), processors)
