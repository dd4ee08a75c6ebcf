"""The page's figures of joules, as text."""

from __future__ import annotations

from ...report.format import energy
from ...sources.base import Provenance
from ..groups import Joules
from ..metered import Metered

NONE = "–"


def measured(joules: Joules) -> str:
    """Return measured joules that were added up, or a dash where there are none."""
    return _figure(joules, Provenance.COUNTER)


def estimated(joules: Joules) -> str:
    """Return estimated joules that were added up, or a dash where there are none."""
    return _figure(joules, Provenance.ESTIMATE)


def of_window(each: Metered) -> str:
    """Return a window's own joules."""
    return energy(each.energy_j, each.uncertainty_j, each.provenance, each.scale_range)


def reach_j(joules: Joules) -> tuple[float, float]:
    """Return between which joules the true ones lie, by the wider of the two uncertainties."""
    scale = joules.scale_range
    low_j = min(joules.energy_j - joules.uncertainty_j, joules.energy_j * scale.low)
    high_j = max(joules.energy_j + joules.uncertainty_j, joules.energy_j * scale.high)
    return max(0.0, low_j), high_j


def _figure(joules: Joules, provenance: Provenance) -> str:
    if not joules.shares:
        return NONE
    return energy(joules.energy_j, joules.uncertainty_j, provenance.value, joules.scale_range)
