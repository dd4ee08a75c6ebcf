"""What a kilowatt-hour of electricity emits, and all that the figure rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any

from ..printable import printable, shortened

LIFECYCLE = "average, lifecycle, production"
"""With what building the plants and getting the fuel emits, of what is generated in a place."""
DIRECT = "average, direct, production"
"""What leaves the stacks alone, of what is generated in a place."""
GIVEN = "as given"
"""Of a number, of which no more is known."""

LEAST_G_PER_KWH = 2.0
"""The cleanest electricity emits more (wind and water: about 10); what is below is in kilograms."""
MOST_G_PER_KWH = 5000.0


@dataclass(frozen=True)
class Intensity:
    """Grams of CO2e for each kilowatt-hour.

    Raises
    ------
    TypeError, ValueError
        For a figure that is no number, or cannot be one of grams per kWh.
    """

    g_per_kwh: float
    place: str
    """Such as ``"Germany"``; ``"as given"`` of a number."""
    year: int | None
    """The year that the figure is for, where it is of one."""
    edition: str
    """Which release it was taken from, such as ``"ember-2026"``; empty where there is none."""
    basis: str
    """What it holds: :data:`LIFECYCLE`, :data:`DIRECT`, :data:`GIVEN`, or what a provider says."""
    source: str
    """Who published it, with the licence, or who gave it."""
    code: str | None = None
    """ISO 3166-1 alpha-3, or ISO 3166-2 as ``"US-CA"``; ``"WLD"`` is the world."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "g_per_kwh", grams_per_kwh(self.g_per_kwh))

    def __str__(self) -> str:
        """Return the figure and what it rests on, as one line."""
        when = f" {self.year}" if self.year is not None else ""
        where = "" if self.basis == GIVEN else f"{self.place}{when}, {self.basis}; "
        return printable(f"{self.g_per_kwh:.4g} g/kWh ({where}{self.source})")


def grams_per_kwh(value: Any) -> float:
    """Return a number of grams per kWh that can be one.

    Raises
    ------
    TypeError, ValueError
        For any other value; the message names the remedy.
    """
    remedy = "give grams of CO2e per kWh, as in 380"
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__name__
        raise TypeError(f"an intensity of {_shown(value)} ({kind}) is no number: {remedy}")
    number = float(value)
    if math.isnan(number) or math.isinf(number):
        raise ValueError(f"an intensity of {number} is no figure: {remedy}")
    if number <= 0:
        raise ValueError(f"an intensity of {number:g} g/kWh is not above 0: {remedy}")
    if number < LEAST_G_PER_KWH:
        raise ValueError(
            f"an intensity of {number:g} g/kWh is less than any electricity emits; is that kg? "
            f"give grams: {1000 * number:g}"
        )
    if number > MOST_G_PER_KWH:
        raise ValueError(
            f"an intensity of {number:g} g/kWh is more than any electricity emits; is that mg? "
            f"{remedy}"
        )
    return number


def _shown(value: Any) -> str:
    return shortened(printable(repr(value)), 60)
