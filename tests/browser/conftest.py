"""Fixtures: pages of a real JupyterLab, on stand-in hardware."""

import math
from pathlib import Path

import pytest

from tests.testbench.nvml import Nvml
from tests.testbench.powercap import fuse_missing, serve_fuse, serve_tree
from tests.testbench.truth import Truth

from .lab import CHROMIUM, EXTENSION, KERNEL_TIMEOUT_MS, QUIET, TIMEOUT_MS, Lab, Notebook

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


@pytest.fixture(scope="session")
def lab_with(tmp_path_factory):
    """Start JupyterLabs in environments of their own; they end with the session."""
    if not EXTENSION.exists():
        pytest.fail("JupyterLab does not see the built extension: run `make test` once")
    labs = []

    def start(env, *, without=()):
        labs.append(Lab(tmp_path_factory.mktemp("lab"), env, without=without))
        return labs[-1]

    yield start
    for lab in labs:
        lab.close()


@pytest.fixture
def new_page(chromium):
    """Open fresh pages; an uncaught error in one of them fails the test."""
    contexts, errors = [], []

    def open_():
        contexts.append(chromium.new_context(viewport={"width": 1360, "height": 820}))
        contexts[-1].set_default_timeout(TIMEOUT_MS)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_
    for context in contexts:
        context.close()
    # Jupyter's own: a loop of the layout, requests that a restarted kernel leaves open, and
    # Notebook 7's shortcuts, whose settings are not there when it looks.
    known = ("ResizeObserver", "Canceled future", "(reading 'schema')")
    assert [e for e in errors if not any(words in e for words in known)] == []


@pytest.fixture
def page(new_page):
    """One fresh page."""
    return new_page()


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
def lab(lab_with, bench):
    return lab_with(bench)


@pytest.fixture
def book(page, lab, request):
    """Open a notebook made of these cells, in a Lab of the test's own or the common one."""
    labs = [lab]

    def open_(*sources, lab=lab):
        labs.append(lab)
        path = lab.notebook(f"{request.node.name.replace('[', '-').rstrip(']')}.ipynb", *sources)
        notebook = Notebook(page, lab, path)
        notebook.open()
        return notebook

    yield open_
    for each in labs:
        each.enough.touch()  # a cell that a failed test left running
