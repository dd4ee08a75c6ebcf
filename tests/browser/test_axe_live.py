"""axe-core finds nothing to complain about in the live view, running and ended."""

import pytest

from .test_axe import violations
from .test_lab import SETUP, TRAINING, WIDGET, wait_elapsed
from .test_robust import wait_live, wait_report

THEMES = ("JupyterLab Light", "JupyterLab Dark")
RESULT = ".jp-Notebook .jpg-result"


@pytest.fixture
def page(tab_page):
    return tab_page


def assert_accessible(notebook, selector):
    for theme in THEMES:
        notebook.theme(theme)
        assert violations(notebook.page, selector) == []


def test_the_run_and_its_report_in_jupyterlab(lab, book):
    notebook = book(SETUP, TRAINING)
    notebook.run_cell(0)
    notebook.start_cell(1)
    wait_live(notebook)
    wait_elapsed(notebook, 1, 2)
    assert_accessible(notebook, WIDGET)
    for button in notebook.cell(1).locator(f"{WIDGET} button[aria-expanded]").all():
        button.click()
    assert_accessible(notebook, WIDGET)
    lab.enough.touch()
    notebook.wait_end()
    wait_report(notebook)
    assert_accessible(notebook, RESULT)


def test_a_run_whose_kernel_went_away(lab, book):
    notebook = book(SETUP, TRAINING)
    notebook.run_cell(0)
    notebook.start_cell(1)
    wait_live(notebook)
    notebook.restart_kernel()
    notebook.cell(1).locator(WIDGET).filter(has_text="the kernel stopped").wait_for()
    assert_accessible(notebook, WIDGET)
