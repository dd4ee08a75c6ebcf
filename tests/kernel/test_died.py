"""A kernel that is killed in mid-cell: its joules are not lost."""

import json
import os
import subprocess
import sys
import time

import nbclient
import nbformat
import pytest

from jupyter_green.report.report import Report
from jupyter_green.sampler.kept import FOLDER_VARIABLE

REPORT = "application/vnd.jupyter-green.report.v1+json"
COMMAND = "import sys; from jupyter_green.cli.main import main; sys.exit(main())"
POWER_W = 150.0
KILLED = """%%energy --label fit --stage training
import os, signal, time
from jupyter_green.meter.shared import shared_meter
time.sleep(1.0)
os.kill({victim}, signal.SIGKILL)
time.sleep(30)"""


def notebook(*cells):
    cells = [nbformat.v4.new_code_cell(code) for code in cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture
def executed(truth, nvml_here, tmp_path):
    """Runs a notebook with `jupyter green execute`; returns it, and what was printed."""
    truth.add("gpu:0", power_w=POWER_W)

    def execute(*cells):
        path = tmp_path / "work.ipynb"
        nbformat.write(notebook(*cells), path)
        ran = subprocess.run(
            [sys.executable, "-c", COMMAND, "execute", str(path)],
            capture_output=True, text=True, timeout=180, check=False, cwd=tmp_path,
            env=os.environ | {"TMPDIR": str(tmp_path)},
        )  # fmt: skip
        return nbformat.read(tmp_path / "executed" / "work.ipynb", 4), ran

    return execute


def test_execute_writes_the_joules_of_a_kernel_that_was_killed(executed, tmp_path):
    cells = ("1", KILLED.format(victim="os.getpid()"), "'never'")
    done, ran = executed(*cells)
    assert ran.returncode == 1
    assert "The kernel died" in ran.stderr
    (output,) = done.cells[1].outputs
    record = output.data[REPORT]
    assert (record["status"], record["label"], record["stage"]) == ("died", "fit", "training")
    assert record["cell_id"] == done.cells[1].id
    assert record["notebook"] == "work.ipynb"
    # The last sample is up to 0.1 s older than the end, on a busy machine some more; the cell asked
    # for 30 s more.
    assert 0.5 <= record["duration_s"] < 10.0
    (board,) = (d for d in record["domains"] if d["id"] == "gpu:0")
    true_j = POWER_W * record["duration_s"]
    assert abs(board["energy_j"] - true_j) <= 2 * board["uncertainty_j"] + 0.02 * true_j
    assert board["uncertainty_j"] < 0.2 * true_j
    assert len(record["trace"]["t_s"]) > 5
    assert sum(end - begin for begin, end in record["gaps"]) < 0.2 * record["duration_s"]
    assert "share" not in record  # whose processes are gone have no share to tell
    assert Report.from_dict(record).to_dict() == record
    assert "measuring" not in json.dumps(done)
    assert "fit (died)" in ran.stdout
    # Nothing is left of what was kept for this.
    assert not [p for p in tmp_path.iterdir() if p.name.startswith("jupyter-green-")]


def test_execute_says_so_where_the_sampler_was_killed_as_well(executed):
    cell = KILLED.format(victim="shared_meter().sampler_pid") + "\n"
    cell = cell.replace("time.sleep(30)", "os.kill(os.getpid(), signal.SIGKILL)")
    done, ran = executed(cell)
    assert ran.returncode == 1
    (output,) = done.cells[0].outputs
    assert "the kernel ended before the cell did" in output.data["text/plain"]
    assert REPORT not in output.data


def test_a_program_that_does_not_ask_keeps_a_sentence_that_is_true():
    killed = "%%energy\nimport os, time\ntime.sleep(0.3)\nos.kill(os.getpid(), 9)"
    book = notebook("%load_ext jupyter_green", killed)
    with pytest.raises(nbclient.exceptions.DeadKernelError):
        nbclient.NotebookClient(book, timeout=60).execute()
    (output,) = book.cells[1].outputs
    assert "the kernel ended before the cell did" in output.data["text/plain"]


def test_what_is_kept_is_for_nobody_else(kernel_with, tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    kernel = kernel_with(os.environ | {FOLDER_VARIABLE: str(folder)})
    kernel.run("%load_ext jupyter_green")
    kernel.run("%%energy\n1")
    assert list(folder.iterdir()) == []  # nothing while the kernel lives
    kernel.start("%%energy\nimport os, time; time.sleep(0.3); os.kill(os.getpid(), 9)")
    until_s = time.monotonic() + 30
    while not (found := list(folder.glob("*.messages"))):
        assert time.monotonic() < until_s
        time.sleep(0.05)
    (path,) = found
    assert path.stat().st_mode & 0o777 == 0o600
