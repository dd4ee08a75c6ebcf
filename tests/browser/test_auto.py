"""Every cell metered: one line each, in JupyterLab."""

import re

import pytest

from .test_lab import PANEL, ROWS, total_j, wait_rows
from .test_robust import wait_report

REPORT = "application/vnd.jupyter-green.report.v1+json"
LIVE = "application/vnd.jupyter-green.live.v1+json"
WORK = (
    "import time\nfrom pathlib import Path\n"
    "end = time.monotonic() + 60\n"
    "while not Path('enough').exists() and time.monotonic() < end:\n    time.sleep(0.02)\n'done'"
)


@pytest.fixture
def page(tab_page):
    return tab_page


def test_a_cell_has_one_line_while_it_runs_and_after(book, lab):
    notebook = book("%load_ext jupyter_green\n%green on", WORK, "%green report", "%green plot")
    page = notebook.page
    page.set_viewport_size({"width": 900, "height": 760})
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    notebook.run_cell(0)
    notebook.start_cell(1)
    line = notebook.cell(1).locator(".jp-OutputArea-output").first
    page.wait_for_function("/ W now · .* measuring/.test(document.body.innerText)")
    running_px = line.bounding_box()["height"]
    notebook.shot("auto-running-light")
    lab.enough.touch()
    notebook.wait_end()
    assert len(notebook.reports(1)) == 1
    assert page.locator(".jpg-live").count() == 0
    shown = notebook.cell(1).locator("summary").first
    assert re.search(
        r"[\d.]+ (± [\d.]+ k?J|k?J ± [\d.]+ %).*W mean · .*s · \w+", shown.inner_text()
    )
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


def test_the_panel_shows_an_auto_metered_cell_while_it_runs(page, book, lab):
    notebook = book("%load_ext jupyter_green\n%green on", WORK)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    running = page.locator(f"{ROWS}[data-status=running]")
    running.locator(".jg-Sparkline polyline").wait_for()
    page.wait_for_function(
        "panel => Number(document.querySelector(`${panel} .jg-Total`).dataset.energyJ) > 0",
        arg=PANEL,
    )
    assert re.search(r"[\d.]+ k?J", running.text_content())
    assert re.search(r"[\d.]+ W", running.text_content())
    assert notebook.outputs(1)[0]["metadata"][LIVE]["kind"] == "samples"
    lab.enough.touch()
    notebook.wait_end()
    wait_rows(page, 1, "ok")
    (report,) = notebook.reports(1)
    assert total_j(page) == report["energy_j"]
    notebook.save()
    assert LIVE not in notebook.path.read_text()


def test_a_page_reloaded_in_mid_cell_goes_on_with_an_auto_metered_cell(page, book, lab):
    notebook = book("%load_ext jupyter_green\n%green on", WORK)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    page.locator(f"{ROWS}[data-status=running] .jg-Sparkline polyline").wait_for()
    notebook.save()  # with the line of the running cell in it
    page.reload()
    notebook.wait_ready(kernel=False)  # the kernel is busy and says nothing of itself
    notebook.show_panel()
    page.locator(f"{ROWS}[data-status=running] .jg-Sparkline polyline").wait_for()
    lab.enough.touch()
    wait_rows(page, 1, "ok")
    report = wait_report(notebook)  # in the document, where the line was
    assert total_j(page) == report["energy_j"]
    notebook.save()
    assert LIVE not in notebook.path.read_text()
