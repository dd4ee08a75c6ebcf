"""What a client may know: joules in steps that say little of what other programs compute.

The power of a processor, read finely and often, gives away keys (CVE-2020-8694). So its joules
leave the service rounded, and few times a second. That makes it harder and not impossible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ..flags import BELOW_RESOLUTION
from ..report.fields import DomainReport
from ..sampler.accumulator import DomainSample
from ..sources.base import Conditions, Domain, Provenance
from .quantum import QUANTUM_J


class Disclosure:
    """Rounds what is told of each domain.

    Parameters
    ----------
    quantum_j
        The step of the joules of a counter that is not a GPU's.
    """

    def __init__(self, quantum_j: float = QUANTUM_J) -> None:
        self.quantum_j = quantum_j

    def domain(self, domain: Domain) -> Domain:
        """Return a domain as clients know it: its unit is the step."""
        if not self._is_rounded(domain) or domain.unit_j >= self.quantum_j:
            return domain
        wrap_range = domain.wrap_range
        if wrap_range is not None:
            wrap_range = max(1, round(wrap_range * domain.unit_j / self.quantum_j))
        return replace(domain, unit_j=self.quantum_j, wrap_range=wrap_range)

    def sample(self, domain: Domain, figures: DomainSample) -> list[float | None]:
        """Return the time, the joules so far, rounded down, and the reported power of a domain."""
        return [figures.t_ns, self.joules(domain, figures.energy_j), figures.power_w]

    def joules(self, domain: Domain, energy_j: float) -> float:
        """Return the joules of a domain so far, rounded down."""
        if not self._is_rounded(domain):
            return energy_j
        # A step's fraction more: what lies on a step stays there.
        steps = math.floor(energy_j / self.quantum_j + 1e-9)
        return round(steps * self.quantum_j, 9)

    def report(self, domain: Domain, found: DomainReport, duration_s: float) -> DomainReport:
        """Return the joules of a window, rounded, with the step in their uncertainty."""
        if not self._is_rounded(domain):
            return found
        energy_j = round(round(found.energy_j / self.quantum_j) * self.quantum_j, 9)
        uncertainty_j = found.uncertainty_j + self.quantum_j / 2
        flags: Sequence[str] = found.flags
        if uncertainty_j >= energy_j and BELOW_RESOLUTION not in flags:
            flags = (BELOW_RESOLUTION, *flags)
        return replace(
            found,
            energy_j=energy_j,
            uncertainty_j=uncertainty_j,
            mean_power_w=energy_j / duration_s if duration_s > 0 else 0.0,
            flags=tuple(flags),
        )

    @staticmethod
    def conditions(seen: Conditions) -> dict[str, object]:
        """Return what a device does, but for whose processes use it."""
        return vars(replace(seen, process_ids=None, process_percent=()))

    def _is_rounded(self, domain: Domain) -> bool:
        return domain.provenance is Provenance.COUNTER and not domain.id.startswith("gpu:")
