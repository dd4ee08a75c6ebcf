"""The pictures of the README, taken from a run: `build/screenshots/readme-*.png`."""

from .conftest import Notebook
from .test_lab import PANEL, ROWS, WIDGET

LOAD = "%load_ext jupyter_green\nimport numpy as np"
DATA = """%%energy --label "make data" --stage data
rng = np.random.default_rng(0)
X = rng.normal(size=(60_000, 200))
y = (X[:, :20].sum(axis=1) > 0).astype(float)"""
TRAINING = """%%energy --label "logistic regression" --stage training
w = np.zeros(200)
for step in range(160):
    p = 1 / (1 + np.exp(-(X @ w)))
    w -= 0.5 * X.T @ (p - y) / len(y)"""
EVALUATION = "%%energy --label accuracy --stage evaluation\nnp.mean((X @ w > 0) == y)"


def test_pictures_for_the_readme(page, lab):
    page.set_viewport_size({"width": 1180, "height": 760})
    notebook = Notebook(page, lab, lab.notebook("training.ipynb", LOAD, DATA, TRAINING, EVALUATION))
    notebook.open()
    notebook.show_panel()
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.start_cell(2)
    widget = notebook.cell(2).locator(WIDGET)
    widget.wait_for(state="visible", timeout=5000)
    page.wait_for_timeout(3000)
    widget.evaluate("node => node.scrollIntoView({block: 'end'})")
    page.wait_for_timeout(1000)
    assert widget.is_visible()
    notebook.shot("readme-live-light")
    notebook.wait_cell(2)
    notebook.run_cell(3)
    page.wait_for_function(
        f"document.querySelectorAll('{ROWS}[data-status=ok]').length === 3", timeout=10_000
    )
    notebook.theme("JupyterLab Dark")
    notebook.cell(2).scroll_into_view_if_needed()
    notebook.shot("readme-result-dark")
    assert page.locator(f"{PANEL} .jg-Total").is_visible()
