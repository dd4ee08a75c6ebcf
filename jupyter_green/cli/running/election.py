"""Which of several ranks of a host meters it: the one that gets the lock, flock(2).

The others say who they are in the locked file, and then are their command. So the one that
meters knows when the last of them has ended, and they know under whose name they are metered.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import time
from pathlib import Path
from typing import NamedTuple

from ...sampler import lineage, registry
from ...sampler.lineage import Program
from ...sampler.processes import call_this_a_lead
from ...sources.machine import host
from .ranks import LocalRanks

try:
    import fcntl
except ImportError:  # where there is no such lock, each rank meters
    fcntl = None  # type: ignore[assignment]

START_S = 10.0
"""How long after the first rank the others may start and still be waited for."""
PATIENCE_S = 10.0
"""How long a rank waits for the window to begin in which it is metered."""
_LOOK_S = 0.02
_MOST_BYTES = 1 << 20


class _Entry(NamedTuple):
    """What a rank says of itself."""

    role: str
    program: Program
    t_ns: int
    """When it said so, CLOCK_MONOTONIC."""
    namespace: int
    """In which its process id holds."""

    @classmethod
    def own(cls, role: str) -> _Entry:
        return cls(role, lineage.program(os.getpid()), time.monotonic_ns(), _namespace())

    @property
    def is_known_here(self) -> bool:
        """Whether its process id means here what it means there."""
        return self.namespace == _namespace()

    def line(self) -> bytes:
        numbers = *self.program, self.t_ns, self.namespace
        return f"{self.role} {' '.join(map(str, numbers))}\n".encode()


class Follower(NamedTuple):
    """A rank that another one meters."""

    lead: Program | None
    """That one, where it has said so in time."""


class Lead:
    """The rank that meters its host."""

    def __init__(self, path: Path, fd: int, size: int, since_ns: int) -> None:
        self.size = size
        self._path = path
        self._fd = fd
        self._since_ns = since_ns
        self._watched: dict[Program, int | None] = {}

    def begin(self) -> None:
        """Let the others run: they are metered now."""
        with contextlib.suppress(OSError):
            os.write(self._fd, _Entry.own("lead").line())

    def waits(self, timeout_s: float) -> bool:
        """Wait for the others to end, or for so long; return whether one of them still runs.

        One that has not started yet is waited for until :data:`START_S` after the election.
        """
        self._see()
        running = [fd for fd in self._watched.values() if fd is not None]
        is_early = time.monotonic_ns() < self._since_ns + round(START_S * 1e9)
        is_expected = len(self._watched) < self.size - 1 and is_early
        if running:
            poll = select.poll()
            for fd in running:
                poll.register(fd, select.POLLIN)
            ended = {fd for fd, _ in poll.poll(timeout_s * 1e3)}
            for program, watched in self._watched.items():
                if watched is not None and watched in ended:
                    os.close(watched)
                    self._watched[program] = None
        elif is_expected:
            time.sleep(min(timeout_s, _LOOK_S))
        return bool(running) or is_expected

    def close(self) -> None:
        """Let go of the lock: the ranks of another step may use its name again."""
        for fd in self._watched.values():
            if fd is not None:
                os.close(fd)
        self._watched = {}
        with contextlib.suppress(OSError):
            self._path.unlink()
        os.close(self._fd)

    def _see(self) -> None:
        for entry in _entries(self._fd):
            # What was there before the lock was taken is of others, who have ended.
            is_ours = entry.role == "rank" and entry.t_ns >= self._since_ns
            if is_ours and entry.program not in self._watched:
                # Of one in another container nothing tells when it ends.
                is_seen = entry.is_known_here
                self._watched[entry.program] = _opened(entry.program) if is_seen else None


def elect(ranks: LocalRanks) -> Lead | Follower | None:
    """Return what this rank is; ``None`` where it is to meter as if it were alone.

    That is so within the command of one that is metered already, and where no lock can be had.
    """
    if fcntl is None or not hasattr(os, "pidfd_open"):
        return None
    since_ns = time.monotonic_ns()
    while True:
        try:
            path, fd = _file(ranks)
        except OSError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _followed(fd)
        except OSError:
            os.close(fd)
            return None
        if os.fstat(fd).st_nlink:
            call_this_a_lead()
            return Lead(path, fd, ranks.size, since_ns)
        os.close(fd)  # who had it has just taken it away


def _file(ranks: LocalRanks) -> tuple[Path, int]:
    """Open the file of a step on this host, which is this user's own."""
    name = hashlib.sha256(f"{host()} {ranks.step}".encode()).hexdigest()[:24]
    folder, folder_fd = registry.first_usable(registry.folders())
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        path = folder / f"{os.geteuid()}-{name}.ranks"
        fd = os.open(path.name, flags, 0o600, dir_fd=folder_fd)
    finally:
        os.close(folder_fd)
    if os.fstat(fd).st_uid != os.geteuid():
        os.close(fd)
        raise PermissionError(f"a file in {folder} is another user's")
    return path, fd


def _followed(fd: int) -> Follower | None:
    """Say that this rank is there; return who meters it, ``None`` if that meters us already."""
    try:
        os.write(fd, _Entry.own("rank").line())
        lead = _lead(fd)
        return None if lead in lineage.within(os.getpid()) else Follower(lead)
    except OSError:
        return Follower(None)
    finally:
        os.close(fd)


def _lead(fd: int) -> Program | None:
    """Wait until the window has begun; return whose it is."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s and _is_locked(fd):
        leads = [entry for entry in _entries(fd) if entry.role == "lead"]
        if leads and not leads[-1].is_known_here:
            return None
        if leads and lineage.program(leads[-1].program.pid) == leads[-1].program:
            return leads[-1].program
        time.sleep(_LOOK_S)
    return None


def _is_locked(fd: int) -> bool:
    if registry.is_locked(fd):
        return True
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False


def _entries(fd: int) -> list[_Entry]:
    """Return what is said in a file; what is not whole is left out."""
    found = []
    for line in os.pread(fd, _MOST_BYTES, 0).splitlines(keepends=True):
        fields = line.decode("ascii", "replace").split()
        if line.endswith(b"\n") and len(fields) == 5 and all(f.isdigit() for f in fields[1:]):
            role, *numbers = fields
            pid, start, t_ns, namespace = map(int, numbers)
            found.append(_Entry(role, Program(pid, start), t_ns, namespace))
    return found


def _namespace() -> int:
    with contextlib.suppress(OSError):
        return Path("/proc/self/ns/pid").stat().st_ino
    return 0


def _opened(program: Program) -> int | None:
    """Return what tells of a process's end; ``None`` where it has ended."""
    try:
        fd = os.pidfd_open(program.pid)
    except OSError:
        return None
    if lineage.program(program.pid) == program:
        return fd
    os.close(fd)
    return None
