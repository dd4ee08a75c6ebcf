"""One report beside another: the ratio's interval, and the words for it."""

import math
import random
from dataclasses import replace

import pytest

from jupyter_green.report.comparison import ratio
from tests.testbench.reports import domain, estimate, report


def window(label, energy_j, uncertainty_j, **fields):
    return report(domain(energy_j=energy_j, uncertainty_j=uncertainty_j), label=label, **fields)


def test_the_interval_holds_the_true_ratio_as_often_as_it_says():
    # Fieller's interval is exact for normal errors; 95 % of 4000 is 3800, s.d. 14.
    random.seed(1)
    held = 0
    for _ in range(4000):
        a, b = random.gauss(10.0, 1.0), random.gauss(8.0, 2.0)
        found = ratio(b, 2.0 * 1.96, a, 1.0 * 1.96)
        held += found.low <= 0.8 <= found.high
    assert 3740 <= held <= 3860


def test_a_divisor_that_may_be_nothing_tells_nothing():
    found = ratio(5.0, 0.1, 1.0, 1.0)
    assert (found.low, found.high) == (0.0, math.inf)
    assert not found.is_different


def test_less():
    a, b = window("a", 15.0, 0.2, duration_s=1.1), window("b", 12.3, 0.1, duration_s=1.2, at_s=9)
    assert str(a.compare(b)) == (
        "b uses 18.0 % (±1.3 %) less energy than a: "
        "12.30 ± 0.10 J against 15.0 ± 0.2 J, in 1.20 s against 1.10 s."
    )
    assert a.compare(b).energy_ratio.value == pytest.approx(0.82)
    assert a.compare(b).duration_ratio == pytest.approx(1.2 / 1.1)


@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        ((10.0, 0.01), (11.5, 0.01), "b uses 15.00 % (±0.15 %) more energy than a: "),
        ((10.0, 0.1), (32.0, 0.1), "b uses 3.20 (±0.03) times the energy of a: "),
        (
            (30.0, 0.3),
            (10.0, 0.1),
            "a uses 3.00 (±0.04) times the energy of b: 30.0 ± 0.3 J against 10.00 ± 0.10 J, ",
        ),
        (
            (30.0, 0.3),
            (0.5, 0.5),
            "a uses at least 29 times the energy of b: 30.0 ± 0.3 J against < 1.0 J, ",
        ),
        ((180.0, 2.0), (0.5, 0.5), "a uses at least 170 times the energy of b: "),
        (
            (10.0, 1.0),
            (10.5, 1.0),
            "no measurable difference between b and a (from 8.6 % less to 21 % more)",
        ),
        ((0.1, 0.1), (9.0, 0.1), "(the sensors cannot resolve it: run it longer"),
    ],
)
def test_the_words(a, b, says):
    assert says in str(window("a", *a).compare(window("b", *b, at_s=5)))


def test_what_was_not_measured_cannot_be_compared():
    nothing = report(label="nothing", at_s=5)
    found = window("a", 10.0, 0.1).compare(nothing)
    assert found.energy_ratio is None
    assert "cannot be compared because nothing has no joules" in str(found)
    assert "cannot be compared because nothing has no joules" in str(
        nothing.compare(found.reference)
    )


def test_it_remarks_what_is_not_alike():
    a = report(domain(), domain("gpu:0"), label="a")
    b = report(
        domain(), estimate(), label="b", at_s=5, status="error", flags=("replayed", "host-busy")
    )
    remarks = a.compare(b).remarks
    assert remarks == (
        "Different sensors were read: gpu:0 only in a.",
        "Different sensors were read: cpu only in b.",
        "b did not run to the end: error.",
        "b was replayed, not measured.",
        "Other programs ran during b: the joules include theirs.",
        "Some of these joules are estimated, not measured.",
    )
    assert str(a.compare(b)).splitlines()[1:] == list(remarks)


def test_two_runs_of_one_name_are_the_first_and_the_second():
    a = window("fit", 10.0, 0.1)
    text = str(a.compare(replace(window("fit", 5.0, 0.1, at_s=9), execution_count=3)))
    assert text.startswith("the first uses 2.00 (±0.05) times the energy of the second")


def test_only_reports_are_compared():
    with pytest.raises(TypeError, match=r"not with 3 \(int\)"):
        report(domain()).compare(3)


def counted(label, energy_j, uncertainty_j, count, unit="token", **fields):
    return window(label, energy_j, uncertainty_j, per_count=count, per_unit=unit, **fields)


def test_work_of_the_same_unit_is_compared_per_unit_too():
    a, b = counted("a", 10.0, 0.1, 1000.0), counted("b", 12.0, 0.1, 1500.0, at_s=9)
    found = a.compare(b)
    assert found.per_unit_ratio.value == pytest.approx(0.8)
    assert found.energy_ratio.value == pytest.approx(1.2)
    assert str(found).splitlines()[1] == (
        "Per token: b uses 20.0 % (±1.0 %) less energy than a, "
        "8.00 ± 0.07 mJ/token against 10.00 ± 0.10 mJ/token."
    )


def test_other_units_are_not_compared_per_unit():
    a = counted("a", 10.0, 0.1, 1000.0)
    for b in (counted("b", 9.0, 0.1, 3.0, "epoch", at_s=9), window("b", 9.0, 0.1, at_s=9)):
        assert a.compare(b).per_unit_ratio is None
        assert "Per " not in str(a.compare(b))
    nothing = report(label="nothing", per_count=3.0, per_unit="token", at_s=9)
    assert a.compare(nothing).per_unit_ratio is None
