"""``%%energy_variant`` and ``%green compare`` in a real kernel; the last on known hardware."""

import os
import re

import pytest

pytest.importorskip("scipy")

from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.powercap import fuse_missing

REST = """\
%%energy_variant {name}
import time
runs = runs + 1
time.sleep(0.5)"""

HALF_AS_LONG = """\
from jupyter_green.studies.compare import pilot
pilot.shortest_run_s = lambda domains: 0.5"""


def said(ran):
    """What an error shows, without its colours; a usage error prints its text."""
    lines = [*ran.traceback, ran.reply["ename"], ran.reply["evalue"]]
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(lines))


def test_variants_are_kept_and_not_run(kernel):
    ran = kernel.run("%%energy_variant fast\nran = 'yes'")
    assert ran.status == "ok"
    assert ran.text.startswith("fast is kept as a variant; it has not run.")
    assert kernel.run("'ran' in dir()").value == "False"
    assert "`%green compare` runs fast, two words in turns" in (
        kernel.run("%%energy_variant 'two words'\n1").text
    )
    assert "fast replaces the variant" in kernel.run("%%energy_variant fast\n2").text


@pytest.mark.parametrize(
    ("cell", "said_"),
    [
        ("%%energy_variant\n1", "give one name"),
        ("%%energy_variant two words\n1", "in quotes"),
        ("%%energy_variant a\n  \n", "no code"),
        ("%%energy_variant a\nfor", "SyntaxError"),
        ("%%energy_variant a\nreturn 3", "SyntaxError"),
        ("%%energy_variant a\nawait b", "await"),
        ("%green compare nobody", "no variant is called nobody"),
        ("%green compare x --rounds 0", "rounds is 0: give 1 or more"),
        ("%green compare x --rounds many", "--rounds"),
        ("%green compare x --margin 0", "margin is 0"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_runs(kernel, cell, said_):
    kernel.run("%%energy_variant x\nnever = 1")
    kernel.run("%%energy_variant y\nnever = 1")
    ran = kernel.run(cell.replace("compare x", "compare x y"))
    assert ran.status == "error"
    assert said_ in said(ran)
    assert kernel.run("'never' in dir()").value == "False"


def test_one_variant_is_not_enough(kernel_with):
    kernel = kernel_with()
    kernel.run("%load_ext jupyter_green")
    assert "needs two variants" in said(kernel.run("%green compare"))
    kernel.run("%%energy_variant alone\n1")
    ran = kernel.run("%green compare")
    assert "there is alone only" in said(ran)
    kernel.run("import sys")
    assert kernel.run("'scipy' in sys.modules").value == "False"


def test_an_error_in_a_variant_shows_the_users_line(kernel):
    kernel.run("%%energy_variant x\n1")
    kernel.run("%%energy_variant y\na = 1\nb = a / 0")
    ran = kernel.run("%green compare y x --rest 0")
    assert ran.reply["ename"] == "ZeroDivisionError"
    assert "b = a / 0" in said(ran)
    assert "bench.py" not in said(ran)


def test_variants_run_in_turns_in_the_users_namespace(truth, request, kernel_with):
    serve = request.getfixturevalue("powercap" if fuse_missing() else "powercap_fuse")
    truth.add("cpu:0/package", power_w=50.0)
    kernel = kernel_with(dict(os.environ) | {POWERCAP_VARIABLE: str(serve().root)})
    kernel.run("%load_ext jupyter_green")
    kernel.run(HALF_AS_LONG)
    kernel.run("runs = 0")
    for name in ("a", "b"):
        kernel.run(REST.format(name=name))
    ran = kernel.run("study = %green compare --rounds 2 --rest 0 --seed 4\nstudy")
    assert ran.status == "ok"
    assert ran.value.startswith("not enough rounds: about ")
    (result,) = ran.of("execute_result")
    assert "<table" in result["data"]["text/html"]
    report_type = "application/vnd.jupyter-green.report.v1+json"
    told = [c for c in ran.of("update_display_data") if report_type not in c["data"]]
    lines = [c["data"]["text/plain"] for c in told]
    # Each of the four runs takes half a second at least; on a busy machine they take longer.
    for words, least_s in (("2 rounds to come:", 2), ("round 2 of 2 ·", 1)):
        found = re.findall(rf"{words} about ([\d.]+) s", "\n".join(lines))
        assert found
        assert min(map(float, found)) >= least_s
    assert len({c["transient"]["display_id"] for c in told}) == 1
    (whole,) = ran.reports  # by which the panel counts it
    assert whole["label"] == "comparison of a, b"
    runs_j = "sum(run.energy_j for run in study.runs)"
    assert whole["energy_j"] > float(kernel.run(runs_j).value)
    assert kernel.run("runs >= 2 * (2 + 3 + 2)").value == "True"
    # On a busy machine an edge is read late, and the report says how far it is off.
    kernel.run("true_j = [50 * run.report.duration_s for run in study.runs]")
    kernel.run("twice_j = [2 * run.report.uncertainty_j for run in study.runs]")
    kernel.run("within_j = [max(w, 0.01 * j) for w, j in zip(twice_j, true_j)]")
    kernel.run("off = sorted(w / j for w, j in zip(within_j, true_j))")
    assert kernel.run("off[0] < 0.1 and off[-1] < 0.5").value == "True"
    right = "[abs(run.energy_j - j) <= w for run, j, w in zip(study.runs, true_j, within_j)]"
    assert kernel.run(right).value == f"{[True] * 4}"
    report = kernel.run("%green report").of("display_data")[0]["data"]["text/plain"]
    assert "comparison of a, b" in report
