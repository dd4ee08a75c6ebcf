"""Searches of Optuna and scikit-learn: the joules of their trials and candidates are the true ones.

In virtual time. What takes threads and processes is in `tests/hardware/test_search.py`.
"""

import pickle
from weakref import WeakKeyDictionary

import pytest

optuna = pytest.importorskip("optuna")
pytest.importorskip("sklearn")

import jupyter_green as jg  # noqa: E402
from jupyter_green.studies.hpo import metered, records, study_turns, turns  # noqa: E402
from jupyter_green.studies.hpo.study_turns import turns_of  # noqa: E402
from tests.testbench.searches import (  # noqa: E402
    Sleeper,
    is_within,
    search_of,
    searched,
    study,
    true_j,
)

WATTS = (40.0, 90.0, 160.0)


@pytest.fixture
def blind(machine, virtual, monkeypatch):
    """A machine without sensors, whose meter is that of this process."""
    for module in (turns, metered):
        monkeypatch.setattr(module, "shared_meter", lambda: virtual)
    monkeypatch.setattr(turns, "WATCH_S", 1e6)
    monkeypatch.setattr(Sleeper, "sleep", machine.sleep)
    return machine


@pytest.fixture
def cpu(blind):
    blind.truth.add("cpu:0/package", power_w=50.0, offset=5_000_000)
    return blind


@pytest.fixture
def gpu(blind):
    blind.truth.add("gpu:0", power_w=WATTS[0], phase_s=0.013)
    return blind


def test_the_joules_of_trials_are_the_true_ones_also_of_pruned_and_failed_ones(gpu):
    def f(trial):
        gpu.truth["gpu:0"].power_w = WATTS[trial.number % 3]
        gpu.sleep(0.35)
        if trial.number == 1:
            raise optuna.TrialPruned
        if trial.number == 2:
            raise ValueError("no such layer")
        return 1.0 / (trial.number + 1)

    found = study()
    found.optimize(jg.hpo.objective(f), n_trials=6, catch=(ValueError,))
    result = jg.hpo.summary(found)
    turns = [turn for turn in turns_of(found) if turn.trials]
    pauses = [turn for turn in turns_of(found) if not turn.trials]
    assert [trial.state for trial in result.trials] == ["complete", "pruned", "failed"] + 3 * [
        "complete"
    ]
    assert [turn.report.status for turn in turns] == ["ok", "ok", "error", "ok", "ok", "ok"]
    assert len(turns) == 6
    assert len(pauses) == 5
    outside = [
        n for n, turn in enumerate(turns) if not is_within(turn.report, true_j(gpu.truth, turn))
    ]
    assert len(outside) <= 1, outside  # of 95 % intervals
    assert all(is_within(turn.report, true_j(gpu.truth, turn), 2.0) for turn in turns)
    kept = {record.trials: record.report for record in records.read(found)}
    for number, turn in enumerate(turns):
        assert kept[(number,)].energy_j == turn.report.energy_j
        assert kept[(number,)].uncertainty_j == turn.report.uncertainty_j
        assert kept[(number,)].provenance == "counter"
    whole = sum(true_j(gpu.truth, turn) for turn in turns_of(found))
    assert is_within(result.total, whole, 2.0)
    assert is_within(result.pruned, true_j(gpu.truth, turns[1]), 2.0)
    assert is_within(result.failed, true_j(gpu.truth, turns[2]), 2.0)


def test_a_study_that_was_loaded_has_its_joules(cpu, tmp_path, monkeypatch):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    made = study(storage=storage, study_name="s")
    made.optimize(jg.hpo.objective(lambda _: cpu.sleep(0.03) or 1.0), 3)
    before = jg.hpo.summary(made, target=2.0)
    monkeypatch.setattr(study_turns, "_all", WeakKeyDictionary())  # as another process
    result = jg.hpo.summary(optuna.load_study(study_name="s", storage=storage), target=2.0)
    assert str(result) == str(before)
    assert result.to_target.energy_j == before.trials[0].report.energy_j


def test_trials_are_written_into_their_study_some_at_a_time_and_none_twice(cpu, monkeypatch):
    monkeypatch.setattr(records, "TURNS_EACH", 4)
    found = study()
    written = []
    found.set_user_attr = lambda name, value: written.append((name, len(value)))
    objective = jg.hpo.objective(lambda _: cpu.sleep(0.01) or 1.0)
    found.optimize(objective, 3)  # with the pauses between them 5 turns, the last pause goes on
    assert written == []  # while it runs it waits for no database
    cpu.sleep(0.5)
    turns_of(found).tend()
    turns_of(found).tend()
    assert [count for _, count in written] == [4, 1]
    found.optimize(objective, 1)
    jg.hpo.summary(found)
    jg.hpo.summary(found)
    assert [count for _, count in written] == [4, 1, 3]
    assert len({name for name, _ in written}) == 2


def test_a_database_that_fails_costs_no_joules(cpu):
    found = study()
    found.set_user_attr = lambda *_: 1 / 0
    found.optimize(jg.hpo.objective(lambda _: cpu.sleep(0.05) or 1.0), 2)
    result = jg.hpo.summary(found)
    assert result.total.energy_j == pytest.approx(5.0, rel=0.05)
    assert "could not be written into the study (ZeroDivisionError" in str(result)
    del found.set_user_attr
    assert "could not" not in str(jg.hpo.summary(found))
    assert len(list(records.read(found))) == 3


def test_a_budget_ends_the_study_with_the_trial_that_uses_it_up(cpu):
    found = study()

    def f(trial):
        cpu.sleep(0.1)
        return 1.0

    found.optimize(jg.hpo.objective(f), 20, callbacks=[jg.hpo.Budget(kj=0.017)])  # 50 W: 0.34 s
    used = [turn.report.energy_j for turn in turns_of(found)]
    last = used.pop()
    assert sum(used) < 17.0 <= sum(used) + last
    assert 3 <= len(found.trials) <= 4


def test_the_knee_ends_a_study_that_gains_nothing_more(cpu):
    values = iter([0.5, 0.8, 0.9, *[0.9] * 20])

    def f(trial):
        cpu.sleep(0.06)
        return next(values)

    found = study("maximize")
    found.optimize(jg.hpo.objective(f), 20, callbacks=[jg.hpo.Knee(min_gain=0.01, per_kj=0.007)])
    result = jg.hpo.summary(found, target=0.95)
    assert 4 < len(found.trials) < 10
    assert result.best == 0.9
    assert result.knee_trial.number == 2
    assert result.target_trial is None
    assert "not reached" in str(result)


def test_energy_as_an_objective_is_the_final_figure(cpu):
    def f(trial):
        cpu.sleep(trial.suggest_float("s", 0.02, 0.06))
        return 1.0

    found = optuna.create_study(directions=["maximize", "minimize"])
    found.optimize(jg.hpo.objective_and_energy(f), 3)
    turns = [turn for turn in turns_of(found) if turn.trials]
    assert [t.values[1] for t in found.trials] == [turn.report.energy_j for turn in turns]
    assert jg.hpo.summary(found, objective=0).best == 1.0


def test_energy_needs_an_objective_of_its_own_and_a_sensor(blind):
    ran = []
    metered = jg.hpo.objective_and_energy(lambda trial: ran.append(trial) or 1.0)
    with pytest.raises(ValueError, match="directions="):
        study().optimize(metered, 1)
    with pytest.raises(ValueError, match="no sensor"):
        optuna.create_study(directions=["maximize", "minimize"]).optimize(metered, 1)
    assert ran == []


def test_without_a_sensor_the_study_runs_and_says_why_it_has_no_joules(blind):
    found = study()
    with pytest.warns(RuntimeWarning, match="Budget counts nothing"):
        found.optimize(jg.hpo.objective(lambda _: 1.0), 2, callbacks=[jg.hpo.Budget(kj=1)])
    result = jg.hpo.summary(found, target=2.0)
    assert len(found.trials) == 2
    assert (result.total.energy_j, result.to_target, result.share(result.total)) == (None,) * 3
    assert "joules not measured" in str(result)
    assert "Not measured: no sensor" in str(result)
    result.plot()


def test_a_meter_that_breaks_costs_the_study_nothing(cpu, monkeypatch):
    monkeypatch.setattr(turns, "shared_meter", lambda: 1 / 0)
    found = study()
    with pytest.warns(RuntimeWarning, match="has no joules"):
        found.optimize(jg.hpo.objective(lambda trial: float(trial.number)), 2)
    assert found.best_value == 0.0
    assert "2 trials were not metered" in str(jg.hpo.summary(found))


def test_a_long_pause_is_nobodys_and_the_sampler_sleeps(cpu):
    found = study()
    metered = jg.hpo.objective(lambda _: 1.0)
    found.optimize(metered, 2)
    cpu.sleep(31.0)
    assert turns.shared_meter().open_windows == 1
    assert not turns_of(found).tend()
    assert turns.shared_meter().open_windows == 0
    found.optimize(metered, 2)
    cpu.sleep(31.0)  # also where nobody has tended it
    found.optimize(metered, 1)
    result = jg.hpo.summary(found)
    assert len(result.pauses) == 2
    assert "2 pauses are left out: longer than 30 s" in str(result)


def test_a_pause_ends_where_another_study_begins_a_trial(cpu):
    first, second = study(), study()
    metered = jg.hpo.objective(lambda _: cpu.sleep(0.1) or 1.0)
    first.optimize(metered, 2)
    second.optimize(metered, 1)
    assert turns.shared_meter().open_windows == 1  # only the pause of the second goes on
    first.optimize(metered, 1)
    result = jg.hpo.summary(first)
    assert [turn.trials for turn in turns_of(first)] == [[0], [], [1], [2]]
    assert result.total.energy_j == pytest.approx(15.0, rel=0.05)  # not with the second's 5 J
    assert "1 pause is left out" in str(result)
    assert "left out" not in str(jg.hpo.summary(second))


def test_what_is_not_final_when_a_pause_ends_is_written_a_little_later(gpu):
    found = study()
    found.optimize(jg.hpo.objective(lambda _: gpu.sleep(0.1) or 1.0), 1)
    turns_of(found).give_up_pause()
    assert turns_of(found).tend()  # a counter's refresh is still to come
    assert list(records.read(found)) == []
    gpu.sleep(0.5)
    assert not turns_of(found).tend()
    assert [record.trials for record in records.read(found)] == [(0,)]


def test_a_function_is_tried_without_a_study(blind):
    assert (
        jg.hpo.objective(lambda trial: trial.suggest_float("x", 0, 1))(
            optuna.trial.FixedTrial({"x": 0.5})
        )
        == 0.5
    )


def test_reports_are_made_final_beside_the_trials(cpu):
    found = study()
    found.optimize(jg.hpo.objective(lambda _: cpu.sleep(0.05) or 1.0), 4)
    before_j = turns_of(found).energy_j()
    cpu.sleep(0.5)
    turns_of(found).tend()
    assert all(turn.final is not None for turn in turns_of(found))
    assert turns_of(found).energy_j() == pytest.approx(before_j, rel=0.02)
    turns_of(found).tend()
    assert turns_of(found).energy_j() == sum(turn.report.energy_j for turn in turns_of(found))


# --- scikit-learn ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("GridSearchCV", {}),
        ("RandomizedSearchCV", {"n_iter": 2, "random_state": 0}),
        ("HalvingGridSearchCV", {"random_state": 0, "min_resources": 20}),
    ],
)
def test_candidates_of_searches_have_their_joules_beside_their_results(cpu, kind, options):
    search, energy = searched(kind, **options)
    frame = energy.to_frame()
    assert len(frame) == len(search.cv_results_["params"])
    for seconds, energy_j in zip(frame["param_seconds"], frame["energy_j"], strict=True):
        assert 2 * seconds * 50 <= energy_j * 1.02 <= 2 * seconds * 50 + 3.0  # two folds, 50 W
    result = energy.summary(target=2.0)
    parts = [t.report.energy_j for t in result.trials]
    parts += [result.between.energy_j, result.refit.energy_j]
    assert result.total.energy_j == pytest.approx(sum(parts))
    assert "refit" in str(result)


def test_the_results_travel_with_a_search_that_is_pickled(cpu):
    search, energy = searched()
    copied = pickle.loads(pickle.dumps(energy))
    assert str(copied.summary()) == str(energy.summary())
    assert pickle.loads(pickle.dumps(search)).best_params_ == search.best_params_


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_a_candidate_that_fails_keeps_its_joules(cpu):
    with pytest.warns(Warning, match="fits failed"):
        _, energy = searched(grid=(-1.0, 0.05))
    result = energy.summary()
    assert [trial.state for trial in result.trials] == ["failed", "complete"]
    assert result.failed is not None
    search, energy = search_of("GridSearchCV", (0.05, -1.0), error_score="raise")
    with pytest.raises(ValueError, match="no time"):
        search.fit([[0.0]] * 40, [0, 1] * 20)
    assert "did not come to its end" in str(energy.summary())
    assert energy.summary().total.energy_j > 49 * 0.1


# --- what may go wrong ----------------------------------------------------------------------


def test_an_interrupt_ends_the_study_and_its_trial_keeps_its_joules(cpu):
    def f(trial):
        cpu.sleep(0.1)
        if trial.number == 1:
            raise KeyboardInterrupt
        return 1.0

    found = study()
    with pytest.raises(KeyboardInterrupt):
        found.optimize(jg.hpo.objective(f), 5)
    result = jg.hpo.summary(found)
    assert [trial.report.status for trial in result.trials] == ["ok", "interrupted"]
    assert result.failed.energy_j == pytest.approx(5.0, rel=0.05)


def test_trials_of_several_processes_at_once_are_told(cpu, tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    here = study(storage=storage, study_name="s")
    there = optuna.load_study(study_name="s", storage=storage)
    inner = jg.hpo.objective(lambda _: cpu.sleep(0.05) or 1.0)

    def f(trial):
        there.tell(number := there.ask(), inner(number))
        return 1.0

    here.optimize(jg.hpo.objective(f), 1)
    assert "hold" in str(jg.hpo.summary(here))
    assert "Trials of several processes ran at the same time" in str(jg.hpo.summary(here))
