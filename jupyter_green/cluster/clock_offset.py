"""How far the clock of another host is ahead of this one's."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

MOST = 20
"""Exchanges of which the best counts."""
DRIFT = 1e-4
"""By how much two clocks run apart at most, as a share of the time: a crystal's 50 millionths each,
as what corrects a clock by more does so for all (clock_gettime(2), adjtimex(2))."""


class Offset(NamedTuple):
    """By how much a clock is ahead: it lies within the uncertainty, for certain."""

    offset_ns: int
    uncertainty_ns: int


class ClockOffset:
    """Finds the offset by the exchange with the shortest way there and back.

    What a message needs on its way is not known, only that both ways together take the round
    trip: the offset is within half of that (RFC 5905, section 8).
    """

    def __init__(self) -> None:
        self._found: deque[tuple[int, Offset]] = deque(maxlen=MOST)
        """When each was found, by this host's clock."""

    def __len__(self) -> int:
        return len(self._found)

    def add(self, asked_ns: int, heard_ns: int, answered_ns: int, received_ns: int) -> None:
        """Take in an exchange.

        Parameters
        ----------
        asked_ns, received_ns
            When this host has asked, and when it had the answer, by its own clock.
        heard_ns, answered_ns
            When the other one has heard the question and when it has answered, by its own.
        """
        round_trip_ns = (received_ns - asked_ns) - (answered_ns - heard_ns)
        if round_trip_ns >= 0 and answered_ns >= heard_ns:
            ahead_ns = (heard_ns - asked_ns + answered_ns - received_ns) // 2
            self._found.append((received_ns, Offset(ahead_ns, (round_trip_ns + 1) // 2)))

    def best(self, t_ns: int) -> Offset | None:
        """Return the offset at a time, as the best of the exchanges says; ``None`` without any.

        The older one is, the less does it say.
        """
        aged = (
            Offset(found.offset_ns, found.uncertainty_ns + round(DRIFT * abs(t_ns - found_ns)))
            for found_ns, found in self._found
        )
        return min(aged, key=lambda each: each.uncertainty_ns, default=None)
