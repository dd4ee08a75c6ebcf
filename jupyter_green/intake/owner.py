"""Whose a window or a file is: a process, told from all others, of other boots and hosts too."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import NamedTuple

from ..sources.machine import host, machine

_PROC = Path("/proc")


class Owner(NamedTuple):
    """A process: where it runs, its id, and when it started, as ids are used again."""

    machine: str
    boot: str
    namespace: int
    """Which process ids these are: those of a container say nothing elsewhere; 0 if unknown."""
    pid: int
    start: int
    """In ticks since the boot (proc(5)), or of 10 ms since 1970 where there is no procfs; 0 if
    unknown."""

    @property
    def text(self) -> str:
        """The owner as a part of a file's name."""
        return f"{self.machine}-{self.boot}-{self.namespace}-{self.pid}-{self.start}"

    @classmethod
    def of_text(cls, text: str) -> Owner:
        """Read :attr:`text` back.

        Raises
        ------
        ValueError
            For any other text.
        """
        found, boot, *numbers = text.split("-")
        namespace, pid, start = (int(number) for number in numbers)
        if not (found.isalnum() and boot.isalnum() and namespace >= 0 and pid > 0 and start >= 0):
            raise ValueError(f"{text!r} names no process")
        return cls(found, boot, namespace, pid, start)


def owner_of(pid: int) -> Owner:
    """Return a process of this host as an owner."""
    return Owner(machine(), host(), _namespace(), pid, _start(pid) or 0)


def is_gone(owner: Owner) -> bool | None:
    """Whether a process has ended; ``None`` where this cannot be told from here."""
    if owner.boot != host():
        # Another boot of this machine is over. Of another machine nothing is known here.
        return True if owner.machine == machine() else None
    if owner.namespace != _namespace():
        return None
    if not _is_there(owner.pid):
        return True
    start = _start(owner.pid)
    return bool(owner.start and start and start != owner.start)


def _is_there(pid: int) -> bool:
    if os.name != "posix":  # there signal 0 is Ctrl-C
        return _start(pid) is not None
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return not _is_zombie(pid)


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on, the third one."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _start(pid: int) -> int | None:
    fields = _stat(pid)
    if fields and len(fields) > 19:
        return int(fields[19])
    return None if _PROC.exists() else _start_elsewhere(pid)


def _start_elsewhere(pid: int) -> int | None:
    """Return when a process started on macOS or Windows, ``None`` where there is none."""
    import psutil

    try:
        return int(100 * psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None
    except (psutil.Error, OSError, ValueError, OverflowError):
        return 0


def _is_zombie(pid: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields is not None and fields[0] in {"Z", "X"}


@functools.cache
def _namespace() -> int:
    try:
        return (_PROC / "self" / "ns" / "pid").stat().st_ino
    except OSError:
        return 0
