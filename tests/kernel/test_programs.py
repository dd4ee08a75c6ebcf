"""Programs that execute notebooks: the report is kept, and no widget's state."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import nbclient
import nbformat
import pytest

from tests.testbench.outputs import joined

REPORT = "application/vnd.jupyter-green.report.v1+json"
CELLS = (
    "%load_ext jupyter_green",
    "%%energy --label fit\nprint('printed')\n40 + 2",
    "from IPython.display import clear_output\nprint('goes')",
    "%%energy\nprint('stays')\nclear_output(wait=True)",
    "%%energy -q\n'quiet'",
    "%green on",
    "'auto'",
)


def notebook():
    cells = [nbformat.v4.new_code_cell(code) for code in CELLS]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "notebook.ipynb"
    nbformat.write(notebook(), path)
    return path


def check(executed):
    nbformat.validate(executed)
    _, fit, _, waiting, quiet, _, auto = (joined(cell["outputs"]) for cell in executed["cells"])
    report, printed, value = fit
    assert report["data"][REPORT]["label"] == "fit"
    assert report["data"][REPORT]["status"] == "ok"
    assert {"text/html", "text/plain"} <= set(report["data"])
    assert printed["text"] == "printed\n"
    assert value["data"]["text/plain"] == "42"
    assert [o["text"] for o in waiting if o["output_type"] == "stream"] == ["stays\n"]
    assert [REPORT in o["data"] for o in waiting if "data" in o] == [True]
    assert [o["data"]["text/plain"] for o in quiet] == ["'quiet'"]
    assert [REPORT in o["data"] for o in auto] == [True, False]
    text = json.dumps(executed)
    assert "application/vnd.jupyter.widget" not in text
    assert "widgets" not in executed["metadata"]
    assert "measuring" not in text


def run(command, tmp_path):
    env = os.environ | {"IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        env=env, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_nbclient(path):
    executed = nbclient.NotebookClient(nbformat.read(path, 4), timeout=60).execute()
    check(executed)


def test_nbconvert(path, tmp_path):
    run(["nbconvert", "--to", "notebook", "--execute", "--output", "done", path], tmp_path)
    check(nbformat.read(tmp_path / "done.ipynb", 4))


@pytest.mark.skipif(find_spec("papermill") is None, reason="needs papermill")
def test_papermill(path, tmp_path):
    run(["papermill", path, tmp_path / "done.ipynb", "--no-progress-bar"], tmp_path)
    check(nbformat.read(tmp_path / "done.ipynb", 4))


def test_an_error_stays_an_error(tmp_path):
    cells = [nbformat.v4.new_code_cell(c) for c in (CELLS[0], "%%energy\n1/0", "'never'")]
    client = nbclient.NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=60)
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="ZeroDivisionError"):
        client.execute()
    outputs = client.nb["cells"][1]["outputs"]
    assert [o["output_type"] for o in outputs] == ["display_data", "error"]
    assert outputs[0]["data"][REPORT]["status"] == "error"
    assert client.nb["cells"][2]["execution_count"] is None
