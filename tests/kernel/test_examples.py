"""The example notebooks run from top to bottom in a real kernel, fewer rounds than for a reader.

A socket draws the same all the time, so that comparisons need not rest until a busy machine is
calm; and their runs take a tenth of a second, too short to tell anything, and not one or two; so
all of a notebook's comparisons are run.
"""

from pathlib import Path

import nbclient
import nbformat
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
QUICK = {
    "ALL": 100,
    "COPIES": 1,
    "EPOCHS": 1,
    "IMAGES": 100,
    "REQUESTS": 20,
    "ROUNDS": 2,
    "SEARCHED": 2,
    "SECONDS": 0.1,
    "SEEDS": 1,
    "TRIALS": 4,
}
"""For what a notebook's cell with the tag `parameters` sets."""
SHORTER = {
    "%green baseline 5": "%green baseline 1",
    "perf_counter() + 2": "perf_counter() + 0.2",
    "range(8000)": "range(800)",
    "time.sleep(3)": "time.sleep(0.3)",
    "x[4000:], y[4000:]": "x[4400:], y[4400:]",
}
"""For what else takes long, which a reader is to see as it is."""
SHORT_RUNS = """\
import functools
from jupyter_green.notebook import doctor
from jupyter_green.studies.compare import bench, pilot
doctor.show = functools.partial(doctor.show, seconds=0.5)
pilot.shortest_run_s = lambda domains: 0.1
bench._LOOK_S = 0.05"""
NEEDS = {
    "compact_and_efficient": ("torch", "mlxtend", "scipy"),
    "data_and_model_choices": ("sklearn",),
    "joules_per_token": ("torch", "transformers", "scipy"),
    "layer_energy": ("torch", "mlxtend"),
    "lifecycle": ("sklearn",),
    "search_strategies": ("sklearn", "optuna"),
}
REPORT = "application/vnd.jupyter-green.report.v1+json"


def quick(book):
    """Return the notebook with few and short measurements."""
    for cell in book.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            known = [line.split(" = ")[0] for line in cell.source.splitlines() if " = " in line]
            cell.source += "".join(f"\n{each} = {QUICK[each]}" for each in known)
        for slow, short in SHORTER.items():
            cell.source = cell.source.replace(slow, short)
    book.cells.insert(0, nbformat.v4.new_code_cell(SHORT_RUNS))
    return book


@pytest.fixture
def socket(truth, rapl_here):
    truth.add("cpu:0/package", power_w=50.0)
    rapl_here()


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.ipynb")))
def test_an_example_runs_from_top_to_bottom(name, socket, tmp_path):
    for module in NEEDS.get(name, ()):
        pytest.importorskip(module)
    book = quick(nbformat.read(EXAMPLES / f"{name}.ipynb", 4))
    nbclient.NotebookClient(book, timeout=100, resources={"metadata": {"path": tmp_path}}).execute()
    for cell in book.cells:
        outputs = cell.get("outputs", ())
        assert "jupyter-green:" not in "".join(o.get("text", "") for o in outputs)
        if cell.cell_type == "code" and cell.source.startswith("%%energy "):
            assert (
                any(REPORT in output.get("data", {}) for output in outputs) or "-r" in cell.source
            )


def test_what_is_shortened_is_in_the_examples():
    """Else a notebook that has changed takes long again, and nobody hears of it."""
    books = (nbformat.read(path, 4) for path in EXAMPLES.glob("*.ipynb"))
    sources = [cell.source for book in books for cell in book.cells]
    assert [slow for slow in SHORTER if not any(slow in source for source in sources)] == []


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.ipynb")))
def test_an_example_is_kept_with_its_outputs(name):
    book = nbformat.read(EXAMPLES / f"{name}.ipynb", 4)
    ran = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in ran)
    for cell in ran:
        fails = any(output.output_type == "error" for output in cell.outputs)
        assert fails == ("raises-exception" in cell.metadata.get("tags", ()))
