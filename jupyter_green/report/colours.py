"""The colours of figures and pictures, on white and on dark ground alike."""

from __future__ import annotations

DOMAIN_COLOURS = (
    *("#4c8df0", "#d97000", "#b03fb0", "#d6203f", "#6548ff", "#6b7268"),
    *("#1d90a0", "#8a6d5a", "#d6568f", "#7d7a1a", "#5f83a8", "#9a72c8"),
)
"""Trichromats, protanopes, deuteranopes and tritanopes can distinguish the first six."""
ENERGY_COLOUR = "#1f9d57"
