"""The same window on other hosts, as the one here sees it."""

from __future__ import annotations

from typing import Protocol

from ..report.report import Report


class Elsewhere(Protocol):
    """Meters a window on other hosts beside the one on this. Nothing of it raises.

    Times are CLOCK_MONOTONIC of this host in nanoseconds.
    """

    def open(self, run_id: str) -> None:
        """Have it ready: its begin is marked as soon as this returns."""

    def begin(self, begin_ns: int) -> None:
        """Take in that its begin was marked."""

    def end(self, begin_ns: int, end_ns: int) -> None:
        """Take in that its end was marked; a second call changes nothing."""

    def wait(self, timeout_s: float) -> bool:
        """Wait until the others have told what they used; return whether nothing is awaited."""

    def joined(self, report: Report) -> Report:
        """Return the report of this host and of the others, as far as these have told by now."""
