"""Two people on one notebook: both see its energy, and nothing is written by itself or twice."""

from nbformat.v4 import new_code_cell

from tests.browser.panel.helpers import a_cell, a_report, execute, write
from tests.browser.test_lab import (
    MIME,
    PANEL,
    ROWS,
    SETUP,
    UNTIL_ENOUGH,
    shown_report,
    total_j,
    wait_elapsed,
    wait_rows,
)
from tests.browser.test_robust import NO_REPORT, reload, wait_live

PRINTS = (
    f"%%energy --label training\nprint('first')\n{UNTIL_ENOUGH}    sum(range(1000))\nprint('last')"
)

# Longer than the turns that pages wait for before they write a report that has no place yet.
ALL_TURNS_MS = 8_000


def look_around(notebook):
    """Do in the panel all that is no edit."""
    page = notebook.page
    sort = page.locator(f"{PANEL} .jg-Tools-sort select")
    for column in ("energy", "title", "notebook"):
        sort.select_option(column)
    page.locator(f"{PANEL} .jg-Tools-filter").fill("train")
    page.locator(f"{PANEL} .jg-Narrowed button").click()
    grouped = page.locator(f"{PANEL} .jg-Tools-group input")
    grouped.check()
    grouped.uncheck()
    for _ in ("open", "closed"):
        page.locator(f"{ROWS} .jg-Row-toggle").nth(2).click()
    page.locator(ROWS).nth(1).locator("button").first.click()
    for name in ("another.ipynb", notebook.path.name):
        execute(notebook, "docmanager:open", path=name)
        notebook.wait_ready()
    wait_rows(page, 7)


def run_to_its_end(notebook, number):
    """Let the running cell end; return its report once each page has had its turn."""
    notebook.lab.enough.touch()
    notebook.page.wait_for_timeout(ALL_TURNS_MS)
    (report,) = notebook.reports(number)
    return report


def test_the_panel_writes_nothing_on_its_own(lab, both):
    lab.notebook("another.ipynb", SETUP)
    cells = [a_cell(number, a_report(number)) for number in range(7)]
    cells += [new_code_cell(SETUP), new_code_cell(PRINTS)]
    runner, watcher = both(write(lab, "watched.ipynb", cells))
    before = runner.shared()
    for notebook in (runner, watcher):
        wait_rows(notebook.page, 7)
        look_around(notebook)
        assert notebook.edits() == []
        assert notebook.shared() == before

    runner.run_cell(7)
    runner.start_cell(8)
    wait_live(watcher, 8)
    watcher.page.locator(f"{ROWS}[data-status=running]").wait_for()
    watcher.page.locator(f"{ROWS} .jg-Row-toggle").nth(3).click()
    watcher.page.locator(f"{PANEL} .jg-Tools-sort select").select_option("energy")
    run_to_its_end(runner, 8)
    wait_rows(watcher.page, 8, "ok")
    assert watcher.edits() == []
    runner.wait_same(watcher)


def test_both_see_the_run_and_its_report(lab, both):
    runner, watcher = both(lab.notebook("both.ipynb", SETUP, PRINTS))
    runner.run_cell(0)
    runner.start_cell(1)
    for notebook in (runner, watcher):
        wait_live(notebook)
        wait_elapsed(notebook, 1, 2)
        notebook.page.locator(f"{ROWS}[data-status=running] .jg-Sparkline polyline").wait_for()
    watcher.shot("collaboration-live")
    report = run_to_its_end(runner, 1)
    for notebook in (runner, watcher):
        assert notebook.outputs(1) == notebook.shared_outputs(1)
        displayed, printed = notebook.outputs(1)
        assert displayed["data"][MIME] == report
        assert printed["text"] == "first\nlast\n"
        shown_report(notebook, 1).locator("canvas").wait_for(state="visible")
        wait_rows(notebook.page, 1, "ok")
        assert total_j(notebook.page) == report["energy_j"]
    watcher.shot("collaboration-report")
    assert watcher.edits() == []


def test_a_line_that_is_replaced_while_a_cell_prints_stays_in_its_place(lab, both):
    prints = f"{UNTIL_ENOUGH}    print('.', end='', flush=True)\n    time.sleep(0.1)"
    runner, watcher = both(lab.notebook("auto.ipynb", f"{SETUP}\n%green on", prints))
    runner.run_cell(0)
    runner.start_cell(1)
    watcher.page.locator(f"{ROWS}[data-status=running]").wait_for()
    watcher.page.wait_for_timeout(3000)
    run_to_its_end(runner, 1)
    runner.wait_same(watcher)
    for notebook in (runner, watcher):
        assert notebook.outputs(1) == notebook.shared_outputs(1)
        assert sorted(o["output_type"] for o in notebook.outputs(1)) == ["display_data", "stream"]
    assert watcher.edits() == []


def test_a_stage_set_from_the_panel_reaches_the_other_once_and_is_undone(lab, both):
    cells = [a_cell(number, a_report(number)) for number in range(2)]
    author, reader = both(write(lab, "stage.ipynb", cells))
    wait_rows(author.page, 2)
    author.page.locator(f"{ROWS} .jg-Row-toggle").nth(1).click()
    author.page.locator(".jg-Details-stage select").select_option("deployment")
    stage = reader.page.locator(f"{ROWS} .jg-Row-stage").filter(has_text="deployment")
    stage.wait_for()
    author.wait_same(reader)
    assert reader.source(1) == "%%energy --stage deployment\nwork(1)"
    assert len(author.edits()) == 1
    author.page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets[1]
            .model.sharedModel.undo()"""
    )
    stage.wait_for(state="detached")
    author.wait_same(reader)
    assert reader.source(1) == "%%energy\nwork(1)"
    assert reader.edits() == []


def test_a_page_reloaded_in_mid_cell_leaves_one_report(lab, both):
    runner, watcher = both(lab.notebook("reloaded.ipynb", SETUP, PRINTS))
    runner.run_cell(0)
    runner.start_cell(1)
    wait_live(watcher)
    reload(runner)
    wait_live(runner)
    runner.watch_edits()
    report = run_to_its_end(watcher, 1)
    runner.wait_same(watcher)
    assert [o["data"][MIME] for o in watcher.shared_outputs(1) if "data" in o] == [report]
    assert len([*runner.edits(), *watcher.edits()]) == 1
    for notebook in (runner, watcher):
        assert notebook.outputs(1) == notebook.shared_outputs(1)


def test_a_kernel_restarted_in_mid_cell_leaves_one_report(lab, both):
    runner, watcher = both(lab.notebook("restarted.ipynb", SETUP, PRINTS))
    runner.run_cell(0)
    runner.start_cell(1)
    wait_live(watcher)
    runner.restart_kernel()
    runner.page.locator(f"{ROWS}[data-status=restarted]").wait_for()
    # The server tells the others only of an interrupted cell, whose report comes before the end.
    wait_rows(watcher.page, 1, "interrupted")
    watcher.page.wait_for_timeout(ALL_TURNS_MS)
    runner.wait_same(watcher)
    (left,) = [o["data"] for o in watcher.shared_outputs(1) if "data" in o]
    assert left[MIME]["status"] == "interrupted"
    for notebook in (runner, watcher):
        assert notebook.outputs(1) == notebook.shared_outputs(1)
        assert NO_REPORT not in notebook.cell(1).inner_text()
        wait_rows(notebook.page, 1, "interrupted")
        assert total_j(notebook.page) == left[MIME]["energy_j"]
