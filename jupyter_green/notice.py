"""How a thread waits for what another does, with no lock that an interrupt could leave held.

Ctrl-C raises KeyboardInterrupt between any two steps of the main thread, also within the methods of
``threading.Condition`` and ``threading.Event``, which are written in Python: their lock then stays
held for good, and every thread that wants it waits for ever. A lock of the interpreter's own
(``Lock``, ``RLock``) in a ``with`` is safe: no interrupt comes between its taking and the block.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable


class Notice:
    """Tells all who wait that something has changed. Any thread may notify or wait."""

    def __init__(self) -> None:
        self._waiting: deque[threading.Lock] = deque()
        """A lock of each waiting thread, held until it is to look again."""

    def notify_all(self) -> None:
        """Have all who wait look at what they wait for. First change it, then notify."""
        for waiting in tuple(self._waiting):
            with contextlib.suppress(RuntimeError):  # another notice was quicker
                waiting.release()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until a condition holds, at most for so long; return whether it does.

        The condition is looked at in this thread, with no lock held: it must be a look at what
        one step changes.
        """
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        while not condition():
            waiting = threading.Lock()
            waiting.acquire()
            self._waiting.append(waiting)
            try:
                if condition():  # it may have come true before anyone could notify this thread
                    return True
                left_s = -1 if until_s is None else max(0.0, until_s - time.monotonic())
                if not waiting.acquire(timeout=left_s):
                    return condition()
            finally:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(waiting)
        return True
