"""How steady a cell was tells how sure it is what it used in a refresh that it shares."""

import itertools
import random
import statistics

import pytest

from jupyter_green.estimator.energy import energy_within, nominal_period
from jupyter_green.estimator.quantity import Interval
from jupyter_green.estimator.refreshes import observed_period
from tests.testbench.virtual import NVML, Counter, Curve, VirtualSampler, ticks

IDLE_W = 30.0
CELLS_S = ((5.0, 6.0), (6.01, 7.01), (7.02, 8.02))
"""Three cells, 10 ms apart: the counter is refreshed each 100 ms, so each edge is shared."""


def steady(rng, begin_s, end_s):
    level_w = rng.uniform(100, 300)
    return [(begin_s, level_w), (end_s, level_w)]


def bursts(rng, begin_s, end_s):
    """Return 20 to 400 ms of full power and as much of little, in turns."""
    found, t_s, powers_w = [], begin_s, itertools.cycle((300.0, 45.0))
    while t_s < end_s:
        until_s, power_w = min(end_s, t_s + rng.uniform(0.02, 0.4)), next(powers_w)
        found += [(t_s, power_w), (until_s, power_w)]
        t_s = until_s
    return found


def middle(rng, work, last=None):
    """Measure the second of three cells; return how far the figure is off, and its half-width."""
    points = [(0.0, IDLE_W)]
    for (begin_s, end_s), kind in zip(CELLS_S, (work, work, last or work), strict=True):
        points += [(begin_s, IDLE_W), *kind(rng, begin_s, end_s), (end_s, IDLE_W)]
    curve = Curve([*points, (30.0, IDLE_W)])
    counter = Counter(NVML, curve, 0.1, rng.uniform(0, 0.1), power_window_s=0.025, now_s=1.0)
    sampler = VirtualSampler(counter, rng)
    actions = [(t_s, sampler.mark) for cell_s in CELLS_S for t_s in cell_s]
    actions += [(t_s, sampler.take) for cell_s in CELLS_S for t_s in ticks(*cell_s)]
    sampler.run([(2.0, sampler.mark), (3.0, sampler.mark), *actions])
    begin_s, end_s = CELLS_S[1]
    others = [Interval(round(a * 1e9), round(b * 1e9)) for a, b in (CELLS_S[0], CELLS_S[2])]
    window = Interval(round(begin_s * 1e9), round(end_s * 1e9))
    nominal = nominal_period(NVML)
    period = observed_period(sampler.readings, nominal, nominal)
    found = energy_within(NVML, sampler.readings, window, others, period)
    error_j = found.energy_j - (curve.energy_j(end_s) - curve.energy_j(begin_s))
    return abs(error_j), found.uncertainty_j


def many(*work):
    rng = random.Random(4)
    return [middle(rng, *work) for _ in range(150)]


@pytest.fixture(scope="module")
def measured():
    return {
        "steady": many(steady),
        "bursts": many(bursts),
        "steady, then bursts": many(steady, bursts),
    }


def half_j(found):
    return statistics.median(half for _, half in found)


def test_calm_cells_are_told_apart_more_surely_than_cells_with_bursts(measured):
    assert half_j(measured["steady"]) < half_j(measured["bursts"]) / 5


def test_a_bursty_neighbour_makes_it_less_sure(measured):
    calmer, mixed, bursty = (
        half_j(measured[k]) for k in ("steady", "steady, then bursts", "bursts")
    )
    assert 1.1 * calmer < mixed < bursty


@pytest.mark.parametrize("kind", ["steady", "bursts", "steady, then bursts"])
def test_the_truth_lies_inside_either_way(measured, kind):
    """A burst that begins in a shared refresh, after only steady ones, cannot be foreseen."""
    found = measured[kind]
    assert sum(error <= half for error, half in found) >= 0.87 * len(found)
