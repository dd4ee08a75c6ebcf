"""Which program is metered, and what was started by it, however far it has gone since.

A process that leaves its parent (``command &`` in a shell, a daemon) is adopted by
another one, and nothing in procfs says by whom it was started. Its environment does:
a metered program puts its name into the environment that its children inherit, after
those of the metered programs that it was itself started by. `os.environ` stays as it is.

Format: proc(5) for ``/proc/PID/stat`` and ``/proc/PID/environ``.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

PROC_ROOT = Path("/proc")
VARIABLE = "JUPYTER_GREEN_WITHIN"
"""The metered programs that a process was started within, the outermost first."""

_MOST = 16
_NAME = re.compile(rb"([0-9]{1,10})-([0-9]{1,18})")


class Program(NamedTuple):
    """A program on this host: `start` distinguishes it from a later one with the same id."""

    pid: int
    start: int
    """In ticks since the machine started; 0 where that is not known."""

    def __str__(self) -> str:
        return f"{self.pid}-{self.start}"


def program(pid: int, proc_root: Path = PROC_ROOT) -> Program:
    """Return the program with this process id."""
    fields = _stat(pid, proc_root)
    return Program(pid, int(fields[19]) if len(fields) > 19 else 0)


def ancestors(pid: int, proc_root: Path = PROC_ROOT) -> tuple[Program, ...]:
    """Return the parents of a process as they are now, the nearest first; empty without procfs."""
    found: list[Program] = []
    while len(found) < 2 * _MOST:
        fields = _stat(pid, proc_root)
        pid = int(fields[1]) if len(fields) > 1 else 0
        if pid <= 0:
            break
        found.append(program(pid, proc_root))
    return tuple(found)


def within(pid: int, proc_root: Path = PROC_ROOT) -> tuple[Program, ...]:
    """Return the metered programs that a process says it was started within.

    Empty where its environment cannot be read, as another user's.
    """
    environment = b""
    with contextlib.suppress(OSError):
        environment = (proc_root / str(pid) / "environ").read_bytes()
    return named(environment.split(b"\0"))


def named(environment: Iterable[bytes]) -> tuple[Program, ...]:
    """Return the metered programs that an environment of ``NAME=value`` names."""
    head = f"{VARIABLE}=".encode()
    for item in environment:
        if item.startswith(head):
            names = (_NAME.fullmatch(text) for text in item[len(head) :].split()[:_MOST])
            return tuple(Program(int(name[1]), int(name[2])) for name in names if name)
    return ()


def mark() -> None:
    """Have all that this program starts from now on name it; a second call changes nothing.

    Where there is no procfs, nobody could read it: nothing is done.
    """
    ours = program(os.getpid())
    chain = _chain()
    if ours.start and ours not in chain:
        _put((*chain, ours)[-_MOST:])


def unmark() -> None:
    """Take this program's name back."""
    ours = program(os.getpid())
    chain = _chain()
    if ours in chain:
        _put(tuple(each for each in chain if each != ours))


def environment() -> dict[str, str]:
    """Return the environment that what this program starts inherits, for calls that need one."""
    chain = _chain()
    named_here = {VARIABLE: " ".join(map(str, chain))} if chain else {}
    return {**os.environ, **named_here}


_put_last: list[tuple[Program, ...]] = []
"""What was put last. A fork of this program inherits that, and has it in no `os.environ`."""


def _chain() -> tuple[Program, ...]:
    if _put_last:
        return _put_last[-1]
    return named([f"{VARIABLE}={os.environ.get(VARIABLE, '')}".encode(errors="replace")])


def _put(chain: tuple[Program, ...]) -> None:
    _put_last[:] = [chain]
    if chain:
        os.putenv(VARIABLE, " ".join(map(str, chain)))
    else:
        os.unsetenv(VARIABLE)


def _stat(pid: int, proc_root: Path) -> list[bytes]:
    """Return the fields of a process after its name, which may hold spaces and parentheses."""
    try:
        text = (proc_root / str(pid) / "stat").read_bytes()
    except OSError:
        return []
    return text.rpartition(b")")[2].split()
