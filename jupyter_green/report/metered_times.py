"""When the windows of a sum were open: adding finds out whether it holds them already.

A sum of many reports is made by adding one after the other. The times are kept sorted, in
runs whose lengths grow by powers of two, and each is merged into few others: what is asked
of *n* windows takes some log(n)² steps.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

SLACK_S = 0.002
"""Begins are known to the millisecond, by the wall clock."""


class MeteredTime(NamedTuple):
    """When a window was open, in seconds since 1970 by the wall clock."""

    run_id: str
    begin_s: float
    end_s: float
    host: str | None = None
    """Where, as a report's ``host`` says."""


_begin_s = attrgetter("begin_s")


class _Run(NamedTuple):
    """Times in the order of their begins."""

    times: tuple[MeteredTime, ...]
    latest_s: tuple[float, ...]
    """The latest end so far: a window too short to count as overlapping may lie in a longer one."""

    @classmethod
    def of(cls, times: Iterable[MeteredTime]) -> _Run:
        """Sort times into a run."""
        times = tuple(sorted(times, key=_begin_s))
        return cls(times, tuple(accumulate((time.end_s for time in times), max)))


@dataclass(frozen=True)
class MeteredTimes:
    """The times of windows of which no two on one host were open at once."""

    runs: Mapping[str | None, tuple[_Run, ...]] = field(default_factory=dict)
    """By host: the times in the order of their begins, the longest run first."""
    begin_s: float = float("inf")
    """The first begin of all."""

    @classmethod
    def of(cls, time: MeteredTime) -> MeteredTimes:
        """Return those of one window."""
        return cls({time.host: (_Run((time,), (time.end_s,)),)}, time.begin_s)

    def __len__(self) -> int:
        """Return the number of windows."""
        return sum(len(run.times) for runs in self.runs.values() for run in runs)

    def __iter__(self) -> Iterator[MeteredTime]:
        """Go through the windows, in no order."""
        return (time for runs in self.runs.values() for run in runs for time in run.times)

    def __or__(self, other: MeteredTimes) -> MeteredTimes:
        """Return those of both."""
        hosts = dict(self.runs)
        for host, runs in other.runs.items():
            for run in runs:
                hosts[host] = _with(hosts.get(host, ()), run)
        return MeteredTimes(hosts, min(self.begin_s, other.begin_s))

    def at_once(self, other: MeteredTimes) -> Iterator[tuple[MeteredTime, MeteredTime]]:
        """Find windows of this and of the other that are the same, or were open at once."""
        if len(self) < len(other):
            yield from ((mine, theirs) for theirs, mine in other.at_once(self))
            return
        for theirs in other:
            for runs in self.runs.values():
                for run in runs:
                    yield from ((mine, theirs) for mine in _open_beside(run, theirs))


def _with(runs: tuple[_Run, ...], run: _Run) -> tuple[_Run, ...]:
    """Return the runs with one more, merged with those that are no longer than it."""
    while runs and len(runs[-1].times) <= len(run.times):
        run = _Run.of((*runs[-1].times, *run.times))
        runs = runs[:-1]
    return (*runs, run)


def _open_beside(run: _Run, time: MeteredTime) -> Iterator[MeteredTime]:
    """Find the windows of a run that are this one, or were open with it."""
    place = bisect_left(run.times, time.end_s + SLACK_S, key=_begin_s)
    while place > 0 and run.latest_s[place - 1] >= time.begin_s - SLACK_S:
        place -= 1
        mine = run.times[place]
        common_s = min(mine.end_s, time.end_s) - max(mine.begin_s, time.begin_s)
        if mine.run_id == time.run_id or common_s > SLACK_S:
            yield mine
