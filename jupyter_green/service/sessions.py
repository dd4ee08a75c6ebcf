"""CPU time of process sessions: the unit of account where a program has no control group."""

from __future__ import annotations

import time
from collections.abc import Callable
from weakref import WeakValueDictionary

from ..sampler.processes import Account, Procfs

LISTED_NS = 50_000_000
"""How long a list of all processes is good enough: all sessions are looked at together."""

OUTSIDE = 0
"""The session of a process whose leader is in another process namespace (credentials(7))."""


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
        self._pids: dict[int, set[int]] = {}
        """The processes of each session."""
        self._listed_ns = -LISTED_NS
        self._followed: WeakValueDictionary[int, Session] = WeakValueDictionary()

    def number_of(self, pid: int) -> int | None:
        """Return the session of a process, ``None`` where there is none such, or it is hidden."""
        process = self._procfs.process(pid)
        if process is None:
            return None
        self._know(pid, process.session)
        return process.session

    def session(self, number: int) -> Session:
        """Return a session, the same for all who ask while one of them holds it."""
        found = self._followed.get(number)
        if found is None:
            found = Session(number, self._procfs, self._pids_of, self._clock_ns)
            self._followed[number] = found
        return found

    def _pids_of(self, number: int) -> set[int]:
        if self._clock_ns() - self._listed_ns >= LISTED_NS:
            self._list()
        return self._pids.get(number, set())

    def _list(self) -> None:
        pids = self._procfs.pids()
        for pid in self._sessions.keys() - pids:
            self._pids[self._sessions.pop(pid)].discard(pid)
        for pid in pids - self._sessions.keys():
            if self.number_of(pid) is None:
                self._know(pid, OUTSIDE)  # it is hidden, and in none that is asked for
        self._pids = {number: found for number, found in self._pids.items() if found}
        self._listed_ns = self._clock_ns()

    def _know(self, pid: int, number: int) -> None:
        """Note the session of a process, which it may have begun since it was seen first."""
        if pid in self._sessions:
            self._pids[self._sessions[pid]].discard(pid)
        self._sessions[pid] = number
        self._pids.setdefault(number, set()).add(pid)
