"""``%green doctor`` and ``%green baseline`` in a real kernel."""

import os

import pytest

from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.powercap import fuse_missing

PACKAGE = "cpu:0/package"


@pytest.fixture
def machine(truth, request, proc_tree, kernel_with):
    """A kernel on a machine with a socket of 20 W, whose CPU time the test decides."""
    serve = request.getfixturevalue("powercap" if fuse_missing() else "powercap_fuse")
    truth.add(PACKAGE, power_w=20.0)
    proc_tree.stat(busy_s=100.0, idle_s=1000.0)
    kernel = kernel_with(os.environ | {POWERCAP_VARIABLE: str(serve().root)})
    ran = kernel.run(
        "%load_ext jupyter_green\n"
        "import pathlib\n"
        "from jupyter_green.meter import baseline\n"
        f"baseline.measure_baseline.__kwdefaults__['proc_root'] = pathlib.Path('{proc_tree.proc}')"
    )
    assert ran.status == "ok"
    return kernel


def test_the_doctor_shows_what_was_seen(machine):
    ran = machine.run("%green doctor")
    assert ran.status == "ok"
    assert "measuring 3 s" in ran.of("display_data")[0]["data"]["text/plain"]
    shown = ran.of("update_display_data")[-1]["data"]
    assert "energy is measured here" in shown["text/plain"]
    assert PACKAGE in shown["text/plain"]
    assert f">{PACKAGE}<" in shown["text/html"]
    assert "counter" in shown["text/html"]


def test_a_baseline_makes_net_energy(machine):
    assert "idle baseline: none" in machine.run("%green status").text
    before = machine.run("%%energy\nimport time; time.sleep(0.5)").reports[0]
    assert before["net_energy_j"] is None
    ran = machine.run("%green baseline 1.5")
    assert ran.status == "ok"
    assert f"{PACKAGE}: 20" in ran.text or f"{PACKAGE}: 19.9" in ran.text
    assert "net energy" in ran.text
    after = machine.run("%%energy\ntime.sleep(0.5)").reports[0]
    assert 0 <= after["net_energy_j"] < 0.2 * after["energy_j"]
    assert "baseline_at" in after
    assert "idle baseline: measured" in machine.run("%green status").text


def test_an_old_baseline_is_said_to_be_old(machine):
    machine.run(
        "from jupyter_green.meter.meter import shared_meter\n"
        "shared_meter().baseline = baseline.Baseline('2026-01-01T00:00:00Z', 10., {}, {})"
    )
    assert "hours old" in machine.run("%green status").text


def test_a_busy_machine_has_no_baseline_and_no_traceback(machine, proc_tree):
    request = machine.start("print('at it')\n%green baseline 2")
    while machine.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
        pass
    proc_tree.stat(busy_s=200.0, idle_s=1000.0)
    ran = machine.finish(request)
    assert ran.status == "ok"
    assert "No baseline: the processor was" in ran.text
    assert "(it may be up to 10 %)" in ran.text
    assert "idle baseline: none" in machine.run("%green status").text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("baseline 0.1", "at least 1 seconds"),
        ("baseline soon", "soon"),
        ("baseline 1 2", "not understood"),
        ("doctor now", "not understood"),
    ],
)
def test_what_is_not_understood_shows_the_usage(kernel, line, says):
    ran = kernel.run(f"%green {line}")
    shown = ran.text + "\n".join(ran.traceback)
    assert ran.status == "error"
    assert says in shown
    assert "usage: %green on [--quiet] | off | status | doctor | baseline [SECONDS]" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("line", "says"), [("doctor", "interrupted"), ("baseline 20", "interrupted: no baseline.")]
)
def test_an_interrupt_counts_and_shows_nothing_of_the_meter(machine, line, says):
    request = machine.start(
        f"import threading, _thread\n"
        f"threading.Timer(1.0, _thread.interrupt_main).start()\n%green {line}"
    )
    ran = machine.finish(request)
    assert (ran.status, ran.reply["ename"]) == ("error", "KeyboardInterrupt")
    assert ran.traceback == ["KeyboardInterrupt"]
    displayed = [c["data"]["text/plain"] for c in ran.of("update_display_data")]
    assert says in ran.text.splitlines() + displayed


def test_no_subcommand_shows_the_usage_alone(kernel):
    ran = kernel.run("%green")
    assert ran.status == "ok"
    assert ran.text == ("usage: %green on [--quiet] | off | status | doctor | baseline [SECONDS]\n")


def test_the_reader_of_rapl_is_a_setting(machine):
    ran = machine.run('%config EnergyMagics.rapl_reader = "pyrapl"\n%green status')
    assert ran.status == "ok"
    assert "rapl-reader" in ran.text  # the stand-in tree is not where pyRAPL looks
    assert PACKAGE in ran.text
    back = machine.run("%config EnergyMagics.rapl_reader = None\n%green status")
    assert "rapl-reader" not in back.text
