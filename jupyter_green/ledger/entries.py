"""Sums of a period by one way of grouping, and of what was kept; how they are stored."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..report.scale import ScaleShare
from .groups import Group, Joules

Key: TypeAlias = tuple[str, str]
"""A project and a group's name within it."""
Entries: TypeAlias = dict[Key, Group]


@dataclass
class Run:
    """A good run that was the last one of its cell in a period, or what of it is in another one."""

    project: str
    thing: str
    """What it is one run of; empty for all that are no run of anything that can be run again."""
    run_id: str
    started_s: float
    is_here: bool
    """Whether it began in the period, and not only windows within it."""
    group: Group = field(default_factory=lambda: Group("kept"))

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from other runs."""
        return self.project, self.thing, self.run_id


Runs: TypeAlias = dict[tuple[str, str, str], Run]


def merge(into: Entries, more: Mapping[Key, Group]) -> None:
    """Add the groups of another period."""
    for key, group in more.items():
        if key in into:
            into[key].add(group)
        else:
            into[key] = group


def merge_runs(into: Runs, more: Iterable[Run]) -> None:
    """Add the runs of another period; :func:`last_runs` then drops what is not the last."""
    for run in more:
        before = into.get(run.key)
        if before is None:
            into[run.key] = run
        else:
            before.group.add(run.group)
            before.is_here |= run.is_here


def last_runs(runs: Runs) -> Runs:
    """Return the runs without those after which there was another one of the same cell."""
    last: dict[tuple[str, str], Run] = {}
    for run in runs.values():
        of = run.project, run.thing
        if run.is_here and run.thing and (of not in last or _age(last[of]) < _age(run)):
            last[of] = run
    return {
        key: run
        for key, run in runs.items()
        if not (run.is_here and run.thing) or last[run.project, run.thing] is run
    }


def packed(entries: Entries) -> bytes:
    """Return entries as they are stored."""
    return _packed([[*key, *_figures(group)] for key, group in entries.items()])


def unpacked(body: bytes) -> Entries:
    """Return entries that were stored.

    Raises
    ------
    ValueError
        For what are none.
    """
    return {(project, name): _group(name, found) for project, name, *found in _unpacked(body)}


def packed_runs(runs: Runs) -> bytes:
    """Return runs as they are stored."""
    return _packed(
        [
            [run.project, run.thing, run.run_id, run.started_s, run.is_here, *_figures(run.group)]
            for run in runs.values()
        ]
    )


def unpacked_runs(body: bytes) -> list[Run]:
    """Return runs that were stored; see :func:`unpacked`."""
    return [
        Run(project, thing, run_id, started_s, is_here, _group("kept", figures))
        for project, thing, run_id, started_s, is_here, *figures in _unpacked(body)
    ]


def _age(run: Run) -> tuple[float, str]:
    return run.started_s, run.run_id


def _figures(group: Group) -> list[Any]:
    counts = [group.windows, group.failed, group.unmeasured, group.sum_j, group.duration_s]
    return [*counts, _joules_figures(group.measured), _joules_figures(group.estimated)]


def _joules_figures(joules: Joules) -> list[Any]:
    return [joules.energy_j, joules.variance, *joules.shares.values()] if joules.shares else []


def _group(name: str, figures: list[Any]) -> Group:
    windows, failed, unmeasured, sum_j, duration_s, measured, estimated = figures
    joules = _joules(measured), _joules(estimated)
    return Group(name, windows, failed, unmeasured, *joules, sum_j, duration_s)


def _joules(figures: list[Any]) -> Joules:
    if not figures:
        return Joules()
    energy_j, variance, *shares = figures
    return Joules(energy_j, variance, {share[0]: ScaleShare(*share) for share in shares})


def _packed(found: Any) -> bytes:
    return zlib.compress(json.dumps(found, separators=(",", ":")).encode(), 1)


def _unpacked(body: bytes) -> Any:
    try:
        return json.loads(zlib.decompress(body))
    except zlib.error as error:
        raise ValueError(str(error)) from error
