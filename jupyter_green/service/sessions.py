"""CPU time of process sessions: the unit of account where a program has no control group."""

from __future__ import annotations

import time
from collections.abc import Callable
from weakref import WeakValueDictionary

from ..sampler.processes import Account, Procfs


class Session:
    """A process session, such as a kernel with all that it has started and not sent away.

    Parameters
    ----------
    number
        The process that leads it, or led it.
    procfs
        What the system shows of processes.
    pids_of
        Returns the processes of a session now.
    clock_ns
        CLOCK_MONOTONIC, or a simulated one.
    """

    def __init__(
        self,
        number: int,
        procfs: Procfs,
        pids_of: Callable[[int], set[int]],
        clock_ns: Callable[[], int],
    ) -> None:
        self.number = number
        self._procfs = procfs
        self._pids_of = pids_of
        self._clock_ns = clock_ns
        self._looked_ns = clock_ns()
        self._account = Account()

    def read_s(self) -> float:
        """Return the CPU seconds that it has used, from some begin on."""
        members = {
            pid: process
            for pid in self._pids_of(self.number)
            if (process := self._procfs.process(pid)) and process.session == self.number
        }
        now_ns = self._clock_ns()
        elapsed_s, self._looked_ns = (now_ns - self._looked_ns) * 1e-9, now_ns
        self._account.update(members, elapsed_s)
        return self._account.busy_s


class Sessions:
    """Knows which processes are in which session; each new process is looked at once.

    Parameters
    ----------
    procfs
        What the system shows of processes.
    clock_ns
        CLOCK_MONOTONIC, or a simulated one.
    """

    def __init__(
        self, procfs: Procfs | None = None, clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._procfs = procfs or Procfs()
        self._clock_ns = clock_ns
        self._sessions: dict[int, int] = {}
        """Of each process."""
        self._followed: WeakValueDictionary[int, Session] = WeakValueDictionary()

    def number_of(self, pid: int) -> int | None:
        """Return the session of a process, ``None`` where there is none such, or it is hidden."""
        process = self._procfs.process(pid)
        return process.session if process else None

    def session(self, number: int) -> Session:
        """Return a session, the same for all who ask while one of them holds it."""
        found = self._followed.get(number)
        if found is None:
            found = Session(number, self._procfs, self._pids_of, self._clock_ns)
            self._followed[number] = found
        return found

    def _pids_of(self, number: int) -> set[int]:
        pids = self._procfs.pids()
        for pid in self._sessions.keys() - pids:
            del self._sessions[pid]
        for pid in pids - self._sessions.keys():
            self._sessions[pid] = self.number_of(pid) or 0
        return {pid for pid, session in self._sessions.items() if session == number}
