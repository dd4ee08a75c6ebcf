"""What a report says of the tasks of a cluster, in words."""

from __future__ import annotations

from collections.abc import Iterator

from ..printable import printable
from ..sources.base import Provenance
from .fields import ReportFields, TaskKind, TaskShares
from .format import at_least, duration, energy, energy_so_far
from .scale import ScaleRange, range_of, shares

NO_TASK = "no task to do"
_OF_ANY_SIZE = ScaleRange(0.0, 2.0)
"""Nothing is known of how far a task's joules may be off: they have two digits."""


def task_sentence(report: ReportFields) -> str:
    """Say what was shared among tasks and how, empty where nothing was."""
    shared = report.tasks
    if shared is None:
        return ""
    scale = range_of(shares([(shared.scale, shared.energy_j)]), shared.energy_j)
    figure = energy(shared.energy_j, shared.uncertainty_j, report.provenance, scale)
    if report.is_at_least:
        figure = at_least(figure)
    count = f"{shared.hosts} hosts" if shared.hosts > 1 else "1 host"
    return (
        f"By task prefix, an estimate: {figure} of the CPUs of {count} with workers"
        f"{_idle(shared)}, shared by the seconds of tasks; no ± can be stood for."
    )


def task_rows(report: ReportFields) -> Iterator[tuple[str, str, str, str]]:
    """Go through the parts of what was shared: name, joules, how many tasks, their seconds."""
    shared = report.tasks
    if shared is None:
        return
    for kind in (*shared.kinds, *filter(None, [shared.others])):
        yield (
            printable(kind.name),
            _joules(kind.energy_j),
            _count(kind),
            duration(kind.duration_s),
        )
    yield (NO_TASK, _joules(shared.no_task_j), "", "")


def _idle(shared: TaskShares) -> str:
    if shared.hosts_above_idle == shared.hosts:
        return ", above idle"
    if not shared.hosts_above_idle:
        return ", idle power included"
    return f", idle power of {shared.hosts - shared.hosts_above_idle} of them included"


def _joules(energy_j: float) -> str:
    return energy_so_far(energy_j, Provenance.ESTIMATE.value, _OF_ANY_SIZE)


def _count(kind: TaskKind) -> str:
    return f"{kind.tasks} tasks" if kind.tasks != 1 else "1 task"
