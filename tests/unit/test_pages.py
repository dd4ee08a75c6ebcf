"""What a notebook of any kind shows where a value of ours is a cell's last one."""

import subprocess
import sys

import pytest

from jupyter_green.repeats.result import Repeats
from jupyter_green.report.comparison import Comparison
from tests.testbench.reports import domain, report


def values():
    first = report(domain("cpu:0/package", 100.0), label="<b>first</b>", energy_j=100.0)
    second = report(domain("cpu:0/package", 150.0), label="second", energy_j=150.0)
    runs = Repeats(1, (first, second))
    return {"Report": first, "Repeats": runs, "Comparison": Comparison(first, second)}


@pytest.mark.parametrize("kind", ["Report", "Repeats", "Comparison"])
def test_a_page_shows_the_figures_and_not_every_field(kind):
    value = values()[kind]
    page = value._repr_html_()
    assert page.startswith("<div")
    assert " J" in page
    assert "trace" not in page
    assert "<b>first" not in page


def test_a_page_of_a_comparison_begins_with_the_verdict():
    page = values()["Comparison"]._repr_html_()
    strong = page.partition("<strong>")[2].partition("</strong>")[0]
    assert strong.startswith("second uses 50")
    assert strong.endswith("energy than &lt;b&gt;first&lt;/b&gt;")
    assert "100" in page.partition("</strong>")[2]


def test_a_program_loads_nothing_of_pages_before_one_is_shown():
    code = "import sys, jupyter_green; jupyter_green.Report; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "jupyter_green.report.report" in loaded
    assert not {name for name in loaded if name.startswith("jupyter_green.notebook")}
    assert loaded.isdisjoint({"IPython", "numpy", "matplotlib"})
