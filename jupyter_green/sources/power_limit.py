"""How much a processor may draw: the limits that Linux's powercap tree holds it to.

Kernel documentation: Documentation/power/powercap/powercap.rst. A zone has constraints, each with
a ``constraint_N_power_limit_uw`` over a time window of its own; ``enabled`` says whether they are
held. Everyone may read them, also where the energy counters are for root alone. Nothing is set.
"""

from __future__ import annotations

from pathlib import Path

from . import sysfs
from .base import Conditions


class PowerLimit:
    """Reads the limit of one zone.

    Parameters
    ----------
    folder
        The zone's.
    """

    def __init__(self, folder: Path) -> None:
        self._enabled = folder / "enabled"
        self._limits = sorted(folder.glob("constraint_*_power_limit_uw"))

    @property
    def is_known(self) -> bool:
        """Whether the zone has constraints at all."""
        return bool(self._limits)

    def read(self) -> Conditions | None:
        """Return the lowest limit, in W; ``None`` where none is set or none is held."""
        if not self._limits or sysfs.text(self._enabled) == "0":
            return None
        known = [limit_uw for path in self._limits if (limit_uw := sysfs.integer(path))]
        return Conditions(power_limit_w=min(known) * 1e-6) if known else None
