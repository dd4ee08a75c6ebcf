"""A JupyterLab that shows widgets, without anywidget and without our extension."""

from .tab import open_notebook

BUSY = (
    "%%energy --label fit\nimport time\nfrom pathlib import Path\n"
    "while not Path('enough').exists(): time.sleep(0.05)"
)


def test_no_error_is_shown_and_what_is_missing_is_said(tab_page, lab, without):
    without("anywidget", "jupyter-green")
    path = lab.notebook("without.ipynb", "%load_ext jupyter_green", BUSY, "%%energy\n1")
    notebook = open_notebook(tab_page, lab, path)
    notebook.run_cell(0)
    notebook.start_cell(1)
    output = notebook.cell(1).locator(".jp-OutputArea")
    output.get_by_text("fit · energy: measuring").wait_for()
    output.get_by_text("lacks anywidget").wait_for()
    text = output.inner_text()
    notebook.shot("without-anywidget")
    lab.enough.touch()
    notebook.wait_end()
    assert "rror" not in text
    assert output.locator("table").count() > 0
    assert "measuring" not in output.inner_text()
    notebook.run_cell(2)
    assert "lacks" not in notebook.cell(2).inner_text()  # said once
