"""What the panel still knows after its page was reloaded, and whose it is."""

import json

from .lab import Notebook
from .test_lab import PANEL, ROWS, SETUP, wait_rows

CELL = "%%energy\nimport time; time.sleep(T)"
CHANGE = f"{ROWS} .jg-Row-change"
SPENT = f"{PANEL} .jg-Total-spent"


def load(notebook):
    """Load the notebook's page anew, in the same tab."""
    notebook.page.goto("about:blank")
    notebook.open()
    notebook.show_panel()


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
    notebook.save()

    load(notebook)
    assert change_in(page) == change
    wait_text(page, SPENT, "2 runs, 1 repeated")

    renamed = f"renamed-{notebook.path.name}"
    notebook.start(f"window.jupyterapp.shell.currentWidget.context.rename({json.dumps(renamed)})")
    notebook.wait_end()
    notebook.path = notebook.path.with_name(renamed)
    load(notebook)
    assert change_in(page) == change
    wait_text(page, SPENT, "2 runs, 1 repeated")

    # A copy tells of the same runs, and counts as spent only what it has run itself.
    copy = notebook.path.with_name(f"copy-{renamed}")
    copy.write_bytes(notebook.path.read_bytes())
    twin = Notebook(page, lab, copy)
    load(twin)
    wait_rows(page, 1, "ok")
    assert change_in(page) == change
    assert page.locator(SPENT).count() == 0
    for number in (0, 2, 1):
        twin.run_cell(number)
    twin.reports(1)
    page.locator(f"{CHANGE}[data-change='-1']").wait_for()
    wait_text(page, SPENT, "1 run")

    load(notebook)
    assert change_in(page) == change
    wait_text(page, SPENT, "2 runs, 1 repeated")


def test_a_store_of_somebody_else_is_passed_over(page, book):
    notebook = book(SETUP, CELL, "T = 0.2", "T = 1.6")
    notebook.show_panel()
    page.evaluate(
        """() => {
            sessionStorage.setItem('jupyter-green:previous', '{"__proto__": ["<img>"]}');
            const {id} = window.jupyterapp.shell.currentWidget.sessionContext.session;
            sessionStorage.setItem(`jupyter-green:runs:${id}`, 'no JSON');
        }"""
    )
    load(notebook)
    for number in (0, 2, 1, 3, 1):
        notebook.run_cell(number)
    notebook.reports(1)
    assert change_in(page).startswith("+")
    wait_text(page, SPENT, "2 runs, 1 repeated")
