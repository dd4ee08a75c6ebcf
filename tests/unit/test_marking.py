"""What a program says about its own course, on the curves of what is open."""

from dataclasses import replace

import pytest

import jupyter_green as jg
from jupyter_green.meter.marks import Marks
from jupyter_green.report.fields import MAX_MARKS, Mark
from jupyter_green.report.report import Report
from tests.testbench.reports import report


def test_more_marks_than_a_report_holds_are_thinned_evenly():
    marks = Marks()
    for number in range(1000):
        marks.add(number * 1_000_000, f"step {number}")
    kept = marks.of_report(0)
    assert MAX_MARKS / 2 < len(kept) <= MAX_MARKS
    steps = [int(mark.text.split()[1]) for mark in kept]
    assert steps == list(range(0, 1000, steps[1]))
    assert kept[1].t_s == pytest.approx(steps[1] * 1e-3)


def test_a_mark_is_on_every_open_window_and_nowhere_else():
    jg.mark("before all")
    with jg.measure() as outer:
        jg.mark(1)
        with jg.measure() as inner:
            assert list(jg.marked("ab", "epoch")) == ["a", "b"]
        jg.mark("x" * 99)
    jg.mark("after all")
    assert [m.text for m in outer.report.marks] == ["1", "epoch 1", "epoch 2", "x" * 40]
    assert [m.text for m in inner.report.marks] == ["epoch 1", "epoch 2"]
    times_s = [m.t_s for m in outer.report.marks]
    assert 0 <= times_s[0] <= times_s[-1] <= outer.report.duration_s
    assert times_s == sorted(times_s)


def test_marks_are_in_the_record_and_in_sums():
    first = report(duration_s=2.0, marks=(Mark(1.5, "epoch 1"),))
    assert Report.from_dict(first.to_dict()).marks == first.marks
    assert "marks" not in report().to_dict()
    second = replace(first, run_id="b", started_at="2026-01-01T01:00:00Z")
    assert [m.t_s for m in (first + second).marks] == [1.5, 3.5]
