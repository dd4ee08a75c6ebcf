"""The whole way, as a user sees it: magic, live widget, static result, sidebar, reopening."""

import itertools
import json
import os
import signal
import time

import nbformat
import pytest

from .conftest import Notebook

MIME = "application/vnd.jupyter-green.report.v1+json"
WIDGET = ".jpg-live"
PANEL = "#jupyter-green-panel"
ROWS = f"{PANEL} [data-cell-id]"

SETUP = "%load_ext jupyter_green"
BUSY = (
    "%%energy --label training --stage training\n"
    "import time\n"
    "end = time.monotonic() + 4\n"
    "while time.monotonic() < end:\n"
    "    sum(range(1000))\n"
    "print('body done')"
)
SHORT = "%%energy\ntime.sleep(0.3)\n6 * 7"


@pytest.fixture
def book(page, lab, request):
    """Open a notebook made of these cells."""

    def open_(*sources):
        path = lab.notebook(f"{request.node.name.replace('[', '-').rstrip(']')}.ipynb", *sources)
        notebook = Notebook(page, lab, path)
        notebook.open()
        return notebook

    return open_


def total_j(page):
    return float(page.locator(f"{PANEL} .jg-Total").get_attribute("data-energy-j"))


def row_j(page, row):
    return float(
        page.locator(ROWS).nth(row).locator("[data-energy-j]").get_attribute("data-energy-j")
    )


def static_html(notebook, number):
    """The report's HTML in the cell's output, as it is shown."""
    return notebook.cell(number).locator(".jp-RenderedHTMLCommon").first


def test_a_cell_is_metered_live_then_kept_then_reopened_without_a_kernel(page, new_page, lab, book):
    notebook = book(SETUP, BUSY, SHORT)
    notebook.show_panel()
    assert page.locator(f"{PANEL} [data-hint=nothing-metered]").is_visible()
    notebook.shot("panel-empty-light")
    notebook.run_cell(0)

    # While the cell runs: widget and panel live.
    notebook.start_cell(1)
    widget = notebook.cell(1).locator(WIDGET)
    widget.wait_for(state="visible", timeout=15_000)
    assert len(notebook.outputs(1)) == 1, "the body has not printed yet"
    shown = set()
    live_row = set()
    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline:
        shown.add(widget.inner_text())
        live_row.add(page.locator(ROWS).first.inner_text() if page.locator(ROWS).count() else "")
        page.wait_for_timeout(50)
    assert len(shown) > 8, "the widget changes at least four times a second"
    assert len(live_row - {""}) > 4, "so does the panel's row"
    assert page.locator(ROWS).first.get_attribute("data-status") == "running"
    assert widget.locator("canvas").count() >= 1
    notebook.shot("live-light")
    notebook.wait_cell(1)

    # After it: the static bundle in its place, above the cell's own output.
    outputs = notebook.outputs(1)
    assert set(outputs[0]["data"]) == {MIME, "text/html", "text/plain"}
    assert outputs[1]["text"] == "body done\n"
    assert notebook.cell(1).locator(WIDGET).count() == 0
    assert static_html(notebook, 1).locator("img").first.is_visible()
    notebook.run_cell(2)
    assert notebook.cell(2).locator(".jp-OutputArea-executeResult").inner_text().endswith("42")

    # The panel: rows and total are those of the reports.
    reports = [notebook.reports(1)[0], notebook.reports(2)[0]]
    page.wait_for_function(
        f"document.querySelectorAll('{ROWS}[data-status=ok]').length === 2", timeout=10_000
    )
    assert [row_j(page, row) for row in (0, 1)] == [r["energy_j"] for r in reports]
    assert total_j(page) == pytest.approx(sum(r["energy_j"] for r in reports))
    assert "training" in page.locator(ROWS).first.inner_text()
    notebook.shot("result-light")
    notebook.theme("JupyterLab Dark")
    notebook.shot("result-dark")

    # A click goes to the cell.
    page.locator(ROWS).nth(0).locator("button").first.click()
    assert page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex") == 1

    # Saved, closed, and opened again without a kernel.
    notebook.save()
    before = page.locator(ROWS).all_inner_texts()
    saved = nbformat.read(notebook.path, as_version=4)
    nbformat.validate(saved)
    assert saved.cells[1].outputs[0].data[MIME] == reports[0]
    del saved.metadata["kernelspec"], saved.metadata["language_info"]
    page = new_page()
    reopened = Notebook(page, lab, lab.notebooks / "reopened.ipynb")
    nbformat.write(saved, reopened.path)
    page.goto(f"{lab.url}/lab/tree/reopened.ipynb?reset")
    page.locator(".jp-Dialog button.jp-mod-reject").click(timeout=60_000)
    reopened.wait_ready(kernel=False)
    assert page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session") is None
    reopened.show_panel()
    page.wait_for_function(f"document.querySelectorAll('{ROWS}').length === 2", timeout=10_000)
    assert page.locator(ROWS).all_inner_texts() == before
    assert total_j(page) == pytest.approx(sum(r["energy_j"] for r in reports))
    image = static_html(reopened, 1).locator("img").first
    assert image.evaluate("i => i.complete && i.naturalWidth > 0")
    reopened.shot("reopened-light")


def test_dark_while_running(page, book):
    notebook = book(SETUP, BUSY)
    notebook.theme("JupyterLab Dark")
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.cell(1).locator(WIDGET).wait_for(state="visible", timeout=15_000)
    page.wait_for_timeout(3200)
    notebook.shot("live-dark")
    notebook.wait_cell(1)


def test_a_call_that_holds_the_gil_is_caught_up_with(page, book):
    notebook = book(
        SETUP,
        "%%energy\nimport ctypes, time\ntime.sleep(1)\n"
        "ctypes.PyDLL(None).usleep(3_000_000)\ntime.sleep(2)",
    )
    notebook.run_cell(0)
    notebook.start_cell(1)
    widget = notebook.cell(1).locator(WIDGET)
    widget.wait_for(state="visible", timeout=15_000)
    page.wait_for_timeout(5000)
    assert widget.is_visible()
    notebook.shot("after-held-gil")
    notebook.wait_cell(1)
    times = notebook.reports(1)[0]["trace"]["t_s"]
    assert max(b - a for a, b in itertools.pairwise(times)) < 0.25


def test_an_error_keeps_its_traceback_and_its_joules(page, book):
    notebook = book(SETUP, "%%energy\nimport time\ntime.sleep(0.2)\n1/0", "print('not reached')")
    notebook.show_panel()
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(f"document.querySelectorAll('{ROWS}').length === 1", timeout=30_000)
    notebook.wait_cell(1)
    outputs = notebook.outputs(1)
    assert [o["output_type"] for o in outputs] == ["display_data", "error"]
    assert outputs[1]["ename"] == "ZeroDivisionError"
    assert notebook.outputs(2) == []
    assert page.locator(ROWS).first.get_attribute("data-status") == "error"


def test_a_wrong_flag_is_answered_with_the_usage(page, book):
    notebook = book(SETUP, "%%energy --nonsense\nprint('body')")
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.cell(1).get_by_text("usage: %%energy").wait_for(timeout=20_000)
    assert "body" not in json.dumps(notebook.outputs(1))


def test_a_kernel_restarted_in_mid_cell_is_said_and_costs_nothing_else(page, book):
    notebook = book(SETUP, SHORT.replace("time.sleep", "import time; time.sleep"), BUSY)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.start_cell(2)
    notebook.cell(2).locator(WIDGET).wait_for(state="visible", timeout=15_000)
    page.wait_for_timeout(1000)
    page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"
    )
    row = page.locator(ROWS).nth(1)
    row.get_by_text("kernel").wait_for(timeout=20_000)
    assert row.get_attribute("data-status") not in ("running", "ok")
    assert total_j(page) == pytest.approx(notebook.reports(1)[0]["energy_j"])
    notebook.shot("kernel-restarted")
    # The widget says so too, and the cell can be run again.
    widget = notebook.cell(2).locator(WIDGET)
    assert "kernel" in widget.inner_text().lower()
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'",
        timeout=30_000,
    )
    notebook.run_cell(0)
    notebook.start_cell(2)
    page.wait_for_function(
        f"document.querySelectorAll('{ROWS}[data-status=ok]').length === 2", timeout=30_000
    )
    assert len(notebook.reports(2)) == 1


def test_a_page_reloaded_in_mid_cell_still_gets_the_figures(page, book):
    # Long enough for the page to be back before the cell has ended.
    notebook = book(SETUP, BUSY.replace("+ 4", "+ 15"))
    notebook.run_cell(0)
    notebook.save()
    notebook.start_cell(1)
    notebook.cell(1).locator(WIDGET).wait_for(state="visible", timeout=15_000)
    page.wait_for_timeout(500)
    page.reload()
    notebook.wait_ready(kernel=False)  # the kernel is busy and says nothing of itself
    notebook.show_panel()
    page.locator(f"{ROWS}[data-status=running]").first.wait_for(timeout=15_000)
    row = page.locator(f"{ROWS}[data-status=ok]").first
    row.wait_for(timeout=60_000)
    assert "J" in row.inner_text()
    assert total_j(page) > 0


def test_a_killed_sampler_costs_neither_cell_nor_joules(page, book):
    notebook = book(
        SETUP + "\nimport jupyter_green.meter.meter as m",
        "%%energy\nimport time; time.sleep(0.1)\nprint(m.shared_meter().sampler_pid)",
        "%%energy\ntime.sleep(2)\n'cell unharmed'",
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    pid = int(notebook.outputs(1)[1]["text"])
    notebook.start_cell(2)
    notebook.cell(2).locator(WIDGET).wait_for(state="visible", timeout=15_000)
    page.wait_for_timeout(800)
    os.kill(pid, signal.SIGKILL)
    notebook.wait_cell(2)
    report = notebook.reports(2)[0]
    assert report["gaps"]
    assert report["energy_j"] > 2 * 100
    assert "unharmed" in notebook.cell(2).inner_text()


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
    corrupt = Notebook(page, lab, lab.notebooks / "corrupt.ipynb")
    nbformat.write(saved, corrupt.path)
    corrupt.open()
    corrupt.show_panel()
    page.wait_for_function(f"document.querySelectorAll('{ROWS}').length === 2", timeout=10_000)
    assert "unreadable" in page.locator(ROWS).first.inner_text().lower()
    assert total_j(page) == pytest.approx(row_j(page, 1))
    assert page.evaluate("window.hacked === undefined && ({}).polluted === undefined")


def test_the_panel_rests_while_hidden_and_is_right_when_shown(page, book):
    notebook = book(SETUP, SHORT.replace("time.sleep", "import time; time.sleep"))
    notebook.run_cell(0)
    notebook.run_cell(1)
    assert page.locator(ROWS).count() == 0
    notebook.show_panel()
    page.wait_for_function(f"document.querySelectorAll('{ROWS}').length === 1", timeout=10_000)
    assert total_j(page) == notebook.reports(1)[0]["energy_j"]


def test_the_panel_follows_the_current_notebook(page, lab, book):
    first = book(SETUP, "%%energy --label one\nimport time; time.sleep(0.2)")
    first.show_panel()
    first.run_cell(0)
    first.run_cell(1)
    page.locator(ROWS).first.wait_for()
    lab.notebook("another.ipynb", SETUP)
    page.evaluate(
        "() => { window.jupyterapp.commands.execute('docmanager:open', {path: 'another.ipynb'}); }"
    )
    page.locator(f"{PANEL} [data-hint=nothing-metered]").wait_for(timeout=20_000)
    page.evaluate(
        "name => { window.jupyterapp.commands.execute('docmanager:open', {path: name}); }",
        first.path.name,
    )
    page.locator(ROWS).first.wait_for(timeout=20_000)
    assert "one" in page.locator(ROWS).first.inner_text()


def test_a_machine_without_sensors_is_estimated_and_says_so(page, lab_with):
    lab = lab_with({})
    path = lab.notebook("estimate.ipynb", SETUP, BUSY)
    notebook = Notebook(page, lab, path)
    notebook.open()
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.cell(1).locator(WIDGET).wait_for(state="visible", timeout=15_000)
    page.wait_for_timeout(3000)
    notebook.shot("estimate-live")
    notebook.wait_cell(1)
    assert notebook.reports(1)[0]["provenance"] == "estimate"
    text = static_html(notebook, 1).inner_text()
    assert "≈" in text
    assert "estimated" in text
    assert "modprobe" in static_html(notebook, 1).text_content()
    row = page.locator(ROWS).first
    row.wait_for()
    assert row.get_attribute("data-provenance") == "estimate"
    assert "≈" in page.locator(f"{PANEL} .jg-Total").inner_text()
    notebook.shot("estimate-result")
