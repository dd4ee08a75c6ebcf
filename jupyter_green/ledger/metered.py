"""A window as questions see it: what the ledger's columns say, without the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ..report.fields import DomainReport
from ..report.scale import ScaleRange, range_of, shares
from ..sources.base import Scale


class Part(NamedTuple):
    """The joules of a window that one device used."""

    device: str
    is_estimate: bool
    energy_j: float
    uncertainty_j: float
    scale: Scale | None


def device_of(domain: DomainReport) -> str:
    """Return what tells a device from all others: its board's UUID where it has one, and its id."""
    return device_name(domain.board, domain.id)


def device_name(board: str | None, name: str) -> str:
    """Return the same of a domain's board and id."""
    return f"{board} {name}" if board else name


@dataclass(slots=True)
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
    day: int = 0
    """The calendar day on which it began, as 20260504; 0 for one that is in no store."""
    is_at_least: bool = False
    """Whether something was not metered to its end, so that the joules are a lower bound."""

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
