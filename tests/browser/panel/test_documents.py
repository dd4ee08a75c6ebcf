"""The panel and its document: cells that come and go, names, reports that are none."""

import json

import pytest

from ..test_lab import MIME, ROWS, total_j, wait_rows
from .helpers import TITLES, a_domain, a_report, execute, select, titles, wait_titles


def test_cells_moved_deleted_pasted_split_merged_and_cleared(page, full):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    select(notebook, 0)
    execute(notebook, "notebook:move-cell-down")
    wait_titles(page, [TITLES[1], TITLES[0], *TITLES[2:]])
    execute(notebook, "notebook:cut-cell")
    wait_titles(page, [TITLES[1], *TITLES[2:]])
    select(notebook, 5)
    execute(notebook, "notebook:paste-cell-below")
    wait_titles(page, [TITLES[1], *TITLES[2:], TITLES[0]])
    energy_j = total_j(page)
    select(notebook, 6)
    execute(notebook, "notebook:delete-cell")
    wait_rows(page, 6)
    execute(notebook, "notebook:undo-cell-action")
    wait_rows(page, 7)
    assert total_j(page) == pytest.approx(energy_j)
    # A cell that is split has its outputs in one of the two: counted once.
    page.evaluate(
        """() => {
            const {content} = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = 1;
            content.mode = 'edit';
            content.activeCell.editor.setCursorPosition({line: 1, column: 0});
        }"""
    )
    execute(notebook, "notebook:split-cell-at-cursor")
    wait_rows(page, 7)
    assert total_j(page) == pytest.approx(energy_j)
    # Merged cells lose their outputs, and the panel what these told.
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.mode = 'command'; }")
    select(notebook, 1)
    execute(notebook, "notebook:merge-cell-below")
    wait_rows(page, 6)
    select(notebook, 0)
    execute(notebook, "notebook:hide-cell-outputs")
    page.wait_for_timeout(300)
    assert page.locator(ROWS).count() == 6
    execute(notebook, "notebook:clear-cell-output")
    wait_rows(page, 5)


def test_a_notebook_renamed_duplicated_and_opened_twice(page, lab, full):
    notebook = full()
    wait_rows(page, 7)
    energy_j = total_j(page)
    renamed = f"renamed-{notebook.path.name}"
    notebook.start(f"window.jupyterapp.shell.currentWidget.context.rename({json.dumps(renamed)})")
    notebook.wait_end()
    assert page.locator(ROWS).count() == 7
    execute(
        notebook,
        "docmanager:open",
        path=renamed,
        factory="Notebook",
        options={"mode": "split-right"},
    )
    notebook.start(
        "window.jupyterapp.commands.execute('notebook:create-new-view')"
        ".catch(() => window.jupyterapp.commands.execute('docmanager:clone'))"
    )
    page.wait_for_timeout(1500)
    assert page.locator(ROWS).count() == 7
    assert total_j(page) == pytest.approx(energy_j)


HOSTILE = {
    "an older schema": {"schema": "jupyter-green.report.v0"},
    "not an object": "report",
    "wrong types": {"energy_j": {"toString": "1"}},
    "huge": {"domains": [a_domain("gpu:0", 1, 1)] * 5000},
    "deep": {"trace": {"t_s": [], "power_w": {f"gpu:{n}": [1.0] * 240 for n in range(200)}}},
    "not finite": {"duration_s": -1},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_report_is_unreadable_and_the_rest_is_right(page, full, kind):
    bad = HOSTILE[kind]
    reports = [a_report(0), a_report(1, **bad) if isinstance(bad, dict) else bad, a_report(2)]
    full(reports=reports, kernel=False)
    wait_rows(page, 3)
    assert page.locator(ROWS).nth(1).get_attribute("data-status") == "unreadable"
    assert total_j(page) == pytest.approx(a_report(0)["energy_j"] + a_report(2)["energy_j"])


def test_names_that_are_code_stay_names(page, full):
    html = "<img src=x onerror='window.hacked = 1'>"
    report = a_report(0, label=html, stage="__proto__", metric={"__proto__": 1, html: 2})
    full(reports=[report], kernel=False)
    wait_rows(page, 1)
    page.locator(f"{ROWS} .jg-Row-toggle").click()
    assert titles(page) == [html]
    assert page.evaluate("window.hacked === undefined && ({}).polluted === undefined")


def test_an_untrusted_notebook_and_nothing_written_on_opening(page, full):
    notebook = full()
    wait_rows(page, 7)
    assert (
        page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[0].model.trusted")
        is False
    )
    page.wait_for_timeout(500)
    cells = page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells"
    )
    saved = json.loads(notebook.path.read_text())["cells"]
    reports = [cell["outputs"][0]["data"][MIME] for cell in cells]
    assert reports == [cell["outputs"][0]["data"][MIME] for cell in saved]
    assert [cell["source"] for cell in cells] == ["".join(cell["source"]) for cell in saved]
