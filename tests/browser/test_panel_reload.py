"""What the panel still knows after its page was reloaded, and whose it is."""

import json

import pytest

from .tab import open_notebook
from .test_lab import PANEL, ROWS, SETUP, wait_rows

CELL = "%%energy\nimport time; time.sleep(T)"
CHANGE = f"{ROWS} .jg-Row-change"
SPENT = f"{PANEL} .jg-Total-spent"


@pytest.fixture
def page(tab_page):
    return tab_page


def wait_text(page, selector, text):
    page.locator(selector).filter(has_text=text).wait_for()


def change_in(page):
    wait_text(page, CHANGE, "%")
    return page.locator(CHANGE).text_content()


def test_change_and_spent_last_and_follow_a_rename_but_no_copy(page, lab, book):
    notebook = book(SETUP, CELL, "T = 0.2", "T = 1.6")
    notebook.show_panel()
    for number in (0, 2, 1):
        notebook.run_cell(number)
    notebook.reports(1)
    for number in (3, 1):
        notebook.run_cell(number)
    notebook.reports(1)
    change = change_in(page)
    assert change.startswith("+")
    wait_text(page, SPENT, "2 runs, 1 repeated")
    renamed = f"renamed-{notebook.path.name}"
    notebook.start(f"window.jupyterapp.shell.currentWidget.context.rename({json.dumps(renamed)})")
    notebook.wait_end()
    notebook.path = notebook.path.with_name(renamed)
    notebook.save()

    page.goto("about:blank")
    notebook.open()
    notebook.show_panel()
    assert change_in(page) == change
    wait_text(page, SPENT, "2 runs, 1 repeated")

    # A copy tells of the same runs, and counts as spent only what it has run itself.
    copy = notebook.path.with_name(f"copy-{renamed}")
    copy.write_bytes(notebook.path.read_bytes())
    twin = open_notebook(page, lab, copy)
    twin.show_panel()
    wait_rows(page, 1, "ok")
    assert change_in(page) == change
    assert page.locator(SPENT).count() == 0
    for number in (0, 2, 1):
        twin.run_cell(number)
    twin.reports(1)
    page.locator(f"{CHANGE}[data-change='-1']").wait_for()
    wait_text(page, SPENT, "1 run")

    open_notebook(page, lab, notebook.path).show_panel()
    wait_text(page, SPENT, "2 runs, 1 repeated")
    assert change_in(page) == change
