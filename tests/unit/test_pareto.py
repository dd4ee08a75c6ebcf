"""Metric against joules: the front, what is not ranked, what a point costs, the knee."""

import itertools
import math
import random
import subprocess
import sys
from dataclasses import replace

import pytest

import jupyter_green as jg
from jupyter_green.report.fields import ReportFields
from jupyter_green.sources.base import Scale
from jupyter_green.studies.pareto.places import Box, name_box, places
from tests.testbench.classifiers import CLASSIFIERS
from tests.testbench.reports import domain, estimate, report


def run(label, acc, energy_j, uncertainty_j=0.0, scale=None, at_s=0.0, **fields):
    counted = domain(energy_j=energy_j, uncertainty_j=uncertainty_j, scale=scale)
    return report(counted, label=label, metric={"acc": acc}, at_s=at_s, **fields)


def labels(points):
    return [point.label for point in points]


def test_the_front_of_a_paper():
    found = jg.pareto(CLASSIFIERS, "f1", floor=0.8)
    assert labels(found.front) == ["KNN", "decision tree", "AdaBoost", "random forest"]
    assert labels(found.dominated) == ["SVM", "bagging"]
    assert found.knee.label == "decision tree"
    tree, boost, _ = found.steps
    assert tree.energy_j == pytest.approx((0.1273 - 0.00999) / 12.32)
    assert boost.uncertainty_j == pytest.approx(math.hypot(0.0120, 0.0947) / 2.13)
    knn, forest = found.points[0], found.points[-1]
    # By itself, metric per joule crowns the classifier that is 17 points worse, by far.
    assert (knn.metric / knn.energy_j) / (forest.metric / forest.energy_j) > 160
    assert found.metric_per_joule(knn) is None
    assert found.metric_per_joule(forest) == pytest.approx(0.9088 / 2.2346)


def test_exact_pairs_are_ranked_as_a_front_is_defined():
    random.seed(3)
    for _ in range(200):
        pairs = [(random.randint(0, 6) / 10, float(random.randint(1, 6))) for _ in range(6)]
        found = jg.pareto(pairs, "acc")
        front = {(p.metric, p.energy_j) for p in found.front}
        best = {
            (m, e)
            for m, e in pairs
            if not any((n >= m and f < e) or (n > m and f <= e) for n, f in pairs)
        }
        assert front == best
        assert len(found.front) == len(front)  # of those that are alike, one stands for them
        assert [p.metric for p in found.front] == sorted(m for m, _ in front)


def test_runs_whose_intervals_overlap_are_not_ranked():
    a, b, c = run("a", 0.93, 10.0, 1.0), run("b", 0.95, 10.5, 1.0), run("c", 0.97, 20.0, 1.0)
    found = jg.pareto([a, b, c], "acc")
    assert labels(found.front) == ["b", "c"]
    assert labels(found.not_ranked) == ["a"]
    assert found.rivals(found.points[0]) == ("b",)
    assert "a    0.93  10.0 ± 1.0 J" in str(found)
    assert "not ranked with b" in str(found)
    assert "Not ranked: at 95 %" in str(found)
    longer = replace(a, uncertainty_j=0.1), replace(b, uncertainty_j=0.1)
    assert jg.pareto(longer, "acc").not_ranked == ()


def test_what_the_sensors_hardly_saw_is_cheaper_than_much_all_the_same():
    found = jg.pareto([run("long", 0.95, 526.0, 20.0), run("short", 0.9, 0.4, 0.4)], "acc")
    assert labels(found.front) == ["short", "long"]
    assert "short   0.9    < 800 mJ  " in str(found)


def test_of_two_that_are_equally_good_the_cheaper_stays_and_the_other_is_not_ranked():
    found = jg.pareto([run("a", 0.9, 10.5, 1.0), run("b", 0.9, 10.0, 1.0)], "acc")
    assert (labels(found.front), labels(found.not_ranked)) == (["b"], ["a"])


def test_an_error_that_both_share_ranks_them_all_the_same():
    here = Scale(2.0, "CPU model: some", "a source")
    found = jg.pareto([run("a", 0.9, 10.0, 0.1, here), run("b", 0.8, 11.0, 0.1, here)], "acc")
    assert labels(found.dominated) == ["b"]
    there = replace(here, group="CPU model: another")
    found = jg.pareto([run("a", 0.9, 10.0, 0.1, here), run("b", 0.8, 11.0, 0.1, there)], "acc")
    assert labels(found.not_ranked) == ["b"]


def test_a_step_has_the_scale_that_its_joules_share():
    scale = Scale(1.06, "board", "a source")
    (step,) = jg.pareto(
        [run("a", 0.8, 10.0, 0.1, scale), run("b", 0.9, 30.0, 0.1, scale)], "acc"
    ).steps
    assert step.energy_j == pytest.approx(2.0)
    assert step.scale_range.high == pytest.approx(1.06)
    assert step.joules == "2.00 J/point ± 6 %"


def test_joules_per_unit_of_work_are_ranked_by_request():
    a = run("a", 0.9, 10.0, 0.1, per_count=1000.0, per_unit="token")
    b = run("b", 0.8, 11.0, 0.1, per_count=2000.0, per_unit="token")
    c = run("c", 0.8, 11.0, 0.1)
    assert labels(jg.pareto([a, b], "acc").front) == ["a"]
    found = jg.pareto([a, b, c], "acc", cost="per")
    assert labels(found.front) == ["b", "a"]
    assert found.points[0].joules == "5.50 ± 0.05 mJ/token"
    assert found.left_out == (("c", "it counts no units of work"),)
    assert "Left out: c, as it counts no units of work." in str(found)
    with pytest.raises(ValueError, match="per image and token cannot be compared"):
        jg.pareto([a, replace(b, per_unit="image")], "acc", cost="per")


def test_of_a_loss_the_lowest_is_best():
    found = jg.pareto({"a": (0.5, 10.0), "b": (0.4, 20.0), "c": (0.6, 15.0)}, "loss", best="lowest")
    assert labels(found.front) == ["a", "b"]
    assert found.steps[0].energy_j == pytest.approx(1.0)
    assert labels(found.dominated) == ["c"]


def test_a_knee_needs_a_bend():
    straight = {"a": (0.1, 1.0), "b": (0.2, 2.0), "c": (0.3, 3.0)}
    assert jg.pareto({**straight, "b": (0.15, 2.0)}, "acc").knee is None
    assert jg.pareto({**straight, "b": (0.25, 2.0)}, "acc").knee.label == "b"
    assert jg.pareto({"a": (0.1, 1.0), "c": (0.3, 3.0)}, "acc").knee is None


def test_what_has_no_place_is_named_with_its_reason():
    good = run("good", 0.9, 10.0, 0.1)
    nothing = report(label="nothing", metric={"acc": 0.9})
    other = run("other", 0.9, 10.0, 0.1)
    found = jg.pareto([good, nothing, replace(other, metric={})], "acc")
    assert found.left_out == (("nothing", "it has no joules"), ("other", "it has no acc"))
    failed = jg.pareto([good, replace(good, status="interrupted")], "acc")
    assert labels(failed.points) == ["good", "good (2) (interrupted)"]


def test_an_estimate_says_so():
    made = report(estimate(), label="a", metric={"acc": 0.9})
    assert "Some of these joules are estimated, not measured." in jg.pareto([made], "acc").remarks


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: jg.pareto([], "acc"), ValueError, "nothing to compare"),
        (lambda: jg.pareto([report(domain())], "acc"), ValueError, "--metric acc"),
        (lambda: jg.pareto(report(domain()), "acc"), TypeError, "several reports"),
        (lambda: jg.pareto([3], "acc"), TypeError, "pairs such as"),
        (lambda: jg.pareto([(1.0,)], "acc"), TypeError, "pairs such as"),
        (lambda: jg.pareto([(0.9, 0.0)], "acc"), ValueError, "above 0"),
        (lambda: jg.pareto([(math.nan, 1.0)], "acc"), ValueError, "1's metric is nan"),
        (lambda: jg.pareto([(0.9, 1.0)], ""), ValueError, "no name"),
        (lambda: jg.pareto([(0.9, 1.0)], "acc", "watts"), ValueError, "energy_j"),
        (lambda: jg.pareto([(0.9, 1.0)], "acc", best="most"), ValueError, "lowest"),
        (lambda: jg.pareto([(0.9, 1.0)], "acc", point=0), ValueError, "more than 0"),
        (lambda: jg.pareto([(0.9, 1.0)], "acc", floor=math.inf), ValueError, "floor is inf"),
    ],
)
def test_what_is_wrong_is_said(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_the_page_holds_what_the_text_says_and_no_tags_of_labels():
    found = jg.pareto({"<b>": (0.9, 10.0, 0.1), "c": (0.8, 11.0, 0.1)}, "a<c", floor=0.85)
    page = found._repr_html_()
    assert "&lt;b&gt;" in page
    assert "a&lt;c per J" in page
    assert "<strong>front</strong>" in page
    assert "dominated by &lt;b&gt;" in page
    for remark in found.remarks:
        assert remark.replace("<", "&lt;") in page


def test_the_frame():
    pandas = pytest.importorskip("pandas")
    frame = jg.pareto(CLASSIFIERS, "f1", floor=0.8).to_frame()
    assert list(frame.index[:2]) == ["KNN", "decision tree"]
    assert list(frame.standing[:3]) == ["front", "front", "dominated"]
    assert frame.is_knee.sum() == 1
    assert pandas.isna(frame.loc["KNN", "metric_per_joule"])
    assert frame.loc["decision tree", "energy_per_point_j"] == pytest.approx(0.00952, rel=0.01)


def test_the_figure_draws_each_standing_and_names_each_point():
    pytest.importorskip("matplotlib")
    found = jg.pareto({**CLASSIFIERS, "like the tree": (0.84, 0.125, 0.03)}, "f1")
    made = found.plot()
    (axes,) = made.axes
    assert axes.get_xscale() == "log"
    assert [text.get_text() for text in axes.texts][:2] == ["KNN", "like the tree"]
    assert "decision tree (knee)" in [text.get_text() for text in axes.texts]
    _, shown = axes.get_legend_handles_labels()
    assert shown == ["front", "not ranked", "dominated"]
    png, _ = made._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert found.plot(axes) is made


def test_names_in_a_figure_stand_off_each_other_and_off_the_points():
    points = [(100.0, 50.0), (130.0, 50.0), (260.0, 84.0), (278.0, 80.0)]
    widths = [80.0, 60.0, 60.0, 60.0]
    frame = Box(0.0, 0.0, 300.0, 120.0)
    found = places(points, widths, 10.0, frame)
    boxes = [
        name_box(*each, 10.0, place) for *each, place in zip(points, widths, found, strict=True)
    ]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert all(frame.holds(box) for box in boxes)
    for x, y in points:
        assert not any(box.overlaps(Box(x - 4, y - 4, x + 4, y + 4)) for box in boxes)
    assert places(points[:1], widths[:1], 10.0, frame) == [(1, -1)]


def test_the_table_needs_neither_numpy_nor_matplotlib():
    code = (
        "import sys, jupyter_green as jg\n"
        "str(jg.pareto({'a': (0.9, 1.0), 'b': (0.8, 2.0)}, 'acc'))\n"
        "jg.greeness(0.9, 1, 10, 1.0, 5.0), jg.breakeven((3.0, 1.0), (1.0, 2.0))\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert loaded.isdisjoint({"numpy", "scipy", "matplotlib", "pandas", "torch"})


def test_it_takes_the_bare_data_of_a_report():
    fields = {f: getattr(run("a", 0.9, 10.0), f) for f in ReportFields.__dataclass_fields__}
    assert labels(jg.pareto([ReportFields(**fields)], "acc").front) == ["a"]
