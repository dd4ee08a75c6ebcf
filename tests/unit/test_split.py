"""Whose joules: the parts are the whole, for whatever programs meter at whatever times."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.shapley import CPUS, FULL_W, Game, by_cpu_time_j, shapley_j
from jupyter_green.service.split import Slot, Split, apportion, split

joules = st.integers(0, 10**13)
NAMES = "abcde"


@st.composite
def hosts(draw):
    """A host's course, and the windows of several programs on it, which overlap as they like."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    slots = draw(
        st.lists(
            st.builds(
                Slot,
                dynamic_uj=st.integers(-(10**6), 10**12),
                busy_us=st.integers(0, 10**8),
                used_us=st.dictionaries(st.sampled_from(names), st.integers(0, 10**8)),
            ),
            min_size=1,
            max_size=4,
        )
    )
    edge = st.integers(0, len(slots))
    windows = draw(st.lists(st.tuples(st.sampled_from(names), edge, edge), min_size=1, max_size=4))
    measured = [draw(joules) for _ in windows]
    return slots, windows, measured, draw(st.none() | joules)


@settings(max_examples=1000)
@given(hosts())
def test_for_any_overlapping_programs_the_parts_are_the_whole_and_none_is_negative(host):
    slots, windows, measured, idle_uj = host
    for (name, one, other), measured_uj in zip(windows, measured, strict=True):
        within = slots[min(one, other) : max(one, other)]
        together = split(measured_uj, idle_uj, within)
        alone = [slot._replace(used_us={name: slot.used_us.get(name, 0)}) for slot in within]
        for found in (together, split(measured_uj, idle_uj, alone)):
            parts = [*found.units_uj.values(), found.others_uj, found.idle_uj or 0]
            assert sum(parts) == measured_uj
            assert min(parts) >= 0
            assert (found.idle_uj is None) == (idle_uj is None)


@settings(max_examples=200)
@given(
    st.lists(st.integers(0, 10**6), min_size=2, max_size=6),
    st.integers(0, 10**6),
    joules,
)
def test_who_is_divided_alone_has_the_same_part_as_among_all(used, rest, measured_uj):
    """Programs of the same times agree, whichever of them asks."""
    by_name = dict(zip(NAMES, used, strict=False))
    slot = Slot(1, sum(used) + rest, by_name)
    together = split(measured_uj, None, [slot])
    for name, used_us in by_name.items():
        alone = split(measured_uj, None, [slot._replace(used_us={name: used_us})])
        assert abs(alone.units_uj[name] - together.units_uj[name]) <= 1


def test_idle_stands_apart_and_the_rest_is_divided_by_time():
    slots = [Slot(60, 4000, {"a": 1000, "b": 2000})]
    assert split(100, 40, slots) == Split({"a": 15, "b": 30}, 15, 40)
    assert split(100, None, slots) == Split({"a": 25, "b": 50}, 25, None)


def test_less_than_idle_is_all_idle():
    assert split(30, 40, [Slot(0, 10, {"a": 10})]) == Split({"a": 0}, 0, 30)


def test_who_computed_while_much_was_drawn_has_more_of_it():
    """Alone for half of the time at 40 W, then away while four others drew 80 W."""
    slots = [Slot(40, 1, {"a": 1}), Slot(80, 4, {"a": 0})]
    assert split(120, None, slots).units_uj == {"a": 40}


def test_what_ticks_hide_gives_nobody_more_than_all():
    slot = Slot(10, 5, {"a": 10, "b": 10})
    assert split(100, None, [slot]) == Split({"a": 50, "b": 50}, 0, None)


def test_without_any_sign_of_use_all_is_of_others():
    assert split(100, None, []) == Split({}, 100, None)
    assert split(100, 10, [Slot(5, 0, {"a": 0})]) == Split({"a": 0}, 90, 10)


def test_without_a_curve_cpu_time_alone_divides():
    slots = [Slot(0, 4, {"a": 1}), Slot(0, 4, {"a": 3})]
    assert split(100, None, slots).units_uj == {"a": 50}


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (10, (1, 1, 1), [4, 3, 3]),
        (1, (1, 2), [0, 1]),
        (0, (1,), [0]),
        (7, (0, 1), [0, 7]),
        (7, (0, 0), [0, 7]),
    ],
)
def test_the_largest_remainders_are_rounded_up(total, weights, parts):
    assert apportion(total, weights) == parts


def test_of_power_that_grows_with_the_busy_cpus_alone_shares_are_the_shapley_values():
    game = Game(busy=[[1.0, 3.0], [2.0, 0.0]], heat=[1.0, 1.0], exponent=1.0)
    assert shapley_j(game) == pytest.approx([22.5, 22.5])
    assert by_cpu_time_j(game, 1) == pytest.approx([22.5, 22.5])


def test_shapley_values_of_concave_power_add_up_and_favour_who_comes_together_with_others():
    game = Game(busy=[[4.0, 4.0], [4.0, 0.0]], heat=[1.0, 1.0], exponent=0.5)
    both_w, alone_w = (FULL_W * (cpus / CPUS) ** 0.5 for cpus in (8.0, 4.0))
    assert shapley_j(game) == pytest.approx([both_w / 2 + alone_w, both_w / 2])
