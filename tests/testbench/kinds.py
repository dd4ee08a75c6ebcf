"""Random windows of many kinds, by name: generated and recorded power, real refresh intervals.

Each is measured in virtual time by the real reader and its edge polling, and has its truth
from the power curve.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from . import power
from .power import BOARDS, Windows
from .refreshing import MEASURED, refreshes_s
from .virtual import RAPL, Counter, Power, Together
from .windows import (
    NOW,
    SENSORS,
    MeasuredWindow,
    Sensor,
    Watch,
    generated,
    measured,
    measured_window,
)

Kind = Callable[..., MeasuredWindow]
"""Draws one window. Takes what is watched besides the windows as `watch`."""
Draw = Callable[[random.Random], tuple[Power, Windows]]

QUICK_S = 0.01
SLOW_S = 0.1
"""The shortest windows of RAPL, and of NVML."""
REPORTS_LATE_S = (0.06, 0.115)
"""How late power reported each 100 ms is: Yang et al., SC'24, after their recordings."""
GAINS = (0.57, 0.7, 1.25, 1.56)
"""What reported power and the counter differ by, on boards of Yang et al. and of others."""

NVML_100 = SENSORS["nvml"]
NVML_20 = SENSORS["nvml of 20 ms"]
AVERAGED = SENSORS["nvml, averaged"]
BY_BOARD = {
    "3090": [replace(NVML_100, power_windows_s=(0.1,)), AVERAGED],
    "a100": [replace(NVML_100, power_windows_s=(0.025,))],
}
RAPL_INTERVALS = ("exact 1 ms", *MEASURED)


def counter_of(
    rng: random.Random, sensor: Sensor, curve: Power, *, intervals: str = "exact 1 ms"
) -> Counter:
    """Return a counter of random phase, and of a period near its nominal one."""
    domain = sensor.domain
    quick = domain is RAPL
    period_s = domain.resolution_s * (1.0 if quick else rng.uniform(0.98, 1.015))
    times_s: Sequence[float] = () if intervals not in MEASURED else refreshes_s(intervals)
    late_s = rng.uniform(*REPORTS_LATE_S) if domain.resolution_s >= 0.1 else 0.0
    return Counter(
        domain,
        curve,
        period_s,
        phase_s=-rng.random() * (times_s[-1] if times_s else period_s),
        power_window_s=rng.choice(sensor.power_windows_s),
        power_gain=rng.gauss(1, 0.03),
        now_s=1.0,
        refreshes_s=times_s,
        power_lag_s=late_s,
    )


def _kind(draw: Draw, sensors: Sequence[Sensor], own: int = 0, intervals: str = "") -> Kind:
    def measure(rng: random.Random, watch: Watch = NOW) -> MeasuredWindow:
        curve, windows = draw(rng)
        counter = counter_of(rng, rng.choice(sensors), curve, intervals=intervals)
        return measured(rng, counter, windows, own, watch)

    return measure


def _recorded(board: str, shortest_s: float, cell_s: float) -> dict[str, tuple[Draw, int]]:
    """Return what is done with one board's recordings, and which window is the measured one."""
    return {
        "cell beside idle": (lambda rng: power.beside_idle(rng, _board(rng, board), cell_s), 0),
        "random phase in plateau": (
            lambda rng: power.random_phase(rng, power.plateau(_board(rng, board)), shortest_s),
            0,
        ),
        "random phase in bursts": (
            lambda rng: power.random_phase(rng, power.bursts(_board(rng, board)), shortest_s),
            0,
        ),
        "bursts back to back": (lambda rng: power.back_to_back(rng, _board(rng, board)), 1),
        "bursts cut into cells": (lambda rng: power.bursts_cut(rng, _board(rng, board)), 1),
        "unmetered bursts beside": (lambda rng: power.bursts_beside(rng, _board(rng, board)), 0),
    }


def _board(rng: random.Random, board: str) -> str:
    return board or rng.choice(BOARDS)


def _load_alone(rng: random.Random, shortest_s: float) -> tuple[Power, Windows]:
    begin_s = 6 + rng.random()
    end_s = begin_s + power.log_uniform(rng, shortest_s, 3.0)
    return power.background(rng, end_s + 10), [(begin_s, end_s)]


def load_under_work(rng: random.Random, shortest_s: float) -> tuple[Power, Windows]:
    """Return a window of generated work while another program draws what it likes."""
    windows, curve = generated(rng, 6 + rng.random(), shortest_s, 3.0, in_a_row=0.0)
    return Together([curve, power.background(rng, windows[-1][1] + 10)]), windows


def _dynamics(rng: random.Random) -> float:
    """Return how long one recorded ms lasts, so that bursts have periods of 20 to 300 ms."""
    return power.log_uniform(rng, 0.02, 0.3) / 0.102 * power.STEP_S


def _on_generated_power() -> Iterator[tuple[str, Kind]]:
    for name, sensor in (("rapl", SENSORS["rapl"]), ("100 ms", NVML_100), ("20 ms", NVML_20)):
        yield f"{name}, generated", functools.partial(_generated, sensor=sensor)
    yield (
        "rapl as Ice Lake-SP, generated",
        functools.partial(_generated, sensor=SENSORS["rapl"], intervals="Ice Lake-SP"),
    )
    for name, sensor in (("instant", NVML_100), ("average", AVERAGED)):
        for factors in (GAINS[:2], GAINS[2:]):
            yield (
                f"100 ms, {name} power × {factors[0]} or {factors[1]}",
                functools.partial(_generated, sensor=sensor, lengths_s=(0.4, 1.2), factors=factors),
            )


def _on_recorded_gpus() -> Iterator[tuple[str, Kind]]:
    for board in BOARDS:
        for name, sensors in (("100 ms", BY_BOARD[board]), ("20 ms", [NVML_20])):
            for what, (draw, own) in _recorded(board, SLOW_S, 0.3).items():
                yield f"{name}, {board}, {what}", _kind(draw, sensors, own)
    for intervals in RAPL_INTERVALS:
        name = "rapl" if intervals not in MEASURED else f"rapl as {intervals}"
        for what, (draw, own) in _recorded("", QUICK_S, 0.03).items():
            yield f"{name}, {what}", _kind(draw, [SENSORS["rapl"]], own, intervals)


def _on_load_and_dynamics() -> Iterator[tuple[str, Kind]]:
    rapl = [SENSORS["rapl"]]
    for name, sensors, shortest_s, intervals in (
        ("100 ms", [NVML_100, AVERAGED], SLOW_S, ""),
        ("20 ms", [NVML_20], 0.05, ""),
        ("rapl", rapl, QUICK_S, ""),
        ("rapl as Ice Lake-SP", rapl, QUICK_S, "Ice Lake-SP"),
    ):
        for what, load in (
            ("background load", _load_alone),
            ("work over background load", load_under_work),
        ):
            draw = functools.partial(load, shortest_s=shortest_s)
            yield f"{name}, {what}", _kind(draw, sensors, 0, intervals)
        for what, shape, own in (
            ("bursts of 20–300 ms beside idle", power.beside_idle_bursts, 0),
            ("bursts of 20–300 ms back to back", power.back_to_back, 1),
            ("bursts of 20–300 ms, unmetered beside", power.bursts_beside, 0),
        ):
            draw = functools.partial(_scaled, shape=shape)
            yield f"{name}, {what}", _kind(draw, sensors, own, intervals)


def _scaled(
    rng: random.Random, shape: Callable[..., tuple[Power, Windows]]
) -> tuple[Power, Windows]:
    return shape(rng, rng.choice(BOARDS), _dynamics(rng))


def _generated(
    rng: random.Random,
    watch: Watch = NOW,
    *,
    sensor: Sensor,
    lengths_s: tuple[float, float] = (1e-3, 10.0),
    factors: Sequence[float] = (),
    intervals: str = "",
) -> MeasuredWindow:
    if intervals:
        windows, curve = generated(rng, 6 + rng.random(), *lengths_s)
        counter = counter_of(rng, sensor, curve, intervals=intervals)
        return measured(rng, counter, windows, len(windows) // 2, watch)
    return measured_window(
        rng,
        sensor,
        lengths_s=lengths_s,
        power_gain=rng.choice(factors) if factors else None,
        watch=watch,
    )


KINDS: dict[str, Kind] = dict(
    [*_on_generated_power(), *_on_recorded_gpus(), *_on_load_and_dynamics()]
)
