"""How long a source's calls take lately, and what may be asked of it because of that.

A driver that serves several boards takes its calls one after the other. Where each takes
tens of milliseconds, reading everything as often as elsewhere would ask for more than it
can answer, and every answer would come too late.
"""

from __future__ import annotations

import bisect
from collections import deque

REMEMBERED_CALLS = 15
SLOWEST_READ_S = 0.05
"""A reading that took longer belongs to no time, unless the source is always as slow; the next one
has its joules."""
HICCUP = 3.0
"""A reading that took so many times the usual time was held up."""
LONGEST_READ_S = 0.5
"""No reading may take longer."""
FULL_ROUND_S = 0.04
"""Where reading everything takes longer, the power beside a counter is left out."""


class Pace:
    """Remembers how long the latest calls took.

    Parameters
    ----------
    counters, powers
        How many domains have a counter, and how many are read by their power alone.
    """

    def __init__(self, counters: int, powers: int) -> None:
        self._counters = counters
        self._powers = powers
        self._calls_s: deque[float] = deque()
        self._in_order_s: list[float] = []
        self.call_s = 0.0
        """How long a call usually takes; 0 before the first."""

    def add(self, took_s: float, calls: int) -> None:
        """Take in how long some calls in a row took."""
        if len(self._calls_s) == REMEMBERED_CALLS:
            self._in_order_s.remove(self._calls_s.popleft())
        self._calls_s.append(took_s / calls)
        bisect.insort(self._in_order_s, took_s / calls)
        self.call_s = self._in_order_s[len(self._in_order_s) // 2]

    @property
    def is_slow(self) -> bool:
        """Whether a reading of everything would take too long to be made often."""
        return self.call_s * (2 * self._counters + self._powers) > FULL_ROUND_S

    @property
    def round_s(self) -> float:
        """How long it takes to read every domain once, as it is read at this pace."""
        calls = self._counters * (1 if self.is_slow else 2) + self._powers
        return self.call_s * calls

    @property
    def slowest_read_s(self) -> float:
        """How long a reading may take whose time is taken as known."""
        return min(max(SLOWEST_READ_S, HICCUP * 2 * self.call_s), LONGEST_READ_S)
