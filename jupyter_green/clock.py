"""The clock of all of a window's times, out of reach of what replaces Python's."""

from __future__ import annotations

import sys
import time

if sys.platform == "linux":

    def now_ns() -> int:
        """Return CLOCK_MONOTONIC in ns.

        Libraries that freeze the time in tests replace `time.monotonic_ns`, in every module
        that holds it; on Linux that is this clock (PEP 418).
        """
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)

else:
    now_ns = time.monotonic_ns
