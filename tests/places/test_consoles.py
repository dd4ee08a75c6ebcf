"""jupyter-console, `jupyter run` and qtconsole, of which Spyder's console is made."""

import os
import re
import subprocess
import sys
import time

import pytest

CELLS = """%load_ext jupyter_green
%config EnergyMagics.least_line_s = 0
%green on
print("bo" + "dy"); 40 + 2
%green off
%energy -n 1 -r 2 None
"""
LINE = re.compile(r"J\b.* · .* (s|ms|µs)\b")
"""A report's line of text."""


def check(shown):
    """Look for one report, after the cell's value, and for what should not be there."""
    assert "measuring" not in shown, shown
    assert "no report" not in shown, shown
    lines = shown.splitlines()
    (body,) = (n for n, line in enumerate(lines) if line.strip().endswith("body"))
    (value,) = (n for n, line in enumerate(lines) if re.search(r"Out\[\d+\]: *42", line))
    reports = [n for n, line in enumerate(lines) if LINE.search(line)]
    assert len(reports) == 1, shown
    assert body < value < reports[0], shown
    assert sum("per loop (" in line for line in lines) == 1, shown


def test_jupyter_console(tmp_path):
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "jupyter_console", "--simple-prompt"),
            *("--ZMQTerminalInteractiveShell.banner=", "--JupyterConsoleApp.confirm_exit=False"),
        ],
        input=f"{CELLS}exit\n", capture_output=True, text=True, timeout=120,
        env=os.environ | {"IPYTHONDIR": str(tmp_path)},
    )  # fmt: skip
    check(ran.stdout)


def test_jupyter_run(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("%load_ext jupyter_green\n%energy -n 1 -r 2 None\n")
    ran = subprocess.run(
        [sys.executable, "-m", "jupyter_client.runapp", str(script)],
        capture_output=True, text=True, timeout=120,
        env=os.environ | {"IPYTHONDIR": str(tmp_path)},
    )  # fmt: skip
    assert "measuring" not in ran.stdout
    assert "per loop (" in ran.stdout


@pytest.fixture
def qtconsole(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    from qtconsole.manager import QtKernelManager
    from qtconsole.rich_jupyter_widget import RichJupyterWidget
    from qtpy.QtWidgets import QApplication

    application = QApplication.instance() or QApplication(["qtconsole"])
    manager = QtKernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    console = RichJupyterWidget()
    console.kernel_manager, console.kernel_client = manager, client
    console.show()

    def until(holds, what):
        end = time.monotonic() + 90
        while not holds():
            application.processEvents()
            time.sleep(0.01)
            assert time.monotonic() < end, f"{what}: {console._control.toPlainText()}"

    def run(code):
        """Run a cell as if it were typed; wait for the next prompt."""
        until(lambda: not console._executing and console._control.toPlainText(), "no prompt")
        done = []
        console.executed.connect(done.append)
        console.execute(code)
        until(lambda: done, "no end")
        console.executed.disconnect(done.append)
        until(lambda: not console._executing, "no prompt")

    console.run_cell = run
    yield console
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_qtconsole(qtconsole):
    for line in CELLS.splitlines():
        qtconsole.run_cell(line)
    check(qtconsole._control.toPlainText())
    qtconsole.run_cell("%%energy --label fit\nx = 1")
    qtconsole.run_cell("None")
    shown = qtconsole._control.toPlainText()
    assert len(re.findall("^fit: .*J", shown, re.MULTILINE)) == 1, shown
    assert "measuring" not in shown
