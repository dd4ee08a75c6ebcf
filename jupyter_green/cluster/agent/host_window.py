"""A notebook's window on one host: what the agent reads of it."""

from __future__ import annotations

import json
from dataclasses import replace

from ...flags import EARLIER_WORK, HIDDEN_GPUS, HOST_BUSY, NOT_SYNCHRONISED, ORIGIN_UNCLEAR
from ...meter.meter import Meter
from ...report.fields import ReportTrace
from ...report.report import Report

OF_PROGRAM = {EARLIER_WORK, HIDDEN_GPUS, HOST_BUSY, NOT_SYNCHRONISED, ORIGIN_UNCLEAR}
"""Flags about the program that meters: here the agent, which does no work of the user's."""


class HostWindow:
    """Begins right before the notebook's, and ends between the notebook's two times."""

    def __init__(self, meter: Meter, notebook: str) -> None:
        self.notebook = notebook
        """Whose it is."""
        self._meter = meter
        self._window = meter.begin()

    def read(self) -> None:
        """Read now, as an edge was marked elsewhere."""
        self._meter.read()

    def end(self, begin_ns: int, end_ns: int) -> None:
        """End it as the notebook has marked it, by this host's clock; not before it was opened."""
        opened_ns = self._window.begin_ns or begin_ns
        self._window.end_as_marked(max(begin_ns, opened_ns), end_ns)

    def drop(self) -> None:
        """End it, as nobody waits for it."""
        self._window.cancel()

    def so_far(self) -> str:
        """Return the record of what was used until now, without its curve."""
        return _told(replace(_of_host(self._window.report_so_far()), trace=ReportTrace()))

    def final(self) -> str:
        """Return the record of all of it; waits for the counters' next refreshes."""
        return _told(_of_host(self._window.report))


def _of_host(report: Report) -> Report:
    """Return a report without what is said of the program that meters."""
    flags = tuple(flag for flag in report.flags if flag not in OF_PROGRAM)
    return replace(report, share=None, before=None, flags=flags)


def _told(report: Report) -> str:
    """Return its record as text, which every engine carries as it is."""
    return json.dumps(report.to_dict(), separators=(",", ":"))
