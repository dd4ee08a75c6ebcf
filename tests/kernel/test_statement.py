"""Statements of what real kernels ran."""

import json
import os

import nbformat
import pytest

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE, OFF

CELLS = {
    "load": "import pathlib, time\ntime.sleep(0.5)",
    "fit": "time.sleep(0.5)\nassert pathlib.Path('repaired').exists()",
    "state": "%green statement --format json",
}
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A notebook whose second cell fails until it is repaired, and a ledger of its own."""
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    monkeypatch.chdir(tmp_path)
    cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in CELLS.items()]
    path = tmp_path / "analysis.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_a_notebook_that_ran_twice_spent_more_than_was_kept(notebook, capsys):
    assert main(["execute", str(notebook), "--allow-errors"]) == 0
    (notebook.parent / "repaired").touch()
    assert main(["execute", str(notebook)]) == 0
    capsys.readouterr()
    assert main(["statement", "--format", "json"]) == 0  # of the project in which it is
    found = json.loads(capsys.readouterr().out)
    assert found["statuses"] == {"error": 1, "ok": 3}
    assert (found["spent"]["runs"], found["kept"]["runs"]) == (4, 2)
    kinds = [kind for kind in ("measured", "estimated") if found["spent"][kind]]
    for kind in kinds:
        assert found["spent"][kind]["energy_j"] > 1.3 * found["kept"][kind]["energy_j"]
    assert kinds
    assert {each["name"]: each["runs"] for each in found["experiments"]} == {
        "analysis.ipynb In [1]": 2,
        "analysis.ipynb In [2]": 2,
    }
    executed = nbformat.read(notebook.parent / "executed" / "analysis.ipynb", as_version=4)
    outputs = [output for cell in executed.cells for output in cell.outputs]
    assert json.loads(outputs[-1].text)["runs"] == 4  # the magic says the same
    assert all(WIDGET not in output.get("data", {}) for output in outputs)


def test_without_a_ledger_the_statement_is_of_the_session(kernel_with):
    kernel = kernel_with(os.environ | {LEDGER_VARIABLE: OFF})
    kernel.run("%load_ext jupyter_green")
    assert "nothing has been metered yet" in kernel.run("%green statement").reply["evalue"]
    kernel.run("%%energy --label fit --stage training\nimport time; time.sleep(0.3)")
    kernel.run("import jupyter_green as jg\nwith jg.measure('block'): time.sleep(0.2)")
    ran = kernel.run("%green statement --format json --place 360")
    found = json.loads(ran.text)
    assert found["runs"] == 2
    assert {each["name"] for each in found["experiments"]} == {"fit", "block"}
    shown = kernel.run("%green statement").of("display_data")[0]["data"]
    assert shown["text/markdown"].startswith("# Energy statement")
    ran = kernel.run("print(jg.model_card(place=360), jg.sci(2, place=360), sep='\\n')")
    assert "2 runs, 0 of them failed" in ran.text
    assert "Not a full SCI" in ran.text
    for wrong, remedy in (("--place XX", "no place that is known"), ("--format", "--format")):
        ran = kernel.run(f"%green statement {wrong}")
        assert ran.status == "error"
        assert remedy in ran.reply["evalue"]
    ran = kernel.run("import sys\nprint('sqlalchemy' in sys.modules)")
    assert "False" in ran.text
