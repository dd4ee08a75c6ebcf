"""The report of a window whose program died, from the marks that its samplers wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..intake import lines
from ..intake.owner import Owner
from ..meter.died import as_lower_bound, report_of_died
from ..meter.summary import Subject
from ..report.report import Report
from ..report.unmeasured import unmeasured
from ..sampler import messages
from ..sampler.last_sample import CLAIM, Claim, last_sample
from ..sources.base import Missing
from ..sources.machine import host
from .row import Row, UnfitEntry, row_of_died

MARK_S = 5.0
"""The longest time between two marks."""
Ask = Callable[[Claim, Sequence[str]], list[Any] | None]
"""Asks a host's service for the last sample of a program, of whose domains these are the names."""
_NO_MARK = Missing(
    "ledger",
    "the program died before its sampler had written how many joules it used",
    "Nothing can be done for this run; the next one is measured anew.",
)


def died_row(
    run_id: str,
    opened: Mapping[str, Any],
    written: Iterable[tuple[Owner, Mapping[str, Any]]],
    ask: Ask = last_sample,
) -> Row:
    """Return the row of a window that was never closed, with its joules.

    They are those up to the program's end where that was read, else up to the last mark.

    Parameters
    ----------
    run_id
        The window.
    opened
        What its begin was given.
    written
        The entries of the samplers that wrote of it, in their order.
    ask
        Is called where a host's service may have read at the program's end.

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
            kept, is_whole = _messages(run_id, opened, written, ask)
            counters = _counters(kept)
            found = report_of_died(kept, run_id, subject, started_at, max(interval_s, MARK_S))
            if found is not None and not is_whole:
                found = as_lower_bound(found)
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
    run_id: str,
    opened: Mapping[str, Any],
    written: Iterable[tuple[Owner, Mapping[str, Any]]],
    ask: Ask,
) -> tuple[Sequence[list[Any]], bool]:
    """Return what the samplers would have sent of this window, and whether it is up to its end.

    Else it is up to the last mark.
    """
    kept: list[list[Any]] = []
    is_whole = False
    sensors = _Sensors(set(opened.get("domains", ())))
    for owner, entry in written:
        if entry["kind"] == lines.SENSORS:
            if sensors.change(owner, entry["hello"], entry.get(CLAIM)) and kept:
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
            if is_whole := mark == [messages.END, run_id]:
                break
    if kept and not is_whole and (last := sensors.last_sample(ask)) is not None:
        kept.append(last)
        is_whole = True
    samples = [message for message in kept if message[0] == messages.SAMPLE]
    if len(samples) > 1:
        samples[-1][2] = [messages.END, run_id]
    return kept, is_whole


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
        self._claim: Mapping[str, Any] | None = None
        self._ids: Sequence[str] = ()
        self.hello: list[Any] = []

    def change(self, writer: Owner, hello: Sequence[Any], claim: Mapping[str, Any] | None) -> bool:
        """Go on with a file's sensors; return whether they are those of another sampler."""
        self._claim = claim
        domains = hello[1]["domains"]
        is_other = writer != self._writer  # the next file of the same sampler counts on
        self._writer = writer
        self._ids = [domain["id"] for domain in domains]
        own = [n for n, id_ in enumerate(self._ids) if not self._own or id_ in self._own]
        self._indices = own
        self.hello = [hello[0], {**hello[1], "domains": [domains[n] for n in own]}]
        return is_other

    def sample(self, sample: Sequence[Any]) -> list[Any]:
        """Return a sample of these alone."""
        name, t_ns, mark, entries, _ = sample
        return [name, t_ns, mark, [entries[n] for n in self._indices], {}]

    def last_sample(self, ask: Ask) -> list[Any] | None:
        """Return what a service read at the program's end; ``None`` where that is not known."""
        if self._claim is None or self._writer is None or self._writer.boot != host():
            return None
        found = None
        with contextlib.suppress(LookupError, TypeError, ArithmeticError):  # the marks stand
            found = ask(Claim.from_record(self._claim), self._ids)
        return None if found is None else self.sample(found)
