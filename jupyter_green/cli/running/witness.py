"""Tells whether a signal was sent to this program alone, or to all of its process group.

What a program sends to the group (`kill -- -GROUP`, a shell's `kill %1`) or to every process of a
job, as systemd and Slurm do, the command has had: passing it on would be a second time. Nothing
says so of a signal. So a process of ours sits beside the command in the group, has all signals
blocked, and says when asked which ones have come: nobody sends it one alone.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator

_SPREAD_S = 0.01
"""How long it may take until all processes of a job have been sent a signal."""
_REPLY_S = 0.1
_MOST = 4096


class Witness:
    """The process. To be made with all signals blocked, and before any thread is started.

    Where it cannot be made, it has seen nothing.
    """

    def __init__(self) -> None:
        self.pid: int | None = None
        self._seen: set[int] = set()
        self._pipes: tuple[int, ...] = ()
        program = os.getpid()
        try:
            requests, to = os.pipe()
            from_, replies = os.pipe()
            self.pid = os.fork()
        except OSError:
            return
        if self.pid == 0:
            _serve(program, requests, replies)
        os.close(requests)
        os.close(replies)
        self._pipes = (to, from_)

    def has_seen(self, number: int) -> bool:
        """Whether a signal that this program has had came to the whole group."""
        time.sleep(_SPREAD_S)
        self._seen |= set(self._new())
        is_seen = number in self._seen
        self._seen.discard(number)
        return is_seen

    def _new(self) -> bytes:
        """Return the signals that have come to the process since the last time."""
        if not self._pipes:
            return b""
        to, from_ = self._pipes
        with contextlib.suppress(OSError):
            os.write(to, b"?")
            if select.select([from_], [], [], _REPLY_S)[0]:
                return os.read(from_, _MOST)
        return b""

    def close(self) -> None:
        """End the process."""
        for fd in self._pipes:
            os.close(fd)
        self._pipes = ()
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            self.pid = None


def _serve(program: int, requests: int, replies: int) -> None:
    """Answer until the program closes its end, or dies; it holds nothing that is the user's."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        for fd in set(range(3, 256)) - {requests, replies}:
            with contextlib.suppress(OSError):
                os.close(fd)
        while os.getppid() == program and os.read(requests, 1):
            os.write(replies, bytes([0, *_pending()]))
    finally:
        os._exit(0)


def _pending() -> Iterator[int]:
    while (info := signal.sigtimedwait(signal.valid_signals(), 0)) is not None:
        yield info.si_signo
