"""Meters tests while they run; a plugin that is registered only where one is to be metered."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from .budget import check
from .metered import NAMES, metered

USES_FIXTURE = pytest.StashKey[bool]()
"""Set by the fixture: its name may be another one's as well."""


class Metering:
    """The hooks.

    Parameters
    ----------
    beside
        How many other processes run tests at the same time.
    """

    def __init__(self, *, beside: int) -> None:
        self.interrupted: list[pytest.Item] = []
        """The test in which the session was interrupted, of which pytest makes no report."""
        self._beside = beside

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Meter a test, and compare it with its budget."""
        mark = item.get_closest_marker("energy_budget")
        is_metered = mark is not None or USES_FIXTURE in item.stash
        if not is_metered and not item.config.getoption("energy_report"):
            return (yield)
        item.user_properties[:] = [p for p in item.user_properties if p[0] not in NAMES]
        try:
            with metered(item.nodeid, item.user_properties) as test:
                outcome = yield
        except KeyboardInterrupt:
            self.interrupted.append(item)
            raise
        if mark is not None:
            check(mark, test, item.config.rootpath, self._beside)
        return outcome
