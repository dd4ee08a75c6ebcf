"""marimo: values as HTML, and the live view by `jg.live`."""

import pytest

from .server import serving

NOTEBOOK = """
import marimo
app = marimo.App()

@app.cell
def _():
    import pathlib, time
    import jupyter_green as jg
    with jg.live("fit") as run:
        while not pathlib.Path("enough").exists():
            time.sleep(0.05)
    return jg, run

@app.cell
def _(run):
    run.report
    return

@app.cell
def _(run):
    run.report.compare(run.report)
    return

@app.cell
def _(run):
    run
    return
"""


@pytest.fixture
def marimo(tmp_path, bench):
    """Serve a notebook's page; return its address."""
    (tmp_path / "notebook.py").write_text(NOTEBOOK)
    command = ("marimo", "run", "notebook.py", "--headless", "--host", "127.0.0.1")
    with serving(
        tmp_path,
        bench | {"HOME": str(tmp_path)},
        *command,
        port_flag=lambda port: ("--port", str(port)),
        answers="/health",
    ) as url:
        yield url


def test_a_block_is_live_and_values_are_pages(marimo, new_page, tmp_path):
    page = new_page()
    page.route(lambda url: not url.startswith(marimo), lambda route: route.abort())
    page.goto(marimo)
    run = page.locator(".jpg-run").first
    run.get_by_text("running").wait_for()
    page.locator(".jpg-run b", has_text=" J").wait_for()
    # It has its own styles in marimo's shadow tree: what is for screen readers is not seen.
    assert page.locator(".jpg-hidden").first.evaluate("e => e.offsetWidth") <= 1
    (tmp_path / "enough").touch()
    run.get_by_text("done", exact=True).wait_for()
    page.get_by_text("Mean power").nth(1).wait_for()  # the report, twice: itself and the block
    page.get_by_text("no measurable difference").wait_for()
    text = page.inner_text("body")
    assert "ReportTrace" not in text
    assert "object at" not in text
