"""When to sample: faster at the beginning of a window, slowly in the minutes after the last one."""

from __future__ import annotations

import math

FIRST_INTERVAL_S = 0.02
"""The sampling period at the beginning of a window, so that a short cell has a curve."""
FIRST_STRETCH_S = 1.0
LONGEST_INTERVAL_S = 30.0
"""Often enough to see every wrap: 262 kJ take more than four minutes at 1 kW."""
REST_INTERVAL_S = 2.0
"""Between windows: so that the next one's figure knows what the rest of the machine draws."""
IN_USE_S = 120.0
"""So long after the last window a session counts as in use; then nothing is read."""


class Rate:
    """When the next sample is due: steady while windows are open, slowly while a session is in use.

    Else never.
    """

    def __init__(self) -> None:
        self._intervals_s: dict[str, float] = {}
        self._fast_until = 0.0
        self._due = math.inf
        self._rests_until = 0.0
        self._host_watched_until = 0.0
        self.host_is_watched = False
        """Whether somebody looks at what the machine draws, also between windows."""

    @property
    def open_windows(self) -> int:
        """How many windows are open."""
        return len(self._intervals_s)

    def begin(self, window: str, interval_s: float, now: float) -> None:
        """Open a window; the first stretch is sampled faster."""
        self._intervals_s[window] = interval_s
        self._fast_until = now + FIRST_STRETCH_S
        self._due = now + self._interval(now)

    def end(self, window: str, now: float) -> None:
        """Close a window."""
        self._intervals_s.pop(window, None)
        if not self._intervals_s:
            self._due = now + REST_INTERVAL_S
            self._rests_until = now + IN_USE_S

    def watch_host(self, seconds: float, now: float) -> None:
        """Sample for so long at least, slowly where no window is open."""
        self._host_watched_until = now + seconds
        self._rests_until = max(self._rests_until, now + seconds)
        self.host_is_watched = True
        is_soon = now - REST_INTERVAL_S < self._due < now + REST_INTERVAL_S
        if not (self._intervals_s or is_soon):
            self._due = now

    @property
    def due_s(self) -> float | None:
        """When the next sample is due, ``None`` while there is none to take."""
        return self._due if self._intervals_s or self._due <= self._rests_until else None

    def taken(self, now: float) -> None:
        """Plan the sample after the one that was due, on the grid if that is still ahead."""
        self.host_is_watched = now < self._host_watched_until
        step = self._interval(now)
        self._due = self._due + step if self._due + step > now else now + step

    def _interval(self, now: float) -> float:
        if not self._intervals_s:
            return REST_INTERVAL_S
        shortest = min(*self._intervals_s.values(), LONGEST_INTERVAL_S)
        return min(shortest, FIRST_INTERVAL_S) if now < self._fast_until else shortest
