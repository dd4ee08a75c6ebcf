"""How long a run of code should be, so that the sensors can tell its joules."""

from __future__ import annotations

from collections.abc import Iterable

from ..sources.base import Domain, Provenance

BLIND_RUN_S = 0.2
"""How long a run is where there is no sensor."""
_ENOUGH_REFRESHES = 100
"""A counter is off by up to one refresh at the edges of a run: with this many, by 1 %."""
_LEAST_REFRESHES = 20
"""Enough where 100 take too long, and for a model, which is itself off by far more than 5 %."""


def run_length_s(domains: Iterable[Domain], allowed_s: float) -> float:
    """Return the seconds of a run: 100 refreshes of the coarsest sensor in the total.

    Fewer where these are more than `allowed_s`, but 20 at least.
    """
    counted = [domain for domain in domains if domain.counted]
    if not counted:
        return BLIND_RUN_S
    enough_s = max(
        d.resolution_s
        * (_LEAST_REFRESHES if d.provenance is Provenance.ESTIMATE else _ENOUGH_REFRESHES)
        for d in counted
    )
    least_s = max(d.resolution_s for d in counted) * _LEAST_REFRESHES
    return min(enough_s, max(least_s, allowed_s))
