"""By what factor instruments may be off in all their figures alike, each with its source.

What is known is little: a few dozen boards and processors were ever compared with a meter
at their cables. Where a source gives no interval, the factor is ours and says "assumed".
That of the CPU estimate stands in its table (:mod:`.cpu_estimate`).
"""

from __future__ import annotations

import re

from .base import Scale
from .machine import machine

_YANG = "Yang et al. 2024 (SC'24)"
_KHAN = "5 % assumed; Khan et al. 2018 saw RAPL follow the power at the plug closely"
_DESROCHERS = "20 % assumed; Desrochers et al. 2016 saw a constant offset, largest at rest"
_SCHOENE = "10 % assumed; by Schöne et al. 2021 AMD's RAPL is a model, not a measurement"
_PLATFORM = "10 % assumed; what psys covers differs from board to board"
_UNVALIDATED = "10 % assumed; no comparison with a meter is known"
_FIRMWARE = "20 % assumed; a model in the chip's firmware of which no error is published"

_LOOKS_A_QUARTER = re.compile(r"\b(A30|A100|A800|H100|H800|H200|H20|GH200)\b")
"""Boards of GA100 and GH100: their sensor sees 25 of each 100 ms (Yang et al.)."""


def nvidia(board: str, uuid: str) -> Scale:
    """Return the scale of a board's figures.

    The boards that Yang et al. compared with their cables were off by 1 to 6 %. Those that
    look a quarter of the time were off by another 4 % (median of windows of 3 to 9 s) over
    repeating work.
    """
    group = f"board {uuid}"
    if _LOOKS_A_QUARTER.search(board):
        return Scale(1.10, group, f"{_YANG}; this board looks 25 of each 100 ms")
    return Scale(1.06, group, _YANG)


def rapl(place: str, family: str, processor: str) -> Scale:
    """Return the scale of a RAPL domain.

    Parameters
    ----------
    place
        The package, ``cpu:N``, empty for what belongs to none.
    family
        ``package``, ``core``, ``uncore``, ``dram`` or ``psys``.
    processor
        What the processor calls itself.
    """
    if family == "psys":
        return Scale(1.10, f"platform of machine {machine()}", _PLATFORM)
    if family == "dram":
        return Scale(1.20, f"memory of {place}, machine {machine()}", _DESROCHERS)
    group = f"package {place}, machine {machine()}"
    if "AMD" in processor:
        return Scale(1.10, group, _SCHOENE)
    return Scale(1.05, group, _KHAN)


def unvalidated(device: str) -> Scale:
    """Return the scale of a sensor that nobody is known to have compared with a meter."""
    return Scale(1.10, f"{device}, machine {machine()}", _UNVALIDATED)


def firmware_model(device: str) -> Scale:
    """Return the scale of figures that a chip's firmware makes up from its activity."""
    return Scale(1.20, f"{device}, machine {machine()}", _FIRMWARE)
