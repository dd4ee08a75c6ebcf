"""A window of which only the notebook's own host is metered, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..flags import HOST_LOST
from ..meter.elsewhere import HostsSoFar
from ..printable import printable, shortened
from ..report.report import Report
from ..sources.base import MAX_REASON, Domain, Missing
from ..sources.machine import host
from .hosts import names_of

CLUSTER = "cluster"
"""What a report calls it among what is missing."""
REMEDY = (
    "The cell has run all the same. See whether the cluster answers, and whether jupyter_green is "
    "installed where its workers are."
)


class WithoutCluster:
    """Stands for a cluster that cannot be used."""

    def __init__(self, why: str) -> None:
        self._why = why

    def open(self, run_id: str) -> None:
        """Do nothing."""

    def begin(self, begin_ns: int) -> None:
        """Do nothing."""

    def so_far(self, own: Sequence[Domain]) -> HostsSoFar:  # noqa: ARG002  (as others do)
        """Return no other hosts: what this one uses is at least what all do."""
        return HostsSoFar(names_of([host()])[host()], (), is_at_least=True)

    def end(self, begin_ns: int, end_ns: int) -> None:
        """Do nothing."""

    def wait(self, timeout_s: float) -> bool:  # noqa: ARG002  (as others do)
        """Return at once."""
        return True

    def joined(self, report: Report) -> Report:
        """Return the report of this host, which says what is missing."""
        return without_cluster(report, self._why)


def without_cluster(report: Report, why: str) -> Report:
    """Return a report that says why it is without what runs elsewhere: it is at least this."""
    absent = Missing(CLUSTER, shortened(printable(why), MAX_REASON), REMEDY)
    flags = tuple(dict.fromkeys((*report.flags, HOST_LOST)))
    return replace(report, missing=(*report.missing, absent), flags=flags)
