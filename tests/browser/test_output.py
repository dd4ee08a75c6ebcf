"""The output that a cell keeps, in the places where a notebook is shown.

Pictures for `docs/output.md`: `output-*.png`.
"""

import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from jupyter_green.notebook.output import bundle as output
from jupyter_green.report.fields import MIME_TYPE
from tests.unit.test_sanitised import FIGURES, GITHUB, GITHUB_NOTEBOOK, sanitise

from .lab import Notebook, picture
from .saved import example, saved
from .tab import open_notebook

OUTPUT = ".jp-OutputArea-output"
MOST_TALLER_PX = 90
"""The page beside the live view: its table has a row for each domain, it remarks in full."""

LOADED = "images => images.map(image => image.complete && image.naturalWidth > 0)"
GITHUB_STYLE = """
body {font: 16px/1.5 system-ui, sans-serif; max-width: 900px; padding: 8px}
table {display: block; border-spacing: 0; border-collapse: collapse; margin-bottom: 16px}
th, td {padding: 6px 13px; border: 1px solid #8885}
p {margin: 0 0 16px}
"""


def shot(place, name: str) -> None:
    picture(place, f"output-{name}")


def open_saved(page, lab, name: str, *, plain: bool = False) -> Notebook:
    """Open a saved notebook; plain is what front ends without our extension take of it."""
    book = saved(example())
    if plain:
        del book.cells[0].outputs[0].data[MIME_TYPE]
    path = lab.notebook(name)
    nbformat.write(book, path)
    notebook = open_notebook(page, lab, path, kernel=False)
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")
    notebook.cell(0).locator(OUTPUT).wait_for(state="visible")
    return notebook


def assert_whole(place) -> None:
    """Every figure and picture is there, and nothing goes over the edge."""
    text = place.evaluate("node => node.textContent")
    assert [figure for figure in FIGURES if figure not in text] == []
    assert place.locator("img").evaluate_all(LOADED) == [True] * 4
    assert place.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_jupyterlab_without_our_extension(tab_page, lab):
    page = tab_page
    notebook = open_saved(page, lab, "plain.ipynb", plain=True)
    place = notebook.cell(0).locator(OUTPUT)
    trust = "w => { window.jupyterapp.shell.currentWidget.content.widgets[0].model.trusted = w }"
    for trusted in (False, True):
        page.evaluate(trust, trusted)
        page.wait_for_timeout(500)
        assert_whole(place)
    shot(place, "plain-light")
    notebook.theme("JupyterLab Dark")
    shot(place, "plain-dark")


def test_the_page_is_hardly_taller_than_the_view(tab_page, lab):
    page = tab_page
    notebook = open_saved(page, lab, "view.ipynb")
    view = notebook.cell(0).locator(OUTPUT)
    notebook.cell(0).locator(".jpg-result").wait_for(state="visible")
    shot(view, "view-light")
    view_px = view.bounding_box()["height"]
    notebook.theme("JupyterLab Dark")
    shot(view, "view-dark")
    plain = open_saved(page, lab, "page.ipynb", plain=True)
    page_px = plain.cell(0).locator(OUTPUT).bounding_box()["height"]
    assert -20 <= page_px - view_px <= MOST_TALLER_PX


def test_a_report_keeps_what_was_chosen_when_it_is_refined(tab_page, lab):
    """The first report of a cell is replaced by one that is known better."""
    page = tab_page
    notebook = open_saved(page, lab, "refined.ipynb")
    view = notebook.cell(0).locator(".jpg-result")
    details = view.get_by_role("button", name="Details")
    details.click()
    page.evaluate("() => { document.querySelector('.jpg-result').dataset.sameNode = ''; }")
    page.evaluate(
        """mime => {
            const outputs = window.jupyterapp.shell.currentWidget.content.widgets[0].model.outputs;
            const output = outputs.get(0).toJSON();
            const data = {...output.data, [mime]: {...output.data[mime], uncertainty_j: 1.0}};
            outputs.set(0, {...output, data});
        }""",
        MIME_TYPE,
    )
    page.get_by_text("reading ± 1.0 J").first.wait_for(state="visible")
    assert details.get_attribute("aria-expanded") == "true"
    assert view.get_attribute("data-same-node") == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nbconvert(page, theme):
    body, _ = HTMLExporter(theme=theme).from_notebook_node(saved(example()))
    page.set_viewport_size({"width": 900, "height": 600})
    page.set_content(body, wait_until="load")
    assert_whole(page.locator(OUTPUT))
    shot(page.locator(OUTPUT), f"nbconvert-{theme}")


def test_paper(page):
    """As nbconvert's webpdf makes it: Chromium prints the page."""
    body, _ = HTMLExporter().from_notebook_node(saved(example()))
    page.set_viewport_size({"width": 700, "height": 600})
    page.set_content(body, wait_until="load")
    page.emulate_media(media="print")
    assert_whole(page.locator(OUTPUT))
    shot(page.locator(OUTPUT), "paper")
    pdf = page.pdf()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


@pytest.mark.parametrize(("name", "rules"), [("notebook", GITHUB_NOTEBOOK), ("markdown", GITHUB)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_github(page, name, rules, theme):
    ground = {"light": "#fff;color:#1f2328", "dark": "#0d1117;color:#e6edf3"}[theme]
    left = sanitise(output.html(example()), rules)
    page.set_viewport_size({"width": 940, "height": 600})
    page.set_content(f'<style>{GITHUB_STYLE}</style><body style="background:{ground}">{left}')
    text = page.locator("body").evaluate("node => node.textContent")
    assert [figure for figure in FIGURES if figure not in text] == []
    shown = page.locator("img").evaluate_all(LOADED)
    assert shown == [name == "notebook"] * 4
    shot(page.locator("body > div"), f"github-{name}-{theme}")


def test_the_pictures_of_the_docs_are_there():
    docs = Path(__file__).parents[2] / "docs"
    pictures = re.findall(r"\((images/output-[^)]*)\)", (docs / "output.md").read_text())
    assert pictures
    assert [picture for picture in pictures if not (docs / picture).exists()] == []
