"""Systems without procfs and sysfs: what is metered, kept and told on Windows and on macOS.

Neither was seen: the package is shown a Python that lacks what Python lacks there.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger.questions import read
from jupyter_green.sources.cpuinfo import IDENTIFIER_VARIABLE
from jupyter_green.sources.emi import UNIT_J
from tests.testbench import build
from tests.testbench.nvml import BENCH_VARIABLE

PDH_VARIABLE = "JUPYTER_GREEN_BENCH_PDH"
ROOT = Path(__file__).parents[2]
SHOW = ROOT / "tests" / "testbench" / "without_posix.py"
SHOWN = f"exec(open({str(SHOW)!r}).read(), {{'HERE': {str(SHOW)!r}}})\n"
AS_ON_MACOS = SHOWN.replace("'HERE'", "'SYSTEM': 'darwin', 'HERE'")
BUSY = "import time\nuntil = time.time() + 0.5\nwhile time.time() < until: pass"


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    monkeypatch.setenv(IDENTIFIER_VARIABLE, "Intel64 Family 6 Model 158 Stepping 10, GenuineIntel")
    return tmp_path / "ledger"


@pytest.fixture
def kernel(ledger, kernel_with):
    kernel = kernel_with(dict(os.environ))
    kernel.run(SHOWN + "%load_ext jupyter_green")
    return kernel


def command(*words, shown=SHOWN):
    code = shown + "from jupyter_green.cli.main import main; raise SystemExit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def wait_for(ledger, number):
    until_s = time.monotonic() + 30
    while len(found := read(ledger)) < number and time.monotonic() < until_s:
        time.sleep(0.1)
    return found


def test_a_cell_is_estimated_and_kept(kernel, ledger):
    (report,) = kernel.run(f"%%energy --label fit\n{BUSY}").reports
    assert report["status"] == "ok"
    assert report["provenance"] == "estimate"
    assert report["energy_j"] > 1
    (domain,) = report["domains"]
    assert domain["scale"]["group"] == "CPU model: Coffee Lake"
    missing = {each["id"]: each for each in report["missing"]}
    assert "pdh.dll" in missing["emi"]["reason"]
    assert "typeperf" in missing["emi"]["remedy"]
    assert "modprobe" not in str(missing)
    assert "nvml.dll" in missing["nvml"]["reason"]
    assert [each.label for each in wait_for(ledger, 1)] == ["fit"]


def test_a_cell_is_measured_where_windows_has_an_energy_meter(ledger, truth, kernel_with):
    truth.add("RAPL_Package0_PKG", power_w=40, unit_j=UNIT_J, wrap_range=None, offset=10**12)
    meter = {BENCH_VARIABLE: str(truth.path), PDH_VARIABLE: str(build.pdh_library())}
    kernel = kernel_with(os.environ | meter)
    kernel.run(SHOWN + "%load_ext jupyter_green")
    (report,) = kernel.run(f"%%energy\n{BUSY}").reports
    (domain,) = report["domains"]
    assert (domain["id"], domain["source"]) == ("cpu:0/package", "emi")
    assert report["provenance"] == "counter"
    assert report["energy_j"] == pytest.approx(40 * report["duration_s"], rel=0.05)
    assert "emi" not in {each["id"] for each in report["missing"]}


def test_an_error_and_an_interrupt_are_what_they_are(kernel):
    assert kernel.run("%%energy\n1 / 0").reports[0]["status"] == "error"
    request = kernel.start(f"%%energy\n{BUSY.replace('0.5', '30')}")
    time.sleep(1)
    os.kill(kernel.pid, signal.SIGINT)
    assert kernel.finish(request).reports[0]["status"] == "interrupted"


def test_what_is_managed_by_magics_answers(kernel, ledger):
    assert f"ledger: {ledger}" in kernel.run("%green status").text
    (diagnosis,) = kernel.run("%green doctor").of("update_display_data")[-1:]
    assert "energy is only estimated here" in diagnosis["data"]["text/plain"]
    assert kernel.run("%green baseline 1").status == "ok"
    kernel.run("%%energy\npass")
    assert "total" in kernel.run("%green report --by day").text


def test_a_command_is_metered_and_the_ledger_answers(ledger):
    ran = command("run", "--label", "job", "--", sys.executable, "-c", "print(3)")
    assert (ran.returncode, ran.stdout) == (0, "3\n")
    assert "estimated" in ran.stderr
    assert command("run", "--", sys.executable, "-c", "raise SystemExit(3)").returncode == 3
    assert command("run", "--", "no-such-command").returncode == 127
    assert len(wait_for(ledger, 3)) == 3
    for words in (["report"], ["history"], ["statement"], ["export", "csv"], ["ledger", "check"]):
        ran = command(*words)
        assert (ran.returncode, ran.stderr) == (0, ""), words
    assert command("ledger", "forget", "--all", "--yes").returncode == 0
    assert read(ledger) == []


def test_on_macos_a_cell_is_estimated_and_a_command_keeps_its_signals(ledger, kernel_with):
    kernel = kernel_with(dict(os.environ))
    kernel.run(AS_ON_MACOS + "%load_ext jupyter_green")
    (report,) = kernel.run(f"%%energy --label fit\n{BUSY}").reports
    assert (report["status"], report["provenance"]) == ("ok", "estimate")
    missing = {each["id"]: each for each in report["missing"]}
    assert missing["rapl"]["reason"].endswith("this is macOS")
    assert "emi" not in missing
    assert "modprobe" not in str(missing)
    request = kernel.start(f"%%energy\n{BUSY.replace('0.5', '30')}")
    time.sleep(1)
    os.kill(kernel.pid, signal.SIGINT)
    assert kernel.finish(request).reports[0]["status"] == "interrupted"
    ran = command("run", "--", sys.executable, "-c", "raise SystemExit(3)", shown=AS_ON_MACOS)
    assert ran.returncode == 3
    assert "estimated" in ran.stderr
    assert len(wait_for(ledger, 3)) == 3
