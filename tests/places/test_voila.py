"""voila: pages made of a notebook's outputs, without a notebook and without a status bar."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "voila", "book.ipynb", "--no-browser"),
                *(f"--port={port}", "--Voila.ip=127.0.0.1"),
            ],
            cwd=tmp_path, env=os.environ | bench, stdout=log, stderr=log,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{url}/voila/static/voila.js", timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    yield url
    server.terminate()
    server.wait(timeout=30)


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
