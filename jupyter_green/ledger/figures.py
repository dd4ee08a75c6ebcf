"""Joules that were added up, as text: wherever a sum of the ledger's is told."""

from __future__ import annotations

from ..report.format import at_least, energy
from ..sources.base import Provenance
from .groups import Joules
from .metered import Metered

NONE = "–"
AT_LEAST = (
    "At least: a host or a program was not metered to its end, and only what is known of it counts."
)
"""What is said below figures of which one is a lower bound."""


def measured(joules: Joules) -> str:
    """Return measured joules with what is known of them, such as ``"12.3 ± 0.4 J"``."""
    return _figure(joules, Provenance.COUNTER)


def estimated(joules: Joules) -> str:
    """Return estimated joules, such as ``"≈ 140 J, × ½ to 2"``."""
    return _figure(joules, Provenance.ESTIMATE)


def of_window(each: Metered) -> str:
    """Return a window's own joules."""
    figure = energy(each.energy_j, each.uncertainty_j, each.provenance, each.scale_range)
    return at_least(figure) if each.is_at_least else figure


def _figure(joules: Joules, provenance: Provenance) -> str:
    if not joules.shares:
        return NONE
    figure = energy(joules.energy_j, joules.uncertainty_j, provenance.value, joules.scale_range)
    return at_least(figure) if joules.is_at_least else figure
