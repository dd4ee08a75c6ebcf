"""A metered cell is the ordinary cell that it is."""

import re
import time

import pytest

from .conftest import LAB


def number_of(ran):
    return ran.reply["execution_count"]


def test_the_last_value_is_the_cells_value(kernel):
    ran = kernel.run("%%energy\n40 + 2")
    assert (ran.status, ran.value) == ("ok", "42")
    assert kernel.run("_").value == "42"
    assert kernel.run(f"Out[{number_of(ran)}]").value == "42"


def test_a_semicolon_keeps_the_value_quiet(kernel):
    assert kernel.run("%%energy\n40 + 2;").value is None


def test_names_stay(kernel):
    kernel.run("%%energy\nx = 5")
    assert kernel.run("x").value == "5"


def test_an_error_is_the_cells_error_with_its_own_line_number(kernel):
    bare = kernel.run("# the magic's line\nx = 1\n1/0\n")
    metered = kernel.run("%%energy\nx = 1\n1/0\n")
    assert metered.status == bare.status == "error"
    assert metered.reply["ename"] == "ZeroDivisionError"
    arrows = [[line for line in ran.traceback if "-->" in line] for ran in (bare, metered)]
    assert arrows[0] == arrows[1] != []
    assert [r["status"] for r in metered.reports] == ["error"]


def test_an_error_stops_the_cells_behind_it(kernel):
    first = kernel.start("%%energy\n1/0")
    second = kernel.start("print('still here')")
    kernel.finish(first)
    assert kernel.finish(second).status == "aborted"


def test_an_interrupt_is_an_interrupt(kernel):
    request = kernel.start("%%energy\nimport time\nprint('in')\ntime.sleep(30)")
    while True:
        message = kernel.client.get_iopub_msg(timeout=10)
        if message["msg_type"] == "stream":
            break
    kernel.manager.interrupt_kernel()
    ran = kernel.finish(request)
    assert ran.reply["ename"] == "KeyboardInterrupt"
    assert ran.of("update_display_data")[-1]["data"]["text/plain"].endswith("interrupted")
    assert kernel.run("%%energy\n1").reports[0]["status"] == "ok"


def test_an_interrupted_await_is_an_interrupt(kernel):
    request = kernel.start(
        "%%energy\nimport asyncio\nprint('in')\nwhile True: await asyncio.sleep(0.02)"
    )
    while kernel.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
        pass
    time.sleep(0.2)
    kernel.manager.interrupt_kernel()
    ran = kernel.finish(request)
    assert ran.status == "error"
    assert ran.of("update_display_data")[-1]["data"]["text/plain"].endswith("interrupted")
    assert kernel.run("%%energy\n1").reports[0]["status"] == "ok"


def test_a_syntax_error_is_a_syntax_error(kernel):
    ran = kernel.run("%%energy\n1 +")
    assert ran.reply["ename"] in ("SyntaxError", "_IncompleteInputError")
    assert [r["status"] for r in ran.reports] == ["error"]


def test_await_at_the_top_level(kernel):
    assert kernel.run("%%energy\nimport asyncio\nawait asyncio.sleep(0, 'done')").value == "'done'"


def test_future_imports(kernel):
    ran = kernel.run("%%energy\nfrom __future__ import annotations\ndef f(x: nowhere): ...\n7")
    assert (ran.status, ran.value) == ("ok", "7")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("%%energy\n%%bash\necho from bash", "from bash"),
        ("%%energy\n%%time\nprint('timed')", "Wall time"),
        ("%%time\n%%energy\nprint('timed')", "Wall time"),
        ("%%energy\n%%timeit -n1 -r1\npass", "per loop"),
    ],
)
def test_other_cell_magics_beside_it(kernel, cell, text):
    ran = kernel.run(cell)
    assert ran.status == "ok"
    assert text in ran.text
    assert len(ran.reports) == 1


def test_captured_output_is_captured_and_metered_once(kernel):
    ran = kernel.run("%%energy\n%%capture out\nprint('inside')")
    assert ran.text == ""
    assert len(ran.reports) == 1
    assert kernel.run("out.stdout").value == "'inside\\n'"
    assert len(kernel.run("%%capture out\n%%energy\nprint('inside')").reports) == 1


def test_a_comment_may_stand_above_the_magic(kernel):
    ran = kernel.run("# what this is about\n\n%%energy\n8")
    assert (ran.value, len(ran.reports)) == ("8", 1)


@pytest.mark.parametrize("flags", ["--nonsense", "-v 1x", "--label 'open", "stray words"])
def test_a_wrong_flag_shows_the_usage_and_does_not_run_the_body(kernel, flags):
    ran = kernel.run(f"%%energy {flags}\nprint('the body')")
    assert ran.status == "error"
    shown = ran.text + "\n".join(ran.traceback)
    assert "usage: %%energy [--label" in shown
    assert "the body" not in ran.text
    assert ran.reports == []


def test_an_empty_cell_is_empty(kernel):
    assert kernel.run("%%energy").status == "ok"


def test_the_report_in_a_variable(kernel):
    kernel.run("%%energy --label fit --stage training -v R\nimport time; time.sleep(0.1)")
    assert kernel.run("R.label, R.stage, R.status").value == "('fit', 'training', 'ok')"
    assert kernel.run("R.duration_s > 0.1 and R.energy_j > 0").value == "True"


def test_the_report_as_the_cells_value(kernel):
    ran = kernel.run("%%energy -o --label out\n7")
    number = number_of(ran)
    assert kernel.run("_.label").value == "'out'"
    assert kernel.run(f"Out[{number}].label, _{number}.label").value == "('out', 'out')"


def test_quiet_shows_nothing_and_still_measures(kernel):
    ran = kernel.run("%%energy -q -v R\n7", LAB)
    assert ran.of("display_data") == ran.of("comm_open") == []
    assert kernel.run("R.status").value == "'ok'"


def test_the_body_is_not_in_the_report(kernel):
    ran = kernel.run("%%energy\nsecret_name = 'do not keep'")
    assert "secret_name" not in str(ran.reports[0])


def test_programs_may_call_the_magic(kernel):
    ran = kernel.run("get_ipython().run_cell_magic('energy', '--label called', 'print(6 * 7)')")
    assert ran.text == "42\n"
    assert ran.reports[0]["label"] == "called"
    failed = kernel.run("get_ipython().run_cell_magic('energy', '', '1/0')\nprint('after')")
    assert failed.reply["ename"] == "ZeroDivisionError"
    assert "after" not in failed.text
    assert len(failed.of("error")) == 1


def test_help_shows_the_flags(kernel):
    ran = kernel.run("%%energy?")
    assert "--stage" in ran.reply["payload"][0]["data"]["text/plain"]


def test_auto_mode_meters_every_cell(kernel):
    assert kernel.run("%green on").reports == []
    ran = kernel.run("11")
    runs = {report["run_id"] for report in ran.reports}  # on a busy machine some are refined
    assert (ran.value, len(runs)) == ("11", 1)
    reports = kernel.run("%%energy --label mine\n12").reports
    runs |= {report["run_id"] for report in reports if report["label"] == "mine"}
    assert len(runs) == 2
    assert {report["run_id"] for report in kernel.run("%green off").reports} <= runs
    assert {report["run_id"] for report in kernel.run("13").reports} <= runs


def test_green_status_says_what_is_measured_and_what_is_missing(kernel):
    text = kernel.run("%green status").text
    assert "metering: cells with %%energy" in text
    assert "sampler process" in text
    assert "estimate" in text or "counter" in text
    ran = kernel.run("%green sideways")
    assert ran.status == "error"
    assert "usage: %green on" in ran.text + "\n".join(ran.traceback)


def test_cleared_output_gets_the_report_all_the_same(kernel):
    ran = kernel.run("%%energy\nfrom IPython.display import clear_output\nclear_output()\n5", LAB)
    cleared = next(i for i, m in enumerate(ran.messages) if m["msg_type"] == "clear_output")
    after = [m for m in ran.messages[cleared:] if m["msg_type"] == "display_data"]
    assert "application/vnd.jupyter-green.report.v1+json" in after[-1]["content"]["data"]


def test_loading_again_and_unloading_leave_nothing_behind(kernel):
    look = (
        "import os, threading, psutil\n"
        "ip = get_ipython()\n"
        "(len(ip.input_transformers_cleanup), 'energy' in ip.magics_manager.magics['cell'],\n"
        " [len(ip.events.callbacks[e]) for e in ('pre_run_cell', 'post_run_cell')],\n"
        " sum('green' in t.name for t in threading.enumerate()),\n"
        " sum(p.info['cmdline'][-2:] == ['--for', str(os.getpid())]\n"
        "     for p in psutil.process_iter(['cmdline']) if p.info['cmdline']))"
    )
    kernel.run("%unload_ext jupyter_green")
    bare = kernel.run(look).value
    kernel.run("%load_ext jupyter_green")
    kernel.run("%load_ext jupyter_green")
    kernel.run("%reload_ext jupyter_green")
    assert len(kernel.run("%%energy\n1", LAB).reports) == 1
    kernel.run("%unload_ext jupyter_green")
    time.sleep(0.5)
    assert kernel.run(look).value == bare
    assert kernel.run("%%energy\n1").status == "error"
    kernel.run("%load_ext jupyter_green")


FAKE_TORCH = """
import sys, types
calls = []
def synchronize(*_):
    calls.append(1)
    if broken:
        raise RuntimeError("CUDA error")
cuda = types.SimpleNamespace(
    is_available=lambda: True, is_initialized=lambda: True, device_count=lambda: 1,
    current_device=lambda: 0, is_current_stream_capturing=lambda: False, synchronize=synchronize,
)
sys.modules["torch"] = types.SimpleNamespace(cuda=cuda)
broken = False
"""


def test_gpu_work_is_waited_for_and_a_wait_that_fails_does_not_break_the_cell(kernel):
    kernel.run(FAKE_TORCH)
    ran = kernel.run("%%energy\nlen(calls)")
    assert (ran.status, ran.value) == ("ok", "1")
    assert kernel.run("len(calls)").value == "2"
    kernel.run("broken = True")
    ran = kernel.run("%%energy\n6 * 7")
    assert (ran.status, ran.value) == ("ok", "42")
    assert "not-synchronised" in ran.reports[-1]["flags"]
    kernel.run("del sys.modules['torch']")


def test_an_interrupt_right_before_the_cell_interrupts_the_cell(kernel):
    kernel.run(FAKE_TORCH)
    kernel.run(
        "def interrupted(*_):\n    cuda.synchronize = int\n    raise KeyboardInterrupt\n"
        "cuda.synchronize = interrupted"
    )
    ran = kernel.run("%%energy\nimport time\ntime.sleep(20)")
    assert ran.reply["ename"] == "KeyboardInterrupt"
    assert "callback" not in ran.text
    assert [r["status"] for r in ran.reports] == ["interrupted"]
    assert ran.reports[0]["duration_s"] < 10
    kernel.run("del sys.modules['torch']")


def test_an_interrupt_before_a_slow_hook_interrupts_the_cell_and_no_other(kernel):
    kernel.run(FAKE_TORCH)
    kernel.run(
        "def interrupted(*_):\n    cuda.synchronize = int\n    raise KeyboardInterrupt\n"
        "cuda.synchronize = interrupted\n"
        "slow = lambda *_: __import__('time').sleep(0.2)\n"
        "get_ipython().events.register('pre_run_cell', slow)"
    )
    ran = kernel.run("%%energy\nimport time\ntime.sleep(20)")
    kernel.run("get_ipython().events.unregister('pre_run_cell', slow)\ndel sys.modules['torch']")
    assert ran.reply["ename"] == "KeyboardInterrupt"
    assert "callback" not in ran.text
    assert [r["status"] for r in ran.reports] == ["interrupted"]
    assert kernel.run("%%energy\n1").reports[0]["status"] == "ok"


def test_an_interrupt_while_the_view_appears_interrupts_the_metered_cell(kernel):
    kernel.run(
        "from jupyter_green.notebook.live.messages import Messages\n"
        "begin = Messages.begin\n"
        "def interrupted(self):\n"
        "    Messages.begin = begin\n"
        "    __import__('_thread').interrupt_main()\n"
        "    for _ in range(100): pass\n"
        "    return begin(self)\n"
        "Messages.begin = interrupted"
    )
    ran = kernel.run("%%energy\nimport time\ntime.sleep(20)", LAB)
    assert ran.reply["ename"] == "KeyboardInterrupt"
    assert [r["status"] for r in ran.reports] == ["interrupted"]


def test_cells_are_metered_behind_one_that_ipython_itself_fails_on(kernel):
    kernel.run("class NoText(Exception):\n    def __str__(self): raise ValueError('no text')")
    kernel.run("%green on")
    kernel.run("raise NoText")
    ran = kernel.run("5")
    kernel.run("%green off")
    assert (ran.value, len(ran.reports)) == ("5", 1)


def test_the_report_stays_where_a_waiting_clear_has_nothing_to_wait_for(kernel):
    code = "from IPython.display import clear_output\nprint('stays')\nclear_output(wait=True)"
    for metadata in (None, LAB):
        ran = kernel.run(f"%%energy\n{code}", metadata)
        assert len(ran.of("display_data")) == 1
        assert ran.of("update_display_data")
    ran = kernel.run(f"%%energy\n{code}\nprint('comes')")
    assert len(ran.of("display_data")) == 2


def test_a_cell_in_a_cell_has_a_window_of_its_own(kernel):
    ran = kernel.run(
        "%%energy --label outer\nr = get_ipython().run_cell('%%energy --label inner\\n1/0')\n"
        "type(r.error_in_exec).__name__"
    )
    assert (ran.status, ran.value) == ("ok", "'ZeroDivisionError'")
    assert sorted((r["label"], r["status"]) for r in ran.reports) == [
        ("inner", "error"),
        ("outer", "ok"),
    ]


def test_the_line_is_a_comment_in_what_ipython_keeps(kernel):
    kernel.run("# why\n%%energy --label copy-paste\n\n%time x = 5")
    kept = kernel.run("In[-2]").value
    assert kept[1:].startswith("# why\\n# %%energy\\n\\nget_ipython()")
    assert "label" in kernel.run("_ii").value


def test_the_body_of_another_cell_magic_above_keeps_its_numbers(kernel):
    ran = kernel.run("%%time\n%%energy\nx = 1\n1/0")
    assert any("timed exec>:3" in line for line in plain(ran.traceback))


def plain(lines):
    return [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]
