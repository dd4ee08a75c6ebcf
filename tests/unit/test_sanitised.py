"""What is left of a cell's output where a notebook is merely shown.

Each place keeps the tags and attributes of a published list. These are the
lists as they stood in November 2026:

GitHub, Markdown and HTML files
    ``SanitizationFilter::DEFAULT_CONFIG`` of the html-pipeline gem
    (gjtorikian/html-pipeline, ``lib/html_pipeline/sanitization_filter.rb``).
GitHub, notebooks
    Its rules are not published. Users report that styles and ids are dropped
    and that ``<img>`` with a ``data:`` address of base64 is shown
    (jupyter/nbviewer 450, activeviam/atoti-notebooks 425): the list above,
    with such images.
VS Code
    ``allowedHtmlTags`` of its notebook renderer for untrusted workspaces
    (microsoft/vscode, ``extensions/markdown-language-features/notebook/index.ts``),
    which it gives to DOMPurify; the attributes are DOMPurify's own defaults.
nbviewer, nbconvert
    nbconvert itself.
JupyterLab
    Its own sanitiser, in ``labextension/test/saved/renderer_sanitised.test.ts``, on the
    output in ``tests/data/result.html``, which is held here to be the present one.
"""

from __future__ import annotations

import html as html_
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from jupyter_green.notebook.output import bundle as output
from jupyter_green.report.fields import MIME_TYPE, ReportTrace, Share
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Missing, Provenance, Scale
from tests.unit.test_output import Page, domain, report

EXAMPLE = Path(__file__).parents[1] / "data" / "result.html"
"""What :func:`example` looks like, written by ``python -m tests.unit.test_sanitised``."""

FIGURES = (
    *("2.7 kJ ± 8 %", "2.10 kJ ± 8 %", "292 W", "402 W", "9.20 s", "energy counters"),
    *("612 J ± 5 %", "66 W", "61.2 ± 0.4 J", "6.65 W", "2.0 kJ ± 10 %", "219 W"),
    *("reading ± 9 J, scale ± 10 % (Yang et al. 2024 (SC'24))",),
    *("cpu:0/package", "cpu:0/dram", "gpu:0", "NVIDIA A100", "logistic regression"),
    *("87 % busy, up to 71 °C, power limit 400 W", "≈ 83 % of the CPU's joules"),
    *("No platform domain here", "Nothing to do"),
)
"""All that the example says in figures."""


def example() -> Report:
    """Two domains of the processor and a GPU, with everything a report can say."""
    t_s = tuple(9.2 * i / 239 for i in range(240))

    def wave(low_w: float, high_w: float, phase: float) -> tuple[float | None, ...]:
        shares = (0.5 + 0.5 * math.sin(i / 9 + phase) for i in range(239))
        return (None, *(round(low_w + (high_w - low_w) * share, 1) for share in shares))

    gpu = domain(
        "gpu:0",
        2011.0,
        device="NVIDIA A100-SXM4-80GB",
        uncertainty_j=9.0,
        mean_power_w=218.6,
        provenance=Provenance.COUNTER,
        scale=Scale(1.1, "board GPU-1c2d3e4f", "Yang et al. 2024 (SC'24)"),
        conditions={"utilization_percent": 87.4, "temperature_c": 71, "power_limit_w": 400.0},
    )
    return report(
        domain(
            "cpu:0/package",
            612.3,
            device="Intel Xeon Gold 6248R",
            mean_power_w=66.5,
            scale=Scale(1.05, "package cpu:0", "5 % assumed"),
        ),
        domain("cpu:0/dram", 61.2, device="memory", mean_power_w=6.65),
        gpu,
        label="logistic regression",
        stage="training",
        duration_s=9.2,
        energy_j=2684.5,
        uncertainty_j=9.2,
        net_energy_j=2101.0,
        net_uncertainty_j=25.0,
        mean_power_w=291.8,
        peak_power_w=402.0,
        share=Share(0.83, 0.02, 508.0, 12.0),
        trace=ReportTrace(
            t_s,
            {
                "cpu:0/package": wave(38, 95, 1),
                "cpu:0/dram": wave(4, 9, 2),
                "gpu:0": wave(70, 367, 3),
            },
        ),
        missing=(Missing("psys", "No platform domain here", "Nothing to do: few boards have it"),),
    )


@dataclass(frozen=True)
class Rules:
    """What a sanitiser keeps; the text of a tag that goes stays."""

    tags: frozenset[str]
    attributes: frozenset[str]
    attributes_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    data_images: bool = True

    def keeps(self, tag: str, name: str, value: str) -> bool:
        if name not in self.attributes | self.attributes_of.get(tag, frozenset()):
            return False
        return self.data_images or name != "src" or not value.startswith("data:")


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


GITHUB = Rules(
    tags=words_of(
        """h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul table
        thead tbody tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike
        summary details caption figure figcaption abbr bdo cite dfn mark small span time wbr"""
    ),
    attributes=words_of(
        """abbr accept accept-charset accesskey action align alt aria-describedby aria-hidden
        aria-label aria-labelledby axis border cellpadding cellspacing char charoff charset checked
        clear cols colspan color compact coords datetime dir disabled enctype for frame headers
        height hreflang hspace id ismap label lang maxlength media method multiple name nohref
        noshade nowrap open progress prompt readonly rel rev role rows rowspan rules scope selected
        shape size span start summary tabindex title type usemap valign value width itemprop"""
    ),
    attributes_of={"a": words_of("href"), "img": words_of("src longdesc")},
    data_images=False,
)
GITHUB_NOTEBOOK = Rules(GITHUB.tags, GITHUB.attributes - {"id"}, GITHUB.attributes_of)
VSCODE = Rules(
    tags=words_of(
        """a abbr b bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em
        figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd label li mark ol p pre q rp rt ruby
        samp small source span strike strong sub summary sup table tbody td tfoot th thead time tr
        tt u ul var video wbr"""
    ),
    attributes=words_of(
        "align alt class colspan height id nowrap open role scope src style title width"
    ),
)


def sanitise(html: str, rules: Rules) -> str:
    """Return what `rules` leave of `html`."""
    sanitiser = _Sanitiser(rules)
    sanitiser.feed(html)
    sanitiser.close()
    return "".join(sanitiser.kept)


class _Sanitiser(HTMLParser):
    def __init__(self, rules: Rules) -> None:
        super().__init__(convert_charrefs=False)
        self._rules = rules
        self.kept: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in self._rules.tags:
            kept = (
                f' {name}="{html_.escape(value or "")}"'
                for name, value in attrs
                if self._rules.keeps(tag, name, value or "")
            )
            self.kept.append(f"<{tag}{''.join(kept)}>")

    def handle_endtag(self, tag):
        if tag in self._rules.tags:
            self.kept.append(f"</{tag}>")

    def handle_data(self, data):
        self.kept.append(data)

    def handle_entityref(self, name):
        self.kept.append(f"&{name};")

    def handle_charref(self, name):
        self.kept.append(f"&#{name};")


def rows(page: Page) -> int:
    return page.tags.count("tr")


@pytest.mark.parametrize("rules", [GITHUB, GITHUB_NOTEBOOK, VSCODE])
def test_every_figure_and_the_tables_survive(rules):
    page = Page(sanitise(output.html(example()), rules))
    assert [figure for figure in FIGURES if figure not in page.text] == []
    assert rows(page) == 5
    assert {"table", "th", "details", "summary", "strong"} <= set(page.tags)


@pytest.mark.parametrize("rules", [GITHUB, GITHUB_NOTEBOOK, VSCODE])
def test_a_short_cell_is_a_line_that_unfolds(rules):
    kept = sanitise(output.html(replace(example(), duration_s=0.4)), rules)
    assert kept.startswith("<details")
    line, _, rest = Page(kept).text.partition("\n")
    assert line == "logistic regression: 2.7 kJ ± 8 % · 292 W mean · 400 ms · measured"
    assert "gpu:0" in rest


@pytest.mark.parametrize("rules", [GITHUB_NOTEBOOK, VSCODE])
def test_the_picture_survives_where_its_address_may_be_data(rules):
    page = Page(sanitise(output.html(example()), rules))
    assert len(page.lines()) == 3
    assert len(page.images) == 4


def test_where_the_picture_is_dropped_its_words_stand_there():
    page = Page(sanitise(output.html(example()), GITHUB))
    assert not [image for image in page.images if "src" in image]
    curve, *swatches = page.images
    assert "watts of cpu:0/package, cpu:0/dram, gpu:0, total at most 402 W;" in curve["alt"]
    assert swatches == [{"alt": ""}] * 3


def test_numbers_stand_to_the_right_without_styles():
    kept = sanitise(output.html(example()), GITHUB)
    assert "style=" not in kept
    assert kept.count('<td align="right" nowrap') == 6


def test_the_rules_bite():
    """The sanitiser of these tests drops what the places drop."""
    hostile = '<p style="a" onclick="b">x<svg></svg><script>y</script></p>'
    assert sanitise(hostile, GITHUB) == "<p>xy</p>"
    assert sanitise(hostile, VSCODE) == '<p style="a">xy</p>'


@pytest.fixture(scope="module")
def book() -> nbformat.NotebookNode:
    """A notebook that holds the example."""
    cell = new_code_cell("%%energy\nwork()", execution_count=1)
    cell.outputs = [new_output("display_data", output.bundle(example()))]
    return new_notebook(cells=[cell])


def test_nbconvert_shows_the_page_as_it_is(book):
    exporters = pytest.importorskip("nbconvert.exporters")
    body, _ = exporters.HTMLExporter().from_notebook_node(book)
    page = output.html(example())
    styles = set(re.findall('style="[^"]*"', page))
    pictures = set(re.findall('src="[^"]*"', page))
    text = html_.unescape(re.sub("<[^>]*>", "", body))
    assert [kept for kept in styles | pictures if kept not in body] == []
    assert [figure for figure in FIGURES if figure not in text] == []
    assert MIME_TYPE not in body


def test_nbconvert_s_markdown_holds_the_page_in_one_block(book):
    """A blank line would end the block, and the rest would be read as Markdown."""
    exporters = pytest.importorskip("nbconvert.exporters")
    body, _ = exporters.MarkdownExporter().from_notebook_node(book)
    page = output.html(example())
    assert page in body
    assert "\n" not in page
    assert page.startswith("<div")


def test_nbconvert_s_own_sanitiser_keeps_every_figure(book):
    """It shows tags that it does not know as text, which is not pretty, but loses nothing."""
    exporters = pytest.importorskip("nbconvert.exporters")
    body, _ = exporters.HTMLExporter(sanitize_html=True).from_notebook_node(book)
    text = html_.unescape(html_.unescape(re.sub("<[^>]*>", "", body)))
    assert [figure for figure in FIGURES if figure not in text] == []


def test_the_text_has_the_headline(book):
    text = output.bundle(example())["text/plain"]
    assert "2.7 kJ ± 8 %" in text
    assert "\n" not in text


def test_the_example_for_jupyterlab_s_sanitiser_is_the_present_output():
    """Where the output was changed: ``python -m tests.unit.test_sanitised``."""
    assert EXAMPLE.read_text(encoding="utf-8") == output.html(example())


if __name__ == "__main__":
    EXAMPLE.write_text(output.html(example()), encoding="utf-8")
