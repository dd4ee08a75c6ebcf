"""Notebooks with metered cells as they were saved: what is left when no kernel runs."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from jupyter_green.notebook.output import bundle as output
from jupyter_green.report.report import Report
from tests.unit.test_sanitised import example

__all__ = ["example", "saved"]


def saved(*reports: Report, trusted: bool = False) -> nbformat.NotebookNode:
    """Return a notebook with a metered cell for each report."""
    book = new_notebook()
    for number, report in enumerate(reports, 1):
        cell = new_code_cell("%%energy\nwork()", execution_count=number)
        cell.outputs = [new_output("display_data", output.bundle(report))]
        cell.metadata["trusted"] = trusted
        book.cells.append(cell)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    return book
