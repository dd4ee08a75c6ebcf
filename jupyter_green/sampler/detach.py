"""How the sampler becomes no child of the program that starts it: what it imports first."""

from __future__ import annotations

import os
import sys

FOR = "--for"
"""The argument in front of the process id of the program that is metered."""


def detach() -> None:
    """Continue in a process that is no child of the one that started this, and print its id.

    Where there is no fork (Windows), nothing changes.
    """
    if hasattr(os, "fork") and os.fork():
        os._exit(0)
    sys.stdout.buffer.write(b"%d\n" % os.getpid())
    sys.stdout.buffer.flush()
