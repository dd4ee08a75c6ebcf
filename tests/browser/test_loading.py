"""What of the extension the page loads, and when: little at its start, the rest on first use."""

import re

import nbformat

from .lab import EXTENSION
from .saved import example, saved
from .tab import open_notebook

MOST_START_BYTES = 40_000
MOST_SHIFT_PX = 2


def test_the_extension_loads_the_rest_on_first_use_and_nothing_moves(page, lab):
    static = EXTENSION.parent / "static"
    loaded: list[str] = []
    held = []

    def names() -> set[str]:
        """The chunks that have a name, which are those of a part of the extension."""
        return {name.partition(".")[0] for name in loaded if not re.match(r"\d", name)}

    def note(response) -> None:
        found = re.search(r"/jupyter-green/static/([^?]+\.js)", response.url)
        if found:
            loaded.append(found[1])

    def hold(route) -> None:
        held.append(route)

    page.on("response", note)
    page.route(re.compile(r"/jupyter-green/static/runview\."), hold)
    page.goto(f"{lab.url}/lab?reset")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("() => window.jupyterapp.restored")
    page.wait_for_timeout(500)
    assert names() == {"remoteEntry"}
    sizes = {name: (static / name).stat().st_size for name in loaded}
    assert sum(sizes.values()) <= MOST_START_BYTES, sizes

    path = lab.notebook("loading.ipynb")
    nbformat.write(saved(example(), example()), path)
    page.evaluate("() => { window.loadedForTests = true; }")
    notebook = open_notebook(page, lab, path, kernel=False)
    place = notebook.cell(0).locator(".jg-Place")
    place.wait_for(state="visible")
    assert "J" in place.inner_text()
    output = notebook.cell(0).locator(".jp-OutputArea-output")
    before_px = output.bounding_box()["height"]
    assert len(held) == 1
    held[0].continue_()
    notebook.cell(0).locator(".jpg-result").wait_for(state="visible")
    assert abs(output.bounding_box()["height"] - before_px) <= MOST_SHIFT_PX
    assert names() == {"remoteEntry", "notebook", "runview", "words"}

    show_panel = "() => window.jupyterapp.commands.execute('jupyter-green:open-panel')"
    page.route(re.compile(r"/jupyter-green/static/panel\."), lambda route: route.abort(), times=1)
    page.evaluate(show_panel)
    page.get_by_text("could not be loaded").wait_for(state="visible")
    page.evaluate("() => window.jupyterapp.shell.collapseRight()")
    page.evaluate(show_panel)  # another try
    page.locator(".jg-Panel-header").wait_for(state="visible")
    assert names() == {"remoteEntry", "notebook", "runview", "words", "panel"}
    with page.expect_download() as download:
        page.evaluate("() => window.jupyterapp.commands.execute('jupyter-green:export-csv')")
    assert download.value.suggested_filename == "loading-energy.csv"
    assert "export" in names()
