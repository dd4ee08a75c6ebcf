"""The test bench's fixtures, for every test; and how tests run side by side."""

import os
import signal
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from jupyter_green.carbon.settings import PLACE_VARIABLE, PUE_VARIABLE
from jupyter_green.intake.places import LEDGER_VARIABLE, OFF
from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from jupyter_green.sources.variables import SOCKET_VARIABLE

pytest_plugins = ["pytester", "tests.testbench.fixtures", "tests.testbench.conducted"]

# Programs that meter this machine besides are none of the tests' business.
os.environ[RUNTIME_VARIABLE] = tempfile.mkdtemp(prefix="jupyter-green-tests-")
# Nor is a service that reads its sensors.
os.environ[SOCKET_VARIABLE] = ""
# Nor is the ledger of whoever runs the tests: those of the ledger have one of their own.
os.environ[LEDGER_VARIABLE] = OFF
# Nor is where their machine stands.
for _variable in (PLACE_VARIABLE, PUE_VARIABLE):
    os.environ.pop(_variable, None)

# How fast examples are made says more of what else this machine does than of a test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

FIRST = (
    *("tests/browser/panel/", "tests/packaging/", "tests/browser/test_robust.py"),
    *("tests/kernel/conformance/", "tests/browser/test_remote.py", "tests/kernel/"),
)
"""What is begun first where tests run side by side: what takes long, and not all the browser's
at once, as what waits goes well with what computes."""
APART = tuple(f"tests/browser/test_{name}.py" for name in ("notebook7", "remote", "robust"))
"""Browser tests that have servers of their own. The last ones use the common one as well, which
they start once more: they take as long as a third of all others."""

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start
# inherits that. What is handled here is at its default there.
for name in ("SIGINT", "SIGQUIT"):
    if (number := getattr(signal, name, None)) and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)


def pytest_addoption(parser):
    parser.addoption(
        "--soak-minutes", type=float, default=3.0, metavar="N", help="how long tests/soak goes on"
    )


def together(test):
    """Name what a test has to share a process with: its file's tests, those on one JupyterLab."""
    path = test.partition("::")[0]
    is_on_common_lab = path.startswith("tests/browser/") and path not in APART
    return "tests/browser" if is_on_common_lab else path


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):  # a process of several, by pytest-xdist

        def rank(item):
            found = (n for n, start in enumerate(FIRST) if item.nodeid.startswith(start))
            return next(found, len(FIRST))

        items.sort(key=rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Hand out the tests of a file to one process, and those of the browser."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return together(nodeid)

    config.option.loadscopereorder = False  # the order is that of FIRST
    return Together(config, log)
