"""`jg.live`: a block with the live view, in a notebook and in a program."""

import subprocess
import sys

import pytest

from jupyter_green.report.fields import MIME_TYPE

from .conftest import LAB

WIDGET = "application/vnd.jupyter.widget-view+json"
BLOCK = "import jupyter_green as jg\nwith jg.live('fit', stage='training') as run:\n    "


@pytest.mark.parametrize("front_end", [LAB, None], ids=["live", "static"])
def test_a_block_shows_what_a_metered_cell_shows(kernel, front_end):
    kernel.run("%unload_ext jupyter_green")  # it needs no extension
    ran = kernel.run(f"{BLOCK}print('body')\n40 + 2", front_end)
    assert (ran.status, ran.text, ran.value) == ("ok", "body\n", "42")
    (shown,), replaced = ran.of("display_data"), ran.of("update_display_data")
    assert (WIDGET in shown["data"]) == (front_end is not None)
    assert replaced[-1]["data"].keys() == {MIME_TYPE, "text/html", "text/latex", "text/plain"}
    (report,) = ran.reports
    assert (report["label"], report["stage"]) == ("fit", "training")
    assert report["cell_id"] == (LAB["cellId"] if front_end else None)
    assert bool(ran.live) == (front_end is not None)


def test_its_value_is_the_report(kernel):
    kernel.run(f"{BLOCK}pass")
    (value,) = kernel.run("run").of("execute_result")
    assert value["data"]["text/plain"] == kernel.run("print(run.report)").text.strip()
    assert "<table" in value["data"]["text/html"]
    assert MIME_TYPE not in value["data"]  # it stands in its own cell already


def test_an_error_is_the_blocks_own(kernel):
    ran = kernel.run(f"{BLOCK}1 / 0", LAB)
    assert ran.status == "error"
    assert ran.reply["ename"] == "ZeroDivisionError"
    assert [report["status"] for report in ran.reports] == ["error"]
    again = kernel.run("with run: pass")
    assert "make another one" in again.reply["evalue"]


def test_the_extension_remembers_a_block(kernel):
    kernel.run(f"{BLOCK}pass")
    assert "fit" in kernel.run("%green report").of("display_data")[0]["data"]["text/plain"]


def test_a_widget_that_was_given_to_a_host_is_the_one_that_shows_the_block(kernel):
    kernel.run("import jupyter_green as jg\nrun = jg.live('given')\nwidget = run.widget")
    ran = kernel.run("with run: pass", LAB)
    assert ran.of("display_data") == []
    kinds = [message["kind"] for message in ran.live]
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    assert kernel.run("print(widget.end['report']['label'])").text == "given\n"
    assert kernel.run("print(widget is run.widget)").text == "True\n"


def test_a_view_that_fails_costs_neither_block_nor_report(kernel):
    kernel.run(
        "import jupyter_green.notebook.block as m\n"
        "choose_view = m.choose_view\n"
        "def broken(*_, **__): raise RuntimeError('no view today')\n"
        "m.choose_view = broken"
    )
    ran = kernel.run(f"{BLOCK}print('body')\nprint(run.report.status)")
    kernel.run("m.choose_view = choose_view")
    assert ran.status == "ok"
    assert "no live view (RuntimeError: no view today)" in ran.text
    assert ran.text.startswith("body\nenergy: fit: ")
    assert "\nok\n" in ran.text


def test_a_program_prints_one_line():
    code = "import jupyter_green as jg\nwith jg.live('fit') as run: print('body')\nprint(repr(run))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    body, line, value = ran.stdout.splitlines()
    assert body == "body"
    assert line == f"energy: {value}"
    assert line.startswith("energy: fit: ")
    assert ran.stderr == ""
