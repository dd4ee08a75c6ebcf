"""Simulated studies whose truth is known; ``python -m benchmarks`` makes ten times as many."""

import pytest

pytest.importorskip("scipy")

from benchmarks import studies

STUDIES = 150
NOISES = {noise.name: noise for noise in studies.NOISES}


@pytest.mark.parametrize("name", NOISES)
def test_verdicts_are_right_as_often_as_they_claim(name):
    """Seeded; the bounds are three standard errors of so many studies beyond those claimed."""
    found = studies.shares(NOISES[name], STUDIES)
    assert found.rejects_same <= 0.105
    assert found.covers >= 0.92
    assert found.wrongly_same <= 0.105
    assert found.finds >= (0.45 if NOISES[name].has_bursts else 0.72)


def test_blocks_find_the_drift_instead_of_a_difference():
    assert studies.shares(NOISES["thermal drift"], 60).blocks_reject_same >= 0.3


def test_stopping_at_a_half_width_keeps_the_coverage():
    held, rounds = studies.until(NOISES["independent"], 60, sd=0.01)
    assert held >= 0.85
    assert 10 <= rounds < 20


@pytest.mark.parametrize("name", studies.RECORDED)
def test_recorded_runs_do_not_differ_from_themselves(name):
    rejected, _ = studies.recorded(name, 60)
    assert rejected <= 0.15
