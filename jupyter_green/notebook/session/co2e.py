"""The column of CO2e beside the joules of ``%green report``: there where a place is set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ...report.scale import ScaleRange


class Amount(Protocol):
    """Joules of a report, a domain or a stage."""

    @property
    def energy_j(self) -> float | None: ...  # noqa: D102
    @property
    def uncertainty_j(self) -> float | None: ...  # noqa: D102
    @property
    def scale_range(self) -> ScaleRange: ...  # noqa: D102


Grams = Callable[[Amount], str]
"""Says what joules emitted."""


@dataclass(frozen=True)
class Co2eColumn:
    """One column of a table, or none."""

    grams: Grams | None = None

    @property
    def head(self) -> tuple[str, ...]:
        """Return the column's head."""
        return ("CO2e",) if self.grams else ()

    def cell(self, amount: Amount | None) -> tuple[str, ...]:
        """Return what stands in a row of these joules; nothing for joules that are in another's."""
        if self.grams is None:
            return ()
        return ("" if amount is None else self.grams(amount),)
