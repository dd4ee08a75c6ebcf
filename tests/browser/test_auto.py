"""Every cell metered: one line each, in JupyterLab."""

import re

REPORT = "application/vnd.jupyter-green.report.v1+json"
WORK = (
    "import time\nfrom pathlib import Path\n"
    "end = time.monotonic() + 60\n"
    "while not Path('enough').exists() and time.monotonic() < end:\n    sum(range(10000))\n'done'"
)


def test_a_cell_has_one_line_while_it_runs_and_after(book, lab):
    notebook = book("%load_ext jupyter_green\n%green on", WORK, "%green report", "%green plot")
    page = notebook.page
    page.set_viewport_size({"width": 900, "height": 760})
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    notebook.run_cell(0)
    notebook.start_cell(1)
    line = notebook.cell(1).locator(".jp-OutputArea-output").first
    page.wait_for_function("/ W now · measuring/.test(document.body.innerText)")
    running_px = line.bounding_box()["height"]
    notebook.shot("auto-running-light")
    lab.enough.touch()
    notebook.wait_end()
    assert len(notebook.reports(1)) == 1
    assert page.locator(".jpg-live").count() == 0
    shown = notebook.cell(1).locator("summary").first
    assert re.search(r"[\d.]+ ± [\d.]+ k?J.*W mean · \w+", shown.inner_text())
    assert abs(line.bounding_box()["height"] - running_px) < 16  # a line gave way to a line
    assert notebook.outputs(1)[0]["metadata"][REPORT] == {"compact": True}
    notebook.run_cell(2)
    notebook.run_cell(3)
    notebook.cell(3).locator("img").wait_for()
    notebook.shot("auto-light")
    shown.click()
    page.wait_for_timeout(500)
    notebook.cell(0).scroll_into_view_if_needed()
    notebook.theme("JupyterLab Dark")
    notebook.shot("auto-open-dark")
