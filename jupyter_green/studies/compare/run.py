"""One run of one variant in one round."""

from __future__ import annotations

from dataclasses import dataclass

from ...flags import (
    HOST_BUSY,
    LOST,
    NO_ANSWER,
    POWER_LIMIT_CHANGED,
    READ_FAILED,
    REPLAYED,
    THROTTLED,
    sentence,
)
from ...report.power_limits import PowerLimits, power_limits
from ...report.report import Report

_DISTURBED = (
    HOST_BUSY,
    THROTTLED,
    POWER_LIMIT_CHANGED,
    READ_FAILED,
    NO_ANSWER,
    LOST,
    REPLAYED,
)
"""Flags of a window or of a domain that counts, with which a run is not like the others."""


@dataclass(frozen=True)
class Run:
    """A run: so many calls of a variant, metered together."""

    round: int
    """From 1 on."""
    variant: str
    loops: int
    """Calls of the variant."""
    units: float
    """Units of work that they did."""
    energy_j: float | None
    """As in the report, with all digits."""
    rest_s: float
    """How long the machine rested before, in seconds."""
    report: Report

    @property
    def joules_per_unit(self) -> float | None:
        """Joules for each unit of work, ``None`` where no sensor was read."""
        return None if self.energy_j is None else self.energy_j / self.units

    @property
    def sensors(self) -> frozenset[str]:
        """The domains that are in its joules."""
        return frozenset(d.id for d in self.report.domains.values() if d.counted)

    @property
    def power_limits(self) -> PowerLimits:
        """What the domains in its joules were allowed to draw when it began, in W."""
        return power_limits(self.report)

    @property
    def disturbances(self) -> tuple[str, ...]:
        """What makes it unlike a quiet run, as clauses."""
        flags = [*self.report.flags]
        flags += [f for d in self.report.domains.values() if d.counted for f in d.flags]
        return tuple(sentence(flag) for flag in dict.fromkeys(flags) if flag in _DISTURBED)
