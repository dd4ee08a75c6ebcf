"""What the joules were for, in JupyterLab: beside the cell and in the panel."""

import re

import pytest

from .lab import PICTURES
from .tab import open_notebook
from .test_lab import PANEL, wait_rows

LOAD = "%load_ext jupyter_green\nimport time\ndef wait(s): time.sleep(s)"
TRAINING = """%%energy --label train --metric acc --metric loss --per rows*5 row
acc, loss, rows = 0.95312, 0.1234, 60_000
wait(1.6)"""
PREFILL = """%%energy --label "prefill" --metric gone --per 512 token
wait(1.2)"""
SHORT = "%%energy --label short --metric acc\nacc = 0.9"


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"][: 2 if PICTURES else 1])
def test_the_view_and_the_panel_tell_what_the_joules_were_for(tab_page, lab, theme):
    page = tab_page
    page.set_viewport_size({"width": 1280, "height": 900})
    name = f"outcome-{theme.split()[1].lower()}"
    cells = (LOAD, TRAINING, PREFILL, SHORT, "%green pareto acc")
    notebook = open_notebook(page, lab, lab.notebook(f"{name}.ipynb", *cells))
    notebook.theme(theme)
    notebook.show_panel()
    for index in range(5):
        notebook.run_cell(index)
    wait_rows(page, 3, "ok")
    outcome = notebook.cell(1).locator(".jpg-outcome")
    outcome.wait_for()
    assert re.search(r"mJ/row ± .+ 300000 row\s+0.9531 acc\s+0.1234 loss", outcome.inner_text())
    assert "gone is not known: NameError" in notebook.cell(2).locator(".jpg-hint").inner_text()
    assert "acc 0.9" in notebook.cell(3).locator(".jpg-line summary").inner_text()
    first = page.locator(f"{PANEL} .jg-Row").nth(0).inner_text()
    assert "/row" in first
    assert "acc 0.9531" in first
    notebook.cell(1).evaluate("node => node.scrollIntoView({block: 'start'})")
    notebook.shot(name)
    notebook.cell(4).scroll_into_view_if_needed()
    notebook.shot(f"{name}-pareto")
