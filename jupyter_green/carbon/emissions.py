"""Grams of CO2e of some joules, with all that they rest on."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from numbers import Real
from typing import Any

from ..printable import printable, shortened
from .intensity import Intensity

J_PER_KWH = 3.6e6
NO_PUE = 1.0
"""Nothing is added for the building where its figure is not given."""
MOST_PUE = 10.0


@dataclass(frozen=True)
class Emissions:
    """Grams of CO2e of gross joules: all that the sensors read, not what is above idle.

    ``uncertainty_g`` is the half-width of the 95 % interval that the joules' reading gives; that
    of the intensity is published by nobody, and is not in it.
    """

    emissions_g: float
    uncertainty_g: float
    intensity: Intensity
    pue: float = NO_PUE
    """What the building draws for each watt of its computers; 1.0 where it was not given."""
    scale: tuple[float, float] = (1.0, 1.0)
    """Between how many times the figure the true one lies, by what the energy's instruments have
    wrong in common."""
    is_at_least: bool = False
    """Whether the joules are a lower bound, and so the grams are."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types: grams, and the factor with all that it rests on."""
        return {**asdict(self), "scale": list(self.scale)}


def emissions(
    energy_j: float,
    uncertainty_j: float | None,
    intensity: Intensity,
    pue: float = NO_PUE,
    scale: tuple[float, float] = (1.0, 1.0),
    *,
    is_at_least: bool = False,
) -> Emissions:
    """Return the grams of CO2e of some joules: ``kWh × PUE × grams per kWh``.

    The formula is that of the location-based method of the GHG Protocol's Scope 2 Guidance,
    with the building's share by its PUE (ISO/IEC 30134-2).

    Parameters
    ----------
    energy_j, uncertainty_j
        Gross joules, and the half-width of their 95 % interval; ``None`` where that is not known.
    intensity
        From :func:`~.places.intensity`.
    pue
        Power usage effectiveness of the building, 1 or more.
    scale
        Between how many times the joules the true ones lie.
    is_at_least
        Whether the joules are a lower bound.

    Raises
    ------
    TypeError, ValueError
        For joules that are none, and for a PUE below 1.
    """
    factor = checked_pue(pue) * intensity.g_per_kwh / J_PER_KWH
    energy_j = _joules(energy_j, "energy")
    uncertainty_j = _joules(uncertainty_j or 0.0, "uncertainty")
    grams = energy_j * factor, uncertainty_j * factor
    return Emissions(*grams, intensity, float(pue), scale, is_at_least)


def checked_pue(pue: Any) -> float:
    """Return a PUE that can be one.

    Raises
    ------
    TypeError, ValueError
        For any other value; the message names the remedy.
    """
    remedy = "give what the building draws for each watt of its computers, as in 1.2"
    if isinstance(pue, bool) or not isinstance(pue, Real):
        shown = shortened(printable(repr(pue)), 60)
        raise TypeError(f"a PUE of {shown} ({type(pue).__name__}) is no number: {remedy}")
    number = float(pue)
    if math.isnan(number):
        raise ValueError(f"a PUE of nan is no figure: {remedy}")
    if number < 1:
        raise ValueError(f"a PUE of {number:g} is below 1, which no building reaches: {remedy}")
    if number > MOST_PUE:
        raise ValueError(f"a PUE of {number:g} is above {MOST_PUE:g}: {remedy}")
    return number


def _joules(value: float, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what} is a number of joules, not {type(value).__name__}")
    number = float(value)
    if not 0 <= number < math.inf:
        raise ValueError(f"{what} is {number:g} J: joules are finite and not below 0")
    return number
