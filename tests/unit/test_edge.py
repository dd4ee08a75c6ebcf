"""How the energy of the refresh interval that holds an edge divides there."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.estimator.edge import EdgeInterval, Stretch, from_outside, outside_part

IDLE, WORK = Stretch(20.0, 0.1), Stretch(200.0, 0.1)
INTERVAL = EdgeInterval(
    energy_j=20.0 * 0.03 + 200.0 * 0.07,
    outside_s=0.03,
    inside_s=0.07,
    outside_margin_s=0.0,
    inside_margin_s=0.0,
    outside=[IDLE, IDLE],
    inside=[WORK, WORK],
)
TOP_W = 200.0


def part(interval=INTERVAL, inside_w=None, top_w=TOP_W):
    return outside_part(interval, inside_w, top_w)


def sd_j(found):
    return math.sqrt(found.variance_j2)


def test_where_both_sides_agree_it_is_what_they_say():
    found = part()
    assert found.energy_j == pytest.approx(0.6)
    assert sd_j(found) < 0.05 * 0.6 * 2


def test_the_side_that_is_surer_counts():
    """Outside is at rest, so what it used there is known better than what is left over."""
    burst = replace(INTERVAL, energy_j=INTERVAL.energy_j + 2.0)
    assert part(burst).energy_j == pytest.approx(0.6)


def test_disagreement_widens():
    burst = replace(INTERVAL, energy_j=INTERVAL.energy_j + 2.0)
    assert sd_j(part(burst)) > 1.04 * sd_j(part())
    more = replace(INTERVAL, energy_j=INTERVAL.energy_j + 6.0)
    assert sd_j(part(more)) > sd_j(part(burst))


def test_scatter_that_was_seen_widens():
    moving = replace(INTERVAL, outside=[IDLE, Stretch(60.0, 0.1), IDLE])
    assert sd_j(part(moving)) > 2 * sd_j(part())


def test_doubt_about_the_outside_widens_and_does_not_make_the_inside_surer():
    burst = replace(INTERVAL, energy_j=INTERVAL.energy_j + 2.0)
    doubtful = replace(burst, doubt_w2=400.0**2)
    assert sd_j(part(doubtful)) > 2 * sd_j(part(burst))
    assert part(doubtful).energy_j == part(burst).energy_j


def test_the_mean_of_several_stretches_counts_where_the_refreshes_times_are_not_sure():
    outside = [Stretch(21.0, 0.001), Stretch(19.0, 0.001), Stretch(20.0, 0.001)]
    quick = EdgeInterval(0.11, 0.0005, 0.0005, 0.0, 0.0, outside, [Stretch(200.0, 0.001)])
    assert from_outside(quick, 200.0).energy_j == pytest.approx(21.0 * 0.0005)
    vague = replace(quick, outside_margin_s=0.0002)
    assert from_outside(vague, 200.0).energy_j == pytest.approx(20.0 * 0.0005)


def test_a_busy_outside_is_less_sure_than_one_at_rest():
    busy = replace(INTERVAL, outside=[Stretch(180.0, 0.1)] * 2, energy_j=180 * 0.03 + 200 * 0.07)
    assert sd_j(part(busy)) > 5 * sd_j(part())


def test_a_long_stretch_says_less_of_a_short_interval_than_a_short_one():
    short = replace(
        INTERVAL,
        energy_j=INTERVAL.energy_j / 100,
        outside_s=0.0003,
        inside_s=0.0007,
        outside=[Stretch(20.0, 0.001)] * 2,
        inside=[Stretch(200.0, 0.001)] * 2,
    )
    long = replace(short, outside=[IDLE] * 2, inside=[WORK] * 2)
    assert sd_j(part(long)) > 3 * sd_j(part(short))


def test_nothing_read_outside_leaves_it_between_time_and_the_inside():
    found = part(replace(INTERVAL, outside=[]))
    assert 0.6 < found.energy_j < 0.3 * INTERVAL.energy_j
    assert sd_j(found) > found.energy_j / 2
    assert sd_j(found) > 5 * sd_j(part())


def test_nothing_read_on_either_side_divides_by_time_and_says_so():
    found = part(replace(INTERVAL, outside=[], inside=[]))
    assert found.energy_j == pytest.approx(0.3 * INTERVAL.energy_j)
    assert sd_j(found) > 0.1 * INTERVAL.energy_j


positive = st.floats(1e-3, 1e3)
shares = st.floats(0.0, 1.0)
stretches = st.lists(st.builds(Stretch, positive, st.floats(1e-3, 10.0)), max_size=5)


@given(
    energy_j=positive,
    length_s=st.floats(1e-4, 1.0),
    share=shares,
    outside=stretches,
    inside=stretches,
    margin=st.floats(0, 0.01),
)
def test_never_less_than_nothing_nor_more_than_all(
    energy_j, length_s, share, outside, inside, margin
):
    interval = EdgeInterval(
        energy_j,
        share * length_s,
        (1 - share) * length_s,
        margin,
        margin,
        outside,
        inside,
    )
    top_w = max([energy_j / length_s, *(s.power_w for s in (*outside, *inside))])
    found = part(interval, top_w=top_w)
    assert 0.0 <= found.energy_j <= energy_j * (1 + 1e-9)
    assert found.variance_j2 > 0
