"""A training while it runs and when it has ended, where pictures are asked for."""

import pytest

from .lab import PICTURES, Notebook
from .test_lab import PANEL, WIDGET, wait_elapsed, wait_rows

# The training goes on until its picture has been taken.
STOPPING = """from pathlib import Path

def converged(w):
    return Path("enough").exists()
"""
LOAD = "%load_ext jupyter_green\nimport numpy as np\nfrom stopping import converged"
DATA = """%%energy --label "make data" --stage data
rng = np.random.default_rng(0)
X = rng.normal(size=(60_000, 200))
y = (X[:, :20].sum(axis=1) > 0).astype(float)"""
TRAINING = """%%energy --label "logistic regression" --stage training
w = np.zeros(200)
while not converged(w):
    p = 1 / (1 + np.exp(-(X @ w)))
    w -= 0.5 * X.T @ (p - y) / len(y)"""
EVALUATION = "%%energy --label accuracy --stage evaluation\nnp.mean((X @ w > 0) == y)"


@pytest.mark.skipif(not PICTURES, reason="no pictures are asked for")
def test_pictures_of_a_training(page, lab):
    page.set_viewport_size({"width": 1180, "height": 760})
    (lab.notebooks / "stopping.py").write_text(STOPPING)
    notebook = Notebook(page, lab, lab.notebook("training.ipynb", LOAD, DATA, TRAINING, EVALUATION))
    notebook.open()
    notebook.show_panel()
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.start_cell(2)
    widget = notebook.cell(2).locator(WIDGET)
    widget.wait_for(state="visible")
    wait_elapsed(notebook, 2, 4)
    widget.evaluate("node => node.scrollIntoView({block: 'end'})")
    assert widget.is_visible()
    notebook.shot("training-live-light")
    lab.enough.touch()
    notebook.wait_end()
    notebook.run_cell(3)
    wait_rows(page, 3, "ok")
    notebook.theme("JupyterLab Dark")
    notebook.cell(2).scroll_into_view_if_needed()
    notebook.shot("training-result-dark")
    assert page.locator(f"{PANEL} .jg-Total").is_visible()
