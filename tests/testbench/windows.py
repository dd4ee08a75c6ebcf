"""Random windows measured in virtual time: what was read around each, and its true energy."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from jupyter_green.estimator.energy import nominal_period
from jupyter_green.estimator.quantity import Interval
from jupyter_green.estimator.refreshes import Period, observed_period
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sampler.rate import REST_INTERVAL_S
from jupyter_green.sources.base import Domain

from .virtual import NVML, RAPL, Counter, Curve, VirtualSampler, ticks

NOISE = 0.03


def steps(begin_s: float, end_s: float, step_s: float) -> list[float]:
    """Return the times from a begin on that are earlier than an end."""
    return [begin_s + n * step_s for n in range(max(0, math.ceil((end_s - begin_s) / step_s)))]


@dataclass(frozen=True)
class MeasuredWindow:
    """One window: what a meter knows of it, and the truth."""

    domain: Domain
    readings: Sequence[DomainSample]
    interval: Interval
    others: Sequence[Interval]
    period: Period
    truth_j: float
    alone: bool
    refreshed_each_s: float
    """The mean time between the counter's refreshes, which no meter is told."""

    @property
    def duration_s(self) -> float:
        """How long it was."""
        return self.interval.duration_s


def work(
    rng: random.Random, begin_s: float, end_s: float, idle_w: float, full_w: float
) -> list[tuple[float, float]]:
    """Return the power of one cell: steady, steps, a ramp or bursts, within its window.

    The body of a cell begins a little after the window and ends a little before it.
    """
    slack_s = min(0.0003, 0.1 * (end_s - begin_s))
    first_s, last_s = begin_s + rng.uniform(0, slack_s), end_s - rng.uniform(0, slack_s)
    kind = rng.choice(("steady", "steps", "ramp", "bursts"))
    if kind == "steady":
        body = [(first_s, full_w), (last_s, full_w)]
    elif kind == "steps":
        cuts = sorted(rng.uniform(first_s, last_s) for _ in range(rng.randint(1, 4)))
        body = []
        for a, b in zip([first_s, *cuts], [*cuts, last_s], strict=True):
            power_w = rng.uniform(idle_w, full_w)
            body += [(a, power_w), (b, power_w)]
    elif kind == "ramp":
        body = [(t_s, rng.uniform(idle_w, full_w)) for t_s in (first_s, last_s)]
    else:
        period_s, duty, body, t_s = (
            rng.choice((0.02, 0.05, 0.15, 0.5)),
            rng.uniform(0.2, 0.8),
            [],
            first_s,
        )
        while t_s < last_s:
            until_s, next_s = min(t_s + duty * period_s, last_s), min(t_s + period_s, last_s)
            low_w = 1.5 * idle_w
            body += [(t_s, full_w), (until_s, full_w), (until_s, low_w), (next_s, low_w)]
            t_s = next_s
    return [(first_s, idle_w), *body, (last_s, idle_w)]


def noisy(rng: random.Random, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Strew 3 % over a curve, anew each 10 to 25 ms."""
    found = []
    for (a_s, a_w), (b_s, b_w) in itertools.pairwise(points):
        found.append((a_s, a_w))
        count = min(200, int((b_s - a_s) / 0.01))
        for k in range(1, count):
            share = k / count
            level_w = a_w + (b_w - a_w) * share
            found.append((a_s + (b_s - a_s) * share, level_w * (1 + rng.gauss(0, NOISE))))
    return [*found, points[-1]]


@dataclass(frozen=True)
class Sensor:
    """A counter, and over which times the power that it reports beside it is averaged."""

    domain: Domain
    power_windows_s: tuple[float | None, ...]


# Yang et al., SC'24, arXiv 2312.02741; the last is nvmlDeviceGetPowerUsage since Ampere.
SENSORS = {
    "rapl": Sensor(RAPL, (None,)),
    "nvml": Sensor(NVML, (0.025, 0.1)),
    "nvml of 20 ms": Sensor(replace(NVML, resolution_s=0.02), (0.01,)),
    "nvml, averaged": Sensor(replace(NVML, power_kind="average"), (1.0,)),
}


@dataclass(frozen=True)
class Watch:
    """What is read besides the windows themselves."""

    settled_s: float = 0.25
    """How long after its window a figure is taken."""
    before_s: Sequence[float] = (-4.0, -3.3, -2.6)
    """Earlier marks, from the window's begin on."""
    after_s: Sequence[float] = ()
    """Later marks, from its end on."""


NOW = Watch()


def measured_window(
    rng: random.Random,
    sensor: Sensor,
    *,
    lengths_s: tuple[float, float] = (1e-3, 10.0),
    power_gain: float | None = None,
    watch: Watch | None = None,
) -> MeasuredWindow:
    """Measure one window of generated work, a third of them between two others."""
    domain = sensor.domain
    quick = domain is RAPL
    period_s = domain.resolution_s * rng.uniform(0.98, 1.02 if quick else 1.015)
    begin_s = 5 + rng.random()
    windows, curve = generated(rng, begin_s, *lengths_s)
    counter = Counter(
        domain,
        curve,
        period_s,
        phase_s=rng.random() * period_s,
        power_window_s=rng.choice(sensor.power_windows_s),
        power_gain=rng.gauss(1, 0.02) if power_gain is None else power_gain,
        now_s=1.0,
    )
    if watch is None:  # after three windows long ago
        watch = Watch(before_s=[t_s - begin_s for t_s in (1.5, 2.0, 2.8)])
    return measured(rng, counter, windows, len(windows) // 2, watch)


def generated(
    rng: random.Random,
    begin_s: float,
    shortest_s: float,
    longest_s: float,
    in_a_row: float = 1 / 3,
) -> tuple[list[tuple[float, float]], Curve]:
    """Draw one window, or three in a row, and the power of work within them."""
    idle_w, full_w = rng.uniform(10, 60), rng.uniform(80, 500)
    end_s = begin_s + 10 ** rng.uniform(math.log10(shortest_s), math.log10(longest_s))
    windows = [(begin_s, end_s)]
    if rng.random() <= in_a_row:
        before_s = begin_s - rng.uniform(0.003, 0.02)
        after_s = end_s + rng.uniform(0.003, 0.02)
        windows = [
            (before_s - 10 ** rng.uniform(-2, 0.5), before_s),
            *windows,
            (after_s, after_s + 10 ** rng.uniform(-2, 0.5)),
        ]
    curve = [(0.0, idle_w)]
    for a_s, b_s in windows:
        curve += work(rng, a_s, b_s, idle_w, full_w)
    return windows, Curve(noisy(rng, [*curve, (windows[-1][1] + 20, idle_w)]))


def measured(
    rng: random.Random,
    counter: Counter,
    windows: Sequence[tuple[float, float]],
    own: int,
    watch: Watch = NOW,
) -> MeasuredWindow:
    """Measure one of some windows, with what the meter reads around each of them."""
    begin_s, end_s = windows[own]
    settled_s = end_s + watch.settled_s
    sampler = VirtualSampler(counter, rng)
    actions = [(begin_s + t_s, sampler.mark) for t_s in watch.before_s]
    actions += [(end_s + t_s, sampler.mark) for t_s in watch.after_s]
    if watch.before_s:  # a session that is in use
        rests_s = begin_s + max(watch.before_s) + REST_INTERVAL_S, windows[0][0] - 0.01
        actions += [(t_s, sampler.take) for t_s in steps(*rests_s, REST_INTERVAL_S)]
    for a_s, b_s in windows:
        actions += [(a_s - rng.uniform(0.001, 0.005), sampler.mark), (a_s + 0.0001, sampler.mark)]
        actions += [(b_s + 0.0001, sampler.mark)]
        actions += [(t_s, sampler.take) for t_s in ticks(a_s, b_s)]
    sampler.run([(t_s, act) for t_s, act in actions if t_s < settled_s])
    readings = [r for r in sampler.readings if r.t_ns * 1e-9 < settled_s]
    others = [
        Interval(round(a * 1e9), round(b * 1e9) if b < settled_s else None)
        for i, (a, b) in enumerate(windows)
        if a < settled_s and i != own
    ]
    nominal = nominal_period(counter.domain)
    interval = Interval(round(begin_s * 1e9), round(end_s * 1e9))
    truth_j = counter.curve.energy_j(end_s) - counter.curve.energy_j(begin_s)
    period = observed_period(readings, nominal, nominal)
    return MeasuredWindow(
        counter.domain,
        readings,
        interval,
        others,
        period,
        truth_j,
        alone=len(windows) == 1,
        refreshed_each_s=counter.period_s,
    )
