"""The sampler's process as its client sees it: started here, but no child of this program."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

from .detach import FOR


class SpawnedSampler:
    """A sampler and the two pipes to it.

    Programs that wait for any child of theirs (``os.wait()``) would find it, and wait
    for ever. So the process that is started here forks, and ends at once; what it has
    forked is the sampler. Where there is no fork (Windows), the sampler is a child.

    Raises
    ------
    OSError
        Where no process can be started.
    """

    def __init__(self) -> None:
        # The working folder is the one that holds this package: a notebook's own
        # folder may hold a json.py that would take the place of Python's.
        package_folder = Path(__file__).resolve().parents[2]
        self._started = subprocess.Popen(  # noqa: S603  (nothing of it comes from outside)
            [sys.executable, "-m", "jupyter_green.sampler", FOR, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=package_folder,
            start_new_session=True,
        )
        assert self._started.stdin is not None
        assert self._started.stdout is not None
        self._requests = self._started.stdin
        self._replies = self._started.stdout
        self._ended = threading.Event()
        self.pid: int | None = None
        """The sampler's process id; ``None`` until it was received."""

    def send(self, line: bytes) -> None:
        """Send a request.

        Raises
        ------
        OSError, ValueError
            Where the sampler has ended, or nothing more was to be sent to it.
        """
        self._requests.write(line)
        self._requests.flush()

    def lines(self) -> Generator[bytes]:
        """Yield what it sends until it has ended. For one thread, which must read to the end."""
        try:
            if hasattr(os, "fork"):
                self._started.wait()
            pid = self._replies.readline()
            if pid:
                self.pid = int(pid)
                yield from self._replies
        finally:
            self._replies.close()
            self._reap()
            self._ended.set()

    def hang_up(self) -> None:
        """Have it end: nothing more will be sent."""
        with contextlib.suppress(OSError):
            self._requests.close()

    def wait(self, timeout_s: float) -> bool:
        """Wait until it has ended, as the thread that reads its :meth:`lines` sees it."""
        return self._ended.wait(timeout_s)

    def kill(self) -> None:
        """End it by force. A process that has ended is left alone: its id may be reused."""
        if self.pid is None or self.pid == self._started.pid:
            self._started.kill()
        elif not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _reap(self) -> None:
        """Collect its exit status if this program has become its parent.

        The first process of a container adopts orphans, and may be this program.
        """
        if self.pid is None or self.pid == self._started.pid:
            self._started.wait()
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
