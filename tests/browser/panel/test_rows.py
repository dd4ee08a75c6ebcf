"""The panel's rows, one for each metered cell: order, filter, stages, details, live figures."""

from ..test_lab import PANEL, ROWS, SETUP, wait_rows
from .helpers import RUNNING, TITLES, active_cell, texts, titles, wait_titles


def test_rows_are_sorted_filtered_grouped_and_chosen_by_stage(page, full):
    full(kernel=False)
    wait_rows(page, 7)
    assert titles(page) == list(TITLES)
    sort = page.locator(f"{PANEL} .jg-Tools-sort select")
    sort.select_option("energy")
    wait_titles(page, list(reversed(TITLES)))
    sort.select_option("title")
    wait_titles(page, sorted(TITLES))
    sort.select_option("notebook")
    page.locator(f"{PANEL} .jg-Tools-filter").fill("train")
    wait_titles(page, [TITLES[3], TITLES[4]])
    page.locator(f"{PANEL} .jg-Narrowed button").click()
    page.locator(f"{PANEL} .jg-Tools-group input").check()
    assert texts(page, ".jg-Rows-stageName") == [
        *("data", "modeling", "training", "evaluation", "plots", "untagged")
    ]
    page.locator(f"{PANEL} [data-tab=stages]").click()
    page.locator(f"{PANEL} [data-stage=training] .jg-Stage").click()
    wait_titles(page, [TITLES[3], TITLES[4]])
    page.locator(f"{PANEL} .jg-Narrowed button").click()
    wait_rows(page, 7)
    # What is out of sight is not laid out: it has a content, but no text of its own.
    assert "0.9132" in page.locator(ROWS).filter(has_text=TITLES[5]).text_content()


def test_enter_goes_to_the_cell_and_flashes_it_and_keys_walk(page, full):
    full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{ROWS} .jg-Row-button").first.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.locator(".jp-Cell.jg-mod-flash").wait_for()
    assert active_cell(page) == 2
    page.locator(".jp-Cell.jg-mod-flash").wait_for(state="detached")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.closest('.jg-Row').dataset.cellId") == "cell-6"


def test_details_open_in_place_with_the_curve(page, full):
    full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{ROWS} .jg-Row-toggle").nth(2).click()
    details = page.locator(f"{ROWS} .jg-Details")
    details.locator("canvas").first.wait_for(state="visible")
    assert "gpu:0" in details.inner_text()
    assert "Net" in details.inner_text()
    page.locator(f"{ROWS} .jg-Row-toggle").nth(2).click()
    assert details.count() == 0


def test_a_running_cell_is_live_and_the_next_ones_are_queued(page, lab, full):
    notebook = full(SETUP, RUNNING, "%%energy --label next\n1", "2")
    notebook.run_cell(7)
    page.evaluate(
        """() => {
            const {content} = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = 8;
            content.deselectAll();
            content.extendContiguousSelectionTo(10);
        }"""
    )
    notebook.start("window.jupyterapp.commands.execute('notebook:run-cell')")
    running = page.locator(f"{ROWS}[data-status=running]")
    running.locator(".jg-Sparkline polyline").wait_for()
    queued = page.locator(f"{ROWS}[data-status=queued]")
    assert queued.count() == 1  # the last cell is not metered
    assert "queued" in queued.text_content()
    page.locator(".jg-Status-power").wait_for()
    assert "W" in page.locator(".jg-Status").inner_text()
    lab.enough.touch()
    notebook.wait_end()
    wait_rows(page, 9, "ok")
    assert "fit again" in page.locator(f"{PANEL} [aria-live=polite]").text_content() or (
        page.locator(f"{PANEL} [aria-live=polite]").text_content().startswith(("fit", "next"))
    )
    page.locator(".jg-Status-power").wait_for(state="detached")
    page.wait_for_function(
        """panel => {
            const [status, total] = ['.jg-Status-energy', `${panel} .jg-Total-energy`].map(
                selector => document.querySelector(selector).textContent
            );
            return status.includes('±') && status === total;
        }""",
        arg=PANEL,
    )


def test_a_cell_that_ran_again_tells_the_change(page, book):
    notebook = book(SETUP, "%%energy\nimport time; time.sleep(T)", "T = 0.2", "T = 1.6")
    notebook.show_panel()
    for number in (0, 2, 1):
        notebook.run_cell(number)
    notebook.reports(1)
    assert page.locator(f"{ROWS} .jg-Row-change").count() == 0
    notebook.run_cell(3)
    notebook.run_cell(1)
    notebook.reports(1)
    change = page.locator(f"{ROWS} .jg-Row-change")
    change.filter(has_text="%").wait_for()
    assert change.text_content().startswith("+")
    assert change.get_attribute("data-change") == "1"
