"""What a search's joules add up to: until a target, past the knee, in words and as a picture."""

import subprocess
import sys

import pytest

import jupyter_green as jg
from jupyter_green.studies.hpo.parts import TrialEnergy
from jupyter_green.studies.hpo.result import SearchEnergy
from tests.testbench.reports import domain, estimate, report


def search(*values, maximize=True, pauses=(), joules=10.0, **options):
    """A search whose trial n used (n + 1) x 10 J; a value may be the name of a state."""
    trials = tuple(
        TrialEnergy(
            n,
            value if isinstance(value, str) else "complete",
            None if isinstance(value, str) else value,
            report(domain(energy_j=(n + 1) * joules, uncertainty_j=0.1), at_s=10.0 * n),
        )
        for n, value in enumerate(values)
    )
    return SearchEnergy(trials, maximize, pauses=pauses, **options)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_target_and_the_knee_of_both_directions(sign):
    values = [sign * v for v in (0.5, 0.9, 0.96, 0.93, 0.97, 0.97)]
    found = search(*values, maximize=sign > 0, target=sign * 0.95)
    assert found.best == sign * 0.97
    assert found.best_trial.number == 4
    assert found.target_trial.number == 2
    assert found.to_target.energy_j == 10 + 20 + 30
    # 0.97 - 0.96 is a little more than 0.01 in floats, and one point all the same.
    assert found.knee_trial.number == 2
    assert found.past_knee.energy_j == 40 + 50 + 60
    assert found.share(found.past_knee) == pytest.approx(150 / 210)
    assert "past the knee  150.0 J ± 0.12 %  71 %  trial 2" in str(found)


def test_a_reach_of_its_own():
    assert search(0.5, 0.9, 0.97, within=0.1).knee_trial.number == 1
    assert search(0.5, 0.9, 0.97, within=0.0).knee_trial.number == 2


def test_parts_add_up_to_the_total():
    pauses = (report(domain(energy_j=4.0, uncertainty_j=0.1), at_s=500.0),)
    found = search(0.9, "pruned", "failed", 0.8, pauses=pauses)
    assert found.pruned.energy_j == 20
    assert found.failed.energy_j == 30
    assert found.between.energy_j == 4
    assert found.total.energy_j == 10 + 20 + 30 + 40 + 4
    assert found.share(found.between) == pytest.approx(4 / 104)
    text = str(found)
    assert "pruned trials" in text
    assert "failed trials" in text
    assert "between trials" in text


def test_a_target_that_was_never_reached():
    found = search(0.5, 0.6, target=0.9)
    assert (found.target_trial, found.to_target) == (None, None)
    assert "not reached" in str(found)


def test_one_trial_and_none():
    found = search(0.5)
    assert found.past_knee is None
    assert "1 trial, best 0.5 (trial 0)" in str(found)
    assert "nothing" in str(found)
    found.plot()
    none = search()
    assert (none.best, none.total, none.knee_trial, none.is_divided) == (None, None, None, False)
    assert str(none) == "0 trials, joules not measured"
    none.plot()
    assert len(none.to_frame()) == 0


def test_only_failed_trials():
    found = search("failed", "failed", target=0.5)
    assert (found.best, found.knee_trial, found.past_knee) == (None, None, None)
    assert found.failed.energy_j == 30
    found.plot()


def test_what_was_not_metered_leaves_no_figure_that_would_be_too_low():
    whole = search(0.5, 0.9, 0.97, target=0.9)
    first, *others = whole.trials
    found = SearchEnergy(
        (TrialEnergy(0, "complete", 0.5, None), *others), maximize=True, target=0.9
    )
    assert found.target_trial.number == 1
    assert (found.to_target, found.past_knee) == (None, None)
    assert "not known" in str(found)
    assert found.total.energy_j == 50
    assert found.to_frame()["cumulative_j"].isna().all()
    assert first.report is not None


def test_no_joules_make_no_ratio():
    nothing = report()
    trials = (TrialEnergy(0, "complete", 1.0, nothing), TrialEnergy(1, "complete", 2.0, nothing))
    found = SearchEnergy(trials, maximize=True, target=1.0)
    assert found.total.energy_j is None
    assert found.share(found.total) is None
    assert str(found).startswith("2 trials, best 2 (trial 1), joules not measured")


def test_an_estimate_looks_like_one():
    trials = (TrialEnergy(0, "complete", 1.0, report(estimate())),)
    found = SearchEnergy(trials, maximize=True)
    assert "≈" in str(found)
    assert "estimated" in str(found)
    assert "estimated" in found.plot().axes[0].get_xlabel()


def test_the_frame_has_a_row_for_each_trial():
    frame = search(0.5, "pruned", 0.9).to_frame()
    assert list(frame["trial"]) == [0, 1, 2]
    assert list(frame["best_so_far"]) == [0.5, 0.5, 0.9]
    assert list(frame["cumulative_j"]) == [10, 30, 60]
    assert list(frame["state"]) == ["complete", "pruned", "complete"]


def test_the_page_says_what_the_text_says_and_lets_nothing_in():
    page = search(0.5, 0.9, target=0.9, notes=("<b>a & b</b>",))._repr_html_()
    assert "to 0.9" in page
    assert "reached by trial 1" in page
    assert "&lt;b&gt;a &amp; b" in page


def test_the_picture_has_the_curve_the_target_and_what_is_past_the_knee():
    axes = search(0.5, "pruned", 0.96, "failed", 0.97, target=0.95).plot().axes[0]
    labels = axes.get_legend_handles_labels()[1]
    assert labels == ["best", "trial", "pruned", "failed", "target 0.95", "past the knee: 60 %"]
    assert axes.get_xlabel() == "Energy of the trials so far (J)"


@pytest.mark.parametrize("name", jg.hpo.__all__)
def test_each_name_is_there(name):
    pytest.importorskip("optuna")
    pytest.importorskip("sklearn")
    assert callable(getattr(jg.hpo, name))


def test_frameworks_are_imported_by_the_names_that_need_them():
    code = (
        "import sys, jupyter_green as jg; jg.hpo, jg.hpo.SklearnEnergy, jg.hpo.SearchEnergy;"
        "print(*(n for n in ('optuna', 'sklearn', 'numpy', 'pandas', 'matplotlib') "
        "if n in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_bad_input_is_refused_with_the_remedy():
    optuna = pytest.importorskip("optuna")
    with pytest.raises(TypeError, match="without calling f"):
        jg.hpo.objective(3)
    with pytest.raises(TypeError, match="without calling f"):
        jg.hpo.objective_and_energy(3)
    for kj in (0, -1, float("nan"), float("inf"), "5kJ"):
        with pytest.raises(ValueError, match="kj is"):
            jg.hpo.Budget(kj=kj)
    with pytest.raises(ValueError, match="min_gain is"):
        jg.hpo.Knee(min_gain=0, per_kj=1)
    study = optuna.create_study(directions=["maximize", "minimize"])
    with pytest.raises(ValueError, match=r"use Budget"):
        jg.hpo.Knee(0.1, 1)(study, None)
    with pytest.raises(TypeError, match="SklearnEnergy has a summary"):
        jg.hpo.summary(3)
    with pytest.raises(ValueError, match="target is nan"):
        jg.hpo.summary(study, float("nan"))
    with pytest.raises(ValueError, match="within is -1"):
        jg.hpo.summary(study, within=-1)
    with pytest.raises(ValueError, match="objective is 2"):
        jg.hpo.summary(study, objective=2)
    with pytest.raises(RuntimeError, match="nothing was metered yet"):
        jg.hpo.SklearnEnergy().summary()
    with pytest.raises(TypeError, match=r"set_callbacks|needs a search"):
        jg.hpo.by_candidate(3, jg.hpo.SklearnEnergy())
