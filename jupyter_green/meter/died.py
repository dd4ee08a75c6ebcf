"""The report of a window whose program died before it ended, from what its sampler has left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..flags import HOST_LOST
from ..report.format import duration
from ..report.report import Report
from ..sampler import messages
from ..sampler.client import SamplerClient
from ..sampler.events import Event, LoadSeen
from ..sampler.kept import may_be_thinned
from .memory import Memory
from .recording import Recording
from .summary import Subject


def report_of_died(
    kept: Sequence[list[Any]], run_id: str, subject: Subject, started_at: str, interval_s: float
) -> Report | None:
    """Return the report up to the program's end.

    Parameters
    ----------
    kept
        The sampler's messages.
    run_id
        The window.
    subject
        What the window is about.
    started_at
        When it began, RFC 3339, UTC.
    interval_s
        The sampling period.

    Returns
    -------
    Report
        With the status ``died``; ``None`` where the messages do not tell of the window's edges.
    """
    marks = [
        (message[2][0], message[1])
        for message in kept
        if message[0] == messages.SAMPLE and message[2] is not None and message[2][1] == run_id
    ]
    edges = dict(marks)
    if [messages.RESUME] in kept:  # it went on in another sampler, which was told that it is open
        edges |= dict(reversed(marks))
    if edges.keys() != {messages.BEGIN, messages.END}:
        return None
    begin_ns, end_ns = edges[messages.BEGIN], edges[messages.END]
    recording: Recording

    def take_in(event: Event) -> None:
        # The processes of a program that is gone have used no time any more.
        if not (isinstance(event, LoadSeen) and event.mark == (messages.END, run_id)):
            recording.add(event)

    sampler = _GoneSampler(take_in)
    recording = Recording(run_id, sampler, Memory(), interval_s)
    recording.edges.begin_ns, recording.edges.end_ns = begin_ns, end_ns
    for message in kept:
        sampler.take_in(message)
    if may_be_thinned(kept):
        recording.trace.gaps.clear()  # what was dropped was read all the same
    return recording.report(subject, started_at, "died")


def as_lower_bound(report: Report) -> Report:
    """Return the report of a program whose end nobody has read: what it used last is not in it."""
    note = (
        "The program was killed, and nothing was read as it ended: these are the joules of its "
        f"first {duration(report.duration_s)}."
    )
    flags = dict.fromkeys((*report.flags, HOST_LOST))
    return replace(report, flags=tuple(flags), notes=(*report.notes, note))


class _GoneSampler(SamplerClient):
    """Stands for a sampler that is gone, and has left what it read."""

    def take_in(self, message: list[Any]) -> None:
        """Take in a message as if it came now; a request to resume is another sampler's begin."""
        if message[0] == messages.RESUME:
            self._restarted = self._resumed = True
        else:
            self._handle(message)
