"""A notebook's window on all hosts of a cluster but its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..clock import now_ns
from ..meter.elsewhere import HostsSoFar
from ..printable import printable, shortened
from ..report.fields import MAX_NOTE, MAX_NOTES
from ..report.report import Report
from ..sources.base import MAX_REASON, Domain
from ..sources.machine import host
from . import words as said
from .agents import ANSWER_S, BEGUN_S, Agents, HostAgent
from .clock_offset import Offset
from .engine import HostTasks
from .hosts import HostPart, names_of
from .joining import report_of_hosts
from .once import mark_of
from .so_far import HostsSeen
from .task_shares import shared_by_tasks
from .without import without_cluster

NO_ANSWER = "its agent has told nothing of this window"
NO_AGENT = "no agent has started there"
NOT_HEARD = "the scheduler does not answer"
SILENT_S = 5.0
"""A host that tells nothing for so long is taken to be lost until it does."""
OF_PROGRAM = (
    "run_id",
    "status",
    "label",
    "stage",
    "cell_id",
    "cell_hash",
    "execution_count",
    "notebook",
    "metric",
    "per_count",
    "per_unit",
    "marks",
    "interval_s",
)
"""What of a report is about the notebook, and no host's."""


class _Told:
    """The record of a report, as JSON, which is read once somebody asks for it."""

    def __init__(self, record: str) -> None:
        self._record = record

    @cached_property
    def report(self) -> Report:
        """The report.

        Raises
        ------
        ValueError, TypeError
            Where it cannot be read.
        """
        return Report.from_dict(json.loads(self._record))


@dataclass
class _Host:
    """What one host's agent has told of the window."""

    opened_ns: int | None = None
    """When it was heard that its window is open, by this host's clock."""
    heard_ns: int | None = None
    """When it spoke last of this window, by this host's clock."""
    has_begun: bool = False
    at_begin: Offset | None = None
    at_end: Offset | None = None
    so_far: _Told | None = None
    ended: _Told | None = None


class ClusterWindow:
    """Has the agents of a cluster meter a window, and joins what they tell.

    Parameters
    ----------
    agents
        Those of the cluster.
    """

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._run_id = ""
        self._hosts: dict[str, _Host] = {}
        self._untold: set[str] = set()
        """Hosts that have no agent."""
        self._fault: str | None = None
        self._counts_tasks = False
        self._tasks: Mapping[str, HostTasks] = {}
        """What ran on each host."""
        self._no_tasks: str | None = None
        """Why that is not known."""
        self._begin_ns = 0
        self._has_ended = False
        self._seen = HostsSeen()
        self._so_far: HostsSoFar | None = None
        self._looked_ns = 0
        """When that was found."""
        self._has_news = True
        """Whether something was heard since."""

    def open(self, run_id: str) -> None:
        """Have the agents begin; wait a second at most for those that are at work."""
        self._run_id = run_id
        try:
            workers = self._agents.gather()
            asked = self._agents.open(run_id, self)
        except OSError as error:
            self._fault = str(error)
            return
        self._fault = self._agents.engine.fault or self._agents.engine.lacking
        used = {where or worker for worker, where in workers.items()}
        self._untold = used - asked - {host()}
        for where in asked:
            self._hosts.setdefault(where, _Host())
        self._agents.changed.wait_for(
            lambda: all(self._hosts[where].opened_ns for where in asked), ANSWER_S
        )
        for where in asked:
            if self._hosts[where].opened_ns is None:
                self._agents.suspect(where)
        self._count_tasks()

    def _count_tasks(self) -> None:
        tasks = self._agents.engine.tasks
        if tasks is not None and self._agents.engine.fault is None:
            try:
                tasks.begin(self._run_id)
            except OSError as error:
                self._no_tasks = str(error)
            else:
                self._counts_tasks = True

    def begin(self, begin_ns: int) -> None:
        """Have the agents read, right after the begin."""
        self._begin_ns = begin_ns
        self._agents.begin(self._run_id)
        for where, agent in self._agents.present.items():
            if where in self._hosts:
                self._hosts[where].at_begin = agent.clock.best(begin_ns)
        self._agents.changed.wait_for(
            lambda: all(found.has_begun for found in self._open_hosts), BEGUN_S
        )

    def end(self, begin_ns: int, end_ns: int) -> None:
        """Tell each host when the window was, by its own clock."""
        if self._has_ended or not self._run_id:
            return
        self._has_ended = True
        edges_ns = {}
        for where, agent in self._agents.present.items():
            offset = agent.clock.best(end_ns)
            if where in self._hosts and offset is not None:
                found = self._hosts[where]
                found.at_end = offset
                first = found.at_begin or offset
                edges_ns[where] = [begin_ns + first.offset_ns, end_ns + offset.offset_ns]
        if self._agents.end(self._run_id, edges_ns):
            self._take_tasks(end_ns)
        elif self._counts_tasks:
            self._no_tasks = NOT_HEARD

    def _take_tasks(self, end_ns: int) -> None:
        tasks = self._agents.engine.tasks
        if tasks is not None and self._counts_tasks:
            try:
                self._tasks = tasks.end(self._run_id, end_ns)
            except OSError as error:
                self._no_tasks = str(error)

    def wait(self, timeout_s: float) -> bool:
        """Wait until all that are at work have told what they used."""
        return self._agents.changed.wait_for(lambda: not self._awaited(), timeout_s)

    def _awaited(self) -> set[str]:
        present = self._agents.present
        return {
            where
            for where, found in list(self._hosts.items())
            if found.ended is None and found.opened_ns and where in present
        }

    @property
    def _open_hosts(self) -> list[_Host]:
        return [found for found in list(self._hosts.values()) if found.opened_ns is not None]

    def hear(self, agent: HostAgent, kind: str, rest: Sequence[Any]) -> None:
        """Take in what the agent of a host says."""
        if agent.host == host():
            return  # this host's meter is the notebook's own
        found = self._hosts.setdefault(agent.host, _Host())
        found.heard_ns = now_ns()
        self._has_news = True
        if kind == said.OPENED:
            found.opened_ns = found.heard_ns
        elif kind == said.BEGUN:
            found.has_begun = True
        elif kind == said.SO_FAR:
            found.so_far = _Told(rest[0])
        elif kind == said.ENDED:
            found.ended = _Told(rest[0])

    def so_far(self, own: Sequence[Domain]) -> HostsSoFar | None:
        """Return what the other hosts have used by now; ``None`` where there are none."""
        now = now_ns()
        if self._has_news or now - self._looked_ns > said.EACH_S * 1e9:
            self._has_news, self._looked_ns = False, now
            self._so_far = self._look(own, now)
        return self._so_far

    def _look(self, own: Sequence[Domain], now: int) -> HostsSoFar | None:
        names = self._names()
        parts = [*self._other_parts(names, lambda where, found: self._is_silent(where, found, now))]
        if not parts and self._fault is None:
            return None
        held = {mark_of(host(), domain.id, domain.board) for domain in own}
        is_metered_here = any(domain.counted for domain in own)
        is_whole = self._fault is None and is_metered_here and all(part.is_whole for part in parts)
        others = self._seen.look(parts, held)
        is_whole &= all(other.until_s is not None for other in others)
        return HostsSoFar(names[host()], others, is_at_least=not is_whole)

    def _is_silent(self, where: str, found: _Host, now: int) -> bool:
        since_ns = now - (found.heard_ns or self._begin_ns)
        return where not in self._agents.present or since_ns > SILENT_S * 1e9

    def joined(self, report: Report) -> Report:
        """Return the report of all hosts; of this one alone where the cluster has no others."""
        parts = self.parts(report)
        shares = shared_by_tasks(parts, self._tasks, report.duration_s)
        if self._hosts or self._untold:
            found = report_of_hosts(
                parts,
                started_at=report.started_at,
                duration_s=report.duration_s,
                **{name: getattr(report, name) for name in OF_PROGRAM},
            )
            report = replace(found, notes=(*report.notes, *found.notes)[:MAX_NOTES])
        if shares is not None:
            report = replace(report, tasks=shares)
        elif self._no_tasks is not None:
            why = shortened(printable(f"Tasks are not told apart: {self._no_tasks}."), MAX_NOTE)
            report = replace(report, notes=(*report.notes, why)[:MAX_NOTES])
        return without_cluster(report, self._fault) if self._fault else report

    def parts(self, own: Report) -> list[HostPart]:
        """Return what each host used, this one first."""
        names = self._names()
        others = self._other_parts(names, lambda _, found: found.ended is None)
        return [HostPart(names[host()], replace(own, notes=())), *others]

    def _names(self) -> dict[str, str]:
        return names_of(self._agents.met({*self._hosts, *self._untold}))

    def _other_parts(
        self, names: Mapping[str, str], is_lost: Callable[[str, _Host], bool]
    ) -> Iterator[HostPart]:
        for where, found in sorted(self._hosts.items()):
            if where in names:
                yield self._part(names[where], found, is_lost=is_lost(where, found))
        for where in sorted(self._untold):
            yield HostPart(names[where], None, lost_at_s=0.0, reason=NO_AGENT)

    def _part(self, name: str, found: _Host, *, is_lost: bool) -> HostPart:
        offset_s, uncertainty_s = _offset_s(found)
        told = found.so_far if found.ended is None else found.ended
        if told is None:
            lost_at_s = 0.0 if is_lost else None
            return HostPart(name, None, offset_s, uncertainty_s, lost_at_s, reason=NO_ANSWER)
        try:
            report = told.report
        except (TypeError, ValueError) as error:
            reason = f"what its agent told cannot be read: {error}"
            reason = shortened(printable(reason), MAX_REASON)
            return HostPart(name, None, lost_at_s=0.0, reason=reason)
        begin_s = max(0.0, ((found.opened_ns or 0) - self._begin_ns) * 1e-9)
        lost_at_s = begin_s + report.duration_s if is_lost else None
        return HostPart(name, report, offset_s, uncertainty_s, lost_at_s, begin_s=begin_s)


def _offset_s(found: _Host) -> tuple[float, float]:
    """Return how far a host's clock was ahead, and what its window may be off by that."""
    first, last = found.at_begin, found.at_end or found.at_begin
    if first is None or last is None:
        return (last.offset_ns * 1e-9, last.uncertainty_ns * 1e-9) if last else (0.0, 0.0)
    uncertainty_ns = last.uncertainty_ns
    if first.offset_ns != last.offset_ns:  # of two exchanges one may be early, the other one late
        uncertainty_ns += first.uncertainty_ns
    return last.offset_ns * 1e-9, uncertainty_ns * 1e-9
