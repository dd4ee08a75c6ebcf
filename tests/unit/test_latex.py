"""What LaTeX, and the PDF that is made of it, keep of a figure."""

import nbformat
import pytest
from nbconvert import LatexExporter

from jupyter_green.notebook.output import bundle, compact, repeats
from jupyter_green.notebook.output.latex import latex
from jupyter_green.repeats.result import Repeats
from tests.testbench.reports import domain, estimate, report

WIDE = report(estimate(67.0, 51.0), label="50 % of {a_b} & $x^2$ \\ #1 ~ <é>")


def tex_of(*outputs):
    """What `jupyter nbconvert --to latex` makes of these outputs."""
    shown = [nbformat.v4.new_output("display_data", data=data) for data in outputs]
    cell = nbformat.v4.new_code_cell("1", outputs=shown)
    tex, _ = LatexExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    return tex


@pytest.mark.parametrize(
    "data",
    [
        bundle.bundle(WIDE),
        compact.bundle(WIDE),
        repeats.bundle(Repeats(1, (WIDE, WIDE)), None),
    ],
    ids=["report", "line", "repeats"],
)
def test_nbconvert_keeps_the_signs_of_a_figure(data):
    tex = tex_of(data)
    assert r"$\approx$ 67" in tex
    assert r"$\pm$" in tex
    assert "≈" not in tex


def test_what_latex_would_take_for_a_command_is_text():
    expected = (
        r"50 \% of \{a\_b\} \& \$x\textasciicircum{}2\$ \textbackslash{} \#1 "
        r"\textasciitilde{} $<$é$>$"
    )
    assert latex(str(WIDE)).startswith(f"{expected}: ")


def test_the_record_of_many_domains_stays_small():
    long = report(*(domain(f"gpu:{n}") for n in range(16)), label="x" * 100)
    assert len(bundle.bundle(long)["text/latex"]) < 500
