"""How much one user may ask for: what is more waits for its turn."""

from __future__ import annotations

INTERVAL_S = 0.1
"""How often a user gets a sample at most, however many connections there are."""
ALMOST = 0.9
"""A sample may come so much of an interval after the last one: it is late now and then."""
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

    def take(self, now_s: float) -> float:
        """Take one; return when its turn is: those who wait are served in order."""
        self._left = min(self._per_s, self._left + (now_s - self._at_s) * self._per_s) - 1.0
        self._at_s = now_s
        return now_s - min(0.0, self._left) / self._per_s

    def give_back(self) -> None:
        """Take one less: who waited has left."""
        self._left += 1.0


class Allowance:
    """What one user may ask for, through all connections together."""

    def __init__(self) -> None:
        self.marks = Bucket(MARKS_PER_S)
        self.requests = Bucket(REQUESTS_PER_S)
        self.connections = 0
        """How many there are."""
        self._sampled_ns = 0
        """The time of the last sample between edges that one of them got."""

    def takes_sample(self, t_ns: int) -> bool:
        """Whether one of its connections may have the sample of a time: all have the same ones."""
        if t_ns != self._sampled_ns and t_ns - self._sampled_ns < ALMOST * INTERVAL_S * 1e9:
            return False
        self._sampled_ns = max(t_ns, self._sampled_ns)
        return True
