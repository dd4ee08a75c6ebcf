"""What nbconvert keeps of a report in each of its formats."""

import nbformat
import pytest
from nbconvert import get_exporter

from jupyter_green.notebook.output import bundle
from tests.testbench.reports import domain, estimate, report


@pytest.mark.parametrize(
    ("format_", "figure"),
    [
        ("html", "≈ 167 ± 51 J"),
        ("slides", "≈ 167 ± 51 J"),
        ("markdown", "≈ 167 ± 51 J"),
        ("latex", r"$\approx$ 167 $\pm$ 51 J"),
        ("rst", "167"),
    ],
)
def test_the_figure_is_in_what_is_made_of_a_notebook(format_, figure):
    shown = report(domain("gpu:0", 100.0), estimate(67.0, 51.0), label="fit")
    output = nbformat.v4.new_output("display_data", data=bundle.bundle(shown))
    cell = nbformat.v4.new_code_cell("%%energy\nfit()", outputs=[output])
    book = nbformat.v4.new_notebook(cells=[cell])
    text, _ = get_exporter(format_)().from_notebook_node(book)
    assert figure in text
    assert "fit" in text
    assert "ReportTrace" not in text
