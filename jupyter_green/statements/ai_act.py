"""The energy of a model for its technical documentation under the EU AI Act.

Regulation (EU) 2024/1689, Annex XI, Section 1, point 2 (e), asks providers of general-purpose AI
models for the model's known or estimated energy consumption; the Commission's model documentation
form takes megawatt-hours with two digits, training and inference apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ledger.groups import Group
from .document import Block, Points
from .facts import Facts
from .quantities import mwh

_FOR = (
    "Energy consumption, for Regulation (EU) 2024/1689, Annex XI, Section 1, point 2 (e). Measured "
    "energy is known, the other is estimated."
)


def blocks(facts: Facts) -> Sequence[Block]:
    """Return megawatt-hours of the whole and of each stage, measured and estimated apart."""
    rows = [("all stages", facts.total), *((each.name, each) for each in facts.stages)]
    points = [f"{name}: {_both(used)}." for name, used in rows]
    return [_FOR, Points(points)]


def _both(used: Group) -> str:
    parts = [
        f"{how} {mwh(joules)}"
        for how, joules in (("measured", used.measured), ("estimated", used.estimated))
        if joules.shares
    ]
    return "; ".join(parts) or "not known"
