"""Where the runs are made: one after the other on a meter, with a rest before the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean

from ...clock import now_ns
from ...meter.meter import Meter
from ...meter.summary import Subject
from ...meter.window import Window
from ...repeats.metered_run import collection_off, open_window
from ...sources.base import Domain, Provenance
from .plan import Plan

_QUICK_S = 0.01
"""A counter that is refreshed within this is read to the millisecond, as RAPL's."""
_LOOK_S = 0.25
_REFRESHES = 3
"""How long the machine's power is looked at: so many refreshes of the coarsest sensor, at least."""
_LOOKS = 4
_ABOVE = 1.1
"""The band reaches to this multiple of the highest of the last looks."""
_FALLING = 0.95
"""Power that is below this multiple of the look before is still falling."""


@dataclass(frozen=True)
class Made:
    """A run that has ended; its report is there when the sensors have settled."""

    window: Window
    units: float


@dataclass
class Bench:
    """Runs variants on a meter.

    Parameters
    ----------
    plan
        What is run.
    meter
        What meters it.
    sleep, clock_ns
        What lets seconds go by, and tells the time in nanoseconds.
    """

    plan: Plan
    meter: Meter
    sleep: Callable[[float], None] = time.sleep
    clock_ns: Callable[[], int] = now_ns
    band_w: float | None = field(default=None, init=False)
    """Up to which power the machine is at rest."""

    @cached_property
    def domains(self) -> list[Domain]:
        """What counts in the joules."""
        return [domain for domain in self.meter.discover().domains if domain.counted]

    def run(self, name: str, loops: int) -> Made:
        """Run a variant so often; its exceptions pass through, when its window has ended.

        Garbage collection is off meanwhile, as with ``timeit``.
        """
        if self.plan.setup is not None:
            self.plan.setup()
        window = self.meter.window(Subject(label=name))
        with collection_off(), open_window(window):
            units = self.plan.do(name, loops)
        window.count(units, self.plan.unit)
        return Made(window, units)

    def learn_rest(self) -> None:
        """Find out what the machine draws at rest, before anything runs; what falls, it awaits."""
        looks: list[float] = []
        begin_ns = self.clock_ns()
        while self._is_within(begin_ns) and (
            len(looks) < _LOOKS or looks[-1] < _FALLING * looks[-2]
        ):
            power_w = self._look_w()
            if power_w is None:
                return
            looks.append(power_w)
        if looks:
            self.band_w = _ABOVE * max(looks[-_LOOKS:])

    def rest(self) -> float:
        """Rest until the power is back in its band; return for how long, in seconds.

        Where it does not come back in time, what is drawn then is the band from now on.
        """
        begin_ns = self.clock_ns()
        looks: list[float] = []
        while self.band_w is not None and self._is_within(begin_ns):
            power_w = self._look_w()
            if power_w is None or power_w <= self.band_w:
                return (self.clock_ns() - begin_ns) * 1e-9
            looks.append(power_w)
        if looks:
            self.band_w = _ABOVE * fmean(looks[-_LOOKS:])
        return (self.clock_ns() - begin_ns) * 1e-9

    def _is_within(self, begin_ns: int) -> bool:
        """Whether a rest that began then may go on."""
        return (self.clock_ns() - begin_ns) * 1e-9 < self.plan.rest_s

    def _look_w(self) -> float | None:
        """Return the machine's power while nothing runs, in W."""
        coarsest_s = max((domain.resolution_s for domain in self.domains), default=0.0)
        window = self.meter.window()
        with open_window(window):
            self.sleep(max(_LOOK_S, _REFRESHES * coarsest_s))
        return window.provisional_report.mean_power_w


def shortest_run_s(domains: Iterable[Domain]) -> float:
    """Return how long a run is at least, for the coarsest of the sensors, in seconds.

    1 s on RAPL and by a model, 2 s on a counter of slow refreshes as NVML's, 5 s where power is
    integrated.
    """
    return max(map(_shortest_s, domains), default=0.0)


def _shortest_s(domain: Domain) -> float:
    if domain.provenance is Provenance.POWER:
        return 5.0
    is_slow = domain.provenance is Provenance.COUNTER and domain.resolution_s > _QUICK_S
    return 2.0 if is_slow else 1.0
