"""What a sign, a pill or a flag means: the page of help that it leads to."""

import pytest

from ..test_axe import violations
from ..test_lab import PANEL, wait_rows

HELP = "#jupyter-green-help"
TOPIC = f"{HELP} .jg-Help-topic"


def topic(page) -> str:
    """The part that the page of help shows, once it is in sight and has the focus."""
    page.wait_for_function(
        """selector => {
            const place = document.querySelector(selector);
            const page = place?.closest('.jg-Help').getBoundingClientRect();
            const {top = -1, bottom} = place?.getBoundingClientRect() ?? {};
            return place === document.activeElement && top >= page?.top && bottom <= page?.bottom;
        }""",
        arg=TOPIC,
    )
    return page.locator(TOPIC).inner_text()


def test_figures_pills_and_flags_lead_to_their_part_of_the_page(page, full):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{PANEL} .jg-Total-energy").click()
    assert topic(page) == "Plus or minus"
    assert page.locator(".jp-NotebookPanel").is_visible()  # it stands beside the notebook
    page.locator(f"{PANEL} .jg-Total .jg-Mark").click()
    page.locator(f"{PANEL} .jg-Mark-about .jg-Link").click()
    assert topic(page) == "Energy counter"
    assert page.locator(HELP).count() == 1

    report = notebook.cell(0).locator(".jg-Report")
    figure = report.locator(".jpg-figure b").first
    figure.hover()
    assert "Click for more." in figure.get_attribute("title")
    figure.click()
    assert topic(page) == "Plus or minus"


def test_by_keyboard_alone(page, full):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{PANEL} .jg-Total-energy").focus()
    page.keyboard.press("Enter")
    assert topic(page) == "Plus or minus"
    notebook.cell(0).get_by_role("button", name="What the figures mean").focus()
    page.keyboard.press("Enter")
    assert topic(page) == "Signs"


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_its_look(page, full, theme):
    notebook = full(kernel=False)
    notebook.theme(f"JupyterLab {theme}")
    page.get_by_role("menuitem", name="Help", exact=True).click()
    page.get_by_text("What the Figures of Energy Mean").click()
    page.locator(f"{HELP} h1").wait_for()
    page.evaluate("window.jupyterapp.commands.execute('jupyter-green:help', {topic: 'factor'})")
    assert topic(page) == "Factor"
    notebook.shot(f"help-{theme.lower()}")
    assert violations(page, HELP) == []
    assert page.locator(f"{HELP} a[href*='.md']").count() == 0
    page.locator(f"{HELP} a[href='#factor']").click()
    assert topic(page) == "Factor"
