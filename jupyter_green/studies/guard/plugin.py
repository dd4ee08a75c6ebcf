"""The pytest plugin: the fixture ``energy``, the marker ``energy_budget``, a table at the end.

Every pytest of an environment loads it, so it imports nothing until a test asks for joules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .energy import Energy

MARKER = "energy_budget"
_METERING = "jupyter_green_metering"
"""The name of the plugin that is registered where a test is to be metered."""
FIXTURE = "energy"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("energy", "joules of tests (jupyter-green)")
    group.addoption(
        "--energy-report",
        action="store_true",
        help="meter all tests, not only those with the marker or the fixture",
    )
    group.addoption(
        "--energy-strict",
        action="store_true",
        help="comparisons whose rounds are not enough for a verdict fail",
    )
    group.addoption(
        "--energy-rounds",
        type=int,
        metavar="N",
        help="rounds of each comparison, whatever the tests say",
    )
    group.addoption(
        "--energy-save-fingerprint",
        action="store_true",
        help="save which sensors and CPU energy budgets hold for, beside the configuration file",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and look at the options before anything runs."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(joules=…, kj=…): the test fails where it uses more, as in (joules=5), (kj=1.2) "
        'or ("5 kJ")',
    )
    rounds = config.getoption("energy_rounds")
    if rounds is not None and rounds < 1:
        raise pytest.UsageError(f"--energy-rounds is {rounds}: give 1 or more; 10 is a good start")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Save the fingerprint where that is asked for."""
    config = session.config
    if config.getoption("energy_save_fingerprint") and not hasattr(config, "workerinput"):
        from . import fingerprint

        try:
            fingerprint.save(config.rootpath)
        except OSError as error:
            raise pytest.UsageError(f"the energy fingerprint cannot be saved: {error}") from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Look at the budgets before anything runs, and meter what is to be metered."""
    marked = [(item, m) for item in items if (m := item.get_closest_marker(MARKER)) is not None]
    for item, mark in marked:
        _look_at(item, mark)
    use_it = any(FIXTURE in getattr(item, "fixturenames", ()) for item in items)
    if marked or use_it or config.getoption("energy_report"):
        from .metering import Metering

        config.pluginmanager.register(Metering(beside=_beside(config)), _METERING)


def _look_at(item: pytest.Item, mark: pytest.Mark) -> None:
    from .budget import budget_j_of

    try:
        budget_j_of(mark)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{item.nodeid}: {error}") from error


@pytest.fixture
def energy(request: pytest.FixtureRequest) -> Iterator[Energy]:
    """Compare the joules of two functions: ``energy.compare(new, old).at_most(1.05)``.

    Both take turns, round by round, in one run: there is no stored figure that another machine
    or a warmer day makes wrong.
    """
    from .energy import Energy
    from .metering import USES_FIXTURE

    request.node.stash[USES_FIXTURE] = True
    option = request.config.getoption
    found = Energy(
        rounds=option("energy_rounds"),
        is_strict=option("energy_strict"),
        beside=_beside(request.config),
        keep=lambda sentence: request.node.user_properties.append(("energy_result", sentence)),
    )
    yield found
    found.close()


def _beside(config: pytest.Config) -> int:
    """Return how many other processes run tests at the same time, as pytest-xdist has them."""
    return int(getattr(config, "workerinput", {}).get("workercount", 1)) - 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the joules of the tests that were metered."""
    reports = [r for of in terminalreporter.stats.values() for r in of]
    metering = terminalreporter.config.pluginmanager.get_plugin(_METERING)
    reports += metering.interrupted if metering is not None else ()
    if any(_has_energy(report) for report in reports):
        from .summary import lines

        terminalreporter.write_sep("=", "energy")
        for line in lines(reports):
            terminalreporter.write_line(line)


def _has_energy(report: object) -> bool:
    return any(
        name in ("energy", "energy_result") for name, _ in getattr(report, "user_properties", ())
    )
