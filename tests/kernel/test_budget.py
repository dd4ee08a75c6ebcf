"""``%%energy --budget`` and ``--stop`` in a real kernel."""

import pytest

BUSY = "import time\nend = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"


def test_a_cell_that_spends_its_budget_says_so_once(kernel):
    ran = kernel.run(f"%%energy --budget 0.1J\n{BUSY.format(seconds=1)}\nprint('done')\n42")
    assert (ran.status, ran.value) == ("ok", "42")
    said = [c["text"] for c in ran.of("stream") if c["name"] == "stderr"]
    assert len(said) == 1
    assert said[0].startswith("jupyter-green: the budget of 100 mJ is spent after ")
    assert ran.reports[0]["flags"].count("budget-spent") == 1
    assert "It used more than its budget." in ran.of("update_display_data")[-1]["data"]["text/html"]


def test_a_cell_within_its_budget_says_nothing(kernel):
    ran = kernel.run("%%energy --budget 1kWh --stop\n40 + 2")
    assert (ran.status, ran.value, ran.text) == ("ok", "42", "")
    assert "budget-spent" not in ran.reports[0].get("flags", [])


@pytest.mark.parametrize(
    "body",
    [
        BUSY.format(seconds=30),
        "import time\ntime.sleep(30)",
        "import asyncio\nwhile True: await asyncio.sleep(0.02)",
        "import subprocess, sys\nsubprocess.run(['sleep', '30'])",
    ],
    ids=["busy", "asleep", "awaits", "waits for a child"],
)
def test_a_cell_is_interrupted_when_its_budget_is_spent(kernel, body):
    ran = kernel.run(f"%%energy --budget 0.3J --stop\n{body}\nprint('not reached')")
    assert ran.status == "error"
    assert ran.reply.get("ename", "KeyboardInterrupt") in ("KeyboardInterrupt", "CancelledError")
    assert "not reached" not in ran.text
    assert "the budget of 300 mJ is spent" in ran.text
    (report,) = ran.reports
    assert report["status"] == "interrupted"
    assert "budget-stopped" in report["flags"]
    assert report["duration_s"] < 10
    assert kernel.run("1 + 1").value == "2"
    assert kernel.run("%%energy\n'after'").reports[0]["status"] == "ok"


def test_the_code_may_catch_the_interrupt_as_any_other(kernel):
    ran = kernel.run(
        "%%energy --budget 0.1J --stop\nimport time\n"
        "try: time.sleep(30)\nexcept KeyboardInterrupt: print('caught')\n7"
    )
    assert (ran.status, ran.value) == ("ok", "7")
    assert "caught" in ran.text
    assert "budget-spent" in ran.reports[0]["flags"]


def test_a_line_without_a_unit_runs_nothing(kernel):
    ran = kernel.run("%%energy --budget 5\nran = 1")
    assert ran.reply["ename"] == "UsageError"
    assert "give a number and its unit, as in 5kJ" in ran.reply["evalue"]
    assert kernel.run("'ran' in dir()").value == "False"


def test_a_loop_of_epochs_in_a_metered_cell(kernel):
    ran = kernel.run(
        "%%energy\nimport jupyter_green as jg, time\nloop = jg.epochs(3)\n"
        "for epoch in loop:\n    time.sleep(0.1)\n"
    )
    assert ran.status == "ok"
    assert [mark["text"] for mark in ran.reports[0]["marks"]] == ["epoch 1", "epoch 2", "epoch 3"]
    assert kernel.run("len(loop.reports), loop.report.duration_s > 0.3").value == "(3, True)"


def test_a_live_block_says_that_its_budget_is_spent(kernel):
    ran = kernel.run(
        "import jupyter_green as jg, time\n"
        "with jg.live('fit', budget='0.1J') as run:\n    time.sleep(0.6)\n"
    )
    assert ran.text.count("the budget of 100 mJ is spent after ") == 1
    assert "budget-spent" in ran.reports[0]["flags"]
