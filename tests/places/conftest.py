"""Front ends that the project itself does not need: `make places` installs and tries them."""

import importlib.util
from pathlib import Path

import pytest

from tests.browser.conftest import bench, chromium, new_page

__all__ = ["bench", "chromium", "new_page"]  # fixtures

FRONT_ENDS = (
    *("jupyter_console", "qtconsole", "voila", "marimo"),
    *("nbclassic", "papermill", "myst_nb"),
)
collect_ignore_glob = [] if all(map(importlib.util.find_spec, FRONT_ENDS)) else ["test_*.py"]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(180))
