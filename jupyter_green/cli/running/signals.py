"""Signals of a program that stands in for a command: passed on, or done like the command.

The command is in the same process group as this program. So what the terminal sends (Ctrl-C,
Ctrl-Z, a new size) reaches both, and the shell's job control works as it does without us, in
pipelines, too. This program takes no notice of it, and stops and ends only as the command does.

It has all signals blocked, and takes them one by one with the knowledge of who has sent them:
sigwaitinfo(2), sigaction(2) for `si_code`, signal(7).
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterator

CAN_PASS_ON = hasattr(signal, "sigwaitinfo")
"""Whether this system tells who has sent a signal (Linux); elsewhere nothing is passed on."""

SI_KERNEL = 0x80
"""asm-generic/siginfo.h: it was no program that sent this, but the terminal or the system."""

_OURS = ("SIGCHLD", "SIGPIPE", "SIGXFSZ", "SIGXCPU")
"""What the system sends to this program about itself."""
_TO_THE_GROUP = ("SIGINT", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGWINCH", "SIGCONT")
"""What the terminal sends to the whole process group."""
ENDING = frozenset(
    getattr(signal, name)
    for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM")
    if hasattr(signal, name)
)
"""How somebody asks a program to end."""


@contextlib.contextmanager
def blocked() -> Iterator[Collection[int]]:
    """Block all signals, and yield those that were blocked before, which a command inherits.

    Threads that are started meanwhile take none either. What comes and is not taken is dropped.
    """
    if not CAN_PASS_ON:
        yield ()
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield before
    finally:
        while signal.sigtimedwait(signal.valid_signals(), 0) is not None:
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def is_for_the_command(number: int, code: int, sender: int, command: int) -> bool:
    """Whether a signal is to be passed on to the command, which has not had it.

    Parameters
    ----------
    number, code, sender
        The signal, why it was sent (`si_code`), and by which process.
    command
        The command's process id.
    """
    if number == signal.SIGCHLD or sender == command:
        return False
    if code != SI_KERNEL:
        return True
    if number == signal.SIGHUP:  # of a terminal that is gone, the session's leader alone is told
        return os.getsid(0) == os.getpid()
    return signal.Signals(number).name not in (*_OURS, *_TO_THE_GROUP)


def pending_end() -> int | None:
    """Return a signal that asks this program to end, and that it has not taken yet."""
    return min(signal.sigpending() & ENDING, default=None) if CAN_PASS_ON else None


def pause(seconds: float) -> int | None:
    """Wait; return a signal that asks this program to end before that. Ctrl-Z stops it."""
    until_s = time.monotonic() + seconds
    if not CAN_PASS_ON:
        try:
            time.sleep(seconds)
        except KeyboardInterrupt:
            return int(signal.SIGINT)
        return None
    while (left_s := until_s - time.monotonic()) > 0:
        info = signal.sigtimedwait({*ENDING, signal.SIGTSTP}, left_s)
        if info is not None and info.si_signo != signal.SIGTSTP:
            return info.si_signo
        if info is not None:
            stop_by(signal.SIGTSTP)
    return None


def stop_by(number: int) -> None:
    """Stop this program by a signal, until it is continued; its caller sees it as it is."""
    os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    signal.pthread_sigmask(signal.SIG_BLOCK, {number})


def die_by(number: int) -> int:
    """End this program by a signal; return what a shell makes of that, where it lives on."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))  # the command has left its own
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    return 128 + number
