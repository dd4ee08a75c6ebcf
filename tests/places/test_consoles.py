"""jupyter-console, `jupyter run` and qtconsole, of which Spyder's console is made."""

import os
import re
import subprocess
import sys
from pathlib import Path

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


def test_qtconsole(tmp_path):
    cells = [*CELLS.splitlines(), "%%energy --label fit\nx = 1", "None"]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.places.qt", *cells],
        capture_output=True, text=True, timeout=150, cwd=Path(__file__).parents[2],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "IPYTHONDIR": str(tmp_path)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    before, _, fit = ran.stdout.partition("%%energy --label fit")
    check(before)
    assert len(re.findall("^fit: .*J", fit, re.MULTILINE)) == 1, fit
    assert "measuring" not in fit
