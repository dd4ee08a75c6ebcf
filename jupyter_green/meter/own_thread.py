"""The CPU time of the thread that opens a window, in it."""

from __future__ import annotations

import threading
import time


class OwnThread:
    """Counts from :meth:`begin` on."""

    def __init__(self) -> None:
        self._begun: tuple[int, float] | None = None

    def begin(self) -> None:
        """Count from now on, for this thread."""
        self._begun = threading.get_ident(), time.thread_time()

    def used_s(self) -> float | None:
        """Return the CPU seconds so far, ``None`` where another thread began."""
        if self._begun is None or self._begun[0] != threading.get_ident():
            return None
        return time.thread_time() - self._begun[1]
