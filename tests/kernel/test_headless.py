"""Where nobody sees a cell run: what a file keeps, and what a script prints."""

import json
import os
import re
import subprocess
import sys

import nbclient
import nbformat
import pytest

REPORT = "application/vnd.jupyter-green.report.v1+json"
LINE = re.compile(r"^energy: .*$", re.MULTILINE)


def notebook(*cells):
    cells = [nbformat.v4.new_code_cell(code) for code in cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


# --- notebooks that a program executes ------------------------------------------------------


FINAL = """
import json, pathlib
session = get_ipython().magics_manager.registry["EnergyMagics"]._session
def note(result):
    if reports := [each.report.to_dict() for each in session.all()]:
        pathlib.Path({path!r}).write_text(json.dumps(reports[-1]))
get_ipython().events.register("post_run_cell", note)
"""
"""Notes the final report of the last window, once that is known, after each cell."""


@pytest.mark.parametrize("auto", ["", "%green on"])
def test_a_short_last_cell_keeps_its_final_figure(truth, nvml_here, tmp_path, auto):
    for board in range(4):
        truth.add(f"gpu:{board}", power_w=50.0, phase_s=0.02 * board)
    noted = tmp_path / "final.json"
    line = "" if auto else "%%energy\n"
    load = "import time\n%load_ext jupyter_green" + FINAL.format(path=str(noted))
    book = notebook(load, auto, f"{line}time.sleep(0.05)")
    executed = nbclient.NotebookClient(book, timeout=60).execute()
    (output,) = executed["cells"][-1]["outputs"]
    report = output["data"][REPORT]
    assert report == json.loads(noted.read_text())
    boards = [d for d in report["domains"] if d["id"].startswith("gpu:")]
    assert len(boards) == 4
    for board in boards:
        true_j = 50.0 * report["duration_s"]
        assert abs(board["energy_j"] - true_j) <= 1.2 * board["uncertainty_j"]


# --- files that IPython runs ----------------------------------------------------------------

LOAD = "%load_ext jupyter_green\n"
ALL = "%config EnergyMagics.least_line_s = 0"


def printed(folder, *arguments, code=None):
    """What IPython prints for a file, or for a line of code."""
    config = folder / "profile_default"
    config.mkdir(parents=True, exist_ok=True)
    (config / "ipython_config.py").write_text(
        "c.InteractiveShellApp.extensions = ['jupyter_green']\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=NoColor", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False, cwd=folder,
        env=os.environ | {"IPYTHONDIR": str(folder)},
    )  # fmt: skip
    return ran.stdout + ran.stderr


def test_a_script_prints_the_figure_of_its_energy_line(tmp_path):
    script = tmp_path / "script.ipy"
    script.write_text("%%energy --label fit\nx = 6 * 7\nx\nprint('x is', x)\n")
    out = printed(tmp_path, script)
    assert [line[:13] for line in LINE.findall(out)] == ["energy: fit: "], out
    assert "x is 42" in out
    assert "Out" not in out  # a silent cell shows no values


@pytest.fixture
def book(tmp_path):
    """A notebook with two metered cells, one of a single line, and one that is not."""
    path = tmp_path / "book.ipynb"
    cells = ("%%energy --label one\ny = 1", "y + 1", "# two\n%%energy --label two\n\nz = y\nz")
    nbformat.write(notebook(*cells), path)
    return path


def test_a_notebook_that_ipython_runs_prints_the_figure_of_each_metered_cell(tmp_path, book):
    out = printed(tmp_path, book)
    assert [line[:13] for line in LINE.findall(out)] == ["energy: one: ", "energy: two: "], out
    out = printed(tmp_path, "-c", f"%run {book}")
    assert [line[:13] for line in LINE.findall(out)] == ["energy: one: ", "energy: two: "], out


def test_a_notebook_that_ipython_runs_can_have_every_cell_metered(tmp_path):
    path = tmp_path / "book.ipynb"
    nbformat.write(
        notebook(f"{ALL}\n%green on", "%%time\nx = 1", "print(x)", "%green off", "x"), path
    )
    out = printed(tmp_path, path)
    assert len(LINE.findall(out)) == 2, out


def test_an_error_in_a_metered_cell_ends_the_notebook_as_without(tmp_path):
    path = tmp_path / "book.ipynb"
    cells = ("x = 1", "%%energy\nx\n1 / 0", "print('never')")
    nbformat.write(notebook(*cells), path)
    out = printed(tmp_path, path)
    assert out.count("ZeroDivisionError: division by zero") == 1, out
    assert "never" not in out
    assert re.search(r"energy: .*error", out)
    assert "----> 3 1 / 0" in out or "3 1 / 0" in out


def test_a_notebook_that_a_kernel_runs_leaves_a_report_of_each_metered_cell(kernel, book):
    ran = kernel.run(f"%run {book}")
    assert [report["label"] for report in ran.reports] == ["one", "two"]
    assert {report["status"] for report in ran.reports} == {"ok"}
    assert ran.value is None


def test_what_asks_for_silence_in_a_kernel_gets_no_figure(kernel):
    silent = kernel.client.execute("%%energy\nw = 1", silent=True)
    kernel.client.get_shell_msg(timeout=10)
    assert silent
    assert kernel.run("w").value == "1"
