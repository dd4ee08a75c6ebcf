"""The idle watts of each domain, and joules above them.

Gross joules are the figure; net joules stand beside it once a baseline exists, which
:mod:`.idle` measures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ..estimator.quantity import Energy
from ..printable import printable
from ..report import times
from ..report.fields import MAX_DOMAINS
from ..report.format import duration
from ..report.validation import (
    Misfit,
    Reader,
    an_object,
    dictionary,
    field_of,
    number,
    read_at,
    time,
)
from ..report.words import old_baseline_note
from ..sources.base import MAX_ID
from .attribution import MeasuredDomain


class BaselineError(ValueError):
    """A stored baseline that cannot be read. The message says what is wrong with it."""


@dataclass(frozen=True)
class Baseline:
    """What each domain draws while nothing runs, in watts."""

    measured_at: str
    """RFC 3339, UTC."""
    duration_s: float
    power_w: Mapping[str, float]
    """Mean over the measurement, by domain."""
    spread_w: Mapping[str, float]
    """Half-width of the interval that holds 95 % of its one-second means."""

    def __str__(self) -> str:
        """Return the idle watts as text, a line for each domain."""
        watts = (
            f"{printable(id_)}: {watts:.3g} ± {self.spread_w[id_]:.2g} W"
            for id_, watts in self.power_w.items()
        )
        return "\n".join([f"Idle power over {duration(self.duration_s)}:", *watts])

    def age_s(self, now: datetime | None = None) -> float:
        """Return the seconds since it was measured; `now` has a time zone."""
        now = now or datetime.now(timezone.utc)
        return (now - times.read(self.measured_at)).total_seconds()

    def age_note(self, now: datetime | None = None) -> str:
        """Return a sentence where the baseline is old, else nothing."""
        return old_baseline_note(self.age_s(now))

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON types."""
        return {
            "measured_at": self.measured_at,
            "duration_s": self.duration_s,
            "power_w": dict(self.power_w),
            "spread_w": dict(self.spread_w),
        }

    @classmethod
    def from_dict(cls, record: Any) -> Baseline:
        """Read a record back.

        Raises
        ------
        BaselineError
            Where a field is absent, of the wrong type or beyond its limits.
        """
        try:
            found = {
                name: read_at(f".{name}", reader, field_of(an_object(record), name))
                for name, reader in _FIELDS.items()
            }
        except Misfit as misfit:
            raise BaselineError(f"baseline{misfit}") from None
        if found["power_w"].keys() != found["spread_w"].keys():
            raise BaselineError("baseline.spread_w names other domains than its power_w")
        return cls(**found)


_WATTS = dictionary(number(least=0), MAX_DOMAINS, MAX_ID)
_FIELDS: Mapping[str, Reader[Any]] = {
    "measured_at": time,
    "duration_s": number(least=0),
    "power_w": _WATTS,
    "spread_w": _WATTS,
}


def net(domains: Iterable[MeasuredDomain], duration_s: float, baseline: Baseline) -> Energy | None:
    """Return what the counted domains used above the baseline over a window.

    ``None`` where a counted domain has no baseline. Net energy is never negative:
    where a window used less than the baseline says, it is 0, and its interval
    reaches as far as what is missing.
    """
    net_j = 0.0
    errors_j: list[float] = []
    for domain in domains:
        if not domain.counted:
            continue
        if domain.id not in baseline.power_w:
            return None
        net_j += domain.energy_j - baseline.power_w[domain.id] * duration_s
        errors_j += [domain.uncertainty_j, baseline.spread_w[domain.id] * duration_s]
    if not errors_j:
        return None
    return Energy(max(0.0, net_j), max(math.hypot(*errors_j), -net_j))
