"""The column of CO2e beside the joules of ``%green report``: there where a place is set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ...report.format import at_least
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

    def cell(self, amount: Amount | None, *, is_at_least: bool = False) -> tuple[str, ...]:
        """Return what stands in a row of these joules; nothing for joules that are in another's.

        Parameters
        ----------
        amount
            The joules.
        is_at_least
            Whether they are a lower bound.
        """
        if self.grams is None:
            return ()
        if amount is None:
            return ("",)
        figure = self.grams(amount)
        return (at_least(figure) if is_at_least else figure,)
