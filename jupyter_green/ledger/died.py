"""The report of a window whose program died, from the marks that its samplers wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..intake import lines
from ..intake.owner import Owner
from ..meter.died import report_of_died
from ..meter.summary import Subject
from ..report.report import Report
from ..report.unmeasured import unmeasured
from ..sampler import messages
from ..sources.base import Missing
from ..sources.machine import host
from .row import Row, UnfitEntry, row_of_died

MARK_S = 5.0
"""The longest time between two marks."""
_NO_MARK = Missing(
    "ledger",
    "the program died before its sampler had written how many joules it used",
    "Nothing can be done for this run; the next one is measured anew.",
)


def died_row(
    run_id: str, opened: Mapping[str, Any], written: Iterable[tuple[Owner, Mapping[str, Any]]]
) -> Row:
    """Return the row of a window that was never closed, with its joules up to the last mark.

    Parameters
    ----------
    run_id
        The window.
    opened
        What its begin was given.
    written
        The entries of the samplers that wrote of it, in their order.

    Raises
    ------
    UnfitEntry
        Where it cannot be told what the window was.
    """
    try:
        subject = Subject(**opened["subject"])
        started_at, interval_s = opened["started_at"], float(opened["interval_s"])
        begin_ns = int(opened["begin_ns"])
        found = None
        counters: Mapping[str, Mapping[str, Any]] = {}
        with contextlib.suppress(
            Exception
        ):  # marks that say nothing: there is the window all the same
            kept = _messages(run_id, opened, written)
            counters = _counters(kept)
            found = report_of_died(kept, run_id, subject, started_at, max(interval_s, MARK_S))
        report = found or unmeasured(
            _NO_MARK,
            run_id=run_id,
            status="died",
            started_at=started_at,
            duration_s=0.0,
            interval_s=interval_s,
            host=host(),
            **vars(subject),
        )
        report = replace(report, host=Owner.of_text(opened["owner"]).boot)
        report = Report.from_dict(report.to_dict())
        edges = begin_ns, begin_ns + round(report.duration_s * 1e9)
        return row_of_died(report, opened, edges, counters)
    except Exception as error:
        raise UnfitEntry(f"{type(error).__name__}: {error}") from error


def _messages(
    run_id: str, opened: Mapping[str, Any], written: Iterable[tuple[Owner, Mapping[str, Any]]]
) -> Sequence[list[Any]]:
    """Return what the samplers would have sent of this window: from its begin to its last mark."""
    kept: list[list[Any]] = []
    sensors = _Sensors(set(opened.get("domains", ())))
    for owner, entry in written:
        if entry["kind"] == lines.SENSORS:
            if sensors.change(owner, entry["hello"]) and kept:
                kept += [[messages.RESUME]] if entry["resumed"] else []
                kept.append(sensors.hello)
        elif entry["kind"] == lines.MARK and sensors.hello:
            sample = sensors.sample(entry["sample"])
            mark, sample[2] = sample[2], None
            if not kept:
                if mark != [messages.BEGIN, run_id]:
                    continue
                sample[2] = mark
                kept.append(sensors.hello)
            kept.append(sample)
            if mark == [messages.END, run_id]:
                break
    samples = [message for message in kept if message[0] == messages.SAMPLE]
    if len(samples) > 1:
        samples[-1][2] = [messages.END, run_id]
    return kept


def _counters(kept: Sequence[list[Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Return what the counters showed first and last."""
    found: dict[str, dict[str, Any]] = {}
    domains: Sequence[Mapping[str, Any]] = ()
    for message in kept:
        if message[0] == messages.HELLO:
            domains = message[1]["domains"]
        if message[0] != messages.SAMPLE:
            continue
        for domain, entry in zip(domains, message[3], strict=True):
            if isinstance(entry, list) and isinstance(entry[3], int):
                read = [entry[0], entry[3]]
                first = {"unit_j": domain["unit_j"], "begin": read}
                found.setdefault(domain["id"], first)["end"] = read
    return found


class _Sensors:
    """Those of a sampler's domains that a program saw: GPUs hidden from it are none of its own."""

    def __init__(self, own: set[str]) -> None:
        self._own = own
        self._indices: list[int] = []
        self._writer: Owner | None = None
        self.hello: list[Any] = []

    def change(self, writer: Owner, hello: Sequence[Any]) -> bool:
        """Go on with a file's sensors; return whether they are those of another sampler."""
        domains = hello[1]["domains"]
        is_other = writer != self._writer  # the next file of the same sampler counts on
        self._writer = writer
        own = [n for n, domain in enumerate(domains) if not self._own or domain["id"] in self._own]
        self._indices = own
        self.hello = [hello[0], {**hello[1], "domains": [domains[n] for n in own]}]
        return is_other

    def sample(self, sample: Sequence[Any]) -> list[Any]:
        """Return a sample of these alone."""
        name, t_ns, mark, entries, _ = sample
        return [name, t_ns, mark, [entries[n] for n in self._indices], {}]
