"""A JupyterHub with accounts of its own, on a host whose sensors a service reads.

`make hub` makes an environment that has it, and runs these tests as root.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.host_service import HostService

from .hub import GROUP, INSIDE, OUTSIDE, Hub

IN_USE = 8
"""userdel(8): the user is logged in."""

collect_ignore_glob = [] if importlib.util.find_spec("jupyterhub") else ["test_*.py"]


@pytest.fixture(scope="module")
def accounts():
    """Two users in the service's group, and one outside."""
    made = []
    subprocess.run(["groupadd", "--system", GROUP], check=True)
    try:
        for name in (*INSIDE, OUTSIDE):
            groups = ["--groups", GROUP] if name in INSIDE else []
            subprocess.run(["useradd", "--create-home", *groups, name], check=True)
            made.append(name)
        yield
    finally:
        for name in made:
            remove(name)
        subprocess.run(["groupdel", GROUP], check=True)


def remove(name):
    """Remove a user, as soon as all that runs for them has ended."""
    command = ["userdel", "--remove", name]
    until_s = time.monotonic() + 60
    while subprocess.run(command, check=False, capture_output=True).returncode == IN_USE:
        assert time.monotonic() < until_s, f"something of {name} runs on"
        time.sleep(0.5)


@pytest.fixture
def service(truth, powercap):
    """The service on counters that root alone may read, with a socket for the group."""
    truth.add("cpu:0/package", power_w=50.0)
    root = powercap().root
    for counter in root.glob("intel-rapl/*/energy_uj"):
        counter.chmod(0o400)
    folder = Path(tempfile.mkdtemp(prefix="jupyter-green-served-"))
    folder.chmod(0o755)
    served = HostService(folder / "sock", os.environ | {POWERCAP_VARIABLE: str(root)})
    served.start("--group", GROUP)
    yield served
    served.close()
    shutil.rmtree(folder)


@pytest.fixture
def hub(accounts, service):
    folder = Path(tempfile.mkdtemp(prefix="jupyter-green-hub-"))
    made = Hub(folder, service.place)
    yield made
    made.close()
    shutil.rmtree(folder)
