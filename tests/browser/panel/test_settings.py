"""The panel's settings."""

from ..lab import picture
from ..test_lab import PANEL, ROWS, wait_rows
from .helpers import execute, texts


def test_settings(page, lab, full, settings):
    settings(unit="Wh", side="left", compactRows=True, statusBar=False)
    full(kernel=False)
    wait_rows(page, 7)
    assert "13.09 ± 0.03 Wh" in texts(page, ".jg-Total-energy")
    assert page.locator(f"#jp-left-stack {PANEL}").count() == 1
    assert page.locator(f"{ROWS} .jg-Row-more").first.is_hidden()
    heights = page.eval_on_selector_all(ROWS, "rows => rows.map(r => r.offsetHeight)")
    assert max(heights) <= 32
    assert page.locator(".jg-Status-button").count() == 0
    picture(page.locator(PANEL), "panel-compact")


def test_a_setting_changes_what_is_open(page, full, settings):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    execute(notebook, "jupyter-green:set-unit", unit="Wh")
    page.locator(f"{PANEL} .jg-Total-energy").filter(has_text="Wh").wait_for()


def test_auto_metering(page, book, settings):
    settings(autoMetering=True)
    notebook = book("import time; time.sleep(0.3)")
    notebook.show_panel()
    notebook.run_cell(0)
    wait_rows(page, 1, "ok")
    notebook.restart_kernel()
    page.wait_for_timeout(1000)
    notebook.run_cell(0)
    page.locator(f"{PANEL} .jg-Total-spent").filter(has_text="2 runs, 1 repeated").wait_for()
