"""How the sampler becomes a process of its own, whose output is for its program alone."""

from __future__ import annotations

import os
import signal
from typing import BinaryIO

FOR = "--for"
"""The argument in front of the process id of the program that is metered."""
HOST = "--host"
"""The argument of the sampler of a host's service: it opens the sensors once, and gives up all
rights then."""
HERE = b"jupyter-green sampler "
"""In front of the sampler's process id. A library may have printed before, on the same line."""


def take_replies() -> BinaryIO:
    """Return the pipe for replies; what anything else prints goes where errors go."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def detach(replies: BinaryIO) -> None:
    """Continue in a process that is no child of the one that started this, and tell its id.

    It takes all signals: a program may have those blocked that it waits for. Where there is no
    fork (Windows), nothing changes.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if hasattr(os, "fork") and os.fork():
        os._exit(0)
    replies.write(HERE + b"%d\n" % os.getpid())
    replies.flush()
