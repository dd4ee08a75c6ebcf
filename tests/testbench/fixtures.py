"""The bench as pytest fixtures. Everything ends with the test that asked for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from jupyter_green.sources.variables import POWERCAP_VARIABLE

from . import namespace
from .machine import Machine, VirtualMeter
from .nvml import Nvml
from .powercap import Powercap, Zone, fuse_missing, serve_fuse, serve_tree
from .proc_tree import ProcTree
from .truth import Truth

ServePowercap = Callable[..., Powercap]
WrapCommand = Callable[..., list[str]]


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[Truth]:
    """Return an empty truth: ``truth.add("cpu:0/package", power_w=20)``."""
    with Truth.create(tmp_path / "truth") as truth:
        yield truth


@pytest.fixture
def powercap(truth: Truth, tmp_path: Path) -> Iterator[ServePowercap]:
    """Serve RAPL as files: ``powercap(zones=None).root``, the usual zones if none are given."""
    yield from _server(serve_tree, truth, tmp_path)


@pytest.fixture
def powercap_fuse(truth: Truth, tmp_path: Path) -> Iterator[ServePowercap]:
    """Serve RAPL as a file system with real errors and modes; else like ``powercap``."""
    if reason := fuse_missing():
        pytest.skip(reason)
    yield from _server(serve_fuse, truth, tmp_path)


def _server(serve: ServePowercap, truth: Truth, folder: Path) -> Iterator[ServePowercap]:
    numbers = itertools.count()
    with ExitStack() as served:

        def start(zones: Iterable[Zone] | None = None) -> Powercap:
            root = folder / f"powercap-{next(numbers)}"
            return served.enter_context(serve(truth, root, zones))

        yield start


@pytest.fixture
def rapl_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ServePowercap:
    """Serve RAPL to this process and its children, computed at the read where that is possible.

    Elsewhere the files are some milliseconds old.
    """
    serve = request.getfixturevalue("powercap" if fuse_missing() else "powercap_fuse")

    def start(zones: Iterable[Zone] | None = None) -> Powercap:
        served: Powercap = serve(zones)
        monkeypatch.setenv(POWERCAP_VARIABLE, str(served.root))
        return served

    return start


@pytest.fixture
def nvml(truth: Truth) -> Nvml:
    """Return the GPUs of the truth: start a child with ``os.environ | nvml.env``."""
    return Nvml(truth)


@pytest.fixture
def nvml_here(nvml: Nvml, monkeypatch: pytest.MonkeyPatch) -> Nvml:
    """Show the GPUs of the truth to the children of this process, its sampler among them."""
    for name, value in nvml.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return nvml


@pytest.fixture
def host(truth: Truth, rapl_here: ServePowercap, nvml_here: Nvml) -> Truth:
    """Return the truth of a machine with one socket and one GPU."""
    truth.add("cpu:0/package", power_w=50.0, offset=5_000_000)
    truth.add("gpu:0", power_w=100.0, phase_s=0.03)
    rapl_here()
    return truth


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Return a machine in virtual time, without hardware: ``machine.truth.add(...)``."""
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "registry"))
    with Machine.create(tmp_path) as machine:
        yield machine


@pytest.fixture
def virtual(machine: Machine) -> Iterator[VirtualMeter]:
    """Return a meter in virtual time, whose sampler starts on first use."""
    with machine.meter() as meter:
        yield meter


@pytest.fixture
def at_kernel_path(truth: Truth) -> WrapCommand:
    """Wrap a command that is to find RAPL at the kernel's path: ``wrap(command, zones=None)``."""
    if reason := namespace.missing():
        pytest.skip(reason)

    def wrap(command: list[str], zones: Iterable[Zone] | None = None) -> list[str]:
        return namespace.wrap(command, truth, zones)

    return wrap


@pytest.fixture
def proc_tree(tmp_path: Path) -> ProcTree:
    """Return a builder of files like those of /proc and /sys/fs/cgroup."""
    return ProcTree(tmp_path / "proc-tree")


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL server on loopback; skipped where it is not installed."""
    pytest.importorskip("psycopg")
    from tests.testbench import postgres

    if (programs := postgres.programs()) is None:
        pytest.skip("there is no PostgreSQL here: apt-get install postgresql")
    with postgres.running(programs) as server:
        yield server
