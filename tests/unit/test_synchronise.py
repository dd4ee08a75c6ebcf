"""Waiting for GPU work at a window's edges: those in use, once each, and never anything more."""

import os
import shutil
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import pytest

from jupyter_green.meter.synchronise import synchronise


@pytest.fixture
def calls():
    return []


@pytest.fixture(autouse=True)
def no_frameworks(monkeypatch):
    for name in ("torch", "jax", "jax._src.xla_bridge", "cupy"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def torch(calls, monkeypatch):
    """A torch with a CUDA context."""
    torch = SimpleNamespace(
        cuda=SimpleNamespace(
            is_initialized=lambda: True,
            is_current_stream_capturing=lambda: False,
            current_device=lambda: 0,
            synchronize=lambda device: calls.append(("torch", device)),
        ),
        xpu=SimpleNamespace(
            is_initialized=lambda: False,
            device_count=lambda: 2,
            synchronize=lambda device: calls.append(("xpu", device)),
        ),
        mps=SimpleNamespace(synchronize=lambda: calls.append("mps")),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: False)),
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    return torch


@pytest.fixture
def jax(calls, monkeypatch):
    """A jax with a backend and two live arrays."""
    bridge = SimpleNamespace(_backends={"cuda": object()})
    jax = SimpleNamespace(
        effects_barrier=lambda: calls.append("effects"),
        live_arrays=lambda: ["a", "b"],
        block_until_ready=lambda arrays: calls.append(("jax", *arrays)),
    )
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setitem(sys.modules, "jax._src.xla_bridge", bridge)
    return SimpleNamespace(module=jax, bridge=bridge)


@pytest.fixture
def cupy(calls, monkeypatch):
    """A cupy with a context on device 1."""

    class Device:
        def __init__(self, device):
            self.device = device

        def synchronize(self):
            calls.append(("cupy", self.device))

    driver = SimpleNamespace(ctxGetCurrent=lambda: 0x5555)
    runtime = SimpleNamespace(getDevice=lambda: 1)
    cupy = SimpleNamespace(cuda=SimpleNamespace(Device=Device, driver=driver, runtime=runtime))
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    return cupy


def test_each_framework_is_waited_for_once(torch, jax, cupy, calls):
    assert synchronise() == []
    assert calls == [("torch", 0), "effects", ("jax", "a", "b"), ("cupy", 1)]


def test_what_was_imported_and_not_used_is_left_alone(torch, jax, cupy, calls):
    torch.cuda.is_initialized = lambda: False
    jax.bridge._backends = {}
    cupy.cuda.driver.ctxGetCurrent = lambda: 0
    assert synchronise() == []
    assert calls == []


def test_a_framework_that_is_being_imported_is_left_alone(monkeypatch):
    for name in ("torch", "jax", "cupy"):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace())
    assert synchronise() == []


def test_one_that_fails_is_named_and_the_others_are_waited_for(torch, jax, cupy, calls):
    def fail(*_):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    torch.cuda.synchronize = fail
    jax.module.block_until_ready = fail
    assert synchronise() == ["torch", "jax"]
    assert calls == ["effects", ("cupy", 1)]


def test_a_graph_that_is_being_captured_is_not_spoilt(torch, calls):
    torch.cuda.is_current_stream_capturing = lambda: True
    assert synchronise() == ["torch"]
    assert calls == []


def test_an_interrupt_passes_through(torch):
    def interrupt(device):
        raise KeyboardInterrupt

    torch.cuda.synchronize = interrupt
    with pytest.raises(KeyboardInterrupt):
        synchronise()


def test_devices_other_than_cuda(torch, calls):
    torch.cuda.is_initialized = lambda: False
    torch.xpu.is_initialized = lambda: True
    torch.backends.mps.is_available = lambda: True
    assert synchronise() == []
    assert calls == [("xpu", 0), ("xpu", 1), "mps"]


def test_nothing_is_imported(tmp_path):
    """Frameworks that could be imported, but were not, stay where they are."""
    for name in ("torch", "jax", "cupy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    code = (
        "import sys; from jupyter_green.meter.synchronise import synchronise;"
        "before = set(sys.modules);"
        "assert synchronise() == []; assert set(sys.modules) == before"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": path})


DRIVER = """
    static int contexts[] = {0, 1, 0, 1};
    int initialised = 0;
    int cuDeviceGetCount(int *count) { *count = 4; return initialised ? 0 : 3; }
    int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active) {
        *flags = 0;
        *active = contexts[device];
        return 0;
    }
"""


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler")
def test_only_devices_with_a_context_are_waited_for(tmp_path):
    """On a machine of four GPUs, of which the second and the last are in use."""
    library = tmp_path / "libcuda.so.1"
    (tmp_path / "cuda.c").write_text(DRIVER)
    soname = f"-Wl,-soname,{library.name}"
    subprocess.run(
        ["cc", "-shared", "-fPIC", soname, "-o", library, tmp_path / "cuda.c"], check=True
    )
    code = f"""
        import ctypes
        from jupyter_green.meter.synchronise import _cuda_devices
        assert _cuda_devices() == []
        driver = ctypes.CDLL({str(library)!r})
        assert _cuda_devices() == []
        ctypes.c_int.in_dll(driver, "initialised").value = 1
        assert _cuda_devices() == [1, 3]
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)
