"""The front end loads the meter in kernels that lack it, and says why where it cannot."""

import json
import sys
from pathlib import Path
from sysconfig import get_path

import pytest

from ..lab import picture
from ..test_lab import MIME
from .helpers import select, source, undo

WORK = "import time; time.sleep(0.2)"
LEAF = ".jp-NotebookPanel-toolbar [data-jp-item-name=jupyter-green-meter]"
ROOT = Path(__file__).parents[3]

RUN_AFTER_RESTART = """(async () => {
    const {commands, shell} = window.jupyterapp;
    await shell.currentWidget.sessionContext.session.kernel.restart();
    await commands.execute('notebook:run-cell');
})()"""
"""What "Restart and Run" does: the cell is sent before the new kernel has said anything."""

RESTARTED_ELSEWHERE = """(async () => {
    const {commands, shell} = window.jupyterapp;
    const {sessionContext} = shell.currentWidget;
    let isHeard = false;
    const isStarting = new Promise(resolve => {
        sessionContext.statusChanged.connect((_, status) => {
            if (status === 'starting') {
                isHeard = true;
                resolve();
            }
        });
    });
    const {id} = sessionContext.session.kernel;
    // A page does not always hear of it: the kernel's first words may come before its channel does.
    for (let times = 0; times < 8 && !isHeard; times++) {
        await fetch(`/api/kernels/${id}/restart`, {method: 'POST'});
        await Promise.race([isStarting, new Promise(resolve => setTimeout(resolve, 5000))]);
    }
    await isStarting;
    await commands.execute('notebook:run-cell');
})()"""
"""What is heard when another page restarts the kernel."""


def notice(page, text):
    return page.locator(".Toastify__toast").filter(has_text=text)


def has_report(notebook, number):
    """Whether a report is all that a cell has put out."""
    outputs = notebook.outputs(number)
    return len(outputs) == 1 and MIME in outputs[0].get("data", {})


def test_the_leaf_alone_meters_a_cell_and_after_a_restart(page, book):
    notebook = book(WORK, "len(In)")
    select(notebook, 0)
    page.locator(LEAF).click()
    notebook.run_cell(0)
    assert source(notebook, 0) == f"%%energy\n{WORK}"
    assert has_report(notebook, 0)
    notebook.run_cell(1)
    assert notebook.outputs(1)[0]["data"]["text/plain"] == "3"  # the user's cells alone
    select(notebook, 0)
    for restarted in (RUN_AFTER_RESTART, RESTARTED_ELSEWHERE):
        notebook.start(restarted)
        notebook.wait_end()
        assert has_report(notebook, 0)
    assert notice(page, "meter").count() == 0
    undo(notebook, 0)
    assert source(notebook, 0) == WORK


def test_a_metered_notebook_asks_once(page, book):
    notebook = book(f"%%energy\n{WORK}")
    asked = notice(page, "Load the meter")
    asked.wait_for()
    picture(page, "meter-asks-light")
    notebook.theme("JupyterLab Dark")
    picture(page, "meter-asks-dark")
    notebook.theme("JupyterLab Light")
    notebook.start_cell(0)  # before there was an answer
    offered = notice(page, "has not loaded the meter")
    offered.wait_for()
    asked.wait_for(state="detached")
    offered.get_by_role("button", name="Load").click()
    notice(page, "Now run the cell").wait_for()
    notebook.run_cell(0)
    assert has_report(notebook, 0)
    notebook.start(RUN_AFTER_RESTART)
    notebook.wait_end()
    assert has_report(notebook, 0)
    assert asked.count() == 0


def test_always_is_an_answer_for_every_notebook(page, lab, book, settings):
    settings(loadMeter="always")
    notebook = book(f"%%energy\n{WORK}", "%load_ext jupyter_green")
    notebook.run_cell(0)
    assert has_report(notebook, 0)
    notebook.run_cell(1)
    assert notebook.outputs(1) == []  # its own line says nothing new


@pytest.fixture
def bare_kernel(lab):
    """Offer a kernel whose environment lacks the package: one that reads no .pth file."""
    launch = (
        f"import sys; sys.path.append({get_path('purelib')!r}); "
        "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
    )
    lab.offer_kernel("bare", sys.executable, "-I", "-S", "-c", launch, "-f", "{connection_file}")
    return "bare"


def test_a_missing_package_is_told_with_its_remedy_and_loaded_when_it_comes(
    page, book, bare_kernel
):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # What `%pip install jupyter-green` does, without a network.
    notebook = book(
        WORK, f"import sys; sys.path.append({str(ROOT)!r})  # pip install jupyter-green"
    )
    change = f"sessionContext.changeKernel({json.dumps({'name': bare_kernel})})"
    notebook.start(f"window.jupyterapp.shell.currentWidget.{change}")
    notebook.wait_end()
    select(notebook, 0)
    page.locator(LEAF).click()
    missing = notice(page, "lacks jupyter-green. Run in a cell: %pip install jupyter-green")
    missing.wait_for()
    picture(page, "meter-missing")
    missing.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == "%pip install jupyter-green"
    notebook.run_cell(1)
    notice(page, "Now run the cell").wait_for()
    notebook.run_cell(0)
    assert has_report(notebook, 0)
