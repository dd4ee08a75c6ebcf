"""Searches whose trials run side by side, in threads and processes, on stand-in hardware."""

import math
import subprocess
import sys
import time

import pytest

optuna = pytest.importorskip("optuna")
pytest.importorskip("sklearn")

import jupyter_green as jg  # noqa: E402
from jupyter_green.meter.shared import close_shared_meter  # noqa: E402
from jupyter_green.studies.hpo.study_turns import turns_of  # noqa: E402
from tests.testbench.searches import is_within, searched, study, true_j  # noqa: E402


@pytest.fixture(autouse=True)
def meter(host):
    """A shared meter that sees the stand-ins: a socket of 50 W and a GPU of 100 W."""
    close_shared_meter()
    yield
    close_shared_meter()


def test_trials_side_by_side_have_one_figure_together(host):
    found = study()
    found.optimize(jg.hpo.objective(lambda _: time.sleep(0.2) or 1.0), 6, n_jobs=2)
    result = jg.hpo.summary(found, target=2.0)
    trials = [turn for turn in turns_of(found) if turn.trials]
    assert sorted(number for turn in trials for number in turn.trials) == list(range(6))
    assert max(len(turn.trials) for turn in trials) > 1
    assert (result.to_target, result.past_knee) == (None, None)
    whole = sum(true_j(host, turn) for turn in turns_of(found))
    assert is_within(result.total, whole, 2.0)
    assert "only what they used together is known" in str(result)


SEARCH = """
import sys, time, optuna
import jupyter_green as jg

def f(trial):
    time.sleep(0.1)
    if trial.number == 2:
        raise KeyboardInterrupt
    return 1.0

made = optuna.create_study(study_name="s", storage=sys.argv[1])
made.optimize(jg.hpo.objective(f), 5)
"""


def test_a_program_that_is_interrupted_leaves_all_joules_in_its_study(host, tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    ended = subprocess.run(
        [sys.executable, "-c", SEARCH, storage], capture_output=True, check=False, timeout=60
    )
    assert b"KeyboardInterrupt" in ended.stderr
    result = jg.hpo.summary(optuna.load_study(study_name="s", storage=storage))
    assert [trial.report.status for trial in result.trials] == ["ok", "ok", "interrupted"]
    for trial in result.trials:
        true_j = 150 * trial.report.duration_s
        tolerance_j = max(0.2 * true_j, 2 * trial.report.uncertainty_j)  # of a busy machine
        assert trial.report.energy_j == pytest.approx(true_j, abs=tolerance_j)
    assert len(result.pauses) == 2


def test_energy_cannot_be_an_objective_of_trials_side_by_side():
    found = study(directions=["maximize", "minimize"], direction=None)
    metered = jg.hpo.objective_and_energy(lambda _: time.sleep(0.2) or 1.0)
    with pytest.raises(ValueError, match="n_jobs=1"):
        found.optimize(metered, 4, n_jobs=2)


def test_of_folds_in_other_processes_only_the_total_is_known():
    search, energy = searched(n_jobs=2)
    if not hasattr(search, "set_callbacks"):
        pytest.skip("candidates run one after the other in earlier versions")
    result = energy.summary(target=0.5)
    assert result.total.energy_j > 150 * 0.15
    assert result.to_target is None
    assert math.isnan(energy.to_frame()["energy_j"][0])
    assert "only the total is known" in str(result)
