"""Fixtures: two people's pages on one notebook, in a JupyterLab with jupyter-collaboration."""

import importlib.util
from pathlib import Path

import pytest

from tests.browser.conftest import TEST_TIMEOUT_S, bench, chromium, new_page
from tests.browser.lab import Lab

from .shared import SharedNotebook

__all__ = ["bench", "chromium", "new_page"]  # fixtures

# `make collaboration` makes an environment that has it.
collect_ignore_glob = [] if importlib.util.find_spec("jupyter_collaboration") else ["test_*.py"]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(TEST_TIMEOUT_S))


@pytest.fixture(scope="session")
def lab(tmp_path_factory, bench):
    server = Lab(tmp_path_factory.mktemp("collaboration"), bench)
    yield server
    server.close()


@pytest.fixture
def both(lab, new_page):
    """Open one notebook in the pages of two people, whose panels are open."""

    def open_(path):
        pair = [SharedNotebook(new_page(), lab, path) for _ in range(2)]
        for notebook in pair:
            notebook.open()
            notebook.show_panel()
        # What JupyterLab writes into a document as it opens it is written by now.
        pair[0].wait_same(pair[1])
        for notebook in pair:
            notebook.watch_edits()
        return pair

    yield open_
    lab.enough.touch()
