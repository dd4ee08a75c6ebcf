"""The panel and the kernel: its baseline, interrupts, another kernel or none, a page reloaded."""

import json

from ..test_lab import PANEL, ROWS, SETUP, total_j, wait_rows
from .helpers import RUNNING


def test_the_baseline_is_measured_from_the_panel(page, full):
    full("x = 1")
    wait_rows(page, 7)
    page.locator(f"{PANEL} [data-tab=host]").click()
    page.locator(f"{PANEL} .jg-Baseline button").click()
    answer = page.locator(f"{PANEL} .jg-Baseline-answer")
    # A machine that is busy says that it is: what matters is that the kernel was asked.
    page.wait_for_function(
        "node => /baseline|idle/i.test(node.textContent)",
        arg=answer.element_handle(),
        timeout=90_000,
    )
    assert "not found" not in answer.inner_text()


def test_two_notebooks_with_the_same_cells_on_one_kernel(page, lab, book):
    notebook = book(SETUP, "%%energy --label mine\nimport time; time.sleep(0.3)")
    notebook.show_panel()
    notebook.save()
    twin = lab.notebooks / f"twin-{notebook.path.name}"
    twin.write_bytes(notebook.path.read_bytes())
    notebook.start(
        f"""(async () => {{
            const app = window.jupyterapp;
            const first = app.shell.currentWidget;
            const {{id, name}} = first.sessionContext.session.kernel;
            await app.commands.execute('docmanager:open', {{
                path: {json.dumps(twin.name)}, kernel: {{id, name}}
            }});
            const second = app.shell.currentWidget;
            await second.context.ready;
            await second.sessionContext.ready;
            if (second.sessionContext.session.kernel.id !== id) {{
                throw new Error('not the same kernel');
            }}
        }})()"""
    )
    notebook.wait_end()
    notebook.run_cell(0)
    notebook.run_cell(1)
    page.locator(f"{PANEL} .jg-Total-spent").wait_for()
    wait_rows(page, 1, "ok")
    notebook.start(
        f"window.jupyterapp.commands.execute('docmanager:open', "
        f"{{path: {json.dumps(notebook.path.name)}}})"
    )
    notebook.wait_end()
    page.locator(f"{PANEL} [data-hint=nothing-metered]").wait_for()


def test_an_interrupted_cell_and_a_kernel_that_is_shut_down(page, lab, book):
    notebook = book(SETUP, RUNNING)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    # Its code runs by then: a cell that is interrupted before has used nothing and leaves no row.
    page.locator(f"{ROWS}[data-status=running] .jg-Sparkline polyline").wait_for()
    page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt(); }"
    )
    page.locator(f"{ROWS}[data-status=interrupted]").wait_for()
    page.wait_for_function("window.testOutcome", timeout=60_000)
    notebook.start("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    notebook.wait_end()
    assert page.locator(f"{ROWS}[data-status=interrupted]").count() == 1
    assert "1 failed" in page.locator(f"{PANEL} .jg-Total-spent").inner_text()


def test_another_kernel_in_mid_cell_and_then_none(page, lab, book):
    lab.offer_kernel("second")
    notebook = book(SETUP, RUNNING)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    page.locator(f"{ROWS}[data-status=running] .jg-Sparkline polyline").wait_for()
    change = f"sessionContext.changeKernel({json.dumps({'name': 'second'})})"
    notebook.start(f"window.jupyterapp.shell.currentWidget.{change}")
    notebook.wait_end()
    # The server interrupts the old kernel first, which may still tell its joules.
    over = ":is([data-status=interrupted], [data-status=restarted])"
    page.locator(f"{ROWS}{over}").wait_for()
    spent = page.locator(f"{PANEL} .jg-Total-spent")
    spent.filter(has_text="1 run").wait_for()
    lab.enough.touch()
    notebook.run_cell(0)
    notebook.run_cell(1)  # with the other kernel
    wait_rows(page, 1, "ok")
    (report,) = notebook.reports(1)
    assert total_j(page) == report["energy_j"]
    spent.filter(has_text="2 runs, 1 repeated").wait_for()
    # What "No Kernel" in the dialogue of kernels does
    notebook.start("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    notebook.wait_end()
    wait_rows(page, 1, "ok")
    assert total_j(page) == report["energy_j"]
