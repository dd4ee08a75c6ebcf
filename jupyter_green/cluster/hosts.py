"""What one host of several tells about a window, and what the hosts are called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..printable import printable, shortened
from ..report.fields import MAX_HOST_NAME
from ..report.report import Report

_KINDS = frozenset({"cpu", "gpu", "dram"})


@dataclass(frozen=True)
class HostPart:
    """One host's part of a window that was metered on several.

    Parameters
    ----------
    name
        Such as ``host-1``: see :func:`names_of`. No two parts have the same.
    report
        What it metered between the two times of the window, by its own samples; ``None`` where it
        told nothing. Its :attr:`~.ReportFields.host` says which boot of which machine it is.
    offset_s, offset_uncertainty_s
        How far its clock was ahead of the one that gave the two times, and the half-width of that.
    lost_at_s
        Since when nothing more was heard of it, in seconds since the window's begin: its report
        ends there, and its joules are a lower bound.
    reason
        Why it told nothing, or stopped.
    begin_s
        When its own window began, in seconds since that of all.
    """

    name: str
    report: Report | None
    offset_s: float = 0.0
    offset_uncertainty_s: float = 0.0
    lost_at_s: float | None = None
    reason: str | None = None
    begin_s: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether all of its joules are known."""
        is_known = self.report is not None and self.report.energy_j is not None
        return is_known and self.lost_at_s is None


def names_of(hosts: Iterable[str]) -> dict[str, str]:
    """Return ``host-1``, ``host-2``, … for hosts, in the order in which they come."""
    different = dict.fromkeys(hosts)
    return {host: f"host-{number}" for number, host in enumerate(different, start=1)}


def shown_name(name: str) -> str:
    """Return a host's own name as domains can begin with it, where the user allows it."""
    plain = shortened(re.sub(r"[/\s]+", "-", printable(name)), MAX_HOST_NAME) or "host"
    return f"{plain}-" if re.split(r"[:@]", plain)[0] in _KINDS else plain
