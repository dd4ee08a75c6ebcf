"""The ledger's page in a browser: it asks for nothing, fits, and axe-core has no complaint."""

from datetime import date, timedelta

import pytest

from jupyter_green.ledger.metered import Part
from jupyter_green.ledger.overview import overview
from jupyter_green.ledger.page.page import page as html
from tests.cli.test_ledger_page import HOSTILE, window

from .test_axe import violations


@pytest.fixture
def file(tmp_path):
    """A page of forty days, with estimates, failures, and names that are long or hostile."""
    first = date(2026, 3, 1)
    guess = {"provenance": "estimate", "parts": [Part("cpu", True, 300.0, 9.0, None)]}
    metered = [
        window(
            n,
            first + timedelta(n // 5),
            300.0,
            notebook=(HOSTILE, "a.ipynb", f"{'long ' * 40}.ipynb")[n % 3],
            cell_id=f"{n % 7}",
            stage="training",
            commit=f"{n // 20:040x}",
            status="error" if n % 11 == 0 else "ok",
            **(guess if n % 4 == 0 else {}),
        )
        for n in range(200)
    ]
    path = tmp_path / "page.html"
    path.write_text(html(overview(metered), "~/thesis"), "utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page, file, scheme):
    page.emulate_media(color_scheme=scheme)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    assert violations(page, "main") == []
    assert asked == [file.as_uri()]


def test_it_is_as_wide_as_the_window_and_read_by_the_keyboard(page, file):
    page.goto(file.as_uri())
    for width in (360, 700, 1400):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    for _ in range(2):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.locator("details[open] table").first.is_visible()
