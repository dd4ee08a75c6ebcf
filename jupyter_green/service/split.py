"""Whose joules: a window's, divided among those who used the machine; nothing but arithmetic.

Idle power stands apart: the joules above it are divided, those of each slot by the CPU time in it.
So who computed while the machine drew much has more of the joules. All joules here are whole
microjoules, and the parts are exactly the measured whole (largest remainder).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

FINE = 1 << 20
"""Into how many parts a microjoule is divided before the parts of all slots are added up."""


class Slot(NamedTuple):
    """A stretch of a window, between two looks at what was used."""

    dynamic_uj: int
    """What was drawn above idle: only how the slots of a window compare matters."""
    busy_us: int
    """CPU time of the whole host."""
    used_us: Mapping[str, int]
    """CPU time of units, by name. What is left is of others."""


class Split(NamedTuple):
    """The parts of a window's joules, none of them negative; together they are the whole."""

    units_uj: Mapping[str, int]
    others_uj: int
    idle_uj: int | None
    """``None`` without a baseline: then idle power is in the other parts."""


def split(measured_uj: int, baseline_uj: int | None, slots: Sequence[Slot]) -> Split:
    """Divide the joules of one domain in one window.

    Parameters
    ----------
    measured_uj
        All of them, not negative.
    baseline_uj
        What the idle machine would have used in that time; where that is more than was measured,
        all was idle.
    slots
        What was used meanwhile.
    """
    idle_uj = None if baseline_uj is None else min(measured_uj, baseline_uj)
    dynamic_uj = measured_uj - (idle_uj or 0)
    if not any(slot.dynamic_uj > 0 for slot in slots):  # then only CPU time can tell
        slots = [slot._replace(dynamic_uj=slot.busy_us) for slot in slots]
    weights: dict[str, int] = {name: 0 for slot in slots for name in slot.used_us}
    rest = 0
    for slot in slots:
        drawn = FINE * max(0, slot.dynamic_uj)
        used_us = {name: max(0, used) for name, used in slot.used_us.items()}
        # The host's time has ticks: it may lag behind that of its parts.
        busy_us = max(1, slot.busy_us, sum(used_us.values()))
        parts = {name: drawn * used // busy_us for name, used in used_us.items()}
        for name, part in parts.items():
            weights[name] += part
        rest += drawn - sum(parts.values())
    *units_uj, others_uj = apportion(dynamic_uj, [*weights.values(), rest])
    return Split(dict(zip(weights, units_uj, strict=True)), others_uj, idle_uj)


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Divide a whole number by weights into whole parts that add up to it.

    Each part is its exact share, rounded up or down: up where most is left over. Where all weights
    are 0, the last part is the whole.
    """
    whole = sum(weights)
    if whole == 0:
        return [*(0 for _ in weights[1:]), total]
    parts, remainders = zip(*(divmod(total * weight, whole) for weight in weights), strict=True)
    found = list(parts)
    for place in sorted(range(len(found)), key=lambda place: -remainders[place])[
        : total - sum(found)
    ]:
        found[place] += 1
    return found
