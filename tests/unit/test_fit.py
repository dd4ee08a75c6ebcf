"""The fitted energy against arithmetic, and against plain Gaussian conditioning."""

import itertools
import math
import random

import numpy as np
import pytest

from jupyter_green.estimator.fit import (
    Begin,
    Drift,
    Edge,
    End,
    EnergySeen,
    PowerSeen,
    energy_between,
)

UNKNOWN = PowerSeen(0.0, 100.0, 200.0)


def exact(times_s, energy_j):
    return [EnergySeen(t, energy_j(t), 0.0) for t in times_s]


@pytest.mark.parametrize("window", [(0.13, 0.47), (0.2, 0.3), (0.11, 0.12), (0.02, 0.78)])
def test_constant_power_with_exact_times_is_exact(window):
    t0, t1 = window
    seen = exact([k / 10 for k in range(9)], lambda t: 5.0 + 42.0 * t)
    events = [*seen, Begin(t0, 1e-6, 0.0), End(t1, 1e-6, 0.0)]
    energy_j, sd_j, _ = energy_between(events, UNKNOWN, 0.0)
    assert energy_j == pytest.approx(42.0 * (t1 - t0), rel=1e-6)
    assert sd_j < 1e-4


def test_edges_at_refreshes_take_the_difference_whatever_the_power_does():
    seen = [EnergySeen(t, e, 0.0) for t, e in ((0.0, 0.0), (0.1, 7.0), (0.2, 9.0), (0.3, 90.0))]
    events = [*seen, Begin(0.1, 500.0, 1e4), End(0.2, 500.0, 1e4)]
    energy_j, sd_j, _ = energy_between(events, UNKNOWN, 1e4)
    assert energy_j == pytest.approx(2.0, abs=1e-4)
    assert sd_j < 1e-3


def test_an_idle_neighbour_gives_the_difference_of_refreshes_less_what_it_used():
    # Idle 20 W, exactly known, outside of 0.13 s to 0.37 s; inside, anything.
    before_j, after_j = 3.0, 60.0
    events = [
        EnergySeen(0.0, before_j - 2.0, 0.0),
        EnergySeen(0.1, before_j, 0.0),
        EnergySeen(0.2, 17.0, 0.0),
        EnergySeen(0.4, after_j, 0.0),
        EnergySeen(0.5, after_j + 2.0, 0.0),
        Begin(0.13, 1000.0, 1e6),
        End(0.37, 1e-6, 0.0, level_w=20.0),
    ]
    energy_j, *_ = energy_between(events, PowerSeen(0.0, 20.0, 1e-6), 0.0)
    assert energy_j == pytest.approx(after_j - before_j - 20.0 * 0.03 - 20.0 * 0.03, abs=1e-3)


@pytest.mark.parametrize("seed", range(20))
def test_it_does_not_matter_in_which_direction_time_runs(seed):
    """Mirrored, with a flat beginning and the same power before and after."""
    rng = random.Random(seed)
    t0, t1, length = 0.17 + rng.uniform(0, 0.1), 0.43 + rng.uniform(0, 0.1), 0.8
    times = [0.0, 0.1, 0.2, 0.3, 0.5, 0.6, length]
    steps = [rng.uniform(1, 30) for _ in times]
    energies = list(itertools.accumulate(steps))
    jump_w, diffusion, flat = 80.0, 400.0, PowerSeen(0.0, 0.0, 1e5)
    there = [EnergySeen(t, e, 0.05) for t, e in zip(times, energies, strict=True)]
    back = [
        EnergySeen(length - t, energies[-1] - e, 0.05) for t, e in zip(times, energies, strict=True)
    ]
    forward = energy_between(
        [*there, Begin(t0, jump_w, diffusion), End(t1, jump_w, diffusion)], flat, diffusion
    )
    mirrored = [Begin(length - t1, jump_w, diffusion), End(length - t0, jump_w, diffusion)]
    backward = energy_between([*back, *mirrored], flat, diffusion)
    assert forward[:2] == pytest.approx(backward[:2], rel=1e-3)


def test_the_farther_the_refresh_the_wider_the_interval():
    widths = []
    for gap_s in (0.001, 0.005, 0.01, 0.02, 0.04):
        times = [0.0, 0.1, 0.2 - gap_s, 0.3 - gap_s, 0.4, 0.5]
        events = [*exact(times, lambda t: 50.0 * t), Begin(0.2, 100.0, 100.0), End(0.4, 100.0, 1.0)]
        widths.append(energy_between(events, UNKNOWN, 1.0)[1])
    assert widths == sorted(widths)
    assert widths[-1] > 5 * widths[0]


def test_work_that_begins_late_is_not_carried_back_to_the_edge():
    """Its power says little of what was used right at the edge, the idle power before does."""
    # 20 W, from 5 ms after the window's begin 100 W.
    seen = [EnergySeen(t, e, 0.0) for t, e in ((0.0, 0.0), (0.1, 5.6), (0.2, 15.6), (0.3, 25.6))]
    idle, end = PowerSeen(0.0, 20.0, 2.0), End(0.3, 1.0, 1.0)
    prompt = energy_between([*seen, Begin(0.05, 200.0, 1.0), end], idle, 1.0)
    late = energy_between([*seen, Begin(0.05, 200.0, 1.0, slack_j=1.0), end], idle, 1.0)
    assert prompt.energy_j == pytest.approx(25.0, abs=0.01)
    assert late.energy_j == pytest.approx(24.6, abs=0.01)
    assert late.sd_j > 5 * prompt.sd_j


def test_the_better_the_times_the_narrower_the_interval():
    widths = []
    for sd_j in (0.0, 0.1, 0.3, 1.0):
        seen = [EnergySeen(t / 10, 5.0 * t, sd_j) for t in range(6)]
        events = [*seen, Begin(0.22, 100.0, 100.0), End(0.38, 100.0, 1.0)]
        widths.append(energy_between(events, UNKNOWN, 1.0)[1])
    assert widths == sorted(widths)


def test_powers_of_nothing_that_are_exactly_known_divide_by_nothing():
    nothing = PowerSeen(0.0, 0.0, 0.0)
    seen = [EnergySeen(t / 10, 1.0, 0.0) for t in range(5)]
    events = [*seen, PowerSeen(0.05, 0.0, 0.0), Begin(0.15, 0.0, 0.0), End(0.25, 0.0, 0.0)]
    energy_j, sd_j, _ = energy_between(events, nothing, 0.0)
    assert (energy_j, sd_j) == (pytest.approx(0.0), pytest.approx(0.0))


# --- by conditioning one large Gaussian -----------------------------------------------------


def block_diagonal(blocks, size):
    """Return a square matrix with `blocks` along its diagonal, and zeros behind them."""
    matrix = np.zeros((size, size))
    at = 0
    for block in blocks:
        matrix[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return matrix


def conditioned(events, power, diffusion):
    """The same model as one joint Gaussian of every power and energy, conditioned at once.

    Unknowns are the independent contributions (first power, each stretch's noise in
    power and energy, each jump, each measurement's error, the counter's base), which
    everything else is linear in. The base has a flat prior: all energies are taken
    relative to the first one that is seen.
    """
    ordered = sorted(events, key=lambda event: event.t_s)
    blocks: list[np.ndarray] = []

    def unknowns(covariance):
        first = sum(len(b) for b in blocks)
        blocks.append(np.atleast_2d(covariance))
        return [first + i for i in range(len(blocks[-1]))]

    size = 1 + 5 * len(ordered)

    (first,) = unknowns(power.sd_w**2)
    p_row, p_mean = np.zeros(size), power.power_w
    p_row[first] = 1.0
    e_row, e_mean = np.zeros(size), 0.0
    kept = {}
    seen_energy, rows, values = None, [], []
    now_s = ordered[0].t_s
    for event in ordered:
        dt = event.t_s - now_s
        now_s = event.t_s
        if dt > 0:
            noise = diffusion * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
            i, j = unknowns(noise)
            e_row, e_mean = e_row + dt * p_row, e_mean + dt * p_mean
            e_row[i] += 1.0
            p_row = p_row.copy()
            p_row[j] += 1.0
        if isinstance(event, EnergySeen):
            (i,) = unknowns(event.sd_j**2 + 1e-12)
            row = e_row.copy()
            row[i] += 1.0
            if seen_energy is None:
                seen_energy = (row, e_mean, event.energy_j)
            else:
                rows.append((row - seen_energy[0], e_mean - seen_energy[1]))
                values.append(event.energy_j - seen_energy[2])
        elif isinstance(event, PowerSeen):
            (i,) = unknowns(event.sd_w**2 + 1e-12)
            row = p_row.copy()
            row[i] += 1.0
            rows.append((row, p_mean))
            values.append(event.power_w)
        elif isinstance(event, Drift):
            diffusion = event.diffusion
        else:
            kept[Begin, type(event)] = (e_row, e_mean)
            (i,) = unknowns(event.slack_j**2)
            e_row = e_row.copy()
            e_row[i] = 1.0
            kept[End, type(event)] = (e_row, e_mean)
            (i,) = unknowns(event.jump_w**2)
            p_row = p_row.copy()
            if event.level_w is not None:
                p_row[:], p_mean = 0.0, event.level_w
            p_row[i] += 1.0
            diffusion = event.diffusion
    covariance = block_diagonal(blocks, size)
    (begin, begin_mean), (end, end_mean) = kept[Begin, Begin], kept[End, End]
    asked, asked_mean = end - begin, end_mean - begin_mean
    matrix = np.array([row for row, _ in rows])
    surprise = np.array(values) - np.array([mean for _, mean in rows])
    expected = matrix @ covariance @ matrix.T
    gain = asked @ covariance @ matrix.T @ np.linalg.inv(expected)
    mean = asked_mean + gain @ surprise
    variance = asked @ covariance @ asked - gain @ matrix @ covariance @ asked
    log_likelihood = (
        -(np.linalg.slogdet(expected)[1] + surprise @ np.linalg.solve(expected, surprise)) / 2
    )
    return float(mean), math.sqrt(max(0.0, float(variance))), float(log_likelihood)


def random_case(rng):
    """Return some refreshes, a window, other windows' edges, reported powers: in any order."""
    times = sorted(rng.uniform(0.0, 1.0) for _ in range(rng.randint(2, 9)))
    energies = itertools.accumulate(rng.uniform(0.5, 30.0) for _ in times)
    events = [
        EnergySeen(t, e, rng.choice([0.01, 0.3])) for t, e in zip(times, energies, strict=True)
    ]
    events += [
        PowerSeen(rng.uniform(-0.1, 1.0), rng.uniform(5, 90), rng.uniform(0.5, 20))
        for _ in range(rng.randint(0, 2))
    ]

    def described():
        level_w = rng.choice([None, rng.uniform(5, 90)])
        return rng.uniform(1, 100), rng.uniform(0, 500), level_w, rng.choice([0.0, 0.5])

    t0, t1 = sorted(rng.uniform(-0.05, 1.0) for _ in range(2))
    events += [Begin(t0, *described()), End(t1, *described())]
    events += [Edge(rng.uniform(0, 1.0), *described()) for _ in range(rng.randint(0, 2))]
    events += [Drift(rng.uniform(0, 1.0), rng.uniform(0, 500)) for _ in range(rng.randint(0, 2))]
    rng.shuffle(events)
    return events, PowerSeen(0.0, rng.uniform(5, 90), rng.uniform(1, 100)), rng.uniform(0, 500)


@pytest.mark.parametrize("seed", range(150))
def test_it_is_the_conditional_expectation_its_standard_deviation_and_likelihood(seed):
    case = random_case(random.Random(seed))
    assert energy_between(*case) == pytest.approx(conditioned(*case), rel=1e-5, abs=1e-5)
