"""Collects what the GPU tests measured and prints it as one table at the end of the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

_ROWS = pytest.StashKey[list[tuple[str, str]]]()

Note = Callable[[str, str], None]


@pytest.fixture(scope="session")
def note(request: pytest.FixtureRequest) -> Note:
    """Add a row to the table: ``note("idle", "70.1 W")``."""
    rows = request.config.stash.setdefault(_ROWS, [])
    return lambda what, figure: rows.append((what, figure))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the rows on where this is a process of several, by pytest-xdist."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["gpu"] = session.config.stash.get(_ROWS, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take them."""
    rows = getattr(node, "workeroutput", {}).get("gpu", [])
    node.config.stash.setdefault(_ROWS, []).extend(map(tuple, rows))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    rows = config.stash.get(_ROWS, [])
    if rows:
        terminalreporter.section("measured on this machine's GPU")
        width = max(len(what) for what, _ in rows)
        for what, figure in rows:
            terminalreporter.write_line(f"{what:{width}}  {figure}")
