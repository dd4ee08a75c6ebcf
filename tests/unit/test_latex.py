"""What LaTeX, and the PDF that is made of it, keep of a figure."""

import nbformat
import pytest
from nbconvert import LatexExporter

from jupyter_green.latex import typewriter
from jupyter_green.notebook.output import bundle, compact, repeats
from jupyter_green.notebook.output.latex import latex
from jupyter_green.notebook.session.table import session_table
from jupyter_green.repeats.result import Repeats
from tests.testbench.reports import domain, estimate, report
from tests.unit.test_session_table import metered, session

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


class Kernel:
    """A shell whose running cell was sent by nbclient: nobody could answer `input()`."""

    def get_parent(self):
        return {"metadata": {}, "content": {"allow_stdin": False}}


class Console(Kernel):
    """A shell whose running cell came from a console."""

    def get_parent(self):
        return {"metadata": {}, "content": {"allow_stdin": True}}


@pytest.fixture
def shell(monkeypatch):
    def running_in(kind):
        monkeypatch.setattr("IPython.get_ipython", kind)

    return running_in


def test_a_table_and_a_value_keep_their_signs_and_their_columns(shell):
    shell(Kernel)
    table = session_table(session(metered(0, 1, label="50 % of {a_b}")), "cell", str)
    for text in (table.bundle["text/latex"], WIDE._repr_latex_()):
        tex = tex_of({"text/plain": "", "text/latex": text})
        assert r"{\hss $\pm$\hss}" in tex
        assert r"50 \% of \{a\_b\}" in tex
        assert "±" not in tex
    assert "cell~~~" in table.bundle["text/latex"]
    assert r"\rule" in table.bundle["text/latex"]
    assert "─" not in table.bundle["text/latex"]


def test_the_lines_of_a_wide_table_are_small_and_those_of_a_sentence_are_not():
    columns = "a" * 60 + "  " + "b" * 60
    assert r"\tiny" in typewriter(columns)
    assert r"\small" in typewriter("a " * 60)


def test_the_words_of_a_last_column_go_on_below_itself():
    head, row = f"{'energy':>60}  what", f"{'1 J':>60}  {'fit it ' * 12}"
    tex = typewriter(f"{head}\n{'─' * 80}\n{row}\nA remark.")
    assert r"\small" in tex
    assert tex.count(r"\hangindent=62\fontcharwd\font`0 ") == 2
    right = typewriter(f"{head[:60]}{'mean':>8}\n{'1 J':>60}{'123 W':>8}")
    assert "hangindent=" not in right  # a column of numbers stands to the right


@pytest.mark.parametrize("kind", [Console, lambda: None], ids=["console", "no IPython"])
def test_what_makes_pictures_of_latex_is_given_none(shell, kind):
    shell(kind)
    assert WIDE._repr_latex_() is None
    assert "text/latex" not in session_table(session(metered(0, 1)), "cell", str).bundle
