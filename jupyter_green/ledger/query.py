"""Questions to the ledger: its windows, and what groups of them used."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select

from ..intake.places import intake_folder
from ..intake.writer import files
from ..report.scale import ScaleRange, range_of, shares
from ..report.stages import UNTAGGED
from ..sources.base import Scale
from .book import book_until_idle
from .database import Database, Empty
from .overlap import Span, own_joules
from .schema import parts, windows
from .stores import read_from

_COLUMNS = [column for column in windows.c if column.name != "body"]


class Part(NamedTuple):
    """The joules of a window that one device used."""

    device: str
    is_estimate: bool
    energy_j: float
    uncertainty_j: float
    scale: Scale | None


@dataclass
class Metered:
    """A window of the ledger, without its report."""

    run_id: str
    status: str
    label: str | None
    stage: str | None
    notebook: str | None
    cell_id: str | None
    execution_count: int | None
    started_at: str
    started_s: float
    duration_s: float
    energy_j: float | None
    uncertainty_j: float | None
    provenance: str | None
    session: str | None
    project: str | None
    commit: str | None
    job: str | None
    parent: str | None
    origin: str | None = None
    """Of what was imported, with what it was metered."""
    parts: list[Part] = field(default_factory=list)
    span: tuple[str, int, int] | None = None
    """The host's boot and both edges, where they are known."""
    written_ns: int = 0

    @property
    def scale_range(self) -> ScaleRange:
        """Between how many times its joules the true ones lie, the reading taken as exact."""
        return range_of(shares((p.scale, p.energy_j) for p in self.parts), self.energy_j)

    @property
    def name(self) -> str:
        """What to call it: its label, or its cell."""
        if self.label:
            return self.label
        if self.execution_count is not None:
            return f"[{self.execution_count}]"
        return f"cell {self.cell_id[:8]}" if self.cell_id else "unlabelled"


WAYS: dict[str, Callable[[Metered], str]] = {
    "notebook": lambda m: m.notebook or "(no notebook)",
    "project": lambda m: m.project or "(no project)",
    "commit": lambda m: m.commit[:12] if m.commit else "(no commit)",
    "day": lambda m: datetime.fromtimestamp(m.started_s).astimezone().strftime("%Y-%m-%d"),
    "label": lambda m: m.label or "(no label)",
    "status": lambda m: m.status,
    "stage": lambda m: m.stage or UNTAGGED,
    "cell": lambda m: f"{m.notebook or '(no notebook)'} {m.name}",
}
"""How windows are put into groups."""


@dataclass
class Joules:
    """Joules of one kind that were added up, each of them once."""

    energy_j: float = 0.0
    variance: float = 0.0
    scales: list[tuple[Scale | None, float]] = field(default_factory=list)

    def add(self, part: Part, own_j: float) -> None:
        """Add the joules of a part that are its window's own."""
        if own_j <= 0:
            return
        self.energy_j += own_j
        self.variance += part.uncertainty_j**2
        self.scales.append((part.scale, own_j))

    @property
    def uncertainty_j(self) -> float:
        """Half-width of the readings' 95 % interval; readings are independent."""
        return math.sqrt(self.variance)

    @property
    def scale_range(self) -> ScaleRange:
        """Between how many times the joules the true ones lie, the readings taken as exact."""
        return range_of(shares(self.scales), self.energy_j)


@dataclass
class Group:
    """What the windows of a group used. Measured and estimated joules are never added up."""

    name: str
    windows: int = 0
    failed: int = 0
    """Those that did not end well."""
    unmeasured: int = 0
    """Those without joules."""
    measured: Joules = field(default_factory=Joules)
    estimated: Joules = field(default_factory=Joules)
    sum_j: float = 0.0
    """All windows' joules as they are: those that several metered, more than once."""
    duration_s: float = 0.0
    """All windows' seconds: those in which several were open, more than once."""


def read(ledger: Path, since_s: float | None = None, until_s: float | None = None) -> list[Metered]:
    """Return the windows that began within a time, in the order of their begins.

    One without a stage or a notebook has those of the nearest window around it.

    Parameters
    ----------
    ledger
        The ledger's folder. What waits in its intake is booked first, where that can be.
    since_s, until_s
        Seconds since 1970; ``None`` for no limit.

    Raises
    ------
    StoreFault
        Where a store cannot be read, or is of another version.
    """
    book_what_waits(ledger)
    when: list[ColumnElement[bool]] = []
    if since_s is not None:
        when.append(windows.c.started_s >= since_s)
    if until_s is not None:
        when.append(windows.c.started_s < until_s)
    found: dict[str, Metered] = {}
    for database in read_from(ledger):
        for each in _read(database, when):
            if each.run_id not in found or found[each.run_id].written_ns < each.written_ns:
                found[each.run_id] = each
    whole = [
        replace(
            each,
            stage=_inherited(each, "stage", found),
            notebook=_inherited(each, "notebook", found),
        )
        for each in found.values()
    ]
    return sorted(whole, key=lambda each: each.started_s)


def grouped(metered: Sequence[Metered], way: str) -> tuple[list[Group], Group]:
    """Return what each group used, the dearest first but days in order, and the total."""
    groups: dict[str, Group] = {}
    total = Group("total")
    own = _own(metered)
    name_of = WAYS[way]
    for each, own_j in zip(metered, own, strict=True):
        group = groups.setdefault(name_of(each), Group(name_of(each)))
        for one in (group, total):
            _add(one, each, own_j)
    if way == "day":
        return sorted(groups.values(), key=lambda g: g.name), total
    dearest = sorted(groups.values(), key=lambda g: -(g.measured.energy_j + g.estimated.energy_j))
    return dearest, total


def book_what_waits(ledger: Path) -> None:
    """Book what is in the intake now, unless another booker is at it: then wait for it a while."""
    with contextlib.suppress(OSError):
        if not any(files(intake_folder(ledger))):
            return
        until_s = time.monotonic() + 1.0
        while book_until_idle(ledger, idle_s=0.0) and time.monotonic() < until_s:
            time.sleep(0.05)


def _read(database: Database, when: Sequence[ColumnElement[bool]]) -> Iterable[Metered]:
    found: dict[str, Metered] = {}
    with contextlib.suppress(Empty), database.reading() as connection:
        for row in connection.execute(_where(_COLUMNS, when)):
            found[row.run_id] = _metered(row)
        query = _where([parts], when).join(parts, parts.c.run_id == windows.c.run_id)
        for part in connection.execute(query):
            if part.run_id in found:
                found[part.run_id].parts.append(_part(part))
    return found.values()


def _where(what: Sequence[Any], when: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return select(*what).select_from(windows).where(*when)


def _metered(row: Any) -> Metered:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's public name)
    host, begin_ns, end_ns = (values.pop(name) for name in ("host", "begin_ns", "end_ns"))
    known = host is not None and begin_ns is not None and end_ns is not None
    return Metered(**values, span=(host, begin_ns, end_ns) if known else None)


def _inherited(each: Metered, name: str, found: Mapping[str, Metered]) -> str | None:
    """Return a window's own, or that of the nearest window around it which has one."""
    around: Metered | None = each
    seen: set[str] = set()
    while around is not None and around.run_id not in seen:
        value: str | None = getattr(around, name)
        if value is not None:
            return value
        seen.add(around.run_id)
        around = found.get(around.parent or "")
    return None


def _part(row: Any) -> Part:
    group, factor = row.scale_group, row.scale_factor
    scale = Scale(factor, group, "") if group is not None and factor is not None else None
    return Part(row.device, bool(row.is_estimate), row.energy_j, row.uncertainty_j, scale)


def _own(metered: Sequence[Metered]) -> list[list[float]]:
    """Return the joules of each window's parts that are its own."""
    spans: list[Span] = []
    for each in metered:
        host, begin_ns, end_ns = each.span or (each.run_id, 0, 0)
        for part in each.parts:
            key = (host, part.device, part.is_estimate)
            spans.append(Span(key, each.session, begin_ns, end_ns, part.energy_j))
    own = iter(own_joules(spans))
    return [[next(own) for _ in each.parts] for each in metered]


def _add(group: Group, each: Metered, own: Sequence[float]) -> None:
    group.windows += 1
    group.failed += each.status != "ok"
    group.unmeasured += each.energy_j is None
    group.sum_j += each.energy_j or 0.0
    group.duration_s += each.duration_s
    for part, own_j in zip(each.parts, own, strict=True):
        (group.estimated if part.is_estimate else group.measured).add(part, own_j)
