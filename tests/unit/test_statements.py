"""What a project used, in all its forms."""

import io
import json
import random
import sys
from dataclasses import replace

import huggingface_hub
import pytest
import yaml

import jupyter_green as jg
from jupyter_green.carbon import intensity
from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE, OFF, ledger_folder
from jupyter_green.ledger import codecarbon
from jupyter_green.statements import sections, text
from jupyter_green.statements.carbon import required
from jupyter_green.statements.facts import NothingMetered, facts_of
from jupyter_green.statements.model_card import card_of
from jupyter_green.statements.record import record
from jupyter_green.statements.sessions import sessions
from jupyter_green.statements.source import windows_of
from tests.testbench.handed_in import closed, hand_in
from tests.testbench.statements import cpu, gpu, project, run, unread

G_PER_KWH = 360.0
"""At which a joule emits a tenth of a milligram."""


def shown(facts, *factor):
    """The statement's words as text has them, its lines unwrapped."""
    return " ".join(text.text(sections.document(facts, *factor)).split())


def of(*runs):
    return facts_of(windows_of(runs))


@pytest.fixture(params=["sqlite"])
def ledger(request, tmp_path, monkeypatch):
    place = str(tmp_path / "ledger")
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
        place = server.url(server.database())
    monkeypatch.setenv(LEDGER_VARIABLE, place)
    return ledger_folder()


def booked(ledger, runs, folder="~/thesis"):
    for each in runs:
        begin_s = float(each.started_at[17:23]) + 1
        hand_in(ledger, closed(each, begin_s=begin_s, project=folder, commit="c" * 40))


def stated(capsys, *words):
    status = main(["statement", *words])
    return status, *capsys.readouterr()


def test_measured_and_estimated_joules_are_apart_and_each_counts_once():
    facts = of(*project())
    assert facts.total.measured.energy_j == pytest.approx(4100)
    assert facts.total.estimated.energy_j == pytest.approx(410)
    assert facts.total.sum_j == pytest.approx(4535)  # the block's are in the cell's as well
    stages = {each.name: each.measured.energy_j for each in facts.stages}
    assert stages == pytest.approx({"data": 1000, "training": 3000, "untagged": 100})
    assert facts.machine_s == pytest.approx(25.0)


def test_all_runs_are_in_what_was_spent_and_the_last_good_ones_in_what_was_kept():
    facts = of(*project())
    assert facts.statuses == {"error": 1, "interrupted": 1, "ok": 4}
    assert facts.spent_kept.spent.measured.energy_j == pytest.approx(4100)
    assert facts.spent_kept.kept.measured.energy_j == pytest.approx(1100)
    said = shown(facts)
    assert "6 runs of 3 experiments; 2 of them ran more than once, 3 times at most." in said


def test_an_experiment_has_its_last_good_run():
    fit, cell, inner = of(*project()).experiments
    assert (fit.name, fit.runs, fit.not_ok) == ("fit", 3, 1)
    assert fit.last_good.measured.energy_j == pytest.approx(1000)
    assert (cell.name, cell.not_ok) == ("train.ipynb In [5]", 1)
    assert cell.last_good.measured.energy_j == pytest.approx(100)
    assert inner.name == "inner"
    (failed,) = of(run(label="fit", status="error")).experiments
    assert failed.last_good is None
    assert "No run ended well." in shown(of(run(status="died")))


def test_hardware_and_sensors_are_those_of_the_runs():
    facts = of(*project())
    found = record(facts)
    assert found["hardware"] == "AMD EPYC 7763 (32 vCPU), 2 × NVIDIA H100 PCIe"
    assert [(s.device, s.count, s.runs) for s in facts.sensors] == [
        ("AMD EPYC 7763 (32 vCPU)", 1, 6),
        ("NVIDIA H100 PCIe", 2, 6),
    ]
    assert found["not_read"] == [
        {"id": "rapl", "reason": "/sys/class/powercap has no RAPL zone", "runs": 6}
    ]


def test_without_joules_there_are_none_and_never_0():
    facts = of(unread())
    found = record(facts, required("FR", None))
    assert (found["spent"]["measured"], found["spent"]["estimated"]) == (None, None)
    assert found["annex_xi_mwh"] == {"measured": None, "estimated": None}
    said = shown(facts, required("FR", None))
    assert "No joules are known of any run." in said
    assert "energy that is not known" in said
    assert "0 J" not in said
    with pytest.raises(ValueError, match="no joules are known"):
        card_of(facts, required("FR", None))


def test_the_interval_holds_reading_and_scale():
    found = record(of(run(0, gpu(0, 600.0), cpu(100.0))))["spent"]
    assert found["measured"]["low_j"] == pytest.approx((600 - 2) / 1.1)
    assert found["measured"]["high_j"] == pytest.approx((600 + 2) * 1.1)
    assert found["estimated"]["high_j"] == pytest.approx(101 * 1.7)


def test_the_paragraph_for_neurips_answers_its_questions():
    found = record(of(*project()), required(G_PER_KWH, None))["neurips_compute"]
    assert "ran on AMD EPYC 7763 (32 vCPU), 2 × NVIDIA H100 PCIe" in found
    assert "One run of each of the 3 experiments took 5.00 s at most" in found
    assert "The whole project took 6 metered runs and 25.0 s of machine time" in found
    assert "This includes 2 runs that failed, were interrupted or died" in found
    assert "measured, ≈ 410 mg" in found
    assert "≈ 410 J, × 0.58 to 1.7 (estimated by a model" in found


def test_the_ai_act_gets_megawatt_hours():
    found = record(of(run(0, gpu(0, 7.2e9)), run(10, cpu(3.6e9))))["annex_xi_mwh"]
    assert found == {"measured": pytest.approx(2.0), "estimated": pytest.approx(1.0)}
    said = shown(of(run(0, gpu(0, 7.2e9), stage="training")))
    assert "training: measured 2 MWh (95 % interval 1.8 to 2.2)." in said


@pytest.mark.parametrize(
    ("energy_j", "head", "figures"),
    [
        (0.01, "mWh", "0.0028 0.0018 to 0.004"),
        (200.0, "mWh", "56 51 to 61"),
        (1.5e6, "Wh", "420 380 to 460"),
        (3.6e6 * 1234, "MWh", "1.2 1.1 to 1.4"),
        (3.6e9 * 123_456, "MWh", "120000 110000 to 140000"),
    ],
)
def test_energy_is_in_the_unit_that_fits_it(energy_j, head, figures):
    device = replace(gpu(0, energy_j), uncertainty_j=energy_j * 1e-5 if energy_j > 1 else 0.003)
    said = shown(of(run(0, device)))
    assert f"energy {head} 95 % interval, {head}" in said
    assert f" {figures} " in said


def test_co2e_is_given_with_its_factor_and_else_how_to_have_it():
    facts = of(*project())
    assert "No CO2e is given, as no place was" in shown(facts)
    said = shown(facts, required("US-CA", 1.2))
    assert "direct" in said  # a state's figure is none of a life cycle
    assert "PUE 1.2" in said
    spent = record(facts, required(G_PER_KWH, None))["spent"]
    assert spent["measured"]["emissions_g"] == pytest.approx(0.41)


def test_what_was_played_back_is_said():
    replayed = run(flags=("replayed",))
    assert "REPLAYED" in shown(of(replayed))


def test_the_order_of_the_reports_changes_nothing():
    runs = project()
    expected = json.dumps(record(of(*runs), required("DE", None)))
    for seed in range(5):
        random.Random(seed).shuffle(runs)
        assert json.dumps(record(of(*runs, runs[0]), required("DE", None))) == expected


@pytest.mark.parametrize("ledger", ["sqlite", "postgresql"], indirect=True)
def test_the_command_states_the_project_of_the_ledger(ledger, capsys):
    booked(ledger, project())
    booked(ledger, [run(label="another")], "~/another")
    status, out, err = stated(capsys, "--project", "~/thesis", "--format", "json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert (found["project"], found["runs"], found["projects"]) == ("~/thesis", 6, ["~/thesis"])
    assert found["commits"] == ["c" * 40]
    assert "2 projects, ~/thesis, ~/another: 7 runs" in stated(capsys, "--all")[1]
    everything = json.loads(stated(capsys, "--all", "--format", "json")[1])
    assert (everything["project"], everything["runs"]) == (None, 7)
    for form in ("text", "markdown", "latex", "json"):
        twice = [stated(capsys, "--project", "thesis", "--format", form)[1] for _ in range(2)]
        assert twice[0] == twice[1] != ""


def test_the_command_says_what_there_is_where_the_project_has_nothing(ledger, capsys):
    status, _, err = stated(capsys, "--all")
    assert (status, err) == (2, "jupyter green: nothing has been metered yet\n")
    booked(ledger, project())
    status, out, err = stated(capsys, "--project", "nothing")
    assert (status, out) == (2, "")
    assert "--project names one of ~/thesis; --all takes all" in err


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (["--since", "2026-13-01"], "give one as 2026-01-31"),
        (["--since", "2026-05-05", "--until", "2026-05-01"], "swap them"),
        (["--place", "XX"], "no place that is known"),
        (["--place", "0.4"], "give grams"),
        (["--pue", "0.9", "--place", "DE"], "PUE"),
        (["--reports", "/nowhere"], "No such file"),
    ],
)
def test_bad_input_is_one_line_with_its_remedy(ledger, capsys, words, remedy):
    status, out, err = stated(capsys, *words)
    assert (status, out) == (2, "")
    assert remedy in err
    assert err.count("\n") == 1


def test_without_a_ledger_it_says_how_to_have_one(capsys):
    status, _, err = stated(capsys)
    assert status == 2
    assert LEDGER_VARIABLE in err


def test_reports_may_come_from_a_file_or_another_program(tmp_path, capsys, monkeypatch):
    lines = "\n".join(json.dumps(each.to_dict()) for each in project())
    (tmp_path / "runs.jsonl").write_text(f"{lines}\n\n", encoding="utf-8")
    of_file = stated(capsys, "--reports", str(tmp_path / "runs.jsonl"), "--format", "json")
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    assert stated(capsys, "--reports", "-", "--format", "json") == of_file
    assert json.loads(of_file[1])["runs"] == 6
    exported = "\n".join(json.dumps({"label": "x", "report": each.to_dict()}) for each in project())
    monkeypatch.setattr(sys, "stdin", io.StringIO(exported))
    assert stated(capsys, "--reports", "-", "--format", "json") == of_file
    for wrong, said in (
        (b"{}", "line 1"),
        (b"\xff", "not UTF-8"),
        (b"[" * 100_000, "line 1"),
        (b"", "holds no report"),
    ):
        (tmp_path / "runs.jsonl").write_bytes(wrong)
        status, _, err = stated(capsys, "--reports", str(tmp_path / "runs.jsonl"))
        assert status == 2
        assert said in err


def test_a_model_card_is_read_by_the_hub():
    card = jg.model_card(project(), place=G_PER_KWH, training_type="fine-tuning")
    found = huggingface_hub.ModelCard(f"---\nlicense: mit\n{card}\n---\n# A model")
    emitted = found.data.to_dict()["co2_eq_emissions"]
    assert emitted == card.to_dict()["co2_eq_emissions"]
    assert emitted["emissions"] == pytest.approx(0.451)  # grams: 4 510 J
    assert "4.1 kJ ± 7 % measured and ≈ 410 J" in emitted["source"]
    assert "geographical_location" not in emitted  # a number is no place
    assert emitted["hardware_used"] == "AMD EPYC 7763 (32 vCPU), 2 × NVIDIA H100 PCIe"
    again = huggingface_hub.ModelCardData(license="mit", **card.to_dict())
    assert yaml.safe_load(again.to_yaml())["co2_eq_emissions"] == emitted


def test_a_model_card_names_the_place():
    assert jg.model_card(run(), place="FR").geographical_location == "France"
    named = jg.model_card(run(), place="FR", geographical_location="Paris, France")
    assert named.geographical_location == "Paris, France"
    tiny = jg.model_card(run(0, gpu(0, 5e-6)), place=G_PER_KWH)
    assert yaml.safe_load(str(tiny))["co2_eq_emissions"]["emissions"] == pytest.approx(5e-10)


def test_sci_is_that_of_the_standard():
    """The specification's own example: 1 000 kg over four years are 28 g for an hour."""
    hour = run(0, gpu(0, 3.6e6), duration_s=3600.0)
    embodied = jg.Embodied(1_000_000, lifespan_years=4)
    found = jg.sci(10, hour, unit="request", embodied=embodied, place=400, pue=1.5)
    assert found.operational.emissions_g == pytest.approx(600)  # 1 kWh x 400 g/kWh x 1.5
    assert found.embodied_g == pytest.approx(28.5, abs=0.1)
    assert found.g_per_unit == pytest.approx(62.85, abs=0.01)
    assert found.is_full
    assert "CO2e per request" in str(found)
    assert "Not a full SCI" not in str(found)
    half = jg.Embodied(1_000_000, 4, share=0.5, reserved_s=7200)
    assert jg.sci(10, hour, embodied=half, place=400).embodied_g == pytest.approx(28.5, abs=0.1)
    assert jg.sci(10, hour, embodied=28.5, place=400).embodied_g == 28.5


def test_sci_without_embodied_emissions_is_not_called_one():
    found = jg.sci(10, run(), place="FR")
    assert not found.is_full
    assert "Not a full SCI" in str(found)
    assert "estimated joules are in it" in str(found)


def test_the_intervals_of_sci_hold_both_kinds():
    both = jg.sci(1, run(0, gpu(0, 600.0), cpu(100.0)), place=G_PER_KWH).operational
    assert both.emissions_g == pytest.approx(0.07)
    assert both.uncertainty_g == pytest.approx(5**0.5 * 1e-4)
    above = ((600 * 0.1) ** 2 + (100 * 0.7) ** 2) ** 0.5
    assert both.scale[1] == pytest.approx(1 + above / 700)


@pytest.mark.parametrize(
    ("call", "error", "remedy"),
    [
        (lambda: jg.model_card(run()), ValueError, "no place is set and none is guessed"),
        (lambda: jg.sci(1, run()), ValueError, "no place is set and none is guessed"),
        (lambda: jg.sci(0, run(), place="FR"), ValueError, "units is 0: give a number above 0"),
        (lambda: jg.sci("7", run(), place="FR"), TypeError, "units is a number above 0, not str"),
        (lambda: jg.sci(1, run(), unit=" ", place="FR"), ValueError, "unit is ' ': name one"),
        (lambda: jg.sci(1, run(), embodied=-1, place="FR"), ValueError, "embodied is -1"),
        (lambda: jg.sci(1, [1], place="FR"), TypeError, "reports are expected, not int"),
        (lambda: jg.sci(1, run(), project="a", place="FR"), ValueError, "not both"),
        (lambda: jg.sci(1, [], place="FR"), NothingMetered, "nothing was metered"),
        (lambda: jg.Embodied(float("nan"), 4), ValueError, "total_g"),
        (lambda: jg.Embodied(1, 4, share=2), ValueError, "give 1 at most"),
        (lambda: jg.model_card(run(), place="FR", pue=0.5), ValueError, "PUE"),
        (lambda: jg.model_card(run(), place="FR", training_type=""), ValueError, "training_type"),
    ],
)
def test_what_cannot_be_is_refused_with_its_remedy(call, error, remedy):
    with pytest.raises(error, match=remedy):
        call()


def test_without_reports_it_is_the_ledgers_project_or_else_the_session(ledger, monkeypatch):
    booked(ledger, project())
    assert jg.model_card(place=G_PER_KWH, project="thesis").emissions_g == pytest.approx(0.451)
    monkeypatch.setenv(LEDGER_VARIABLE, OFF)
    with pytest.raises(NothingMetered, match="nothing was metered in this session"):
        jg.model_card(place="FR")
    sessions.append(lambda: [run(0, gpu(0, 3600.0))])
    try:
        assert jg.sci(2, place=intensity(1000)).g_per_unit == pytest.approx(0.5)
    finally:
        sessions.pop()


def test_imported_runs_are_said_to_be():
    """Models of another tool are not ours of whole servers."""
    row = {
        "timestamp": "2026-05-04T03:02:01",
        "run_id": "a",
        "duration": "3600",
        "energy_consumed": "1.2",
        "cpu_energy": "0.1",
        "ram_energy": "0.1",
        "gpu_energy": "1.0",
        "cpu_model": "a processor",
        "gpu_model": "1 x NVIDIA A100",
        "codecarbon_version": "3.3.2",
    }
    said = shown(of(*(each.report for each in codecarbon.runs([row])), run()))
    assert "Metered by jupyter-green 0.1.0 (1 run), codecarbon 3.3.2 (1 run)" in said
    assert "Estimated: CPU and memory, by another tool's models." in said
    assert "Of imported runs it is not known whether they failed" in said
    assert "the server around it" in said  # as the other run's are
    said = shown(of(*(each.report for each in codecarbon.runs([row]))))
    assert "the server around it" not in said
    assert "fans, losses of the power supply" in said
