"""What the tasks of a cluster used: the joules of each host, shared by the seconds of its tasks.

Shared is what a host's processor used above its idle baseline, or all that was measured where none
is known; a board's joules are not, as the seconds of a task say nothing of a board. Slice by slice
of the window, the tasks that ran then share what was used then, each second of a task alike; where
the host had no task for a part of a slice, that part of the joules is nobody's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from ..report.addition import uncertainty_of_sum
from ..report.fields import MAX_TASK_KINDS, DomainReport, TaskKind, TaskShares
from ..report.report import Report
from .coarser import common_scale
from .engine import HostTasks, TaskTime
from .hosts import HostPart
from .once import each_once
from .slice_energies import slice_energies

OTHERS = "other clients' tasks"


def shared_by_tasks(
    parts: Sequence[HostPart], tasks: Mapping[str, HostTasks], duration_s: float
) -> TaskShares | None:
    """Return what tasks used of the joules of their hosts; ``None`` where none are known of.

    Parameters
    ----------
    parts
        What each host used.
    tasks
        What ran on those with workers, by :attr:`~.ReportFields.host`.
    duration_s
        Of the window.
    """
    found = [*_shares(parts, tasks, duration_s)]
    if not any(each.kinds or each.others for each in found):
        return None
    others = _added(chain.from_iterable(each.others for each in found))
    return TaskShares(
        energy_j=sum(each.energy_j for each in found),
        uncertainty_j=math.hypot(*(each.uncertainty_j for each in found)),
        hosts=len(found),
        hosts_above_idle=sum(each.is_above_idle for each in found),
        no_task_j=sum(each.no_task_j for each in found),
        kinds=_most_first(_added(chain.from_iterable(each.kinds for each in found))),
        others=others[0] if others else None,
        scale=common_scale([domain for each in found for domain in each.processor]),
    )


class _HostShares(NamedTuple):
    """What was shared on one host."""

    energy_j: float
    uncertainty_j: float
    is_above_idle: bool
    processor: Sequence[DomainReport]
    kinds: Sequence[TaskKind]
    others: Sequence[TaskKind]

    @property
    def no_task_j(self) -> float:
        shared_j = sum(kind.energy_j for kind in (*self.kinds, *self.others))
        return max(0.0, self.energy_j - shared_j)


def _shares(
    parts: Sequence[HostPart], tasks: Mapping[str, HostTasks], duration_s: float
) -> Iterator[_HostShares]:
    for part in each_once(parts):
        ran = tasks.get(part.report.host or "")
        counted = [domain for domain in part.report.domains.values() if domain.counted]
        processor = [domain for domain in counted if domain.id.startswith("cpu")]
        if ran is not None and processor:
            # Net joules are those of all that counts.
            is_above_idle = part.report.net_energy_j is not None and len(processor) == len(counted)
            # Of a host that was lost, the joules end before the window does.
            is_lost = part.of.lost_at_s is not None
            until_s = part.report.duration_s if is_lost else duration_s
            yield _of_host(part.report, processor, ran, until_s, is_above_idle=is_above_idle)


def _of_host(
    report: Report,
    processor: Sequence[DomainReport],
    ran: HostTasks,
    until_s: float,
    *,
    is_above_idle: bool,
) -> _HostShares:
    energy_j = gross_j = sum(domain.energy_j for domain in processor)
    uncertainty_j, _ = uncertainty_of_sum(processor)
    if is_above_idle:
        energy_j, uncertainty_j = report.net_energy_j or 0.0, report.net_uncertainty_j or 0.0
    of_slices_j = slice_energies(
        energy_j,
        report.trace,
        [domain.id for domain in processor],
        idle_w=(gross_j - energy_j) / report.duration_s if report.duration_s > 0 else 0.0,
        slice_s=ran.slice_s,
        until_s=until_s,
    )
    of_second_j = [*_of_second_j(of_slices_j, ran, until_s)]
    kinds = [_kind(name, time, of_second_j) for name, time in ran.own.items()]
    others = [_kind(OTHERS, ran.others, of_second_j)] if ran.others.tasks else []
    return _HostShares(energy_j, uncertainty_j, is_above_idle, processor, kinds, others)


def _of_second_j(of_slices_j: Sequence[float], ran: HostTasks, until_s: float) -> Iterator[float]:
    """Go through the joules of a task's second, by slices."""
    for place, slice_j in enumerate(of_slices_j):
        length_s = min(ran.slice_s, until_s - place * ran.slice_s)
        times = (*ran.own.values(), ran.others)
        seconds = sum(time.seconds[place] for time in times if place < len(time.seconds))
        busy_s = ran.busy_s[place] if place < len(ran.busy_s) else 0.0
        yield slice_j * min(1.0, busy_s / length_s) / seconds if seconds > 0 else 0.0


def _kind(name: str, time: TaskTime, of_second_j: Sequence[float]) -> TaskKind:
    energy_j = sum(s * j for s, j in zip(time.seconds, of_second_j, strict=False))
    return TaskKind(name, time.tasks, sum(time.seconds), energy_j)


def _added(kinds: Iterable[TaskKind]) -> list[TaskKind]:
    """Return one for each name."""
    found: dict[str, TaskKind] = {}
    for kind in kinds:
        before = found.get(kind.name)
        found[kind.name] = kind if before is None else _together(kind.name, (before, kind))
    return [*found.values()]


def _together(name: str, kinds: Sequence[TaskKind]) -> TaskKind:
    return TaskKind(
        name,
        sum(kind.tasks for kind in kinds),
        sum(kind.duration_s for kind in kinds),
        sum(kind.energy_j for kind in kinds),
    )


def _most_first(kinds: Iterable[TaskKind]) -> tuple[TaskKind, ...]:
    """Return them by their joules; the last ones together, where a record has no room for all."""
    ordered = sorted(kinds, key=lambda kind: (-kind.energy_j, kind.name))
    if len(ordered) <= MAX_TASK_KINDS:
        return tuple(ordered)
    rest = ordered[MAX_TASK_KINDS - 1 :]
    return (*ordered[: MAX_TASK_KINDS - 1], _together(f"{len(rest)} more", rest))
