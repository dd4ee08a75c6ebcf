"""Joules as statements write them: with their interval, in kWh and MWh, and as CO2e."""

from __future__ import annotations

from ..ledger.groups import Joules
from ..report.format import bounds, energy
from ..sources.base import Provenance

J_PER_KWH = 3.6e6
J_PER_MWH = 3.6e9
NONE = "–"
_VAGUE = 0.1
"""From this reach of the scale on a figure has two digits."""


def interval_j(joules: Joules) -> tuple[float, float]:
    """Return between how many joules the true ones lie, at 95 % or more.

    The reading's interval and the scale's are both taken at their ends, so that the whole is
    rather too wide.
    """
    low_j, high_j = bounds([(joules.energy_j, joules.uncertainty_j)])
    return low_j * joules.scale_range.low, high_j * joules.scale_range.high


def measured(joules: Joules) -> str:
    """Return measured joules with what is known of them, such as ``"12.3 ± 0.4 J"``."""
    return _energy(joules, Provenance.COUNTER)


def estimated(joules: Joules) -> str:
    """Return estimated joules, such as ``"≈ 140 J, × ½ to 2"``."""
    return _energy(joules, Provenance.ESTIMATE)


def kwh(joules: Joules) -> str:
    """Return kilowatt-hours, such as ``"0.0123"``."""
    if not joules.shares:
        return NONE
    digits = 2 if joules.scale_range.reach > _VAGUE else 3
    return f"{joules.energy_j / J_PER_KWH:.{digits}g}"


def kwh_interval(joules: Joules) -> str:
    """Return between how many kilowatt-hours the true ones lie."""
    if not joules.shares:
        return NONE
    low_j, high_j = interval_j(joules)
    return f"{low_j / J_PER_KWH:.2g} to {high_j / J_PER_KWH:.2g}"


def mwh(joules: Joules) -> str:
    """Return megawatt-hours with two digits and their interval."""
    low_j, high_j = interval_j(joules)
    return (
        f"{joules.energy_j / J_PER_MWH:.2g} MWh "
        f"(95 % interval {low_j / J_PER_MWH:.2g} to {high_j / J_PER_MWH:.2g})"
    )


def percent(part: Joules, other: Joules) -> str:
    """Return which part of both the first is."""
    whole_j = part.energy_j + other.energy_j
    return f"{100 * part.energy_j / whole_j:.0f} %" if whole_j else NONE


def counted(count: int, name: str) -> str:
    """Return how many there are of something, such as ``"2 runs"``."""
    return f"{count} {name}{'' if count == 1 else 's'}"


def _energy(joules: Joules, provenance: Provenance) -> str:
    if not joules.shares:
        return NONE
    return energy(joules.energy_j, joules.uncertainty_j, provenance.value, joules.scale_range)
