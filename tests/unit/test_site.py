"""What the site makes of pages and notebooks."""

import json
import re
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("mkdocs")

from scripts.pictures import browser, notebooks
from scripts.pictures.__main__ import DRAWN, IMAGES, TOLD, with_figures
from scripts.site_check import faults
from scripts.site_links import on_page_markdown
from scripts.site_notebooks import NOTEBOOKS, REPORT, page_of

NAV = (Path(__file__).parents[2] / "mkdocs.yml").read_text("utf-8")
RECORD = re.compile(r'<div class="jg-Report">\n<script type="application/json">(.+?)</script>')


def test_a_page_of_the_site_links_to_nothing_outside_of_it():
    class Page:
        class file:  # noqa: N801
            src_uri = "reference/python.md"

    links = "[a](../python.md) [`b`](../../jupyter_green/b.py#L3) [c](d.md)"
    assert on_page_markdown(links, page=Page) == "[a](../python.md) `b` [c](d.md)"


def test_a_link_to_a_notebook_leads_to_its_page():
    class Page:
        class file:  # noqa: N801
            src_uri = "tutorials/training.md"

    markdown = "[a run](../../examples/quickstart.ipynb)"
    assert on_page_markdown(markdown, page=Page) == "[a run](../examples/quickstart.md)"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebooks_page_holds_its_cells_reports_and_pictures(path):
    text, pictures = page_of(path)
    cells = nbformat.read(path, 4).cells  # the first is the title, and what stands below it
    assert [cell.source for cell in cells[1:] if cell.source.strip() not in text] == []
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", ())]
    records = [json.loads(record) for record in RECORD.findall(text)]
    assert records == [data[REPORT] for data in outputs if REPORT in data]
    assert len(pictures) == sum("image/png" in data for data in outputs)
    assert [name for name in pictures if f"]({name})" not in text] == []
    assert f"examples/{path.stem}.md" in NAV


def test_no_record_ends_the_script_that_it_stands_in(tmp_path):
    output = nbformat.v4.new_output(
        "display_data", {REPORT: {"label": "</script><b>"}, "text/html": "page"}
    )
    cell = nbformat.v4.new_code_cell("1", outputs=[output])
    path = tmp_path / "a.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A"), cell]), path
    )
    (record,) = RECORD.findall(page_of(path)[0])
    assert json.loads(record) == {"label": "</script><b>"}


def test_each_picture_is_made_by_a_script_and_shown_by_a_page():
    root = IMAGES.parents[1]
    pages = [root / "README.md", *IMAGES.parent.rglob("*.md")]
    shown = set(re.findall(r"images/([\w-]+\.(?:png|webp))", "".join(map(Path.read_text, pages))))
    there = {path.name for path in IMAGES.iterdir() if path.suffix != ".svg"}
    assert there == {*DRAWN, *browser.PICTURES, *notebooks.PICTURES} == shown


def test_figures_stand_above_their_picture():
    page = "```output\nA\n```\n```output\nold\n```\n![x](images/a.png)\n```output\nB\n```\n"
    assert with_figures(page, "a.png", "new") == page.replace("old", "new")
    for picture, name in TOLD.items():
        text = (IMAGES.parent / name).read_text("utf-8")
        assert with_figures(text, picture, "new") != text


def test_a_dead_link_and_a_page_without_a_way_to_it_are_faults(tmp_path):
    page = '<a href="b.html">b</a><a href="https://example.org/none">elsewhere</a>'
    (tmp_path / "index.html").write_text(page + '<a href="#no">no</a><img src="no%20picture.png">')
    (tmp_path / "b.html").write_text('<h2 id="here"></h2><a href="index.html#gone">gone</a>')
    (tmp_path / "alone.html").write_text('<a href="b.html#here">here</a><a href="alone.html"></a>')
    assert faults(tmp_path) == [
        "b.html: index.html#gone leads to no place in it",
        "index.html: #no leads to no place in it",
        "index.html: no%20picture.png leads to no file",
        "alone.html: no page leads to it",
    ]
