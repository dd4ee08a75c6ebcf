"""Notebook 7: the live widget, the saved report and the panel in its right sidebar."""

import nbformat
import pytest

from .lab import KERNEL_TIMEOUT_MS, PANEL_ID, TIMEOUT_MS, Lab, Notebook
from .saved import example, saved
from .test_lab import UNTIL_ENOUGH
from .test_robust import reload, wait_live, wait_report

REPORT = ".jp-OutputArea-output .jg-Report .jpg-result"
WIDGET = ".jpg-run.jpg-live"

LOAD = "%load_ext jupyter_green"
WAITING = f"%%energy --label waiting\n{UNTIL_ENOUGH}"


class Notebook7(Lab):
    """A Notebook 7 server, where each notebook has a page of its own."""

    APP = ("-m", "notebook", "--JupyterNotebookApp.expose_app_in_browser=True")
    DOCUMENT = "notebooks"


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory, bench):
    pytest.importorskip("notebook")
    server = Notebook7(tmp_path_factory.mktemp("notebook7"), bench)
    yield server
    server.close()


@pytest.fixture
def page(chromium):
    """A page; an error of our own scripts in it fails the test.

    Notebook 7.6's own reader of shortcuts fails where it comes before their settings do.
    """
    context = chromium.new_context(viewport={"width": 1360, "height": 820})
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    stacks = []
    page.on("pageerror", lambda error: stacks.append(error.stack or str(error)))
    yield page
    context.close()
    assert [stack for stack in stacks if "jupyter-green" in stack] == []


def test_the_widget_the_result_and_the_panel(page, notebook7, book):
    notebook = book(LOAD, WAITING, lab=notebook7)
    notebook.run_cell(0)
    notebook.start_cell(1)
    widget = notebook.cell(1).locator(WIDGET)
    widget.wait_for(state="visible")
    page.get_by_text("running").first.wait_for(state="visible")
    notebook.shot("notebook7-live")
    notebook7.enough.touch()
    notebook.wait_end()
    notebook.cell(1).locator(REPORT).wait_for(state="visible", timeout=KERNEL_TIMEOUT_MS)
    assert widget.count() == 0
    (report,) = notebook.reports(1)
    assert report["energy_j"] > 0
    notebook.show_panel()
    panel = page.locator(f"#{PANEL_ID}")
    panel.get_by_text("waiting").first.wait_for(state="visible")
    assert panel.bounding_box()["x"] > notebook.cell(1).bounding_box()["x"]
    notebook.shot("notebook7-result")


def test_a_page_reloaded_in_mid_cell_goes_on_and_keeps_the_report(notebook7, book):
    notebook = book(LOAD, WAITING, lab=notebook7)
    notebook.run_cell(0)
    notebook.start_cell(1)
    wait_live(notebook)
    notebook.save()
    reload(notebook)
    wait_live(notebook)
    notebook.shot("robust-notebook7")
    notebook7.enough.touch()
    assert wait_report(notebook)["status"] == "ok"


def test_a_cell_metered_by_the_leaf_is_live_in_the_panel(page, notebook7, book):
    unmetered = WAITING.partition("\n")[2]
    notebook = book(unmetered, lab=notebook7)
    notebook.show_panel()
    page.locator("[data-jp-item-name=jupyter-green-meter]").click()  # loads the meter as well
    notebook.start_cell(0)
    panel = page.locator(f"#{PANEL_ID}")
    panel.locator("[data-status=running] .jg-Sparkline polyline").wait_for()
    padding = panel.locator(".jg-Total").evaluate("total => getComputedStyle(total).paddingLeft")
    assert padding == "12px"  # the style sheet is there, a file beside the scripts
    notebook7.enough.touch()
    notebook.wait_end()
    panel.locator("[data-cell-id][data-status=ok]").wait_for()
    (report,) = notebook.reports(0)
    shown_j = panel.locator(".jg-Total").get_attribute("data-energy-j")
    assert float(shown_j) == report["energy_j"]


def test_a_saved_report_is_shown_without_a_kernel(page, notebook7):
    path = notebook7.notebook("saved.ipynb")
    nbformat.write(saved(example()), path)
    notebook = Notebook(page, notebook7, path)
    notebook.open(kernel=False)
    report = notebook.cell(0).locator(REPORT)
    report.wait_for(state="visible")
    assert "logistic regression" in report.inner_text()
    notebook.shot("notebook7-saved")
    notebook.theme("JupyterLab Dark")
    notebook.shot("notebook7-saved-dark")


def test_a_figure_leads_to_its_part_of_the_page_of_help(page, notebook7):
    path = notebook7.notebook("help.ipynb")
    nbformat.write(saved(example()), path)
    notebook = Notebook(page, notebook7, path)
    notebook.open(kernel=False)
    figure = notebook.cell(0).locator(f"{REPORT} .jpg-figure b").first
    figure.hover()
    figure.click()
    topic = page.locator("#jupyter-green-help .jg-Help-topic")
    topic.wait_for(state="visible")
    assert topic.inner_text() == "Plus or minus"
    page.wait_for_timeout(300)  # the notebook makes room for it
    help_, place = page.locator(".jg-Help").bounding_box(), topic.bounding_box()
    assert help_["height"] > 200
    assert help_["y"] <= place["y"] < help_["y"] + help_["height"] <= 820
    assert figure.is_visible()
    notebook.shot("notebook7-help")
