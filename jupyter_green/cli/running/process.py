"""The command's process: started without a shell, waited for, stopped and continued with us."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ...sampler.processes import Procfs
from . import signals
from .witness import Witness

NOT_FOUND = 127
NOT_EXECUTABLE = 126
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
CAN_ADOPT = sys.platform == "linux"
_REASONS = {errno.ENOEXEC: "it is no program, and names none in a first line with '#!'"}


class CannotStartError(Exception):
    """A command that cannot be started; `status` is what a shell's would be."""

    def __init__(self, command: str, error: OSError) -> None:
        is_missing = error.errno == errno.ENOENT
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        super().__init__(f"{command}: {'command not found' if is_missing else reason}")
        self.status = NOT_FOUND if is_missing else NOT_EXECUTABLE


@dataclass(frozen=True)
class Surroundings:
    """What commands are started in."""

    mask: Collection[int] = ()
    """The signals that they are to have blocked."""
    witness: Witness | None = None


class Command:
    """A command that runs, in this program's process group and at its terminal.

    Parameters
    ----------
    words
        The command and its arguments.
    environment
        Its environment.
    surroundings
        What it is started in.

    Raises
    ------
    CannotStartError
        Where there is no such program, or it cannot be executed.
    """

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], surroundings: Surroundings
    ) -> None:
        self._witness = surroundings.witness
        try:
            self.pid = os.posix_spawnp(
                words[0],
                list(words),
                environment,
                setsigmask=surroundings.mask,
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),  # which Python ignores
            )
        except OSError as error:
            raise CannotStartError(words[0], error) from None

    def wait(self) -> int:
        """Wait until it has ended; return its exit code, or the signal that ended it, negative."""
        while True:
            info = signal.sigwaitinfo(signal.valid_signals())
            number = info.si_signo
            if number == signal.SIGCHLD:
                ended = self._look()
                if ended is not None:
                    return ended
            else:
                is_seen = self._witness is not None and self._witness.has_seen(number)
                is_its = signals.is_for_the_command(number, info.si_code, info.si_pid, self.pid)
                if is_its and not is_seen:
                    self._send(number)

    def _look(self) -> int | None:
        """Return how it has ended; where it has stopped, stop until we are continued."""
        options = os.WEXITED | os.WSTOPPED | os.WNOHANG
        while (seen := os.waitid(os.P_PID, self.pid, options)) is not None:
            if seen.si_code == os.CLD_EXITED:
                return seen.si_status
            if seen.si_code in (os.CLD_KILLED, os.CLD_DUMPED):
                return -seen.si_status
            if seen.si_code == os.CLD_STOPPED:
                signals.stop_by(seen.si_status)
                self._send(signal.SIGCONT)
        return None

    def _send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self.pid, number)


class PlainCommand:
    """The same where signals cannot be passed on: Ctrl-C is the command's business all the same."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], _: Surroundings
    ) -> None:
        try:
            self._process = subprocess.Popen(words, env=environment)  # noqa: S603  (as was asked)
        except OSError as error:
            raise CannotStartError(words[0], error) from None
        self.pid = self._process.pid

    def wait(self) -> int:
        """Wait until it has ended; return its exit code, or the signal that ended it, negative."""
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return self._process.wait()


def start(
    words: Sequence[str], environment: Mapping[str, str], surroundings: Surroundings
) -> Command | PlainCommand:
    """Start a command as well as this system can.

    Raises
    ------
    CannotStartError
        Where there is no such program, or it cannot be executed.
    """
    return (Command if signals.CAN_PASS_ON else PlainCommand)(words, environment, surroundings)


def adopt_orphans() -> None:
    """Have what the command leaves alone become this program's children: prctl(2)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def wait_for_orphans(others: Callable[[], Collection[int]]) -> int | None:
    """Wait until the last of the adopted processes has ended.

    Parameters
    ----------
    others
        Returns the children that are none of the command's.

    Returns
    -------
    int | None
        The signal that asked this program to end before that.
    """
    while _living_children() - set(others()):
        number = signal.sigwaitinfo({signal.SIGCHLD, *signals.ENDING}).si_signo
        if number in signals.ENDING:
            return number
    return None


def _living_children() -> set[int]:
    """Return this program's children that have not ended; the others are reaped."""
    procfs, own = Procfs(), os.getpid()
    found = {pid for pid in procfs.pids() if (p := procfs.process(pid)) and p.parent == own}
    living = set()
    for pid in found:
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                living.add(pid)
    return living
