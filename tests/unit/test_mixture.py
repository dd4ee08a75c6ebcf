"""The interval of several assumptions, against the normal distribution and against sampling."""

import math
import random

import pytest

from jupyter_green.estimator.fit import Fit
from jupyter_green.estimator.mixture import interval

ANY = (-math.inf, math.inf)


def test_one_assumption_is_the_normal_distribution():
    mean, half = interval([Fit(10.0, 2.0, -7.0)], *ANY)
    assert mean == 10.0
    assert half == pytest.approx(1.96 * 2.0, rel=1e-3)


def test_weights_are_relative():
    a, b = (
        interval([Fit(1.0, 0.1, base), Fit(3.0, 0.2, base - 1.0)], *ANY) for base in (0.0, -900.0)
    )
    assert a == pytest.approx(b)


def test_an_unlikely_assumption_does_not_widen_the_interval():
    """One in a hundred is less than what the interval leaves out."""
    likely, wild = Fit(5.0, 0.1, math.log(0.99)), Fit(5.0, 50.0, math.log(0.01))
    _, half = interval([likely, wild], *ANY)
    assert half < 0.3  # 1.96 standard deviations of both together would be 10


def test_an_assumption_as_likely_as_what_is_left_out_does():
    calm, wild = Fit(5.0, 0.1, math.log(0.8)), Fit(5.0, 50.0, math.log(0.2))
    _, half = interval([calm, wild], *ANY)
    assert half > 50.0


@pytest.mark.parametrize("seed", range(20))
def test_it_holds_as_many_of_the_possible_values_as_it_says(seed):
    rng = random.Random(seed)
    parts = [Fit(rng.uniform(0, 10), rng.uniform(0.1, 4), rng.uniform(-2, 0)) for _ in range(4)]
    least, most = 1.0, rng.choice([8.0, math.inf])
    mean, half = interval(parts, least, most)
    weights = [math.exp(p.log_likelihood) for p in parts]
    drawn = (rng.gauss(p.energy_j, p.sd_j) for p in rng.choices(parts, weights, k=40_000))
    possible = [value for value in drawn if least <= value <= most]
    inside = sum(abs(value - mean) <= half for value in possible) / len(possible)
    assert inside == pytest.approx(0.95, abs=0.006)


def test_it_stays_within_what_is_possible():
    mean, half = interval([Fit(-3.0, 1.0, 0.0)], 0.0, 5.0)
    assert mean == 0.0
    assert 0.0 < half <= 5.0
    mean, half = interval([Fit(-1e9, 1.0, 0.0)], 0.0, 5.0)
    assert (mean, half) == (0.0, 5.0)  # nothing agrees with what is possible: all of it is


def test_what_is_exactly_known_has_no_width():
    mean, half = interval([Fit(2.0, 0.0, 0.0)], 0.0, 5.0)
    assert mean == 2.0
    assert half < 1e-6
