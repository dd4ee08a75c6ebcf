"""The same window on other hosts, as the one here sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..report.fields import DomainReport
from ..report.report import Report
from ..sources.base import Domain


@dataclass(frozen=True)
class HostSoFar:
    """What another host has used of a window that is open."""

    name: str
    """As the report will call it."""
    parts: Sequence[DomainReport] = ()
    """What it adds to the joules of all, by kind of hardware, each joule counted once; nothing
    where it has told nothing, or has no sensor."""
    power_w: float | None = None
    """Its mean over the last second or so, in watts."""
    until_s: float | None = None
    """Up to when these are its joules, in seconds since the window's begin; ``None`` where it has
    told nothing."""
    is_lost: bool = False
    """Whether nothing more is heard of it."""
    hosts: int = 1
    """How many hosts these are, where there are too many to tell of each."""

    @property
    def energy_j(self) -> float | None:
        """The joules of its parts; ``None`` where it has none."""
        return sum(part.energy_j for part in self.parts) if self.parts else None


@dataclass(frozen=True)
class HostsSoFar:
    """What the other hosts have used of a window that is open, as far as they have told."""

    own_name: str
    """What the report will call the host of the window itself."""
    others: Sequence[HostSoFar]
    is_at_least: bool
    """Whether some of the joules are not known: what is here is a lower bound."""


class Elsewhere(Protocol):
    """Meters a window on other hosts beside the one on this. Nothing of it raises.

    Times are CLOCK_MONOTONIC of this host in nanoseconds.
    """

    def open(self, run_id: str) -> None:
        """Have it ready: its begin is marked as soon as this returns."""

    def begin(self, begin_ns: int) -> None:
        """Take in that its begin was marked."""

    def so_far(self, own: Sequence[Domain]) -> HostsSoFar | None:
        """Return what the others have used by now; ``None`` where there are none.

        It is the same object while nothing else was told, for a second. `own` is what is metered
        here: nobody else's joules are of these.
        """

    def end(self, begin_ns: int, end_ns: int) -> None:
        """Take in that its end was marked; a second call changes nothing."""

    def wait(self, timeout_s: float) -> bool:
        """Wait until the others have told what they used; return whether nothing is awaited."""

    def joined(self, report: Report) -> Report:
        """Return the report of this host and of the others, as far as these have told by now."""
