"""What each device used, each joule once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..ledger.groups import DOMAIN, grouped
from ..ledger.metered import Metered
from .spent import ESTIMATED, MEASURED


class Device(NamedTuple):
    """A device as the ledger knows it, and how its joules came about."""

    id: str
    """The domain, with the board's UUID before it where it has one."""
    how: str
    """``measured`` or ``estimated``."""

    @property
    def domain(self) -> str:
        """The domain, such as ``gpu:0``."""
        return self.id.rpartition(" ")[2]


def by_device(metered: Sequence[Metered]) -> dict[Device, float]:
    """Return the joules of each device, by name."""
    groups, _ = grouped(metered, DOMAIN)
    return {
        Device(group.name, how): joules.energy_j
        for group in sorted(groups, key=lambda group: group.name)
        for how, joules in ((ESTIMATED, group.estimated), (MEASURED, group.measured))
        if joules.energy_j > 0
    }
