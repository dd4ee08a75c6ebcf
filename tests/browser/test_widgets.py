"""Cells whose widgets capture and clear outputs, in JupyterLab: one report in each cell."""

import pytest

from tests.kernel.test_widgets import MIME, bare, is_ours, plain
from tests.kernel.widget_cells import GUIDES, cells_of

LOAD = "%load_ext jupyter_green\n%green on"


@pytest.fixture
def page(tab_page):
    return tab_page


@pytest.mark.parametrize("guide", GUIDES)
def test_outputs_are_as_bare_and_each_cell_has_one_report(book, guide):
    cells = cells_of(guide, "# %%energy")
    notebook = book(LOAD, *cells)
    notebook.start("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    notebook.wait_end()
    notebook.reports(len(cells))  # until the last is final
    for number, one in enumerate(bare(guide).cells[2:], 2):
        outputs = notebook.outputs(number)
        assert plain(outputs) == plain(one.outputs), cells[number - 1]
        ours = [output for output in outputs if is_ours(output)]
        assert [MIME in output["data"] for output in ours] == [True], cells[number - 1]
