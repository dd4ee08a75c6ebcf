"""Between which joules the true ones lie, as the page draws it."""

from __future__ import annotations

from ..groups import Joules


def reach_j(joules: Joules) -> tuple[float, float]:
    """Return between which joules the true ones lie, by the wider of the two uncertainties."""
    scale = joules.scale_range
    low_j = min(joules.energy_j - joules.uncertainty_j, joules.energy_j * scale.low)
    high_j = max(joules.energy_j + joules.uncertainty_j, joules.energy_j * scale.high)
    return max(0.0, low_j), high_j
