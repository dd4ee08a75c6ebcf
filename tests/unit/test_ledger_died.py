"""The row of a window whose program was killed: up to its end, or at least up to the last mark."""

import pytest

from jupyter_green.intake.lines import unpack
from jupyter_green.ledger.died import died_row
from jupyter_green.ledger.row import report_of
from jupyter_green.sampler.last_sample import Claim
from tests.testbench.handed_in import GONE, S, mark, opened, sensors

CLAIM = Claim("/run/jupyter-green/sock", "0f" * 16, 500, {"cpu:0/package": 7.0})


def died(*marks, ask=lambda *_: None, owner=GONE, **claim):
    """Return the report of a program that has used 10 W, from joules at times."""
    begin = mark(0.0, 7.0, ("begin", "dead"))
    what = (sensors(**claim), opened("dead"), begin, *marks)
    written = [(owner, unpack(line)) for line in what]
    return report_of(died_row("dead", unpack(opened("dead")), written, ask).window["body"], None)


def behind_a_service(ask, owner=GONE):
    return died(mark(5.0, 57.0), ask=ask, owner=owner, claim=CLAIM.to_record())


def test_what_its_sampler_has_read_at_its_end_is_all():
    found = died(mark(5.0, 57.0), mark(6.0, 67.0, ("end", "dead")))
    assert found.energy_j == pytest.approx(60.0, abs=found.uncertainty_j)
    assert "at least" not in str(found)
    assert not found.notes


def test_where_nobody_has_read_at_its_end_the_joules_are_at_least_these():
    found = died(mark(5.0, 57.0), mark(10.0, 107.0))
    assert "at least 100" in str(found)
    (said,) = found.notes
    assert said.endswith("these are the joules of its first 10.0 s.")


def test_what_a_service_has_read_at_its_end_is_all():
    def ask(claim, ids):
        assert (claim, ids) == (CLAIM, ["cpu:0/package"])
        return ["sample", 6 * S, None, [[6 * S, 67.0, None, None]], {}]

    found = behind_a_service(ask)
    assert found.energy_j == pytest.approx(60.0, abs=found.uncertainty_j)
    assert found.duration_s == pytest.approx(6.0)
    assert "at least" not in str(found)
    assert not found.notes


def test_a_service_that_knows_nothing_any_more_leaves_a_lower_bound():
    found = behind_a_service(lambda *_: None)
    assert found.duration_s == pytest.approx(5.0)
    assert "at least 50.0" in str(found)


def test_a_service_is_not_asked_about_another_boot():
    def ask(*_):
        raise AssertionError

    found = behind_a_service(ask, owner=GONE._replace(boot="0ther0ne"))
    assert "at least 50.0" in str(found)
