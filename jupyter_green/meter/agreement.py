"""How well a board's energy counter and its reported power agree, over all windows so far.

One window of some seconds says little: power is sampled, and seen only a part of the time.
Their sums over a session tell a constant factor from that. Beside a superchip's module,
whose power is reported, too, they tell of which of the two the counter is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..estimator.quantity import Interval
from ..sampler.accumulator import DomainSample
from ..sources.base import Domain, Provenance

LEAST_S = 5.0
"""So much has to have been seen before counter and power are said to disagree."""
LEAST_MODULE_S = 1.0
"""So much tells a GPU from its module: they differ by a CPU."""
LEAST_PERIODS = 5
"""A window of fewer refreshes says nothing."""
MOST_DISAGREEMENT = 0.05
AVERAGED_S = 1.0
"""Over which reported power is a mean, where it is one."""
SURE_SD = 2.0


@dataclass(frozen=True)
class Agreement:
    """Sums of a counter's joules and of the power that is reported beside it.

    ``module_j`` is the integrated power of the module over the same time, ``None`` where
    the board is on none; ``doubt_j2`` the variance of the difference of the first two.
    """

    counter_j: float = 0.0
    power_j: float = 0.0
    seconds: float = 0.0
    doubt_j2: float = 0.0
    module_j: float | None = None

    def __add__(self, other: Agreement) -> Agreement:
        modules = [each.module_j for each in (self, other) if each.module_j is not None]
        return Agreement(
            self.counter_j + other.counter_j,
            self.power_j + other.power_j,
            self.seconds + other.seconds,
            self.doubt_j2 + other.doubt_j2,
            sum(modules) if modules else None,
        )

    @property
    def disagrees(self) -> bool:
        """Whether the two differ by more than 5 %, and by more than sampling explains."""
        apart_j = abs(self.counter_j - self.power_j) - SURE_SD * math.sqrt(self.doubt_j2)
        most_j = MOST_DISAGREEMENT * max(self.counter_j, self.power_j)
        return self.seconds >= LEAST_S and apart_j > most_j

    @property
    def is_of_board(self) -> bool:
        """Whether the counter of a board on a module is surely its own, and not the module's."""
        if self.module_j is None:
            return False
        apart_j = abs(self.counter_j - self.power_j)
        return self.seconds >= LEAST_MODULE_S and apart_j < abs(self.counter_j - self.module_j)


def seen_in(
    domain: Domain,
    readings: Mapping[str, Sequence[DomainSample]],
    window: Interval,
) -> Agreement | None:
    """Return what a window says, ``None`` where counter and power were not both seen long enough.

    Parameters
    ----------
    domain
        A domain with a counter and a reported power.
    readings
        Those of all domains, in time order.
    window
        The window, which has ended.
    """
    if domain.provenance is not Provenance.COUNTER:
        return None
    known = _powered(readings.get(domain.id, ()), window)
    if len(known) < 2:
        return None
    first, last = known[0], known[-1]
    seconds = (last.t_ns - first.t_ns) * 1e-9
    if seconds < LEAST_PERIODS * domain.resolution_s or seconds < 0.9 * window.duration_s - 0.1:
        return None
    if last.energy_j <= first.energy_j:  # it stands still, which is another fault
        return None
    late_s = domain.resolution_s + (AVERAGED_S if domain.power_kind == "average" else 0.0)
    watts = [reading.power_w or 0.0 for reading in known]
    doubt_j = late_s * (max(watts) - min(watts))
    module = _powered(readings.get(f"{domain.id}/module", ()), window)
    return Agreement(
        last.energy_j - first.energy_j,
        integral_j(known),
        seconds,
        doubt_j**2,
        integral_j(module) * seconds / _seconds(module) if len(module) > 1 else None,
    )


def integral_j(known: Sequence[DomainSample]) -> float:
    """Return the joules of readings that have a power, by the trapezoid rule."""
    return sum(
        ((a.power_w or 0.0) + (b.power_w or 0.0)) / 2 * (b.t_ns - a.t_ns) * 1e-9
        for a, b in pairwise(known)
    )


def _seconds(known: Sequence[DomainSample]) -> float:
    return (known[-1].t_ns - known[0].t_ns) * 1e-9


def _powered(readings: Sequence[DomainSample], window: Interval) -> list[DomainSample]:
    return [
        reading
        for reading in readings
        if reading.power_w is not None and window.begin_ns <= reading.t_ns <= window.ended_ns
    ]
