"""Joules with their uncertainty, and the time within which they were used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Interval(NamedTuple):
    """From when to when, CLOCK_MONOTONIC in ns; the end is ``None`` while it is open."""

    begin_ns: int
    end_ns: int | None = None

    @property
    def ended_ns(self) -> int:
        """When it ended; it is no longer open."""
        assert self.end_ns is not None
        return self.end_ns

    @property
    def duration_s(self) -> float:
        """Seconds between the edges, 0 while it is open."""
        return 0.0 if self.end_ns is None else (self.end_ns - self.begin_ns) * 1e-9

    def holds(self, other: Interval) -> bool:
        """Whether the other one lies within this; an open one lies in none."""
        if self.end_ns is None or other.end_ns is None:
            return False
        return self.begin_ns <= other.begin_ns and other.end_ns <= self.end_ns


@dataclass(frozen=True)
class Energy:
    """Joules and the half-width of their 95 % interval."""

    energy_j: float
    uncertainty_j: float


@dataclass(frozen=True)
class DomainEnergy(Energy):
    """The joules of one domain in one window, and what is special about them."""

    flags: tuple[str, ...] = ()
