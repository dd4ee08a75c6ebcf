"""What is known of a host at one time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..sources.base import Domain


@dataclass(frozen=True)
class Figures:
    """A host's joules so far, as its service has counted them.

    Parameters
    ----------
    is_up
        Whether the service has answered: without it nothing is known of the joules.
    domains
        What it reads, counted or not.
    energy_j
        The joules so far of each domain that was read well, by id.
    failing
        Of how many domains the last reading failed.
    missing
        How many sensors of the host cannot be read.
    shares_j
        The joules so far by domain and by user, pod or job.
    disconnected_s
        For how long in all there was no service.
    """

    is_up: bool
    domains: Sequence[Domain] = ()
    energy_j: Mapping[str, float] = field(default_factory=dict)
    failing: int = 0
    missing: int = 0
    shares_j: Mapping[tuple[str, str], float] = field(default_factory=dict)
    disconnected_s: float = 0.0
