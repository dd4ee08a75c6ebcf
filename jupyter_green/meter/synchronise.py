"""Waiting for the work that was handed to GPUs, at both edges of a window.

A call that computes on a GPU returns before the GPU is done, so without waiting a
window would end too early and the next would pay for it. Only frameworks that the
user's program has imported and begun to use are asked; none is imported, no device
is woken and no context is made here.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from typing import Any


def uses_frameworks() -> bool:
    """Whether there may have been any GPU work to wait for."""
    return any(name in sys.modules for name in FRAMEWORKS)


def synchronise() -> list[str]:
    """Wait for all GPU work of torch, jax and cupy; return the names of those that failed."""
    failed = []
    for name, wait in FRAMEWORKS.items():
        module = sys.modules.get(name)
        if module is None:
            continue
        try:
            wait(module)
        except Exception:  # noqa: BLE001  (a cell must run whatever a framework does)
            failed.append(name)
    return failed


def _torch(torch: Any) -> None:
    if not hasattr(torch, "cuda"):  # another thread is importing it
        return
    if torch.cuda.is_initialized():
        if torch.cuda.is_current_stream_capturing():
            # Waiting is not allowed while a CUDA graph is captured: it would spoil the graph.
            raise RuntimeError("a CUDA graph is being captured")
        for device in _cuda_devices() or [torch.cuda.current_device()]:
            torch.cuda.synchronize(device)
    xpu = getattr(torch, "xpu", None)
    if xpu is not None and xpu.is_initialized():
        for device in range(xpu.device_count()):
            xpu.synchronize(device)
    # Metal has one device and nothing to ask whether it was used.
    mps = getattr(torch, "mps", None)
    if mps is not None and torch.backends.mps.is_available():
        mps.synchronize()


def _jax(jax: Any) -> None:
    """Wait for the values of all live arrays, and for side effects such as callbacks.

    JAX has no call that waits for a device. A transfer behind the work does not
    either, as not all its runtimes keep the two in order. An array knows the work
    that makes it, and waiting for one that is there costs next to nothing.
    """
    bridge = sys.modules.get("jax._src.xla_bridge")
    if getattr(bridge, "_backends", None):  # asking jax for its devices would make them
        jax.effects_barrier()
        jax.block_until_ready(jax.live_arrays())


def _cupy(cupy: Any) -> None:
    if not hasattr(cupy, "cuda"):  # another thread is importing it
        return
    devices = _cuda_devices()
    if not devices and cupy.cuda.driver.ctxGetCurrent():
        devices = [cupy.cuda.runtime.getDevice()]
    for device in devices:
        cupy.cuda.Device(device).synchronize()


FRAMEWORKS: dict[str, Callable[[Any], None]] = {"torch": _torch, "jax": _jax, "cupy": _cupy}


def _cuda_devices() -> list[int]:
    """Return the CUDA devices on which this process has a context.

    The driver is asked (CUDA driver API, cuDevicePrimaryCtxGetState) if it is loaded
    already. The frameworks do not say, and waiting for a device that was not in use
    would make a context on it: some hundred MB.
    """
    try:
        driver = ctypes.CDLL("libcuda.so.1", mode=os.RTLD_NOLOAD)
    except OSError:
        return []
    count, flags, active = ctypes.c_int(), ctypes.c_uint(), ctypes.c_int()
    if driver.cuDeviceGetCount(ctypes.byref(count)) != 0:  # it is not initialised
        return []
    return [
        device
        for device in range(count.value)
        if driver.cuDevicePrimaryCtxGetState(device, ctypes.byref(flags), ctypes.byref(active)) == 0
        and active.value
    ]
