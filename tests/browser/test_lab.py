"""The whole way, as a user sees it: magic, live widget, static result, sidebar, reopening."""

import itertools
import json
import os
import signal

import nbformat
import pytest

from .fits import CUT_OFF
from .lab import PICTURES, WITHOUT_SENSORS, Notebook, settle
from .tab import leave, open_notebook

MIME = "application/vnd.jupyter-green.report.v1+json"
WIDGET = ".jpg-live"
PANEL = "#jupyter-green-panel"
ROWS = f"{PANEL} [data-cell-id]"

SETUP = "%load_ext jupyter_green"
# These cells run until the test has seen enough, however long that takes it. They sleep: what the
# stand-ins draw is up to nobody's work, and the page and the other tests want the processors.
UNTIL_ENOUGH = (
    "import time\n"
    "from pathlib import Path\n"
    "end = time.monotonic() + 120\n"
    "while not Path('enough').exists() and time.monotonic() < end:\n"
    "    time.sleep(0.02)\n"
)
TRAINING = f"%%energy --label training --stage training\n{UNTIL_ENOUGH}print('body done')"
SHORT = "%%energy\ntime.sleep(0.3)\n6 * 7"


def total_j(page):
    return float(page.locator(f"{PANEL} .jg-Total").get_attribute("data-energy-j"))


def row_j(page, row):
    return float(
        page.locator(ROWS).nth(row).locator("[data-energy-j]").get_attribute("data-energy-j")
    )


def wait_rows(page, count, status=None):
    """Wait until the panel has so many rows, or so many of a status."""
    rows = ROWS if status is None else f"{ROWS}[data-status={status}]"
    page.wait_for_function(
        "([rows, count]) => document.querySelectorAll(rows).length === count", arg=[rows, count]
    )


def wait_elapsed(notebook, number, elapsed_s):
    """Wait until the live widget of a cell shows that it has run for so long."""
    figure = notebook.cell(number).locator(f"{WIDGET} .jpg-figure").filter(has_text="elapsed")
    notebook.page.wait_for_function(
        """([node, elapsed_s]) => {
            const [value, unit] = node.textContent.split(' ');
            return unit === 'min' || (unit === 's' && Number(value) >= elapsed_s);
        }""",
        arg=[figure.locator("b").element_handle(), elapsed_s],
    )


def wait_lively(page, selector, *, changes, within_s):
    """Wait until the text of an element has changed so often in so short a time."""
    page.wait_for_function(
        """([selector, changes, within_s]) => {
            const seen = ((window.testSeen ??= {})[selector] ??= []);
            const text = document.querySelector(selector)?.innerText;
            if (text && text !== seen.at(-1)?.text) {
                seen.push({text, at_s: performance.now() / 1000});
            }
            const before = seen.at(-1 - changes);
            return before !== undefined && seen.at(-1).at_s - before.at_s <= within_s;
        }""",
        arg=[selector, changes, within_s],
    )


def shown_report(notebook, number):
    """The report as the cell shows it."""
    return notebook.cell(number).locator(".jpg-result")


@pytest.fixture
def page(tab_page):
    return tab_page


def test_a_cell_is_metered_live_then_kept_then_reopened_without_a_kernel(page, new_page, lab, book):
    notebook = book(SETUP, TRAINING, SHORT)
    notebook.show_panel()
    page.locator(f"{PANEL} [data-hint=nothing-metered]").wait_for(state="visible")
    notebook.shot("panel-empty-light")
    notebook.run_cell(0)

    # While the cell runs: widget and panel live.
    notebook.start_cell(1)
    widget = notebook.cell(1).locator(WIDGET)
    widget.wait_for(state="visible")
    assert len(notebook.outputs(1)) == 1, "the body has not printed yet"
    # At least four times a second, in both.
    wait_lively(page, WIDGET, changes=10, within_s=2.5)
    wait_lively(page, ROWS, changes=10, within_s=2.5)
    assert page.locator(ROWS).first.get_attribute("data-status") == "running"
    assert widget.locator("canvas").count() >= 1
    wait_elapsed(notebook, 1, 3)
    notebook.shot("live-light")
    for width in (1000, 1360):  # the panel is open
        page.set_viewport_size({"width": width, "height": 820})
        settle(page)
        assert page.evaluate(CUT_OFF) == [], width
    place = notebook.cell(1).locator(".jp-OutputArea-output").first
    live_px = place.bounding_box()["height"]
    lab.enough.touch()
    notebook.wait_end()

    # After it: the static bundle in its place, above the cell's own output.
    outputs = notebook.outputs(1)
    assert set(outputs[0]["data"]) == {MIME, "text/html", "text/latex", "text/plain"}
    assert outputs[1]["text"] == "body done\n"
    widget.wait_for(state="detached")
    shown_report(notebook, 1).locator("canvas").wait_for(state="visible")
    assert abs(place.bounding_box()["height"] - live_px) <= 1  # the page does not jump
    notebook.run_cell(2)
    assert notebook.outputs(2)[-1]["data"]["text/plain"] == "42"
    notebook.cell(2).locator(".jp-OutputArea-executeResult").get_by_text("42").wait_for()

    # The panel: rows and total are those of the reports.
    reports = [notebook.reports(1)[0], notebook.reports(2)[0]]
    wait_rows(page, 2, "ok")
    assert [row_j(page, row) for row in (0, 1)] == [r["energy_j"] for r in reports]
    assert total_j(page) == pytest.approx(sum(r["energy_j"] for r in reports))
    assert "training" in page.locator(ROWS).first.text_content()
    notebook.shot("result-light")
    notebook.theme("JupyterLab Dark")
    notebook.shot("result-dark")

    # A click goes to the cell.
    page.locator(ROWS).nth(0).locator("button").first.click()
    assert page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex") == 1

    # Saved, closed, and opened again without a kernel.
    notebook.save()
    before = page.locator(ROWS).all_text_contents()
    saved = nbformat.read(notebook.path, as_version=4)
    nbformat.validate(saved)
    assert saved.cells[1].outputs[0].data[MIME] == reports[0]
    del saved.metadata["kernelspec"], saved.metadata["language_info"]
    page = new_page()
    reopened = Notebook(page, lab, lab.notebooks / "reopened.ipynb")
    nbformat.write(saved, reopened.path)
    page.goto(f"{lab.url}/lab/tree/reopened.ipynb?reset")
    page.locator(".jp-Dialog button.jp-mod-reject").click()
    reopened.wait_ready(kernel=False)
    assert page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session") is None
    reopened.show_panel()
    wait_rows(page, 2)
    assert page.locator(ROWS).all_text_contents() == before
    assert total_j(page) == pytest.approx(sum(r["energy_j"] for r in reports))
    shown_report(reopened, 1).locator("canvas").wait_for(state="visible")
    assert "training" in shown_report(reopened, 1).inner_text()
    reopened.shot("reopened-light")


@pytest.mark.skipif(not PICTURES, reason="no pictures are asked for")
def test_dark_while_running(lab, book):
    notebook = book(SETUP, TRAINING)
    notebook.theme("JupyterLab Dark")
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.cell(1).locator(WIDGET).wait_for(state="visible")
    wait_elapsed(notebook, 1, 3)
    notebook.shot("live-dark")
    lab.enough.touch()
    notebook.wait_end()


def test_a_call_that_holds_the_gil_is_caught_up_with(lab, book):
    notebook = book(
        SETUP,
        "%%energy\nimport ctypes, time\ntime.sleep(1)\nctypes.PyDLL(None).usleep(1_500_000)\n"
        f"{UNTIL_ENOUGH}",
    )
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.cell(1).locator(WIDGET).wait_for(state="visible")
    wait_elapsed(notebook, 1, 3)
    notebook.shot("after-held-gil")
    lab.enough.touch()
    notebook.wait_end()
    times = notebook.reports(1)[0]["trace"]["t_s"]
    assert max(b - a for a, b in itertools.pairwise(times)) < 1, "no hole of a second and a half"


def test_an_error_keeps_its_traceback_and_its_joules(page, book):
    notebook = book(SETUP, "%%energy\nimport time\ntime.sleep(0.2)\n1/0", "print('not reached')")
    notebook.show_panel()
    notebook.start("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    notebook.wait_end()
    outputs = notebook.outputs(1)
    assert [o["output_type"] for o in outputs] == ["display_data", "error"]
    assert outputs[1]["ename"] == "ZeroDivisionError"
    assert notebook.outputs(2) == []
    wait_rows(page, 1, "error")
    assert page.locator(ROWS).count() == 1


def test_a_wrong_flag_is_answered_with_the_usage(page, book):
    notebook = book(SETUP, "%%energy --nonsense\nprint('body')")
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.cell(1).get_by_text("usage: %%energy").wait_for()
    assert "body" not in json.dumps(notebook.outputs(1))


def test_a_kernel_restarted_in_mid_cell_is_said_and_costs_nothing_else(page, lab, book):
    notebook = book(SETUP, SHORT.replace("time.sleep", "import time; time.sleep"), TRAINING)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.start_cell(2)
    notebook.cell(2).locator(WIDGET).wait_for(state="visible")
    page.locator(f"{ROWS}[data-status=running]").wait_for()
    # The server interrupts the old kernel, which ends the cell and sends its report before it
    # goes. All of that has come when the new kernel answers, and changes nothing in the row.
    notebook.restart_kernel()
    row = page.locator(ROWS).nth(1)
    row.get_by_text("kernel").wait_for()
    assert row.get_attribute("data-status") == "restarted"
    (final,) = notebook.reports(1)
    assert total_j(page) == pytest.approx(final["energy_j"])
    notebook.shot("kernel-restarted")
    # The widget says so too, and the cell can be run again.
    notebook.cell(2).locator(WIDGET).filter(has_text="the kernel stopped").wait_for()
    lab.enough.touch()
    notebook.run_cell(0)
    notebook.run_cell(2)
    wait_rows(page, 2, "ok")
    assert len(notebook.reports(2)) == 1


def test_a_killed_sampler_costs_neither_cell_nor_joules(lab, book):
    notebook = book(
        SETUP + "\nimport jupyter_green.meter.shared as m",
        "%%energy\nimport time; time.sleep(0.1)\nprint(m.shared_meter().sampler_pid)",
        f"%%energy\n{UNTIL_ENOUGH}'cell unharmed'",
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    pid = int(notebook.outputs(1)[1]["text"])
    notebook.start_cell(2)
    notebook.cell(2).locator(WIDGET).wait_for(state="visible")
    wait_elapsed(notebook, 2, 0.5)
    os.kill(pid, signal.SIGKILL)
    wait_elapsed(notebook, 2, 3)
    lab.enough.touch()
    notebook.wait_end()
    report = notebook.reports(2)[0]
    assert report["gaps"]
    assert report["energy_j"] > report["duration_s"] * 100
    assert notebook.outputs(2)[-1]["data"]["text/plain"] == "'cell unharmed'"


def test_a_corrupt_report_breaks_nothing_else(page, lab, book):
    good = book(SETUP, SHORT.replace("time.sleep", "import time; time.sleep"))
    good.run_cell(0)
    good.run_cell(1)
    good.save()
    saved = nbformat.read(good.path, as_version=4)
    saved.cells[0].outputs = [
        nbformat.v4.new_output(
            "display_data",
            data={
                MIME: {
                    **saved.cells[1].outputs[0].data[MIME],
                    "energy_j": "<img src=x onerror='window.hacked = true'>",
                    "__proto__": {"polluted": True},
                },
                "text/plain": "corrupt",
            },
        )
    ]
    path = lab.notebooks / "corrupt.ipynb"
    nbformat.write(saved, path)
    corrupt = open_notebook(page, lab, path, kernel=False)
    corrupt.show_panel()
    wait_rows(page, 2)
    assert "unreadable" in page.locator(ROWS).first.text_content().lower()
    assert total_j(page) == pytest.approx(row_j(page, 1))
    assert page.evaluate("window.hacked === undefined && ({}).polluted === undefined")


def test_the_panel_rests_while_hidden_and_is_right_when_shown(page, book):
    leave(page)  # it has drawn nothing yet
    notebook = book(SETUP, SHORT.replace("time.sleep", "import time; time.sleep"))
    notebook.run_cell(0)
    notebook.run_cell(1)
    assert page.locator(ROWS).count() == 0
    notebook.show_panel()
    wait_rows(page, 1)
    (final,) = notebook.reports(1)
    assert total_j(page) == final["energy_j"]


def test_the_panel_follows_the_current_notebook(page, lab, book):
    first = book(SETUP, "%%energy --label one\nimport time; time.sleep(0.2)")
    first.show_panel()
    first.run_cell(0)
    first.run_cell(1)
    page.locator(ROWS).filter(has_text="one").wait_for()
    lab.notebook("another.ipynb", SETUP)
    page.evaluate(
        "() => { window.jupyterapp.commands.execute('docmanager:open', {path: 'another.ipynb'}); }"
    )
    page.locator(f"{PANEL} [data-hint=nothing-metered]").wait_for()
    page.evaluate(
        "name => { window.jupyterapp.commands.execute('docmanager:open', {path: name}); }",
        first.path.name,
    )
    page.locator(ROWS).filter(has_text="one").wait_for()


def test_a_machine_without_sensors_is_estimated_and_says_so(page, lab):
    lab.offer_kernel("without-sensors", env=WITHOUT_SENSORS)
    path = lab.notebook("estimate.ipynb", SETUP, TRAINING, kernel="without-sensors")
    notebook = open_notebook(page, lab, path)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.cell(1).locator(WIDGET).wait_for(state="visible")
    wait_elapsed(notebook, 1, 3)
    notebook.shot("estimate-live")
    lab.enough.touch()
    notebook.wait_end()
    assert notebook.reports(1)[0]["provenance"] == "estimate"
    shown = shown_report(notebook, 1)
    shown.filter(has_text="≈").wait_for(state="visible")
    assert "estimated" in shown.inner_text()
    shown.get_by_role("button", name="Details").click()
    assert "modprobe" in shown.inner_text()
    wait_rows(page, 1, "ok")
    assert page.locator(ROWS).first.get_attribute("data-provenance") == "estimate"
    assert "≈" in page.locator(f"{PANEL} .jg-Total").inner_text()
    notebook.shot("estimate-result")
