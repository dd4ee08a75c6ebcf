"""nbclassic: the report below the cell's output, once."""

import pytest

from tests.browser.lab import Lab


class Classic(Lab):
    """A server whose pages are those of the classic notebook."""

    APP = ("-m", "nbclassic")
    DOCUMENT = "notebooks"


@pytest.fixture
def classic(tmp_path, bench):
    server = Classic(tmp_path / "classic", bench)
    yield server
    server.close()


def test_a_metered_cell_has_its_report_once(classic, chromium):
    path = classic.notebook(
        "book.ipynb", "%load_ext jupyter_green", "%%energy --label fit\nprint('body')\n40 + 2"
    )
    page = chromium.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{classic.url}/notebooks/{path.name}")
    page.wait_for_function("window.Jupyter?.notebook?.kernel?.is_connected?.()")
    page.evaluate("Jupyter.notebook.execute_all_cells()")
    output = page.locator(".code_cell").nth(1).locator(".output")
    output.get_by_text("fit").first.wait_for()
    text = output.inner_text()
    page.close()
    assert text.index("body") < text.index("42") < text.index("fit")
    assert text.count("fit") == 1
    assert " J" in text
    assert "measuring" not in text
