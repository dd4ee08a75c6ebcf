"""The test bench's fixtures, for every test."""

import os
import signal
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from jupyter_green.carbon.settings import PLACE_VARIABLE, PUE_VARIABLE
from jupyter_green.intake.places import LEDGER_VARIABLE, OFF
from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from jupyter_green.sources.variables import SOCKET_VARIABLE
from tests import side_by_side

# The first process of a container adopts what others leave: those would count as what the tests
# have started. So it does nothing but that, and the tests run in its child.
if os.getpid() == 1 and (_tests := os.fork()):
    while (_ended := os.wait())[0] != _tests:
        pass
    os._exit(os.waitstatus_to_exitcode(_ended[1]) & 0xFF)

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

# Several processes share the cores: threads of one that wait for each other take them from others.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How fast examples are made says more of what else this machine does than of a test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start
# inherits that. What is handled here is at its default there.
for name in ("SIGINT", "SIGQUIT"):
    if (number := getattr(signal, name, None)) and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)


def pytest_addoption(parser):
    parser.addoption(
        "--soak-minutes", type=float, default=0.75, metavar="N", help="how long tests/soak goes on"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):  # a process of several, by pytest-xdist
        items.sort(key=lambda item: side_by_side.rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # the order is that of the collection
    return side_by_side.scheduling()(config, log)
