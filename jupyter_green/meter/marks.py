"""The marks of a window: what the program said about its own course."""

from __future__ import annotations

from typing import NamedTuple

from ..report.fields import MAX_MARK, MAX_MARKS, Mark


class MarkedTime(NamedTuple):
    """A mark: when, CLOCK_MONOTONIC in nanoseconds, and what it says."""

    t_ns: int
    text: str


class Marks:
    """The marks of one window, thinned evenly where there are more than a report holds.

    Marks come from the thread that is measured; others read them meanwhile.
    """

    def __init__(self) -> None:
        self._kept: list[MarkedTime] = []
        self._count = 0
        self._every = 1

    def add(self, t_ns: int, text: str) -> None:
        """Take a mark; every second one is dropped each time that there are too many."""
        wanted = self._count % self._every == 0
        self._count += 1
        if not wanted:
            return
        if len(self._kept) == MAX_MARKS:
            self._kept = self._kept[::2]
            self._every *= 2
            if (self._count - 1) % self._every:
                return
        self._kept = [*self._kept, MarkedTime(t_ns, text[:MAX_MARK])]

    def all(self) -> list[MarkedTime]:
        """Return the marks in the order in which they came."""
        return self._kept

    def of_report(self, begin_ns: int) -> tuple[Mark, ...]:
        """Return the marks in seconds since the window's begin."""
        return tuple(Mark(max(0.0, (t_ns - begin_ns) * 1e-9), text) for t_ns, text in self._kept)
