"""How much one user may ask for: what is more waits."""

from __future__ import annotations

MARKS_PER_S = 20.0
"""Begins and ends of windows."""
REQUESTS_PER_S = 200.0
"""All requests."""


class Bucket:
    """Gives out so many a second, and a second's together."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._left = per_s
        self._at_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """Take one; or return how long it is until there is one."""
        self._left = min(self._per_s, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left >= 1.0:
            self._left -= 1.0
            return 0.0
        return (1.0 - self._left) / self._per_s


class Allowance:
    """What one user may ask for, through all connections together."""

    def __init__(self) -> None:
        self.marks = Bucket(MARKS_PER_S)
        self.requests = Bucket(REQUESTS_PER_S)
        self.connections = 0
        """How many there are."""
