"""The figures of a comparison: what SciPy says as well, and that verdict and interval agree."""

import math
from itertools import islice, pairwise

import pytest

pytest.importorskip("scipy")

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test

from jupyter_green.studies.compare import statistics
from jupyter_green.studies.compare.orders import orders
from jupyter_green.studies.compare.pair import pairs_of
from jupyter_green.studies.compare.verdict import verdict

TENTHS = st.integers(-20, 20).map(lambda n: n / 10)
DIFFERENCES = st.lists(st.floats(-1, 1) | TENTHS, min_size=2, max_size=10)


@given(DIFFERENCES)
@example([0.78125, 0.90625, 2.0, -2.0, 0.125, -0.21875, -1.6, 2.0, -2.0])  # ties but for rounding
@settings(max_examples=60, deadline=None)
def test_the_p_is_that_of_all_choices_of_signs(differences):
    found = permutation_test(
        (np.round(differences, 12),),
        lambda values, axis=None: np.round(np.sum(values, axis=axis), 12),
        permutation_type="samples",
        vectorized=False,
        n_resamples=np.inf,
    )
    assert statistics.p_value(differences) == pytest.approx(found.pvalue, abs=1e-12)


@given(DIFFERENCES, st.sampled_from([0.1, 0.05, 0.025, 0.05 / 3]))
@settings(max_examples=200, deadline=None)
def test_the_interval_holds_no_difference_if_and_only_if_the_test_does_not_reject(values, alpha):
    assume(max(map(abs, values)) > 1e-6)
    is_rejected = statistics.p_value(values) <= alpha
    assert (0.0 in statistics.limits(values, alpha)) is not is_rejected


@given(st.lists(TENTHS, min_size=15, max_size=40), st.integers(0, 9))
@settings(max_examples=20, deadline=None)
def test_beyond_all_choices_of_signs_they_agree_as_well(values, seed):
    assume(any(values))
    is_rejected = statistics.p_value(values, seed) <= 0.05
    assert (0.0 in statistics.limits(values, 0.05, seed)) is not is_rejected
    assert statistics.limits(values, 0.05, seed) == statistics.limits(values, 0.05, seed)


def test_the_limits_are_the_shifts_at_which_the_test_begins_to_reject():
    values = np.random.default_rng(3).normal(0.02, 0.01, 9)
    low, high = statistics.limits(values)
    for edge, outward in ((low, -1), (high, 1)):
        assert statistics.p_value(values - edge - outward * 1e-9) <= 0.05
        assert statistics.p_value(values - edge + outward * 1e-9) > 0.05


def test_seeded_signs_are_near_all_of_them(monkeypatch):
    values = np.random.default_rng(4).normal(0.5, 1.0, 14)
    exact = statistics.p_value(values), *statistics.limits(values)
    monkeypatch.setattr(statistics, "MOST_EXACT", 13)
    assert (statistics.p_value(values), *statistics.limits(values)) == pytest.approx(
        exact, abs=0.03
    )


@pytest.mark.parametrize(
    ("pairs", "least"), [(1, 6), (2, 7), (3, 7), (4, 8), (5, 8), (6, 8), (10, 9)]
)
def test_below_the_least_rounds_no_p_can_pass(pairs, least):
    assert statistics.least_rounds(pairs) == least
    assert pairs * statistics.p_value([1.0] * (least - 1)) > 0.05
    assert pairs * statistics.p_value([1.0] * least) <= 0.05
    assert not math.isfinite(statistics.limits([1.0] * (least - 1), 0.05 / pairs).high)


def test_holm_is_as_in_the_textbook():
    found = statistics.holm([0.01, 0.04, 0.03, 0.005])
    assert [each.p for each in found] == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=10))
def test_holms_levels_agree_with_its_adjusted_p(p_values):
    for p, level in zip(p_values, statistics.holm(p_values), strict=True):
        at_the_edge = math.isclose(p, level.alpha) or math.isclose(level.p, 0.05)
        assert at_the_edge or (p <= level.alpha) is (level.p <= 0.05)


@given(st.integers(0, 1000), st.integers(3, 4))
@settings(max_examples=40, deadline=None)
def test_sentence_interval_and_adjusted_p_never_disagree(seed, variants):
    rng = np.random.default_rng(seed)
    values = {
        name: np.exp(rng.normal(rng.choice([0.0, 0.015, 0.03]), 0.012, 9))
        for name in "abcd"[:variants]
    }
    for pair in pairs_of(values, margin=0.03, seed=0):
        assert pair.is_different is (pair.p_adjusted <= 0.05) is (1.0 not in pair.interval)
        assert (" % more" in verdict(pair) or " % less" in verdict(pair)) is pair.is_different
        turned = pair.turned()
        assert turned.is_different is pair.is_different
        assert turned.ratio == pytest.approx(1 / pair.ratio)
        assert turned.interval == pytest.approx((1 / pair.interval.high, 1 / pair.interval.low))


def test_more_rounds_are_about_as_many_as_it_takes():
    rng = np.random.default_rng(1)
    noise = rng.normal(0.0, 0.03, 400)
    values = list((noise[:8] - np.mean(noise[:8])) * 0.03 / np.std(noise[:8], ddof=1) + 0.012)
    more = statistics.more_rounds(values, math.log1p(0.03))
    enough = [0.012 + x for x in noise[: 8 + more] - np.mean(noise[: 8 + more])]
    half_width = statistics.limits(enough).half_width
    assert half_width == pytest.approx(0.012, rel=0.15)
    assert statistics.more_rounds([1.0, -1.0, 0.9, -0.9], math.log1p(0.03)) is None


@pytest.mark.parametrize("variants", [2, 3, 4, 5])
def test_orders_are_random_and_each_variant_has_each_place_as_often(variants):
    made = list(islice(orders(variants, seed=5), 4 * variants))
    assert made == list(islice(orders(variants, seed=5), 4 * variants))
    assert made != list(islice(orders(variants, seed=6), 4 * variants))
    for begin in range(0, len(made), variants):
        for place in range(variants):
            of_one = made[begin : begin + variants]
            assert sorted(order[place] for order in of_one) == list(range(variants))


def test_each_variant_comes_as_often_after_each_other_one():
    for variants in (4, 5):
        made = list(islice(orders(variants, 0), variants * (1 + variants % 2)))
        follows = [pair for order in made for pair in pairwise(order)]
        counts = {pair: follows.count(pair) for pair in follows}
        assert len(set(counts.values())) == 1
        assert len(counts) == variants * (variants - 1)
