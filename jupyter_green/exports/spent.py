"""What each stage used, each joule once, measured and estimated apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..ledger.groups import Joules, grouped
from ..ledger.metered import Metered
from .texts import encodable

MEASURED = "measured"
ESTIMATED = "estimated"


@dataclass(frozen=True)
class Spent:
    """Joules of one stage, all of them measured or all of them estimated."""

    stage: str
    how: str
    """:data:`MEASURED` or :data:`ESTIMATED`."""
    joules: Joules
    windows: int
    duration_s: float


def spent_by_stage(metered: Sequence[Metered]) -> list[Spent]:
    """Return what each stage used, by name; a stage of which nothing was read is not there."""
    groups, _ = grouped(metered, "stage")
    return [
        Spent(str(encodable(group.name)), how, joules, group.windows, group.duration_s)
        for group in sorted(groups, key=lambda group: group.name)
        for how, joules in ((MEASURED, group.measured), (ESTIMATED, group.estimated))
        if joules.energy_j > 0
    ]
