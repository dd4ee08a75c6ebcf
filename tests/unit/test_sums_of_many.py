"""Sums of very many reports: each window once, and work that does not grow with what there is."""

import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.report.curve import MAX_TRACE_POINTS
from jupyter_green.report.metered_times import SLACK_S, MeteredTime, MeteredTimes
from tests.testbench.reports import domain, report

MANY = 3000


def many():
    parts = (domain(), domain("gpu:0", 300.0, 2.0))
    return [report(*parts, at_s=3.0 * n, points=5, run_id=f"run {n}") for n in range(MANY)]


@pytest.mark.parametrize("order", ["as they came", "backwards", "mixed"])
def test_thousands_add_up_in_any_order(order):
    reports = many()
    if order == "backwards":
        reports.reverse()
    if order == "mixed":
        random.Random(1).shuffle(reports)
    total = sum(reports)
    assert total.energy_j == pytest.approx(400.0 * MANY)
    assert total.duration_s == 2.0 * MANY
    assert total.started_at == many()[0].started_at
    assert len(total.parts) == MANY
    (runs,) = total.parts.runs.values()
    assert len(runs) <= MANY.bit_length()  # so few are looked through for each that is added
    with pytest.raises(ValueError, match="same window"):
        total + reports[MANY // 3]


def test_the_curve_of_a_sum_is_made_of_all_parts_and_travels():
    reports = many()
    total = sum(reports)
    assert len(total.trace.t_s) <= MAX_TRACE_POINTS
    assert total.trace.t_s[-1] == pytest.approx(total.duration_s)
    assert list(total.trace.t_s) == sorted(total.trace.t_s)
    assert total.trace.power_w.keys() == {"cpu:0/package", "gpu:0"}
    assert pickle.loads(pickle.dumps(total)) == total
    balanced = sum(reports[: MANY // 2]) + sum(reports[MANY // 2 :])
    assert balanced.trace == total.trace


times = st.builds(
    lambda begin, length, host: MeteredTime(
        f"{begin} {length} {host}", begin, begin + length, host
    ),
    st.integers(0, 60).map(float),
    st.sampled_from([0.0, 0.5, 1.0, 7.0]),
    st.sampled_from([None, "a", "b"]),
)


def at_once(a, b):
    return (
        a.run_id == b.run_id
        or min(a.end_s, b.end_s) - max(a.begin_s, b.begin_s) > SLACK_S
    )  # fmt: skip


@given(st.lists(times, max_size=40), st.lists(times, max_size=3))
def test_what_is_open_at_once_is_found(first, second):
    one, apart = MeteredTimes(), []
    for time in first:  # of one host, none at once
        if not any(each.host == time.host and at_once(each, time) for each in apart):
            apart.append(time)
            one |= MeteredTimes.of(time)
    other, others = MeteredTimes(), []
    for time in second:
        if not any(each.host == time.host and at_once(each, time) for each in others):
            others.append(time)
            other |= MeteredTimes.of(time)
    expected = {(a, b) for a in apart for b in others if at_once(a, b)}
    assert set(one.at_once(other)) == expected
    assert {(a, b) for b, a in other.at_once(one)} == expected
    assert len(one | other) == len(apart) + len(others)
