"""Joules as statements write them: with their interval, in joules and as electricity is billed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..ledger.figures import NONE
from ..ledger.groups import Joules
from ..report.format import bounds

J_PER_MWH = 3.6e9
_VAGUE = 0.1
"""From this reach of the scale on a figure has two digits."""


def interval_j(joules: Joules) -> tuple[float, float | None]:
    """Return between how many joules the true ones lie, at 95 % or more.

    The reading's interval and the scale's are both taken at their ends, so that the whole is
    rather too wide. It has no upper end where the joules are a lower bound.
    """
    low_j, high_j = bounds([(joules.energy_j, joules.uncertainty_j)])
    low_j *= joules.scale_range.low
    return low_j, None if joules.is_at_least else high_j * joules.scale_range.high


class Unit(NamedTuple):
    """A unit of energy, as electricity is billed."""

    name: str
    joules: float

    def figure(self, joules: Joules) -> str:
        """Return joules in it, such as ``"0.0123"``."""
        digits = 2 if joules.scale_range.reach > _VAGUE else 3
        return _known(joules, _rounded(joules.energy_j / self.joules, digits))

    def interval(self, joules: Joules) -> str:
        """Return between how many of it the true joules lie, such as ``"0.011 to 0.013"``."""
        low_j, high_j = interval_j(joules)
        low = _rounded(low_j / self.joules, 2)
        if high_j is None:
            return f"{low} or more"
        return f"{low} to {_rounded(high_j / self.joules, 2)}"


_UNITS = (Unit("MWh", J_PER_MWH), Unit("kWh", 3.6e6), Unit("Wh", 3.6e3), Unit("mWh", 3.6))


def unit_for(several: Iterable[Joules]) -> Unit:
    """Return the unit in which the largest of some figures is 1 or more, for all of them."""
    largest_j = max((joules.energy_j for joules in several), default=0.0)
    return next((unit for unit in _UNITS if largest_j >= unit.joules), _UNITS[-1])


def mwh(joules: Joules) -> str:
    """Return megawatt-hours and their interval."""
    unit = _UNITS[0]
    # Two digits are asked for.
    figure = _known(joules, _rounded(joules.energy_j / unit.joules, 2))
    return f"{figure} {unit.name} (95 % interval {unit.interval(joules)})"


def percent(part: Joules, other: Joules) -> str:
    """Return which part of both the first is."""
    whole_j = part.energy_j + other.energy_j
    return f"{100 * part.energy_j / whole_j:.0f} %" if whole_j else NONE


def counted(count: int, name: str) -> str:
    """Return how many there are of something, such as ``"2 runs"``."""
    return f"{count} {name}{'' if count == 1 else 's'}"


def _known(joules: Joules, figure: str) -> str:
    return f"at least {figure}" if joules.is_at_least else figure


def _rounded(value: float, digits: int) -> str:
    """Return a figure with so many digits; large ones without an exponent."""
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text else text
