"""The sampler's process as its client sees it: started here, but no child of this program."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Protocol

from .. import isolated
from ..notice import Notice
from .detach import FOR, HERE

if TYPE_CHECKING:
    from ..sources.base import Missing  # a command starts this before it loads anything else

MAIN = "jupyter_green.sampler.__main__"
MOST_WORDS = 300
"""Characters of what a sampler said last."""


class SamplerProcess(Protocol):
    """What reads the sensors, as its client sees it."""

    @property
    def pid(self) -> int | None:
        """Its process id, ``None`` where that is unknown, or no process of this program's own."""

    @property
    def place(self) -> str | None:
        """The socket of the host's service, ``None`` for a process of this program's own."""

    @property
    def instead_of(self) -> Missing | None:
        """The service that should have been there, and why it is not used."""

    @property
    def least_interval_s(self) -> float:
        """How often it reads at most; 0 where it reads as often as it is asked to."""

    def send(self, line: bytes) -> None:
        """Send a request."""

    def lines(self) -> Generator[bytes]:
        """Yield what it sends until it has ended."""

    def last_words(self) -> str:
        """Return what it said last, once it has ended."""

    def hang_up(self) -> None:
        """Have it end: nothing more will be sent."""

    def wait(self, timeout_s: float) -> bool:
        """Wait until it has ended."""

    def kill(self) -> None:
        """End it by force."""

    def leave_to_parent(self) -> None:
        """Let go of it, in a process that was forked from the program's."""


class SpawnedSampler:
    """A sampler and the pipes to it.

    Nothing of the program's surroundings reaches it: Python's own modules come before all
    others, whatever is installed beside this package (``-I``, ``-S``); no `PYTHONPATH`,
    `PYTHONHOME` or `sitecustomize` counts; and what a library prints is none of its messages.

    Programs that wait for any child of theirs (``os.wait()``) would find it, and wait
    for ever. So the process that is started here forks, and ends at once; what it has
    forked is the sampler. Where there is no fork (Windows), the sampler is a child.

    Parameters
    ----------
    instead_of
        The host's service that should have been there, and why it is not used.
    options
        More words for the process.

    Raises
    ------
    OSError
        Where no process can be started.
    """

    place = None
    least_interval_s = 0.0

    def __init__(self, instead_of: Missing | None = None, options: Sequence[str] = ()) -> None:
        self.instead_of = instead_of
        command = isolated.command(MAIN, FOR, str(os.getpid()), *options)
        self._words = _Words()
        try:
            with _undebugged():
                self._started = subprocess.Popen(  # noqa: S603  (nothing of it comes from outside)
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._words.into,
                    cwd=isolated.package_folder(),
                    **isolated.apart(),
                )
        except BaseException:
            self._words.last()
            raise
        finally:
            self._words.is_given()
        assert self._started.stdin is not None
        assert self._started.stdout is not None
        self._requests = self._started.stdin
        self._replies = self._started.stdout
        self._has_ended = False
        self._end = Notice()
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
            for line in self._replies:
                if self._introduces(line):
                    yield from self._replies
        finally:
            self._clean_up()

    def _introduces(self, line: bytes) -> bool:
        """Take its process id from a line; return whether its messages come from now on."""
        _, here, pid = line.partition(HERE)
        if here:
            self.pid = int(pid)
        return bool(here)

    def _clean_up(self) -> None:
        """Let go of its pipes and its process id, as it has ended."""
        self._replies.close()
        self._reap()
        self._has_ended = True
        self._end.notify_all()

    def last_words(self) -> str:
        """Return the last line that it wrote to its standard error, once it has ended."""
        return self._words.last()

    def hang_up(self) -> None:
        """Have it end: nothing more will be sent."""
        with contextlib.suppress(OSError):
            self._requests.close()

    def wait(self, timeout_s: float) -> bool:
        """Wait until it has ended, as the thread that reads its :meth:`lines` sees it."""
        return self._end.wait_for(lambda: self._has_ended, timeout_s)

    def kill(self) -> None:
        """End it by force. A process that has ended is left alone: its id may be reused."""
        if self.pid is None or self.pid == self._started.pid:
            self._started.kill()
        elif not self._has_ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def leave_to_parent(self) -> None:
        """Do nothing: it watches the program itself."""

    def _reap(self) -> None:
        """Collect its exit status if this program has become its parent.

        The first process of a container adopts orphans, and may be this program.
        """
        if self.pid is None or self.pid == self._started.pid:
            self._started.wait()
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _undebugged() -> contextlib.AbstractContextManager[None]:
    """Have the new process run by itself where a debugger has this program's children run in it.

    In debugpy it would start seconds later, if at all, and print of its own.
    """
    debugpy = sys.modules.get("_pydev_bundle.pydev_monkey")
    skip: Callable[[], contextlib.AbstractContextManager[None]] | None
    skip = getattr(debugpy, "skip_subprocess_arg_patch", None)
    return contextlib.nullcontext() if skip is None else skip()


class _Words:
    """A pipe for what a process writes to its standard error: as much as it holds, to read later.

    Nobody empties it meanwhile, and no writer waits for that.
    """

    def __init__(self) -> None:
        self._from: int | None = None
        self.into = subprocess.DEVNULL
        """What to give to the process."""
        if os.name == "posix":  # elsewhere a pipe that is full holds up its writer
            self._from, self.into = os.pipe()
            for fd in (self._from, self.into):
                os.set_blocking(fd, False)

    def is_given(self) -> None:
        """Close this end of what the process was given."""
        if self.into != subprocess.DEVNULL:
            os.close(self.into)

    def last(self) -> str:
        """Return the last line, and close the pipe."""
        if self._from is None:
            return ""
        try:
            said = os.read(self._from, 1 << 20).decode("utf-8", "replace")
        except BlockingIOError:  # a child of the sampler's lives on, and it wrote nothing
            said = ""
        os.close(self._from)
        self._from = None
        lines = [line for line in said.splitlines() if line.strip()]
        words = "".join(c if c.isprintable() else " " for c in lines[-1]) if lines else ""
        return words.strip()[:MOST_WORDS]
