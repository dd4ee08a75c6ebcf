"""Hardware and a sampler in virtual time: thousands of windows in seconds, no waiting.

The reader, its edge polling and the accumulators are the real ones; only the clock, the
counter and the thread that would run the reader are simulated.
"""

from __future__ import annotations

import bisect
import itertools
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sampler.reader import Reader
from jupyter_green.sources.base import Domain, Provenance, Reading, Source


class Power(Protocol):
    """Power over time of which the joules are known exactly."""

    def energy_j(self, t_s: float) -> float:
        """Joules from some fixed time on."""


class Curve:
    """Power over time as a polygon; exact joules between any two times."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self._t_s = [t for t, _ in points]
        self._power_w = [p for _, p in points]
        self._energy_j = [0.0]
        for (t0, p0), (t1, p1) in itertools.pairwise(points):
            self._energy_j.append(self._energy_j[-1] + (p0 + p1) / 2 * (t1 - t0))

    def energy_j(self, t_s: float) -> float:
        """Joules since the curve began."""
        i = min(max(bisect.bisect_right(self._t_s, t_s) - 1, 0), len(self._t_s) - 2)
        t0, t1 = self._t_s[i], self._t_s[i + 1]
        p0, p1 = self._power_w[i], self._power_w[i + 1]
        dt = t_s - t0
        slope = (p1 - p0) / (t1 - t0) if t1 > t0 and t0 <= t_s <= t1 else 0.0
        level = p0 if t_s <= t1 else p1
        if t_s > t1:
            return self._energy_j[i + 1] + level * (t_s - t1)
        return self._energy_j[i] + p0 * dt + slope * dt * dt / 2


class Levels:
    """Power that is known as its mean in each of many steps of one length; at rest outside."""

    def __init__(self, levels_w: Sequence[float], step_s: float, begin_s: float = 0.0) -> None:
        self._levels_w, self._step_s, self._begin_s = levels_w, step_s, begin_s
        self._energy_j = [0.0, *itertools.accumulate(p * step_s for p in levels_w)]

    def energy_j(self, t_s: float) -> float:
        """Joules since the first step."""
        steps = (t_s - self._begin_s) / self._step_s
        i = min(max(int(steps), 0), len(self._levels_w) - 1)
        return self._energy_j[i] + (steps - i) * self._step_s * self._levels_w[i]


@dataclass(frozen=True)
class Together:
    """What several draw from one sensor."""

    parts: Sequence[Power]

    def energy_j(self, t_s: float) -> float:
        """Joules of all."""
        return sum(part.energy_j(t_s) for part in self.parts)


@dataclass
class Counter(Source):
    """One counter that is refreshed periodically, on a clock that reading it moves on.

    With `refreshes_s`, it is refreshed at these times after `phase_s` instead, which are
    then repeated. Reported power is `power_lag_s` late.
    """

    domain: Domain
    curve: Power
    period_s: float
    phase_s: float
    power_window_s: float | None = None
    power_gain: float = 1.0
    read_s: float = 5e-6
    now_s: float = 0.0
    name: str = "virtual"
    refreshes_s: Sequence[float] = ()
    """In order, from 0 on. The last one is the first one's repetition."""
    power_lag_s: float = 0.0

    @property
    def domains(self) -> Sequence[Domain]:
        return [self.domain]

    def refreshed_s(self) -> float:
        if self.refreshes_s:
            turns, rest_s = divmod(self.now_s - self.phase_s, self.refreshes_s[-1])
            at = bisect.bisect_right(self.refreshes_s, rest_s) - 1
            return self.phase_s + turns * self.refreshes_s[-1] + self.refreshes_s[at]
        return (
            self.phase_s + math.floor((self.now_s - self.phase_s) / self.period_s) * self.period_s
        )

    def read(self, index: int) -> Reading:
        reading = self.poll(index)
        power_w = None
        if self.power_window_s:
            t_s = self.refreshed_s() - self.power_lag_s
            before_s = t_s - self.power_window_s
            joules = self.curve.energy_j(t_s) - self.curve.energy_j(before_s)
            power_w = self.power_gain * joules / self.power_window_s
        return Reading(reading.t_ns, reading.counter, power_w)

    def poll(self, index: int) -> Reading:
        before_s = self.now_s
        counter = int(self.curve.energy_j(self.refreshed_s()) / self.domain.unit_j)
        self.now_s += self.read_s
        return Reading(round((before_s + self.now_s) / 2 * 1e9), counter)

    def clock_ns(self) -> int:
        return round(self.now_s * 1e9)


@dataclass
class VirtualSampler:
    """Drives a reader as the sampler's threads would, each a little late."""

    counter: Counter
    rng: random.Random
    stalls: float = 0.01
    """How often the thread comes some ms late."""
    readings: list[DomainSample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = Reader(self.counter, self.counter.clock_ns)

    def run(self, actions: Sequence[tuple[float, Callable[[], None]]]) -> None:
        """Do each action at its time, and the polls that are due between."""
        waiting = sorted(actions, key=lambda action: action[0])
        while waiting or self.reader.due_s is not None:
            due_s = self.reader.due_s
            if due_s is not None and (not waiting or due_s < waiting[0][0]):
                self._at(due_s)
                for poll in self.reader.poll():
                    self.readings.append(DomainSample(poll.t_ns, poll.energy_j, None, poll.counter))
            else:
                t_s, act = waiting.pop(0)
                self._at(t_s)
                act()
        self.readings.sort(key=lambda reading: reading.t_ns)

    def mark(self) -> None:
        """Read, and watch for the next refreshes."""
        self.take()
        self.reader.poll_edges()

    def take(self) -> None:
        """Read."""
        (entry,) = self.reader.take().entries
        assert isinstance(entry, DomainSample)
        self.readings.append(entry)

    def _at(self, t_s: float) -> None:
        late_s = self.rng.expovariate(1 / 0.00001) + 0.00002
        if self.rng.random() < self.stalls:
            late_s += self.rng.uniform(0.0005, 0.005)
        self.counter.now_s = max(self.counter.now_s, t_s + late_s)


def ticks(begin_s: float, end_s: float, interval_s: float = 0.1) -> list[float]:
    """Return when the sampler reads within a window."""
    times = []
    t_s = begin_s
    while True:
        t_s += 0.02 if t_s < begin_s + 1 else interval_s
        if t_s >= end_s:
            return times
        times.append(t_s)


RAPL = Domain(
    "cpu:0/package", "virtual", "virtual", Provenance.COUNTER, 0.001, power_limit_w=1000.0
)
NVML = Domain(
    "gpu:0",
    "virtual",
    "virtual",
    Provenance.COUNTER,
    0.1,
    unit_j=1e-3,
    power_limit_w=2000.0,
    power_kind="instant",
)
