"""When a counter was refreshed: bounds that hold, whatever was read and when."""

import bisect
import itertools
import random

import pytest

from jupyter_green.estimator.refreshes import Period, observed_period, refreshes
from jupyter_green.sampler.accumulator import DomainSample

MS = 1_000_000
NOMINAL = Period(0.1, 0.002)


class Board:
    """A counter whose every refresh is known; each period differs by up to `jitter` of it."""

    def __init__(self, seed, period_s=0.1, jitter=0.0, until_s=6.0):
        self.rng = random.Random(seed)
        self.times_ns = [self.rng.uniform(0, period_s * 1e9)]
        while self.times_ns[-1] < until_s * 1e9:
            share = 1 + self.rng.uniform(-jitter, jitter)
            self.times_ns.append(self.times_ns[-1] + share * period_s * 1e9)

    def count(self, t_ns):
        """How many refreshes there were: the counter grows by one joule with each."""
        return bisect.bisect_right(self.times_ns, t_ns)

    def read(self, times_ns):
        """Return what readings at these times show, once there was a first refresh."""
        kept = sorted(t for t in times_ns if t >= self.times_ns[0])
        return [DomainSample(t, float(self.count(t)), None, self.count(t)) for t in kept]

    def watched(self, edges_s, step_ns=1 * MS):
        """Return readings like a sampler's: sparse ones, and some refreshes finely polled."""
        times = [round(self.rng.uniform(0.3, 5.5) * 1e9) for _ in range(20)]
        for edge_s in edges_s:
            at = self.count(edge_s * 1e9)
            for refresh_ns in self.times_ns[at : at + 2]:
                before_ns = self.rng.randrange(step_ns)
                late_ns = self.rng.choice([0, 0, 0, 7 * MS])
                times += [
                    int(refresh_ns) - before_ns,
                    int(refresh_ns) + step_ns - before_ns + late_ns,
                ]
            times.append(round(edge_s * 1e9))
        return self.read(set(times))


def bounds_hold(board, found):
    """Whether each refresh lies within its bounds (in which its energy says which it is)."""
    return all(
        r.earliest_ns - 2 <= board.times_ns[int(r.energy_j) - 1] <= r.latest_ns + 2 for r in found
    )


@pytest.mark.parametrize("jitter", [0.0, 0.01, 0.0199])
@pytest.mark.parametrize("seed", range(40))
def test_the_bounds_hold_the_true_times(seed, jitter):
    board = Board(seed, jitter=jitter)
    readings = board.watched([1.0, 1.13, 2.5, 2.55, 4.0])
    found = refreshes(readings, NOMINAL)
    assert [r.energy_j for r in found] == sorted({r.energy_j for r in readings})
    assert bounds_hold(board, found)


@pytest.mark.parametrize("seed", range(20))
def test_only_refreshes_one_period_apart_follow_each_other(seed):
    board = Board(seed, jitter=0.0199)
    found = refreshes(board.watched([1.0, 2.5, 4.0]), NOMINAL)
    for a, b in itertools.pairwise(found):
        if a.next_follows:
            assert b.energy_j - a.energy_j == 1


def test_neighbours_narrow_each_other():
    # The first is known to 60 ms by its readings alone, the second to 2 ms.
    board = Board(1)
    first_ns, second_ns = board.times_ns[3:5]
    times = [first_ns - 30 * MS, first_ns + 30 * MS, second_ns - MS, second_ns + MS]
    (_, first, second) = refreshes(board.read([round(t) for t in times]), NOMINAL)
    assert first.next_follows
    assert first.margin_ns == pytest.approx(1 * MS + 0.002e9, rel=0.01)
    assert second.margin_ns == pytest.approx(1 * MS, rel=0.01)


@pytest.mark.parametrize("true_s", [0.1013, 0.0987, 0.1])
@pytest.mark.parametrize("seed", range(10))
def test_the_period_is_found_from_a_few_windows(seed, true_s):
    board = Board(seed, true_s)
    found = observed_period(board.watched([1.0, 1.2, 2.5, 4.0]), NOMINAL, NOMINAL)
    assert found.observed
    assert found.seconds == pytest.approx(true_s, abs=found.margin_s)
    assert found.margin_s < 0.0006


@pytest.mark.parametrize("true_s", [0.02, 0.025, 0.05, 0.2])
@pytest.mark.parametrize("seed", range(10))
def test_a_period_that_is_not_the_nominal_one_is_found(seed, true_s):
    board = Board(seed, true_s)
    readings = board.read([t * MS for t in range(1000, 2000)])
    found = observed_period(readings, NOMINAL, NOMINAL)
    assert found.seconds == pytest.approx(true_s, abs=found.margin_s)
    assert found.margin_s < 0.05 * true_s


@pytest.mark.parametrize("seed", range(20))
def test_a_hidden_refresh_never_makes_the_period_a_multiple(seed):
    """Readings as sparse as the period itself show some refreshes twice as far apart."""
    board = Board(seed, 0.1)
    rng = random.Random(seed)
    times, t_ns = [], 0
    while t_ns < 5e9:
        t_ns += int(rng.uniform(0.005, 0.12) * 1e9)
        times.append(t_ns)
    found = observed_period(board.read(times), NOMINAL, NOMINAL)
    assert found.seconds == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize("seed", range(20))
def test_sparse_readings_of_a_faster_board_make_up_no_period(seed):
    """Read each 25 to 45 ms, a counter of 20 ms shows a new figure every time."""
    board = Board(seed, 0.02)
    rng = random.Random(seed)
    times, t_ns = [], 0
    while t_ns < 5e9:
        t_ns += int(rng.uniform(0.025, 0.045) * 1e9)
        times.append(t_ns)
    found = observed_period(board.read(times), NOMINAL, NOMINAL)
    assert not found.observed or found.seconds == pytest.approx(0.02, abs=found.margin_s)


@pytest.mark.parametrize("seed", range(20))
def test_an_irregular_board_is_not_taken_for_a_regular_one(seed):
    board = Board(seed, 0.1013, jitter=0.015)
    readings = board.watched([1.0, 1.3, 2.5, 2.8, 4.0, 4.4])
    period = NOMINAL
    for _ in range(3):  # as after three windows
        period = observed_period(readings, NOMINAL, period)
    found = refreshes(readings, period)
    errors = [
        max(r.earliest_ns - board.times_ns[int(r.energy_j) - 1], 0.0)
        + max(board.times_ns[int(r.energy_j) - 1] - r.latest_ns, 0.0)
        for r in found
    ]
    assert max(errors) < 2.5 * 0.015 * 0.1013e9  # about two periods' irregularity, not their sum


def test_a_known_period_gives_way_to_a_board_that_refreshes_differently_now():
    board = Board(3, 0.1)
    readings = board.watched([1.0, 1.2, 2.5, 4.0])
    wrong = Period(0.06, 0.0001, observed=True)
    found = observed_period(readings, NOMINAL, wrong)
    assert found.seconds == pytest.approx(0.1, abs=max(found.margin_s, 0.0005))


def reading(t_ms, energy_j):
    return DomainSample(int(t_ms * MS), energy_j, None, None)


@pytest.mark.parametrize(
    "readings",
    [
        [],
        [reading(5, 1.0)],
        [reading(5, 1.0), reading(5, 1.0)],
        [reading(5, e) for e in (1.0, 2.0, 3.0, 4.0, 5.0)],
        [reading(t, e) for t, e in ((5, 1.0), (6, 2.0), (6, 3.0), (6, 4.0), (6, 5.0), (6, 6.0))],
        [reading(t, 100.0 - t) for t in range(0, 400, 3)],
        [reading(t, float(t // 2 % 2)) for t in range(50)],
        [reading(t, float(t)) for t in range(80)],
    ],
    ids=["none", "one", "twice", "one time", "a burst", "falling", "to and fro", "always new"],
)
def test_odd_readings_raise_nothing(readings):
    for known in (NOMINAL, Period(0.02, 0.0004, observed=True)):
        found = observed_period(readings, NOMINAL, known)
        assert found.seconds > 0
        assert found.margin_s > 0
        for refresh in refreshes(readings, found):
            assert refresh.earliest_ns <= refresh.latest_ns
