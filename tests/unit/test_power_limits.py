"""Power limits as a condition: runs under different ones are not alike, and it is said."""

import pytest

pytest.importorskip("scipy")

import jupyter_green as jg
from jupyter_green.flags import POWER_LIMIT_CHANGED, THROTTLED
from jupyter_green.repeats.result import Repeats
from jupyter_green.sampler.load import Load
from jupyter_green.studies.compare.bench import Bench
from jupyter_green.studies.compare.compare import study_of
from jupyter_green.studies.compare.plan import checked
from jupyter_green.studies.compare.progress import Silent
from jupyter_green.studies.compare.run import Run
from tests.testbench.comparisons import IDLE_W, Work
from tests.testbench.reports import domain, report

DEVICES = pytest.mark.parametrize("name", ["cpu:0/package", "gpu:0"])


def window(limits, energy_j=100.0, at_s=0.0, **fields):
    """A window of domains by their power limits, ``None`` where it is not known."""
    domains = [
        domain(id_, energy_j, conditions={} if watts is None else {"power_limit_w": watts})
        for id_, watts in limits.items()
    ]
    return report(*domains, at_s=at_s, **fields)


def study(*rounds):
    """A study of rounds, each a pair of power limits of gpu:0, that of a and that of b."""
    runs = [
        Run(number, name, 1, 1.0, energy_j, 0.0, window({"gpu:0": watts}, energy_j))
        for number, limits in enumerate(rounds, 1)
        for name, watts in zip("ab", limits, strict=True)
        for energy_j in [100.0 + number if name == "a" else 90.0 + number % 3]
    ]
    return jg.Study(("a", "b"), tuple(runs), unit="call", seed=0, margin=0.03)


def said(found):
    """What a study remarks of power limits."""
    return [text for text in found.remarks if "power limit" in text]


# --- what a window knows --------------------------------------------------------------------


@DEVICES
def test_a_window_has_the_limit_of_its_begin_and_a_flag_where_it_changed(machine, virtual, name):
    device = machine.truth.add(name, power_w=100.0, power_limit_w=300.0)
    virtual.discover()

    def seen(change_to=None):
        opened = virtual.begin()
        machine.sleep(1.5)
        if change_to:
            device.set(power_limit_w=change_to)
        machine.sleep(1.5)
        found = opened.end().domains[name]
        return found.conditions["power_limit_w"], POWER_LIMIT_CHANGED in found.flags

    assert seen() == (300.0, False)
    assert seen(change_to=250.0) == (300.0, True)
    assert seen() == (250.0, False)


def test_a_processor_whose_limit_is_known_is_flagged_throttled_all_the_same(machine, virtual):
    machine.truth.add("cpu:0/package", power_w=100.0, power_limit_w=95.0)
    opened = virtual.begin()
    machine.sleep(0.5)
    opened.end()
    around = opened.recording.surroundings
    around.begin_load = Load(0, 0.0, 0.0, 1, throttling={"0": 3})
    around.end_load = Load(1, 0.0, 0.0, 1, throttling={"0": 4})
    assert around.device_conditions("cpu:0/package") == {"power_limit_w": 95.0}
    assert around.device_flags("cpu:0/package") == [THROTTLED]


# --- studies --------------------------------------------------------------------------------


@DEVICES
def test_variants_that_run_under_limits_of_their_own_are_said_to(machine, virtual, name):
    device = machine.truth.add(name, power_w=IDLE_W, power_limit_w=300.0)
    work = Work(machine, device)

    def under(power_limit_w, call):
        def capped():
            device.set(power_limit_w=power_limit_w)
            call()

        return capped

    plan = checked(
        {"a": under(300.0, work.of("a", 100.0)), "b": under(250.0, work.of("b", 80.0))}, rounds=6
    )
    found = study_of(Bench(plan, virtual, machine.sleep, machine.clock_ns), Silent())
    assert said(found) == [
        f"The power limit of {name} was 300 W in a, 250 W in b: these are different conditions."
    ]


def test_a_limit_that_changes_between_rounds_is_told_and_these_rounds_left_out_beside():
    found = study(*[(300.0, 300.0)] * 7, *[(250.0, 250.0)] * 3)
    changed, rounds = said(found)
    assert changed == "The power limit of gpu:0 changed from 300 W to 250 W in round 8."
    assert rounds == (
        "In rounds 8, 9, 10, which are kept: the power limit was not that of most rounds."
    )
    assert any(text.startswith("Without these rounds, b uses ") for text in found.remarks)
    assert len(found.undisturbed_pairs[0].ratios) == 7
    assert jg.Study.from_dict(found.to_dict()).remarks == found.remarks


def test_a_limit_that_changes_within_a_round_is_one_change():
    found = study(*[(300.0, 300.0)] * 4, (300.0, 250.0), *[(250.0, 250.0)] * 5)
    changed, rounds = said(found)
    assert changed == "The power limit of gpu:0 changed from 300 W to 250 W in round 5."
    assert rounds.startswith("In rounds 1, 2, 3, 4, 5, which are kept: ")


def test_many_changes_are_told_in_one_sentence():
    found = study(*[(300.0, 300.0), (220.0, 220.0), (300.0, 250.0)] * 3)
    assert said(found)[0] == (
        "The power limit of gpu:0 changed in 8 rounds, between 220 W and 300 W."
    )


@pytest.mark.parametrize("limits", [(None, None), (300.0, 300.04), (None, 300.0)])
def test_limits_that_are_alike_or_not_known_are_not_spoken_of(limits):
    found = study(*[limits] * 4, (300.0, 300.0), *[limits] * 3)
    assert (said(found), found.disturbed) == ([], {})


# --- reports and repeated runs --------------------------------------------------------------


def test_a_comparison_of_two_reports_says_it():
    a = window({"gpu:0": 300.0, "cpu:0/package": 95.0}, label="a")
    b = window({"gpu:0": 250.0, "cpu:0/package": 95.0}, label="b", at_s=9)
    (remark,) = a.compare(b).remarks
    assert remark == (
        "The power limit of gpu:0 was 300 W in a, 250 W in b: these are different conditions."
    )
    assert a.compare(window({"gpu:0": 300.0, "cpu:0/package": None}, label="c")).remarks == ()


def test_a_comparison_of_repeated_runs_says_it():
    def repeats(watts, label, at_s):
        runs = [window({"gpu:0": w}, label=label, at_s=at_s + n) for n, w in enumerate(watts)]
        return Repeats(1, tuple(runs))

    a, b = repeats([300.0, 300.0], "a", 0), repeats([250.0, 250.0], "b", 9)
    assert "300 W in a, 250 W in b" in str(a.compare(b))
    assert "power limit" not in str(a.compare(repeats([250.0, 300.0], "b", 9)))
