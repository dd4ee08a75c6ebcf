"""What ``%green`` does, in a real kernel."""

import itertools
import os
import re
import threading
import time

import pytest

from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.kernel import LAB
from tests.testbench.powercap import fuse_missing

PACKAGE = "cpu:0/package"
MIME_TYPE = "application/vnd.jupyter-green.report.v1+json"
LIVE = "application/vnd.jupyter-green.live.v1+json"
USAGE = (
    "usage: %green on [--quiet] | off | status | "
    "report [--by cell|stage|domain|notebook|project|commit|day|label|status] "
    "[--place PLACE] [--pue N] | "
    "place [PLACE [--pue N] | off] | history [N] | "
    "statement [OPTIONS] | plot [NAME|[N]] | pareto [METRIC] [--per] [--lowest] | "
    "compare [NAMES] [--rounds N] | "
    "doctor | baseline [SECONDS]"
)


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
        "from jupyter_green.meter import idle\n"
        f"idle.measure_baseline.__kwdefaults__['proc_root'] = pathlib.Path('{proc_tree.proc}')"
    )
    assert ran.status == "ok"
    return kernel


def test_the_doctor_shows_what_was_seen(machine):
    ran = machine.run("%green doctor")
    assert ran.status == "ok"
    assert "reading every sensor for 3 s" in ran.of("display_data")[0]["data"]["text/plain"]
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
        "from jupyter_green.meter.baseline import Baseline\n"
        "from jupyter_green.meter.shared import shared_meter\n"
        "shared_meter().baseline = Baseline('2026-01-01T00:00:00Z', 10., {}, {})"
    )
    assert "hours old" in machine.run("%green status").text


def test_a_busy_machine_has_no_baseline_and_no_traceback(machine, proc_tree):
    over = threading.Event()

    def work():
        for busy_s in itertools.count(100):
            if over.wait(0.2):
                break
            proc_tree.stat(busy_s=float(busy_s), idle_s=1000.0)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        ran = machine.run("%green baseline 2")
    finally:
        over.set()
        worker.join()
    assert ran.status == "ok"
    assert "No baseline: the CPU was" in ran.text
    assert "(at most 10 % counts as idle)" in ran.text
    assert "idle baseline: none" in machine.run("%green status").text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("baseline 0.1", "at least 1 seconds"),
        ("baseline soon", "SECONDS is a number"),
        ("baseline 1 2", "unknown command or arguments"),
        ("doctor now", "unknown command or arguments"),
        ("on loudly", "unknown command or arguments"),
        ("off now", "unknown command or arguments"),
        ("status now", "unknown command or arguments"),
        ("report --by user", "unknown command or arguments"),
        ("report cell", "unknown command or arguments"),
        ("__class__", "unknown command or arguments"),
    ],
)
def test_what_is_not_understood_shows_the_usage(kernel, line, says):
    ran = kernel.run(f"%green {line}")
    shown = ran.text + "\n".join(ran.traceback)
    assert ran.status == "error"
    assert says in shown
    assert USAGE in shown
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
    assert ran.text == f"{USAGE}\n"


def test_the_reader_of_rapl_is_a_setting(machine):
    ran = machine.run('%config EnergyMagics.rapl_reader = "pyrapl"\n%green status')
    assert ran.status == "ok"
    assert "rapl-reader" in ran.text  # the stand-in tree is not where pyRAPL looks
    assert PACKAGE in ran.text
    back = machine.run("%config EnergyMagics.rapl_reader = None\n%green status")
    assert "rapl-reader" not in back.text


# --- auto mode ------------------------------------------------------------------------------


def shown(ran):
    """The last of what stands in each place of the cell's output: data and metadata."""
    kept = {}
    for kind in ("display_data", "update_display_data"):
        for content in ran.of(kind):
            kept[content["transient"].get("display_id", id(content))] = content
    return [(content["data"], content["metadata"]) for content in kept.values()]


def run_until_reported(machine, code, front_end):
    """Run a cell until its report comes while it runs; on a busy machine it comes later, unseen."""
    for _ in range(5):
        ran = machine.run(code, front_end)
        ((data, metadata),) = shown(ran)
        if MIME_TYPE in data:
            return ran, data, metadata
    raise AssertionError("no report within the cell")


@pytest.mark.parametrize("front_end", [None, LAB])
def test_auto_mode_leaves_one_line(machine, front_end):
    machine.run("%green on")
    code = "import time; time.sleep(1.3)\n'value'"
    ran, data, metadata = run_until_reported(machine, code, front_end)
    assert ran.value == "'value'"
    assert set(data) == {MIME_TYPE, "text/html", "text/latex", "text/plain"}
    assert metadata == {MIME_TYPE: {"compact": True}}
    summary = data["text/html"].partition("</summary>")[0]
    assert re.search(r" J ± (5|10) %</strong> · [\d.]+ W mean · 1.3\d s · measured$", summary)
    assert ran.live == []  # no widget
    told = [c["data"]["text/plain"] for c in ran.of("update_display_data")]
    assert any(re.search(r" W now · .*s · measuring …$", text) for text in told) == (
        front_end is not None
    )


def test_auto_mode_tells_the_run_in_the_metadata_of_its_line(machine):
    machine.run("%green on")
    ran, data, _ = run_until_reported(machine, "import time; time.sleep(1.3)", LAB)
    kinds = ("display_data", "update_display_data")
    contents = [m["content"] for m in ran.messages if m["msg_type"] in kinds]
    told = [c["metadata"][LIVE] for c in contents if LIVE in c["metadata"]]
    kinds = [message["kind"] for message in told]
    assert kinds[0] == "begin"
    assert kinds[1] == "samples"
    assert "end" in kinds
    assert [message["seq"] for message in told] == list(range(len(told)))
    assert told[1]["now"]["energy_j"] > 0
    assert {message["run_id"] for message in told} == {told[0]["run_id"]}
    assert told[-1]["report"] == data[MIME_TYPE]


def test_an_energy_line_has_the_whole_view_in_auto_mode_too(machine):
    machine.run("%green on")
    ((data, metadata),) = shown(machine.run("%%energy --label mine\n1"))
    assert metadata == {}
    assert "mine: " in data["text/html"].partition("</summary>")[0]


@pytest.mark.parametrize("front_end", [None, LAB])
def test_a_short_cell_leaves_no_line_in_auto_mode_and_is_counted(machine, front_end):
    machine.run("%green on")
    ran, data, metadata = run_until_reported(machine, "import time; time.sleep(0.3)", front_end)
    assert (data["text/html"], data["text/plain"]) == ("", "")
    assert metadata == {MIME_TYPE: {"compact": True, "silent": True}}
    seen = [c["data"]["text/plain"] for c in ran.of("update_display_data")]
    assert front_end is None or set(seen) == {""}
    assert "time.sleep(0.3)" in shown(machine.run("%green report"))[-1][0]["text/plain"]
    machine.run("%config EnergyMagics.least_line_s = 0.2")
    _, data, _ = run_until_reported(machine, "import time; time.sleep(0.3)", front_end)
    assert " J" in data["text/plain"]


def test_a_cell_that_waits_for_somebody_to_type_says_so_and_is_counted(machine):
    machine.run("%green on")
    message = machine.start("answer = input('? ')", LAB, allow_stdin=True)
    machine.client.get_stdin_msg(timeout=20)
    time.sleep(1.8)
    machine.client.input("42")
    ran = machine.finish(message)
    lines = [c["data"]["text/plain"] for c in ran.of("update_display_data")]
    assert any(line.endswith(" · waiting for input") for line in lines)
    assert not any(line.endswith("measuring …") for line in lines)
    # Its figure comes with the cell or, on a busy machine, after it.
    assert "answer = input" in shown(machine.run("%green report"))[0][0]["text/plain"]


def test_quiet_auto_mode_shows_nothing_and_remembers(machine):
    machine.run("%green on --quiet")
    ran = machine.run("1 + 1")
    assert (ran.value, shown(ran)) == ("2", [])
    assert "1 + 1" in shown(machine.run("%green report"))[0][0]["text/plain"]


@pytest.mark.parametrize(("auto", "reports"), [("on", 1), ("quiet", 0), ("off", 0)])
def test_auto_mode_is_a_setting_of_the_profile(kernel_with, tmp_path, auto, reports):
    profile = tmp_path / "profile_default"
    profile.mkdir()
    (profile / "ipython_kernel_config.py").write_text(
        "c = get_config()\n"
        "c.InteractiveShellApp.extensions = ['jupyter_green']\n"
        f"c.EnergyMagics.auto = '{auto}'\n"
    )
    kernel = kernel_with(os.environ | {"IPYTHONDIR": str(tmp_path)})
    assert len(kernel.run("1").reports) == reports
    expected = {"on": "every cell;", "quiet": "every cell, silently", "off": "cells with %%energy"}
    assert f"metering: {expected[auto]}" in kernel.run("%green status").text
    kernel.run("%config EnergyMagics.auto = 'on'")
    assert len(kernel.run("2").reports) == 1
    kernel.run("%green off")
    assert kernel.run("3").reports == []
    assert kernel.run("get_ipython().magics_manager.registry['EnergyMagics'].auto").value == "'off'"


# --- what this session metered --------------------------------------------------------------


def rows(ran):
    """The table's lines without head, rules and remarks."""
    return shown(ran)[0][0]["text/plain"].splitlines()[2:]


def test_the_table_of_the_session(machine):
    assert "nothing has been metered yet" in machine.run("%green report").text
    cell = "%%energy --label fit --stage training\nimport time; time.sleep(0.3)"
    machine.run(cell, LAB)
    machine.run(cell, LAB)
    machine.run(
        "import jupyter_green as jg, time\n"
        "with jg.measure('block', stage='data') as m:\n    time.sleep(0.2)"
    )
    machine.run("%%energy\n1/0")
    by_cell = rows(machine.run("%green report"))
    spent_j = float(re.search(r" 2 +([\d.]+) (?:J )?± ", by_cell[0])[1])  # in % or in J
    assert 11.8 <= spent_j <= 18.0  # 20 W for two times 0.3 s, or somewhat longer
    assert by_cell[0].endswith("fit")
    assert by_cell[1].endswith("block")
    assert by_cell[2].endswith("1/0 (error)")
    assert by_cell[4].endswith("total, energy counter")
    by_stage = rows(machine.run("%green report --by stage"))
    assert [row.split()[0] for row in by_stage[:3]] == ["data", "training", "untagged"]
    sums = [re.split(r"\s{2,}", row.strip())[0] for row in by_stage[4:7]]
    assert sums == ["all windows", "between cells", "session's counter"]
    by_domain = rows(machine.run("%green report --by domain"))
    assert by_domain[0].startswith(PACKAGE)
    assert "100 %" in by_domain[0]
    assert "<table" in shown(machine.run("%green report --by domain"))[0][0]["text/html"]


def test_the_total_as_co2e_at_the_place_that_is_said(machine):
    machine.run("%%energy -v m --label fit\nimport time; time.sleep(0.3)", LAB)
    assert "no place is set and none is guessed" in rows(machine.run("%green report"))[-1]
    assert "no place is set" in machine.run("%green place").text
    wrong = machine.run("%green place Germany")
    assert "UsageError: %green place Germany" in wrong.text
    assert "Germany is DE" in wrong.text
    by_stage = rows(machine.run("%green report --place FR --by stage"))
    assert any("(France 2025" in row for row in by_stage)
    assert "329.6 g/kWh (Germany 2025" in machine.run("%green place DE --pue 1.2").text
    said = rows(machine.run("%green report"))[-1]
    assert re.match(r"Total CO2e ≈ \d.* [mµ]g.*, at 329.6 g/kWh \(Germany 2025, average, ", said)
    assert "× PUE 1.2; gross joules. ± is that of the joules" in said
    assert "Germany" in machine.run("print(m.emissions())").text
    child = machine.run("!echo $JUPYTER_GREEN_PLACE $JUPYTER_GREEN_PUE")
    assert "DE 1.2" in child.text
    assert "no place is set" in machine.run("%green place off").text


def test_many_blocks_are_all_in_the_table(machine):
    machine.run(
        "import jupyter_green as jg\n"
        "for k in range(40):\n    with jg.measure('step'):\n        pass"
    )
    assert "   40  " in rows(machine.run("%green report"))[0]
    machine.run("%reload_ext jupyter_green\nwith jg.measure('step'):\n    pass")
    machine.run("%unload_ext jupyter_green")
    machine.run("from jupyter_green.meter.measure import on_block_end")
    assert machine.run("on_block_end").value == "[]"


def test_the_figure_of_a_report(machine):
    machine.run("%%energy --label fit -v mine\nimport time; time.sleep(0.4)")
    machine.run("%%energy --label other\ntime.sleep(0.3)")
    pictures = {}
    for name in ("", "mine", "fit", "[2]", "2", "other"):
        ((data, metadata),) = shown(machine.run(f"%green plot {name}"))
        assert metadata["image/png"]["width"] == 672
        pictures[name] = data["image/png"]
    assert pictures["mine"] == pictures["fit"] == pictures["[2]"] == pictures["2"]
    assert pictures[""] == pictures["other"] != pictures["mine"]
    ran = machine.run("%green plot nothing")
    assert ran.status == "error"
    assert "no variable, label or cell of that name" in ran.text + "\n".join(ran.traceback)


def test_the_status_says_what_is_open_and_who_else_meters(machine, kernel_with):
    other = kernel_with()
    for kernel in (machine, other):
        kernel.run(
            "import jupyter_green as jg, os, time\n"
            "block = jg.measure('long block', stage='training'); block.__enter__()\n"
            "time.sleep(1.5)"
        )
    text = machine.run("%load_ext jupyter_green\n%green status").text
    assert "1 window open" in text
    (line,) = [line for line in text.splitlines() if "long block" in line]
    assert re.search(r" J so far, (19\.|20)", line)
    assert line.endswith("W now, stage training")
    process_id = other.run("os.getpid()").value
    assert f"process {process_id}: 1 window open, for " in text
    other.run("block.__exit__(None, None, None)")
    assert f"process {process_id}" not in machine.run("%green status").text


def test_gpus_that_a_cell_hides_are_not_counted_from_that_cell_on(truth, nvml, kernel_with):
    """Metering began before: 320 J a second were told for 120."""
    truth.add("gpu:0", power_w=120.0)
    truth.add("gpu:1", power_w=200.0)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CUDA_")}
    kernel = kernel_with(environ | nvml.env)
    kernel.run("%load_ext jupyter_green\n%green on")
    (before,) = kernel.run("import time; time.sleep(0.6)").reports[-1:]
    assert {d["id"] for d in before["domains"]} >= {"gpu:0", "gpu:1"}
    hidden = "import os; os.environ['CUDA_VISIBLE_DEVICES'] = '0'; time.sleep(0.6)"
    (after,) = kernel.run(hidden).reports[-1:]
    gpus = [d for d in after["domains"] if d["id"].startswith("gpu")]
    assert [d["id"] for d in gpus] == ["gpu:0"]
    assert gpus[0]["board"] == truth["gpu:0"].uuid
    assert "gpus-hidden" in after["flags"]
