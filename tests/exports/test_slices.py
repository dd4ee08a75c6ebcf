"""Windows that are asked for slice by slice are those of one question."""

import pytest

from jupyter_green.exports.selection import Selection
from jupyter_green.ledger.questions import book_what_waits
from jupyter_green.ledger.reports import reports
from jupyter_green.ledger.slices import slices
from tests.testbench.handed_in import report

from .conftest import book


def at(second, **fields):
    minute, second = divmod(second, 60)
    return report(started_at=f"2026-05-04T03:{minute:02}:{second:02}.000Z", **fields)


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_slices_have_each_window_once_with_what_it_has_of_others(ledger, at_once):
    around = at(20, stage="training", notebook="a.ipynb", duration_s=60.0)
    within = [at(second) for second in (25, 30, 40)]
    book(ledger, *(at(second) for second in (0, 10, 10, 10)), around, at(90), at(100))
    book(ledger, *within, parent=around.run_id)
    found = [
        (metered.run_id, metered.stage, metered.notebook)
        for begin_s, end_s in slices(ledger, at_once=at_once)
        for metered, _ in reports(ledger, begin_s, end_s)
    ]
    whole = [(metered.run_id, metered.stage, metered.notebook) for metered, _ in reports(ledger)]
    assert sorted(found) == sorted(whole)
    assert sum(stage == "training" for _, stage, _ in found) == 4
    assert len(list(slices(ledger, at_once=at_once))) == {1: 6, 2: 4, 3: 3, 100: 1}[at_once]


def test_slices_keep_to_the_time_that_is_asked_for(ledger):
    book(ledger, *(at(second) for second in range(0, 100, 10)))
    first_s = 1777863720.0
    times = list(slices(ledger, first_s + 15, first_s + 55, at_once=1))
    assert (times[0][0], times[-1][1]) == (first_s + 15, first_s + 55)
    assert [end_s for _, end_s in times[:-1]] == [begin_s for begin_s, _ in times[1:]]


def test_an_empty_ledger_is_one_slice(ledger):
    book_what_waits(ledger)
    assert list(slices(ledger)) == [(None, None)]
    assert list(Selection(ledger).windows()) == []
