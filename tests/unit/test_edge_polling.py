"""When a counter is polled after an edge: enough to see two refreshes, never more than that."""

import itertools
import math
import random

import pytest

from jupyter_green.sampler.edge_polling import (
    COARSE_STEPS,
    FINE_STEPS,
    LONGEST_S,
    QUICK_REFRESHES,
    SHORTEST_STEP_S,
    EdgePolling,
)

PERIODS_S = [0.001, 0.02, 0.1, 0.15, 0.2, 1.0]


def polled(polling, period_s, phase_s, now_s, late_s=lambda: 0.0):
    """Poll a counter of this period whenever it is due. Return the polls: when, and whether new."""

    def count(t_s):
        return math.floor((t_s - phase_s) / period_s) if period_s else 0

    polls, shown = [], count(now_s)
    while polling.due_s is not None:
        assert polling.due_s >= now_s
        now_s = polling.due_s + late_s()
        refreshed = count(now_s) != shown
        shown = count(now_s)
        polls.append((now_s, refreshed))
        polling.polled(now_s, refreshed=refreshed)
    return polls


def fine_s(period_s):
    return max(period_s / FINE_STEPS, SHORTEST_STEP_S)


def coarse_s(period_s):
    return max(period_s / COARSE_STEPS, SHORTEST_STEP_S)


@pytest.mark.parametrize("off", [0.985, 1.0, 1.015])
@pytest.mark.parametrize("phase", [0.0, 0.01, 0.3, 0.77, 0.999])
@pytest.mark.parametrize("last_s", [None, 4.9993])
def test_a_quick_counter_is_watched_for_three_refreshes_without_a_pause(off, phase, last_s):
    true_s = off * 0.001
    polls = polled(EdgePolling(0.001, 5.0, last_s), true_s, 5.0 - phase * true_s, 5.0)
    times = [5.0] + [t for t, _ in polls]
    assert sum(refreshed for _, refreshed in polls) == QUICK_REFRESHES
    assert polls[-1][1]
    assert all(b - a <= coarse_s(0.001) + 1e-9 for a, b in itertools.pairwise(times))


@pytest.mark.parametrize("period_s", [0.02, 0.1])
@pytest.mark.parametrize("off", [0.985, 1.0, 1.015])
@pytest.mark.parametrize("phase", [0.0, 0.01, 0.3, 0.77, 0.999])
def test_it_sees_two_refreshes_the_second_one_finely(period_s, off, phase):
    true_s = off * period_s
    polls = polled(EdgePolling(period_s, 5.0), true_s, 5.0 - phase * true_s, 5.0)
    seen = [at for at, (_, refreshed) in enumerate(polls) if refreshed]
    assert len(seen) == 2
    assert seen[1] == len(polls) - 1
    first, second = seen
    assert polls[first][0] - ([5.0] + [t for t, _ in polls])[first] <= coarse_s(period_s) + 1e-9
    assert polls[second][0] - polls[second - 1][0] <= fine_s(period_s) + 1e-9
    assert not polls[second - 1][1]  # so that it is known when the refresh had not come yet


@pytest.mark.parametrize("period_s", [0.02, 0.1])
@pytest.mark.parametrize("ago", [0.05, 0.5, 0.97, 1.02, 2.4, 3.9])
@pytest.mark.parametrize("off", [0.985, 1.0, 1.015])
def test_after_a_recent_refresh_both_are_seen_finely_with_few_polls(period_s, ago, off):
    true_s = off * period_s
    last_s = 5.0 - ago * true_s
    polls = polled(EdgePolling(period_s, 5.0, last_s), true_s, last_s, 5.0)
    seen = [at for at, (_, refreshed) in enumerate(polls) if refreshed]
    assert len(seen) == 2
    times = [5.0] + [t for t, _ in polls]
    for at in seen:
        assert times[at + 1] - times[at] <= fine_s(period_s) + 1e-9
    if ago + 0.1 < math.ceil(ago):  # the next one is not about due, so it is waited for
        assert len(polls) < 0.4 * FINE_STEPS


@pytest.mark.parametrize("late_s", [0.001, 0.004, 0.02])
@pytest.mark.parametrize("phase_s", [0.0013, 0.0213, 0.0487, 0.0912])
def test_a_poll_that_comes_late_costs_only_its_own_refresh(late_s, phase_s):
    """The next refresh is waited for from the earliest time that the first one can have been."""
    delays = iter([0.0] * int(phase_s / coarse_s(0.1)) + [late_s])
    polls = polled(EdgePolling(0.1, 5.0), 0.1, 5.0 + phase_s, 5.0, lambda: next(delays, 0.0))
    (second,) = [at for at, (_, refreshed) in enumerate(polls) if refreshed][1:]
    assert polls[second][0] - polls[second - 1][0] <= fine_s(0.1) + 1e-9


@pytest.mark.parametrize("period_s", PERIODS_S)
def test_a_refresh_of_long_ago_says_nothing(period_s):
    assert EdgePolling(period_s, 5.0, 5.0 - 5 * period_s).due_s == EdgePolling(period_s, 5.0).due_s


@pytest.mark.parametrize("period_s", PERIODS_S)
@pytest.mark.parametrize("true_s", [None, 0.0005, 0.02, 0.11, 0.3, 2.0])
@pytest.mark.parametrize("ago", [None, 0.1, 0.9, 3.5])
def test_it_ends_in_time_after_few_polls_whatever_the_counter_does(period_s, true_s, ago):
    rng = random.Random(f"{period_s} {true_s} {ago}")
    last_s = None if ago is None else 5.0 - ago * period_s
    late_s = [0.0]

    def late():
        late_s.append(rng.choice([0.0, rng.expovariate(1 / 0.0002), rng.uniform(0.0, 0.01)]))
        return late_s[-1]

    polls = polled(EdgePolling(period_s, 5.0, last_s), true_s, 4.99, 5.0, late)
    assert polls[-1][0] - late_s[-1] <= 5.0 + LONGEST_S + 1e-9
    assert len(polls) <= 2.5 * FINE_STEPS + 2
    steps_s = [b - a for (a, _), (b, _) in itertools.pairwise(polls[:-1])]
    assert min(steps_s, default=1.0) >= fine_s(period_s) - 1e-9


def test_a_counter_that_does_not_move_is_let_go():
    polls = polled(EdgePolling(0.02, 5.0), None, 0.0, 5.0)
    assert polls[-1][0] == pytest.approx(5.0 + 2.5 * 0.02, abs=0.001)
    assert len(polls) <= 2.5 * COARSE_STEPS + 1
