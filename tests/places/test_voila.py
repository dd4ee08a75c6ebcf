"""voila: pages made of a notebook's outputs, without a notebook and without a status bar."""

import nbformat
import pytest

from .server import serving

CELLS = (
    "%load_ext jupyter_green",
    "%%energy --label fit\nimport time\ntime.sleep(1.2)",
    "import ipywidgets\nipywidgets.IntSlider(description='slider')",
)


@pytest.fixture
def voila(tmp_path, bench):
    """Serve a notebook's page; return its address."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(code) for code in CELLS]
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, tmp_path / "book.ipynb")
    command = ("voila", "book.ipynb", "--no-browser", "--Voila.ip=127.0.0.1")
    with serving(
        tmp_path,
        bench,
        *command,
        port_flag=lambda port: (f"--port={port}",),
        answers="/voila/static/voila.js",
    ) as url:
        yield url


def test_a_page_shows_the_report_as_jupyterlab_does(voila, new_page):
    page = new_page()
    # The page asks for fonts and the like from elsewhere as well.
    page.route(lambda url: not url.startswith(voila), lambda route: route.abort())
    page.goto(voila)
    report = page.locator(".jg-Report")
    report.get_by_text("fit", exact=True).wait_for()
    assert report.count() == 1
    assert "J" in report.inner_text()
    page.get_by_text("slider").wait_for()
    assert "measuring" not in page.inner_text("body")
