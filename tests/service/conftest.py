"""A service on stand-in hardware, and programs that find nothing but that."""

import os

import pytest

import jupyter_green as jg
from jupyter_green.sources.variables import POWERCAP_VARIABLE, SOCKET_VARIABLE
from tests.testbench.host_service import Client, HostService


@pytest.fixture
def rapl(truth, rapl_here):
    """One socket with memory."""
    truth.add("cpu:0/package", power_w=50.0, offset=5_000_000)
    truth.add("cpu:0/dram", power_w=8.0, offset=7_000_000)
    rapl_here()
    return truth


@pytest.fixture
def serving():
    """Return what starts a service on a socket, in an environment; all end with the test."""
    made = []

    def start(place, env, *arguments, prefix=()):
        made.append(HostService(place, env, prefix))
        made[-1].start(*arguments)
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def service(rapl, tmp_path, monkeypatch, serving):
    """The service, which alone has the sensors: this process is to find it."""
    made = serving(tmp_path / "served" / "sock", os.environ)
    monkeypatch.delenv(POWERCAP_VARIABLE)
    monkeypatch.setenv(SOCKET_VARIABLE, str(made.place))
    return made


@pytest.fixture
def meter(service):
    with jg.Meter() as made:
        yield made


@pytest.fixture
def client(service):
    """Return what makes clients that say what they are told to."""
    made = []

    def connect(**how):
        made.append(Client(service.place, **how))
        return made[-1]

    yield connect
    for each in made:
        each.close()
