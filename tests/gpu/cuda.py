"""Work for a GPU without any framework: memory copies through CUDA's driver API.

CUDA driver API reference; ``libcuda.so.1`` comes with the driver.
"""

from __future__ import annotations

import ctypes
from typing import Any


class CudaError(RuntimeError):
    """A call of the driver API failed, or there is no library."""


class MemoryCopy:
    """Copies `size_b` bytes within the memory of CUDA's first GPU, as often as asked."""

    def __init__(self, size_b: int = 1 << 30) -> None:
        try:
            self._cuda = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise CudaError("no CUDA driver library (libcuda.so.1) on this machine") from error
        self._size = ctypes.c_size_t(size_b)
        self._device = ctypes.c_int()
        context = ctypes.c_void_p()
        self._call("cuInit", 0)
        self._call("cuDeviceGet", ctypes.byref(self._device), 0)
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), self._device)
        self._call("cuCtxSetCurrent", context)
        self._source = self._allocate()
        self._target = self._allocate()

    def __call__(self, times: int = 50) -> None:
        """Copy, and wait for the last copy to end."""
        for _ in range(times):
            self._call("cuMemcpyDtoD_v2", self._target, self._source, self._size)
        self._call("cuCtxSynchronize")

    def close(self) -> None:
        """Give the memory and the context back."""
        for pointer in (self._source, self._target):
            self._call("cuMemFree_v2", pointer)
        self._call("cuDevicePrimaryCtxRelease_v2", self._device)

    def _allocate(self) -> ctypes.c_uint64:
        pointer = ctypes.c_uint64()
        self._call("cuMemAlloc_v2", ctypes.byref(pointer), self._size)
        return pointer

    def _call(self, function: str, *arguments: Any) -> None:
        code = getattr(self._cuda, function)(*arguments)
        if code:
            raise CudaError(f"{function} fails with CUDA error {code}")
