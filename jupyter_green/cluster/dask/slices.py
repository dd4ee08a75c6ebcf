"""Seconds by when they were: in slices of a window, which grow as it does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from typing import Generic, TypeVar

MOST = 128
"""Slices of a window: those of 12.8 s have a tenth of a second each, those of an hour 51 s."""
FIRST_S = 0.1

K = TypeVar("K", bound=Hashable)


class Slices(Generic[K]):
    """Adds stretches of time up, by name and slice.

    Parameters
    ----------
    begin_s
        When the first slice begins; what was before is cut off.
    """

    def __init__(self, begin_s: float) -> None:
        self.begin_s = begin_s
        self.width_s = FIRST_S
        self.rows: defaultdict[K, list[float]] = defaultdict(list)
        """By name the seconds in each slice, as far as there were some."""

    def add(self, name: K, begin_s: float, end_s: float) -> bool:
        """Add a stretch; return whether some of it was in the window."""
        from_s, until_s = max(0.0, begin_s - self.begin_s), end_s - self.begin_s
        if from_s >= until_s:
            return False
        while until_s > MOST * self.width_s:
            self._widen()
        first, last = int(from_s / self.width_s), min(MOST - 1, int(until_s / self.width_s))
        row = self.rows[name]
        row += [0.0] * (last + 1 - len(row))
        for place in range(first, last + 1):
            ends_s = min(until_s, (place + 1) * self.width_s)
            row[place] += max(0.0, ends_s - max(from_s, place * self.width_s))
        return True

    def _widen(self) -> None:
        self.width_s *= 2
        for name, row in self.rows.items():
            self.rows[name] = [sum(row[place : place + 2]) for place in range(0, len(row), 2)]
