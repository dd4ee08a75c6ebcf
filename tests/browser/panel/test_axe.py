"""Everybody can use the panel: axe-core finds nothing, and nothing is cut off."""

import pytest

from ..test_axe import violations
from ..test_lab import PANEL, ROWS, wait_rows
from .helpers import widen


@pytest.mark.parametrize(
    "theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"]
)
def test_axe_finds_nothing_at_250_px_and_200_percent(page, full, theme):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    notebook.theme(theme)
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")
    widen(page, 250)
    page.locator(f"{ROWS} .jg-Row-toggle").nth(5).click()
    page.locator(f"{PANEL} .jg-Total .jg-Mark").click()
    page.locator(f"{PANEL} dl .jg-Link").click()
    page.locator(f"{PANEL} .jg-Carbon option").nth(200).wait_for(state="attached")
    page.locator(f"{ROWS} .jg-Details").get_by_role("button", name="Compare").click()
    page.locator(f"{PANEL} .jg-Compare").wait_for()
    assert violations(page, PANEL) == []
    for name in ("stages", "host"):
        page.locator(f"{PANEL} [data-tab={name}]").click()
        assert violations(page, PANEL) == []
    page.set_viewport_size({"width": 680, "height": 410})  # a page of 1360 px at 200 %
    page.wait_for_timeout(400)
    widths = page.evaluate(
        """panel => {
            const {scrollWidth, clientWidth} = document.querySelector(panel);
            return [scrollWidth, clientWidth];
        }""",
        PANEL,
    )
    assert widths[0] <= widths[1], "nothing is cut off at the side"
