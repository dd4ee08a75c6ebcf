"""The pytest plugin: whole sessions in virtual time, on a machine whose joules are known."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

pytest.importorskip("scipy")
pytest.importorskip("scipy.stats")  # pytester takes back what a session has imported

from jupyter_green.flags import HOST_BUSY
from jupyter_green.meter import shared
from jupyter_green.studies.guard import budget, energy, fingerprint, judgement, running, summary
from jupyter_green.studies.guard.judgement import Verdict, judged
from jupyter_green.studies.guard.metered import Metered
from tests.testbench import reports
from tests.testbench.comparisons import SAVES_10, Work, made

PLUGIN = "jupyter_green.studies.guard.plugin"
LOADED = (energy, judgement, running, summary)  # before the sessions, which forget what they load
FAST = """
def test_dot(energy, work):
    energy.compare({new}, {old}, rest=0, rounds={rounds}).at_most({limit})
"""


@pytest.fixture
def bare_session(pytester, machine, virtual, monkeypatch):
    """Run a session of pytest with these tests and options, on a machine without sensors."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(shared, "_shared", virtual)
    monkeypatch.setattr(shared, "_shared_pid", os.getpid())

    class Bed:
        @pytest.fixture
        def work(self):
            return run.work

    def run(code, *options):
        pytester.makepyfile(code)
        options = ("-p", PLUGIN, "-p", "no:cacheprovider", "-rs", "--strict-markers", *options)
        return pytester.runpytest_inprocess(*options, plugins=[Bed()], no_reraise_ctrlc=True)

    run.folder = pytester.path
    return run


@pytest.fixture
def session(machine, bare_session):
    """Run a session in virtual time, whose `work` draws power from a processor."""
    package = machine.truth.add("cpu:0/package", power_w=20.0)
    bare_session.work = Work(machine, package).of
    return bare_session


def compared(new_w, old_w, limit=1.05, rounds=10):
    new, old = f"work('new', {new_w})", f"work('old', {old_w})"
    return FAST.format(new=new, old=old, limit=limit, rounds=rounds)


def text_of(result):
    return " ".join(result.stdout.str().split())


def test_what_uses_less_passes(session):
    result = session(compared(90, 100))
    result.assert_outcomes(passed=1)
    assert re.search(
        r"new uses 0\.\d+ times \(95 % CI 0\.8\d+–0\.9\d+\) the joules of old, at most 1\.05: "
        r"10 rounds( \(\d+ disturbed, [a-z ]+\))?, 4\d\.\d J against \d\d\.\d J per call",
        text_of(result),
    )


def test_what_uses_more_fails_with_the_reason(session):
    result = session(compared(112, 100))
    result.assert_outcomes(failed=1)
    assert re.search(
        r"AssertionError: new uses 1\.1\d+ times \(95 % CI 1\.1\d+–1\.1\d+\) the joules of old, "
        r"above the limit of 1\.05: 10 rounds( \(\d+ disturbed, [a-z ]+\))?, "
        r"5\d\.\d J against \d\d\.\d J per call",
        text_of(result),
    )
    assert "energy.py" not in result.stdout.str()  # the traceback ends in the user's test


def test_what_cannot_be_told_is_reported_and_fails_if_that_is_asked_for(session):
    code = compared(104.7, 100, rounds=7)
    result = session(code)
    result.assert_outcomes(passed=1)
    said = re.search(
        r"not enough rounds: about (\d+) more \(`--energy-rounds (\d+)`\)", text_of(result)
    )
    assert int(said[2]) == 7 + int(said[1])
    session(code, "--energy-strict").assert_outcomes(failed=1)


def test_too_few_rounds_never_fail(session):
    result = session(compared(200, 100), "--energy-rounds", "5")
    result.assert_outcomes(passed=1)
    assert "about 1 more (`--energy-rounds 6`)" in text_of(result)
    session(compared(200, 100), "--energy-rounds", "6").assert_outcomes(failed=1)


def test_an_exception_passes_through_and_whole_rounds_are_kept(session):
    code = """
def test_it(energy, work):
    calls = []
    work_of_old = work("old", 100, seconds=2)
    def new():
        calls.append(1)
        work_of_old()
        if len(calls) > 9:
            raise KeyError("mine")
    energy.compare(new, work_of_old, rest=0).at_most(1.05)
"""
    result = session(code)
    result.assert_outcomes(failed=1)
    assert "KeyError: 'mine'" in text_of(result)
    assert re.search(r"ended early, after [1-9] whole rounds?: ", text_of(result))


def test_an_interrupt_ends_the_session_and_whole_rounds_are_kept(session):
    code = """
def test_it(energy, work):
    calls = []
    work_of_old = work("old", 100, seconds=2)
    def new():
        calls.append(1)
        work_of_old()
        if len(calls) > 9:
            raise KeyboardInterrupt
    energy.compare(new, work_of_old, rest=0).at_most(1.05)
"""
    result = session(code)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert re.search(r"ended early, after [1-9] whole rounds?: ", text_of(result))


def test_without_a_sensor_comparisons_are_skipped_visibly(bare_session):
    result = bare_session("def test_it(energy): energy.compare(print, input).at_most(1)")
    result.assert_outcomes(skipped=1)
    assert "not compared: There is no ratio, and nothing was run, as no energy" in text_of(result)


def test_without_a_sensor_tests_with_a_budget_run_and_say_that_it_was_not_checked(bare_session):
    code = "import pytest\n@pytest.mark.energy_budget(joules=1)\ndef test_it(): {}"
    result = bare_session(code.format("pass"))
    result.assert_outcomes(skipped=1)
    assert "not checked: no energy sensor can be read here" in text_of(result)
    bare_session(code.format("assert 0")).assert_outcomes(failed=1)


def test_the_verdict_agrees_with_the_interval():
    study = made(SAVES_10)
    low, high = study.pair("a", "b").interval
    for limit, verdict in (
        (high, Verdict.HELD),
        (high * 0.9999, Verdict.OPEN),
        (low, Verdict.OPEN),
        (low * 0.9999, Verdict.EXCEEDED),
    ):
        assert judged(study, "b", "a", limit).verdict is verdict


def test_disturbed_rounds_are_counted_in_the_sentence():
    assert "8 rounds, " in judged(made(SAVES_10), "b", "a", 1.0).sentence
    study = made(SAVES_10, {2: (HOST_BUSY,), 5: (HOST_BUSY,)})
    assert "8 rounds (2 disturbed, as by other programs), " in judged(study, "b", "a", 1.0).sentence


def test_an_estimate_is_said_to_be_one():
    study = made(SAVES_10, domain=reports.estimate)
    for limit, begin in ((1.0, "b uses"), (0.9, "not enough rounds"), (0.5, "b uses")):
        assert judged(study, "b", "a", limit).sentence.startswith(f"By the CPU model, {begin}")


BUDGET = """
import pytest
@pytest.mark.energy_budget({budget})
def test_it(work):
    work("it", 100.0, seconds=1.0)()
"""


@pytest.mark.parametrize(
    ("budget", "outcome"),
    [("joules=50", "failed"), ("kj=0.2", "passed"), ("'0.05 kJ'", "failed"), ("'1 Wh'", "passed")],
)
def test_a_budget_holds_where_its_fingerprint_was_saved(session, budget, outcome):
    code = BUDGET.format(budget=budget)
    session(code, "--energy-save-fingerprint").assert_outcomes(**{outcome: 1})
    result = session(code)
    result.assert_outcomes(**{outcome: 1})
    said = "over its budget of 50.0 J" if outcome == "failed" else "within its budget of "
    assert said in text_of(result)


@pytest.mark.parametrize(
    ("budget_j", "said"),
    [
        (89.0, None),
        (91.0, "not surely over its budget of 91.0 J, which is within the uncertainty"),
        (101.0, "within its budget of 101 J"),
    ],
)
def test_a_budget_is_exceeded_beyond_the_uncertainty_alone(
    tmp_path, virtual, monkeypatch, budget_j, said
):
    monkeypatch.setattr(shared, "_shared", virtual)
    monkeypatch.setattr(shared, "_shared_pid", os.getpid())
    fingerprint.save(tmp_path)
    test = Metered([])
    test.report = reports.report(
        reports.domain(energy_j=100.0, uncertainty_j=10.0), flags=(HOST_BUSY,)
    )
    mark = pytest.mark.energy_budget(joules=budget_j).mark
    if said:
        budget.check(mark, test, tmp_path, 0)
        assert test.properties == [("energy_result", said)]
    else:
        with pytest.raises(
            pytest.fail.Exception, match=r"100 ± 10 J used, 89\.0 J allowed; other programs"
        ):
            budget.check(mark, test, tmp_path, 0)


def test_a_budget_of_another_machine_is_skipped_visibly_when_the_test_has_run(session):
    code = BUDGET.format(budget="joules=5")
    result = session(code)
    result.assert_outcomes(skipped=1)
    assert (
        "the test passed; its energy budget of 5.00 J was not checked: no fingerprint"
        in text_of(result)
    )
    session(code, "--energy-save-fingerprint")
    path = session.folder / fingerprint.FILE
    saved = json.loads(path.read_text())
    saved["sensors"][0]["provenance"] = "estimate"
    path.write_text(json.dumps(saved))
    said = text_of(session(code))
    assert "its sensors are cpu:0/package" in said
    assert "`pytest --energy-save-fingerprint`" in said
    session(code.replace("work(", "assert not work(") + "    assert 0").assert_outcomes(failed=1)


def test_the_fingerprint_names_devices_and_no_host(session):
    session(BUDGET.format(budget="kj=1"), "--energy-save-fingerprint")
    saved = json.loads((session.folder / fingerprint.FILE).read_text())
    assert set(saved) == {"schema", "cpu", "sensors"}
    assert set(saved["sensors"][0]) == {"id", "device", "source", "provenance"}
    assert os.uname().nodename not in json.dumps(saved)


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ("", "not clear"),
        ("joules=5, kj=1", "not clear"),
        ("watts=5", "not clear"),
        ("5", "has no unit"),
        ("'5'", "has no unit"),
        ("joules=-1", "above 0"),
        ("joules=float('nan')", "above 0"),
        ("kj='1'", "no number"),
        ("'5 kj'", "did you mean kJ"),
    ],
)
def test_a_bad_budget_is_told_before_anything_runs(session, budget, said):
    result = session(BUDGET.format(budget=budget))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in " ".join(result.stderr.str().split())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("compare(3, print).at_most(1)", "TypeError: variant 'new' is 3"),
        ("compare(print, print, rounds=0).at_most(1)", "ValueError: rounds is 0"),
        ("compare(work('a', 9), work('b', 9)).at_most('x')", "TypeError: the limit is 'x'"),
        ("compare(work('a', 9), work('b', 9)).at_most(-1)", "ValueError: the limit is -1"),
    ],
)
def test_bad_input_of_a_comparison(session, call, said):
    result = session(f"def test_it(energy, work):\n    energy.{call}")
    result.assert_outcomes(failed=1)
    assert said in text_of(result)


def test_bad_rounds_of_the_command_line(session):
    result = session("def test_it(): pass", "--energy-rounds", "0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_a_comparison_without_a_limit_is_warned_of(session):
    result = session("def test_it(energy, work): energy.compare(work('a', 9), work('b', 9))")
    result.assert_outcomes(passed=1, warnings=1)


PLAIN = """
def test_two(work):
    assert work("it", 50.0, seconds=2.0)()
def test_one(work):
    work("it", 100.0, seconds=2.0)()
"""


def test_the_joules_of_all_tests_are_opt_in_and_in_junit_xml(session):
    assert "energy" not in session(PLAIN).stdout.str()
    path = session.folder / "junit.xml"
    result = session(PLAIN, "--energy-report", f"--junitxml={path}")
    result.assert_outcomes(passed=1, failed=1)
    found = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in ET.parse(path).iter("testcase")
    }
    assert float(found["test_one"]["energy_j"]) == pytest.approx(200, rel=0.03)
    assert float(found["test_two"]["energy_j"]) == pytest.approx(100, rel=0.03)
    rows = text_of(result).split("= energy =")[1]
    assert 0 < rows.index("::test_two") < rows.index("::test_one")  # as they ran


def test_a_broken_meter_breaks_no_test(session, monkeypatch):
    def broken(self, *given, **named):
        raise OSError("no sampler")

    monkeypatch.setattr(type(shared.shared_meter()), "window", broken)
    result = session(PLAIN.replace("assert ", ""), "--energy-report")
    result.assert_outcomes(passed=2)
    assert "not metered: no sampler" in text_of(result)


def test_beside_other_workers_no_budget_is_checked(pytester, host, monkeypatch):
    pytest.importorskip("xdist")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    code = "import pytest\n@pytest.mark.energy_budget(joules=0.001)\ndef test_{}(): pass\n"
    pytester.makepyfile("".join(map(code.format, "ab")))
    options = ("-p", PLUGIN, "-p", "xdist", "-rs")
    result = pytester.runpytest_subprocess(*options, "-n", "2", "--energy-save-fingerprint")
    result.assert_outcomes(skipped=2)
    assert "2 processes ran tests side by side" in text_of(result)


def test_loading_it_imports_nothing_but_pytest_and_the_standard_library():
    code = "import pytest, sys; before = set(sys.modules)\n"
    code += f"import {PLUGIN}\nprint(*set(sys.modules) - before)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {"jupyter_green", "jupyter_green._version", "jupyter_green.pages"}
    ours |= {"jupyter_green.studies", "jupyter_green.studies.guard", PLUGIN}
    others = {
        name for name in ran.stdout.split() if name.split(".")[0] not in sys.stdlib_module_names
    }
    assert others == ours


def test_tests_without_joules_load_no_meter(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        "import sys\ndef test_it():\n    assert 'jupyter_green.meter.shared' not in sys.modules"
    )
    pytester.runpytest_subprocess("-p", PLUGIN).assert_outcomes(passed=1)


@pytest.mark.parametrize(("budget", "outcome"), [("joules=50", "failed"), ("joules=120", "passed")])
def test_in_real_time_a_budget_is_compared_with_the_true_joules(
    pytester, host, monkeypatch, budget, outcome
):
    """A processor of 50 W and a GPU of 100 W, for half a second."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    code = BUDGET.format(budget=budget).replace("work", "").splitlines()
    code = [*code[:-1], "    import time; time.sleep(0.5)"]
    pytester.makepyfile("\n".join(code))
    result = pytester.runpytest_subprocess("-p", PLUGIN, "-rs", "--energy-save-fingerprint")
    result.assert_outcomes(**{outcome: 1})
    sensors = json.loads((pytester.path / fingerprint.FILE).read_text())["sensors"]
    assert {"cpu:0/package", "gpu:0"} <= {sensor["id"] for sensor in sensors}


def test_comparisons_beside_other_workers_are_called_noisy():
    said = []
    energy.Energy(rounds=None, is_strict=False, beside=3, keep=said.append).keep("b uses less")
    assert said == ["b uses less (noisy: 3 other processes ran tests beside it)"]


def test_a_test_that_runs_again_is_one_row_with_its_last_joules(session):
    code = """
import pytest
@pytest.fixture(autouse=True)
def again(request):
    request.node.user_properties += [("energy_j", -1.0), ("mine", 3)]
def test_one(work):
    work("it", 100.0, seconds=2.0)()
"""
    path = session.folder / "junit.xml"
    session(code, "--energy-report", f"--junitxml={path}").assert_outcomes(passed=1)
    found = [(p.get("name"), p.get("value")) for p in ET.parse(path).iter("property")]
    assert ("mine", "3") in found
    assert [float(value) > 0 for name, value in found if name == "energy_j"] == [True]
