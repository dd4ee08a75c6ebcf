"""axe-core finds nothing to complain about where a report is shown, in light and dark."""

from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from jupyter_green.notebook.output import bundle as output
from tests.unit.test_sanitised import GITHUB, sanitise

from .saved import example, saved
from .tab import open_notebook

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
OUTPUT = ".jp-OutputArea-output"
RENDERER = f"{OUTPUT} .jpg-result"
GROUNDS = {"light": "background:#fff;color:#1f2328", "dark": "background:#0d1117;color:#e6edf3"}


def violations(page, *selectors: str) -> list[str]:
    """What axe-core finds within elements, as lines to read."""
    page.evaluate(AXE.read_text(encoding="utf-8") + "\n;0")
    return page.evaluate(
        """async selectors => {
            const {violations} = await window.axe.run({include: selectors.map(s => [s])});
            return violations.flatMap(({id, help, nodes}) =>
                nodes.map(({html, failureSummary}) => `${id}: ${help}: ${html} ${failureSummary}`));
        }""",
        list(selectors),
    )


def test_axe_is_awake(page):
    page.set_content('<div id="bad"><img src="data:,"><p style="color:#ccc">grey</p></div>')
    found = violations(page, "#bad")
    assert any(line.startswith("image-alt") for line in found)
    assert any(line.startswith("color-contrast") for line in found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_saved_output_without_our_extension(page, theme):
    body, _ = HTMLExporter(theme=theme).from_notebook_node(saved(example()))
    page.set_content(body, wait_until="domcontentloaded")
    page.locator(f"{OUTPUT} summary").click()
    assert violations(page, OUTPUT) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_output_as_github_leaves_it(page, theme):
    left = sanitise(output.html(example()), GITHUB)
    page.set_content(f'<html lang="en"><title>a</title><body style="{GROUNDS[theme]}">{left}')
    assert violations(page, "body > div") == []


def test_the_renderer_in_jupyterlab(tab_page, lab):
    page = tab_page
    path = lab.notebook("axe.ipynb")
    nbformat.write(saved(example()), path)
    notebook = open_notebook(page, lab, path, kernel=False)
    page.locator(RENDERER).wait_for(state="visible")
    page.locator(RENDERER).get_by_role("button", name="Details").click()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.theme(theme)
        assert violations(page, RENDERER) == []
