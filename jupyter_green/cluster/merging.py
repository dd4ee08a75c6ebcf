"""The reports of single hosts, each from a file, as one: each joule of a host once.

They say when they began by the clocks of their hosts. Those of one host agree, so that what lies
inside another window is known; between hosts they may differ by what their clocks do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..report import times
from ..report.addition import WORST_FIRST, sum_of
from ..report.curve import MAX_TRACE_POINTS, thin
from ..report.fields import MAX_GAPS, ReportTrace
from ..report.format import duration
from ..report.metered_times import SLACK_S
from ..report.report import Report
from .hosts import HostPart, names_of
from .joining import report_of_hosts

_SLACK_S = 2 * SLACK_S
"""What begin and end of a window may seem to be off, as the begin is known to the millisecond."""


class MergeError(ValueError):
    """Reports that cannot be one; the message says which, and what to do."""


class _Window(NamedTuple):
    """A report, and where it is from."""

    begin_s: float
    end_s: float
    name: str
    report: Report

    def holds(self, other: _Window) -> bool:
        return self.begin_s - _SLACK_S <= other.begin_s and other.end_s <= self.end_s + _SLACK_S


def merged(reports: Sequence[tuple[str, Report]]) -> Report:
    """Return one report of all.

    A window that lies inside another one of its host counts once: what both metered is in the
    outer one. The hosts are numbered in the order in which they come.

    Parameters
    ----------
    reports
        One or more, each with the name of its file.

    Raises
    ------
    MergeError
        Where one does not say on which host it was metered, or is of several, and where two of
        one host overlap without one being inside the other.
    """
    windows = [_window(name, report) for name, report in reports]
    hosts = names_of(window.report.host or "" for window in windows)
    of_each = {
        name: [*_outermost([w for w in windows if w.report.host == host])]
        for host, name in hosts.items()
    }
    kept = [window for own in of_each.values() for window in own]
    first_s = min(window.begin_s for window in kept)
    parts = []
    for name, own in of_each.items():
        begin_s = own[0].begin_s - first_s
        parts.append(HostPart(name, _in_a_row(own), begin_s=begin_s))
    found = report_of_hosts(
        parts,
        started_at=min((w.report.started_at for w in kept), key=times.epoch_s),
        duration_s=max(window.end_s for window in kept) - first_s,
        status=min((w.report.status for w in kept), key=WORST_FIRST.index),
        label=_common([w.report.label for w in kept]),
        stage=_common([w.report.stage for w in kept]),
        metric={name: value for w in kept for name, value in w.report.metric.items()},
    )
    notes = (*_notes(len(windows) - len(kept), parts, [*of_each.values()]), *found.notes)
    return replace(found, notes=notes)


def _window(name: str, report: Report) -> _Window:
    if report.hosts:
        raise MergeError(f"{name} is of several hosts already: give the files of single ones")
    if report.host is None:
        raise MergeError(f"{name} does not say on which host it was metered: leave it out")
    begin_s = times.epoch_s(report.started_at)
    return _Window(begin_s, begin_s + report.duration_s, name, report)


def _outermost(windows: Sequence[_Window]) -> Iterator[_Window]:
    """Go through the windows of one host that lie in no other one, in the order of their begins."""
    kept: list[_Window] = []
    for window in sorted(windows, key=lambda w: (-(w.end_s - w.begin_s), w.begin_s)):
        if any(longer.holds(window) for longer in kept):
            continue
        for longer in kept:
            common_s = min(longer.end_s, window.end_s) - max(longer.begin_s, window.begin_s)
            if common_s > _SLACK_S:
                raise MergeError(
                    f"{longer.name} and {window.name} are of one host and overlap by "
                    f"{duration(common_s)}: its joules would count twice; leave one out"
                )
        kept.append(window)
    yield from sorted(kept, key=lambda w: w.begin_s)


def _in_a_row(windows: Sequence[_Window]) -> Report:
    """Return one report of windows of a host that follow each other, its time that of them all."""
    if len(windows) == 1:
        return windows[0].report
    total = sum_of((window.report for window in windows), Report)
    t_s: list[float] = []
    power_w: dict[str, list[float | None]] = {
        id_: [] for window in windows for id_ in window.report.trace.power_w
    }
    gaps = []
    for before, window in zip((None, *windows), windows, strict=False):
        later_s = window.begin_s - windows[0].begin_s
        if before is not None:
            gaps.append((before.end_s - windows[0].begin_s, max(later_s, t_s[-1] if t_s else 0.0)))
        gaps += [(later_s + t0, later_s + t1) for t0, t1 in window.report.gaps]
        trace = window.report.trace
        t_s += [later_s + t for t in trace.t_s]
        for id_ in power_w:
            power_w[id_] += trace.power_w.get(id_, [None] * len(trace.t_s))
    whole = ReportTrace(tuple(t_s), {id_: tuple(watts) for id_, watts in power_w.items()})
    return replace(
        total,
        host=windows[0].report.host,
        trace=thin(whole, MAX_TRACE_POINTS),
        gaps=tuple(gaps[:MAX_GAPS]),
        ranks=max((w.report.ranks for w in windows if w.report.ranks), default=None),
    )


def _alone(of_each: Sequence[Sequence[_Window]]) -> str | None:
    """Name the file of a host that was not at work while any other was, such as an old one's."""
    spans = [(own[0].begin_s, own[-1].end_s, own[0].name) for own in of_each]
    for begin_s, end_s, name in sorted(spans):
        together = [1 for other in spans if other[0] < end_s and begin_s < other[1]]
        if len(spans) > 1 and len(together) == 1:
            return name
    return None


def _notes(
    inside: int, parts: Sequence[HostPart], of_each: Sequence[Sequence[_Window]]
) -> Iterator[str]:
    if inside:
        windows = "1 window lies" if inside == 1 else f"{inside} windows lie"
        yield f"{windows} inside others of the same host: each joule is counted once."
    if len(parts) > 1:
        apart_s = max(part.begin_s for part in parts) - min(part.begin_s for part in parts)
        yield (
            f"By the hosts' own clocks their windows began {duration(apart_s)} apart."
            if apart_s > _SLACK_S
            else "By the hosts' own clocks their windows began together."
        )
    if alone := _alone(of_each):
        yield (
            f"{alone} was metered while no other host was: see whether all files are of one run."
        )


def _common(texts: Sequence[str | None]) -> str | None:
    return texts[0] if len(set(texts)) == 1 else None
