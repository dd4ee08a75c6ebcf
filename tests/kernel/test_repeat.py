"""%energy and repeated cells in a real kernel, on hardware whose energy is known."""

import ast
import os
import re
import time

import pytest

from jupyter_green.notebook.output.repeats import MIME_TYPE
from jupyter_green.report.report import Report
from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.powercap import fuse_missing

from .conftest import LAB


def shown(ran):
    """The bundles that the cell shows in the end."""
    kept = {}
    for kind in ("display_data", "update_display_data"):
        for content in ran.of(kind):
            kept[content["transient"].get("display_id", id(content))] = content["data"]
    return list(kept.values())


def repeated(ran):
    """The texts of the repeats among them."""
    return [d["text/plain"] for d in shown(ran) if "per loop (" in d["text/plain"]]


def plain(traceback):
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(traceback))


def calls_of(ran):
    return int(ran.value)


@pytest.mark.parametrize(
    "code",
    [
        "r = %energy -o -r 5 sum(range(1000))",
        "%%energy -r 5 -n 2000 -v r\nsum(range(1000))",
    ],
)
def test_the_joules_are_the_true_ones(truth, request, kernel_with, code):
    serve = request.getfixturevalue("powercap" if fuse_missing() else "powercap_fuse")
    truth.add("cpu:0/package", power_w=50.0)
    truth.add("cpu:0/dram", power_w=10.0)
    kernel = kernel_with(dict(os.environ) | {POWERCAP_VARIABLE: str(serve().root)})
    kernel.run("%load_ext jupyter_green")
    ran = kernel.run(code)
    assert ran.status == "ok"
    figures = "(r.mean_j, r.interval_j, r.mean_duration_s, r.repeats, r.provenance)"
    mean_j, interval_j, duration_s, runs, provenance = ast.literal_eval(kernel.run(figures).value)
    assert abs(mean_j - 60.0 * duration_s) <= max(interval_j, 0.05 * 60.0 * duration_s)
    assert (runs, provenance) == (5, "counter")
    (bundle,) = shown(ran)
    assert set(bundle) == {"text/plain", "text/html", "text/latex", MIME_TYPE}
    assert "J ± " in bundle["text/plain"]
    assert "≈" not in bundle["text/plain"]


def test_the_statement_runs_as_often_as_asked_and_binds_nothing(kernel):
    kernel.run("calls = []")
    ran = kernel.run("%energy -n 3 -r 4 found = calls.append(len(calls))")
    assert (ran.status, len(repeated(ran)), ran.value) == ("ok", 1, None)
    assert "4 runs of 3 loops" in repeated(ran)[0]
    assert calls_of(kernel.run("len(calls)")) == 12
    assert kernel.run("'found' in dir()").value == "False"
    assert kernel.run("[name for name in dir() if 'green' in name]").value == "[]"


def test_the_last_value_and_the_history_stay(kernel):
    kernel.run("41 + 1")
    kernel.run("%energy -n 1 -r 1 7 * 6 + 58")
    assert kernel.run("_").value == "42"


def test_the_result_is_the_value_if_asked_for(kernel):
    ran = kernel.run("%energy -o -q -n 2 -r 2 1 + 1")
    assert "per loop" in ran.value
    assert shown(ran) == []
    assert kernel.run("(_.loops, _.repeats)").value == "(2, 2)"
    kernel.run("%energy -q -v kept -n 2 -r 3 1 + 1")
    assert kernel.run("(kept.loops, kept.repeats)").value == "(2, 3)"


def test_a_value_of_ours_is_shown_as_html_with_the_extension_and_without(kernel):
    kernel.run("%energy -q -v kept -n 2 -r 2 1 + 1")
    kernel.run("%%energy -q -v R\npass")
    for line in ("%unload_ext jupyter_green", "%load_ext jupyter_green"):
        (runs,) = kernel.run("kept").of("execute_result")
        assert "per loop" in runs["data"]["text/html"]
        (report,) = kernel.run("R").of("execute_result")
        assert "<table" in report["data"]["text/html"]
        assert set(report["data"]) == {"text/html", "text/latex", "text/plain"}
        (comparison,) = kernel.run("R.compare(R)").of("execute_result")
        assert "<strong>" in comparison["data"]["text/html"]
        kernel.run(line)


@pytest.mark.parametrize("line", ["-x calls.append(1)", "-n many calls.append(1)", "-n 3", ""])
def test_wrong_flags_show_the_usage_and_run_nothing(kernel, line):
    kernel.run("calls = []")
    ran = kernel.run(f"%energy {line}")
    assert ran.status == "error"
    assert "usage: %energy [-n N]" in ran.text + "\n".join(ran.traceback)
    assert calls_of(kernel.run("len(calls)")) == 0


@pytest.mark.parametrize("code", ["%energy 1/0", "%%energy -n 3\nx = 1\n1/0", "%%energy -r 3\n1/0"])
def test_an_error_is_the_codes_own(kernel, code):
    ran = kernel.run(code)
    assert (ran.status, ran.reply["ename"]) == ("error", "ZeroDivisionError")
    text = "\n".join(ran.traceback)
    assert "1/0" in text
    assert "repeat.py" not in text
    assert repeated(ran) == []
    assert kernel.run("%energy -n 1 -r 1 pass").status == "ok"


def interrupted(kernel, code):
    """Run a cell that prints, and interrupt it then."""
    request = kernel.start(code)
    while kernel.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
        pass
    time.sleep(0.2)
    kernel.manager.interrupt_kernel()
    return kernel.finish(request)


def frames(ran):
    """The frames of a traceback, each as its text, with the number of the cell as ``n``."""
    text = plain(ran.traceback).replace(f"In[{ran.reply['execution_count']}]", "In[n]")
    _, *found = re.split(r"\n(?=Cell In\[|File |    \[\.\.\. )", text)
    return [frame.strip() for frame in found]


LINE = "%energy -n 1 -r 1 "
CELL = "%%energy -n 1 -r 1\n"


@pytest.mark.parametrize("magic", [LINE, CELL])
@pytest.mark.parametrize(
    "code",
    [
        "1/0",
        "fails(1)",
        "int('no')",
        "import json; json.loads('{')",
        "print('in', flush=True); time.sleep(30)",
        "waits()",
    ],
)
def test_a_traceback_has_the_users_frames_as_without_the_magic(kernel, code, magic):
    kernel.run(
        "import time\n"
        "def fails(n):\n    return 1 / n if n == 0 else fails(n - 1)\n"
        "def waits():\n    print('in', flush=True)\n    time.sleep(30)"
    )
    run = interrupted if "waits" in code or "sleep" in code else type(kernel).run
    bare = run(kernel, ("# %%energy -n 1 -r 1\n" if magic == CELL else "") + code)
    time.sleep(0.2)  # ipykernel 6 aborts what comes right after an error
    metered = run(kernel, magic + code)
    time.sleep(0.2)
    bare, metered = frames(bare), frames(metered)
    added, users = metered[: -len(bare)], metered[-len(bare) :]
    assert users == bare
    # The rest is the magic's call, IPython's frames in older versions, and that some are hidden.
    assert added[0].startswith("Cell In[n]")
    assert not any("jupyter_green/notebook" in frame for frame in added)


def test_a_traceback_has_the_line_numbers_of_the_cell(kernel):
    ran = kernel.run("%%energy -n 3\nx = 1\n1/0")
    text = plain(ran.traceback)
    assert "> 3 1/0" in text


def test_an_interrupt_ends_the_runs(kernel):
    ran = interrupted(kernel, "import time\n%energy -n 1 print('in'); time.sleep(30)")
    assert ran.reply["ename"] == "KeyboardInterrupt"
    assert kernel.run("import gc; gc.isenabled()").value == "True"
    text = plain(ran.traceback)
    assert "time.sleep(30)" in text
    assert "repeat.py" not in text
    assert "statement.py" not in text
    assert "interrupted: no joules per loop" in shown(ran)[0]["text/plain"]


def test_the_place_of_the_result_says_which_run_it_is(kernel):
    ran = kernel.run("import time\n%energy -n 1 -r 3 time.sleep(0.6)")
    assert ran.of("display_data")[0]["data"]["text/plain"] == "measuring …"
    (result,) = shown(ran)
    assert "3 runs" in result["text/plain"]
    texts = [c["data"]["text/plain"] for c in ran.of("update_display_data")]
    assert texts[:-1] == ["measuring: run 2 of 3 …", "measuring: run 3 of 3 …"]


def test_the_result_survives_code_that_clears_the_output(kernel):
    kernel.run("from IPython.display import clear_output")
    ran = kernel.run("%energy -n 1 -r 2 clear_output()")
    order = [m["msg_type"] for m in ran.messages]
    assert "per loop" in ran.of("display_data")[-1]["data"]["text/plain"]
    assert "display_data" in order[order.index("clear_output") :]


def test_a_replay_is_watermarked(kernel_with, tmp_path):
    recording = tmp_path / "curve.csv"
    recording.write_text("t_s,domain,power_w\n0,gpu:0,100\n60,gpu:0,100\n")
    kernel = kernel_with(os.environ | {"JUPYTER_GREEN_REPLAY": str(recording)})
    kernel.run("%load_ext jupyter_green\nimport time")
    (result,) = shown(kernel.run("%energy -n 1 -r 1 time.sleep(0.5)"))
    assert "REPLAYED, not measured" in result["text/plain"]
    assert ">REPLAY</strong>" in result["text/html"]


def test_a_repeated_cell_is_a_function_that_runs_n_times_r(kernel):
    kernel.run("calls = []")
    ran = kernel.run("%%energy -r 3 -n 2 --label mine --stage data -v r\nx = 1\ncalls.append(x)\nx")
    assert (ran.status, ran.value, ran.reports, len(repeated(ran))) == ("ok", None, [], 1)
    assert calls_of(kernel.run("len(calls)")) == 6
    assert kernel.run("'x' in dir()").value == "False"
    assert kernel.run("{(w.label, w.stage) for w in r.reports}").value == "{('mine', 'data')}"


def test_a_cell_magic_in_a_repeated_cell(kernel):
    ran = kernel.run("%%energy -r 2 -n 2\n%%bash\necho from bash")
    assert ran.text.count("from bash") == 4


def test_other_cell_magics_above_a_repeated_one(kernel):
    ran = kernel.run("%%time\n%%energy -r 2 -n 2\npass")
    assert "Wall time" in ran.text
    assert len(repeated(ran)) == 1


def test_a_name_that_is_bound_in_the_code_is_local(kernel):
    ran = kernel.run("x = 1\n%energy x = x + 1")
    assert ran.reply["ename"] == "UnboundLocalError"
    assert kernel.run("x").value == "1"


def test_the_variables_of_a_function_around_it_are_seen(kernel):
    kernel.run(
        "def around(here):\n"
        "    return get_ipython().run_line_magic('energy', '-n 2 -r 2 -o -q seen.append(here)')"
    )
    kernel.run("seen = []\naround(9)")
    assert kernel.run("(seen, 'here' in dir())").value == "([9, 9, 9, 9], False)"


def test_awaiting_at_the_top_level_is_refused_with_the_way_out(kernel):
    kernel.run("import asyncio")
    ran = kernel.run("%%energy -n 2\nawait asyncio.sleep(0)")
    assert ran.status == "error"
    assert "(no -r, no -n)" in ran.text + "\n".join(ran.traceback)
    inner = "%%energy -n 2 -r 2\nasync def later():\n    await asyncio.sleep(0)"
    assert kernel.run(inner).status == "ok"


def test_code_that_no_function_may_hold_is_a_syntax_error(kernel):
    assert kernel.run("%energy return").reply["ename"] == "SyntaxError"
    assert kernel.run("%energy 1 +").reply["ename"] in ("SyntaxError", "_IncompleteInputError")


def test_braces_and_dollars_reach_the_statement_unchanged(kernel):
    kernel.run("name = 'x'; kept = []")
    kernel.run("%energy -n 1 -r 1 kept.append('{name} $name')")
    assert kernel.run("kept").value == "['{name} $name']"


def test_in_auto_mode_the_cell_has_its_own_report_as_well(kernel):
    kernel.run("%green on")
    for code in ("%energy -n 2 -r 2 pass", "%%energy -n 2 -r 2\npass"):
        ran = kernel.run(code)
        assert len(ran.reports) == len(repeated(ran)) == 1
    kernel.run("%green off")


def test_a_cell_without_these_flags_is_metered_as_before(kernel):
    ran = kernel.run("%%energy --label plain\nx = 5\nx")
    assert (ran.value, len(ran.reports), repeated(ran)) == ("5", 1, [])
    assert kernel.run("x").value == "5"


def test_help_shows_the_flags(kernel):
    assert "-n N" in kernel.run("%energy?").reply["payload"][0]["data"]["text/plain"]
    assert "-r" in kernel.run("%%energy?").reply["payload"][0]["data"]["text/plain"]


def test_a_cell_that_is_repeated_runs_as_often_as_it_was_told(kernel):
    kernel.run("calls = []")
    kernel.run("%%energy -r 3\ncalls.append(1)")
    assert kernel.run("len(calls)").value == "3"


@pytest.mark.parametrize("code", ["%energy -n 2 -r 2 pass", "%%energy -r 2 --label twice\npass"])
def test_all_that_it_used_is_a_report_and_in_the_session(kernel, code):
    ran = kernel.run(code, LAB)
    (record,) = (data[MIME_TYPE] for data in shown(ran))
    assert (record["schema"], record["repeats"]) == ("jupyter-green.repeats.v1", 2)
    whole = Report.from_dict(record["report"])
    assert (whole.status, whole.cell_id) == ("ok", LAB["cellId"])
    assert whole.duration_s > 2 * record["loops"] * record["mean_duration_s"]
    assert "twice" not in code or whole.label == "twice"
    listed = kernel.run("%green report").of("display_data")[-1]["data"]["text/plain"]
    assert ("twice" if "twice" in code else "%energy -n 2") in listed


def test_what_failed_has_used_its_joules_as_well(kernel):
    (data,) = shown(kernel.run("%energy 1/0", LAB))
    assert data[MIME_TYPE]["report"]["status"] == "error"
    assert data[MIME_TYPE]["mean_j"] is None
