"""How long the doctor measures, in s."""

from __future__ import annotations

SECONDS = 3.0
"""By default."""
SHORTEST_S = 0.5
LONGEST_S = 600.0
