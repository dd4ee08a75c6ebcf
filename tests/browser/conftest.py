"""Fixtures: pages of a real JupyterLab, on stand-in hardware."""

import math
from pathlib import Path

import pytest

from tests.testbench.nvml import Nvml
from tests.testbench.powercap import fuse_missing, serve_fuse, serve_tree
from tests.testbench.truth import Truth

from .lab import CHROMIUM, EXTENSION, KERNEL_TIMEOUT_MS, QUIET, TIMEOUT_MS, Lab
from .tab import VIEWPORT, clear, leave, open_notebook

TEST_TIMEOUT_S = 300


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(TEST_TIMEOUT_S))


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.fail("Chromium is not installed. On Debian: sudo apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, timeout=KERNEL_TIMEOUT_MS
        )
        yield browser
        browser.close()


# Jupyter's own: a loop of the layout; requests that a kernel leaves open which is restarted or
# ended; a notebook that is closed while its kernel starts or once it is gone; Notebook 7's
# shortcuts, whose settings are not there when it looks.
KNOWN_ERRORS = (
    *("ResizeObserver", "Canceled future", "Disposed"),
    *("(reading 'promise')", "(reading 'schema')"),
)


def is_known(error):
    """Whether an uncaught error is not ours."""
    if "(reading 'kernel')" in str(error):  # the widget manager wants a kernel for every notebook
        return "@jupyter-widgets/jupyterlab-manager/static" in (error.stack or "")
    return any(words in str(error) for words in KNOWN_ERRORS)


def a_page(chromium, errors):
    """Open a page of a profile of its own, which notes its uncaught errors."""
    context = chromium.new_context(viewport=VIEWPORT)
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()

    def note(error):
        if not is_known(error):
            errors.append(f"{error}\n{error.stack}")

    page.on("pageerror", note)
    return page


@pytest.fixture
def new_page(chromium):
    """Open fresh pages; an uncaught error in one of them fails the test."""
    pages, errors = [], []

    def open_():
        pages.append(a_page(chromium, errors))
        return pages[-1]

    yield open_
    for page in pages:
        page.context.close()
    assert errors == []


@pytest.fixture
def page(new_page):
    """One fresh page."""
    return new_page()


@pytest.fixture(scope="session")
def tab(chromium):
    """A page that many tests use one after the other, and its uncaught errors."""
    errors = []
    page = a_page(chromium, errors)
    yield page, errors
    page.context.close()


@pytest.fixture
def tab_page(tab):
    """The page that many tests share; an uncaught error in it fails the test."""
    page, errors = tab
    errors.clear()
    yield page
    clear(page)
    assert errors == []


@pytest.fixture(scope="session")
def bench(tmp_path_factory):
    """Two sockets with memory and a GPU, all of them busy in their own rhythm."""
    folder = tmp_path_factory.mktemp("bench")
    with Truth.create(folder / "truth") as truth:
        for name, low_w, high_w in (
            ("cpu:0/package", 38.0, 145.0),
            ("cpu:0/dram", 7.0, 16.0),
            ("cpu:1/package", 32.0, 96.0),
            ("cpu:1/dram", 6.0, 12.0),
            ("gpu:0", 70.0, 310.0),
        ):
            wave = [
                (k * 0.2, low_w + (high_w - low_w) * (0.5 + 0.5 * math.sin(k / 4 + len(name))))
                for k in range(4000)
            ]
            truth.add(name, power_w=low_w, offset=3_000_000 * len(name)).schedule(wave)
        serve = serve_tree if fuse_missing() else serve_fuse
        with serve(truth, folder / "powercap") as tree:
            yield {"JUPYTER_GREEN_POWERCAP": str(tree.root), **Nvml(truth).env}


@pytest.fixture(scope="session")
def lab(tmp_path_factory, bench):
    """A JupyterLab for all tests of a process."""
    if not EXTENSION.exists():
        pytest.fail("JupyterLab does not see the built extension: run `make test` once")
    server = Lab(tmp_path_factory.mktemp("lab"), bench)
    yield server
    server.close()


@pytest.fixture
def without(lab, tab_page):
    """Have the page that many tests share lack these extensions while the test runs."""

    def disable(*extensions):
        leave(tab_page)
        lab.disable(*extensions)

    yield disable
    lab.disable()
    leave(tab_page)


@pytest.fixture
def book(page, request):
    """Open a notebook made of these cells, in a Lab of the test's own or the common one."""
    labs = []
    name = request.node.name.replace("[", "-").rstrip("]")

    def open_(*sources, lab=None):
        lab = lab or request.getfixturevalue("lab")
        labs.append(lab)
        before = len([*lab.notebooks.glob(f"{name}*.ipynb")])
        # The kernel of a run that failed may still be there, and busy: this one gets its own.
        path = lab.notebook(f"{name}-{before}.ipynb" if before else f"{name}.ipynb", *sources)
        return open_notebook(page, lab, path)

    yield open_
    for each in labs:
        each.enough.touch()  # a cell that a failed test left running
