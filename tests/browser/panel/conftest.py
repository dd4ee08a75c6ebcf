"""Fixtures: notebooks with saved reports beside the panel, in a page that a file's tests share."""

import json
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell

from ..tab import leave, open_notebook
from .helpers import a_cell, a_report, write


@pytest.fixture
def page(tab_page):
    return tab_page


@pytest.fixture
def full(page, lab, request):
    """Open a notebook with seven saved reports, then what the test adds."""

    def open_(*sources, reports=None, kernel=True):
        reports = [a_report(number) for number in range(7)] if reports is None else reports
        cells = [a_cell(number, report) for number, report in enumerate(reports)]
        cells += [new_code_cell(source) for source in sources]
        name = f"{request.node.name.replace('[', '-').rstrip(']')}.ipynb"
        notebook = open_notebook(page, lab, write(lab, name, cells), kernel=kernel)
        notebook.show_panel()
        return notebook

    yield open_
    lab.enough.touch()


@pytest.fixture
def settings(page, lab):
    """Write the panel's settings, which a page reads as it loads; the defaults come back."""
    path = Path(lab.env["JUPYTERLAB_SETTINGS_DIR"]) / "jupyter-green/plugin.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)

    def write_(**values):
        path.write_text(json.dumps(values))

    leave(page)
    yield write_
    leave(page)
    path.unlink(missing_ok=True)
