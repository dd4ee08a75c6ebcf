"""Training and inference together: greeness, and when a dear training has paid off."""

import math
import random

import pytest

import jupyter_green as jg
from jupyter_green.sources.base import Scale
from tests.testbench.reports import domain, report

# Joules of a training and of 1 115 predictions (Verdecchia et al. 2022, arXiv 2204.02766, data
# under the MIT licence; means of 30 runs, recomputed).
PREDICTIONS = 1115
FOREST = {"training": 2.234604, "inference": 0.142262 / PREDICTIONS}
KNN = {"training": 0.009990, "inference": 0.273447 / PREDICTIONS}


def run(energy_j, uncertainty_j, label=None, scale=None, **fields):
    return report(
        domain(energy_j=energy_j, uncertainty_j=uncertainty_j, scale=scale), label=label, **fields
    )


def test_the_break_even_of_a_paper():
    found = jg.breakeven(FOREST, KNN, names=("random forest", "KNN"))
    assert found.uses == pytest.approx(18_908, abs=2)
    assert found.low == pytest.approx(found.uses)
    assert str(found) == (
        "after 18910 uses random forest has paid off its dearer training, beside KNN."
    )
    assert jg.breakeven(KNN, FOREST).uses == found.uses
    assert jg.breakeven(KNN, FOREST).dear == "b"


def test_greeness_is_that_of_the_paper():
    # Acc^tau / (uses x inference + training), by hand.
    found = jg.greeness(0.95, 2, 1000, inference=0.01, training=5.0)
    assert found.value == found.low == found.high == pytest.approx(0.9025 / 15.0)
    assert float(found) == found.value
    assert str(found) == "greeness 0.06017 per J"
    # What is greener changes with the uses: KNN is it for few, the forest for many.
    few, many = (
        [jg.greeness(f1, 1, uses, m["inference"], m["training"]).value for f1, m in
         ((0.9088, FOREST), (0.7338, KNN))]
        for uses in (1_000, 100_000)
    )  # fmt: skip
    assert few[0] < few[1]
    assert many[0] > many[1]


def test_reports_give_an_interval():
    training = run(100.0, 3.0)
    inference = run(10.0, 1.0, per_count=100.0, per_unit="prediction")
    found = jg.greeness(1.0, 1, 500, inference, training)
    assert found.energy_j == pytest.approx(150.0)
    reach_j = math.hypot(3.0, 5.0)
    assert found.low == pytest.approx(1 / (150 + reach_j))
    assert found.high == pytest.approx(1 / (150 - reach_j))
    assert str(found) == "greeness 0.006667 per J (95 % CI 0.006417 to 0.006936)"


def test_a_shared_scale_adds_up_in_greeness():
    scale = Scale(2.0, "CPU model: some", "a source")
    training, inference = run(100.0, 0.0, scale=scale), run(1.0, 0.0, scale=scale)
    found = jg.greeness(1.0, 0, 100, inference, training)
    assert (found.low, found.high) == pytest.approx((1 / 400, 1 / 100))


def test_the_interval_of_a_break_even_holds_the_true_one_as_often_as_it_says():
    # 95 % of 2000 is 1900, s.d. 10.
    random.seed(5)
    held = 0
    for _ in range(2000):
        t_a, t_b, i_a, i_b = (random.gauss(*c) for c in ((100, 4), (20, 2), (1, 0.1), (2, 0.15)))
        models = [
            (run(t, 1.96 * sd_t), run(i, 1.96 * sd_i))
            for t, sd_t, i, sd_i in ((t_a, 4, i_a, 0.1), (t_b, 2, i_b, 0.15))
        ]
        found = jg.breakeven(*models)
        held += found.low <= 80.0 <= found.high
    assert 1870 <= held <= 1930


def test_a_shared_scale_drops_out_of_a_break_even():
    def models(group):
        own = Scale(2.0, "model A", "s"), Scale(2.0, group, "s")
        return [
            (run(t, 0.1, scale=s), run(i, 0.001, scale=s))
            for (t, i), s in zip(((100.0, 1.0), (20.0, 2.0)), own, strict=True)
        ]

    same, other = jg.breakeven(*models("model A")), jg.breakeven(*models("model B"))
    assert same.uses == other.uses == pytest.approx(80.0)
    assert same.high - same.low < 1.0
    assert other.high - other.low > 50.0


def test_a_report_may_hold_several_trainings_or_uses():
    forest, knn = (run(50.0, 1.0, "forest"), 5), (run(1.0, 0.0, "knn"), 100)
    uses = (run(10.0, 0.1), 1000), (run(20.0, 0.1), 1000)
    found = jg.breakeven((forest, uses[0]), (knn, uses[1]))
    assert found.uses == pytest.approx((10 - 0.01) / 0.01)
    assert (found.dear, found.cheap) == ("forest", "knn")
    assert found.high > found.uses > found.low
    once = jg.greeness(1.0, 1, 100, uses[0], forest)
    assert once.energy_j == pytest.approx(11.0)
    for wrong, error in (((1.0, 5), TypeError), ((run(1.0, 0.1), 0), ValueError)):
        with pytest.raises(error):
            jg.greeness(1.0, 1, 1, 1.0, wrong)


def test_never_where_the_dearer_training_is_no_cheaper_to_use():
    found = jg.breakeven((10.0, 2.0), (5.0, 1.0))
    assert found.is_never
    assert found.uses is None
    assert str(found) == "never: a is dearer than b to train and no cheaper to use."
    assert jg.breakeven((10.0, 1.0), (5.0, 1.0)).is_never
    assert jg.breakeven((run(10.0, 0.1), run(2.0, 0.1)), (5.0, 1.0)).is_never


def test_what_the_sensors_leave_open_is_said():
    dear = run(100.0, 1.0, "dear"), run(1.0, 0.5)
    found = jg.breakeven(dear, (run(20.0, 1.0, "cheap"), run(1.2, 0.5)))
    assert math.isinf(found.high)
    assert 0 < found.low < found.uses
    assert "or more, perhaps never) dear has paid off its dearer training" in str(found)
    found = jg.breakeven(dear, (run(20.0, 1.0, "cheap"), run(0.9, 0.5)))
    assert found.uses is None
    assert not found.is_never
    assert "never, as measured; but at 95 % dear may be cheaper to use" in str(found)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: jg.greeness(95, 1, 1, 1.0, 1.0), ValueError, "a share of 1"),
        (lambda: jg.greeness(0.9, -1, 1, 1.0, 1.0), ValueError, "0 or more"),
        (lambda: jg.greeness(0.9, 1, -1, 1.0, 1.0), ValueError, "0 or more"),
        (lambda: jg.greeness(0.9, 1, 1, -1.0, 1.0), ValueError, "inference is -1 J"),
        (lambda: jg.greeness(0.9, 1, 1, "1 J", 1.0), TypeError, "inference is of type str"),
        (lambda: jg.greeness(0.9, 1, 0, 1.0, 0.0), ValueError, "no joules"),
        (lambda: jg.greeness(0.9, 1, 1, 1.0, report(label="t")), ValueError, "t, has no joules"),
        (lambda: jg.breakeven(3.0, (1.0, 1.0)), TypeError, r"a is a float: give \(training"),
        (lambda: jg.breakeven((1.0, 1.0), {"train": 1.0}), ValueError, "give training, inference"),
        (
            lambda: jg.breakeven((1.0, math.nan), (1.0, 1.0)),
            ValueError,
            "the inference of a is nan",
        ),
    ],
)
def test_what_is_wrong_is_said(call, error, says):
    with pytest.raises(error, match=says):
        call()
