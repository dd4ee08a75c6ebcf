"""NVML: the energy counters and power sensors of NVIDIA GPUs, read through ``pynvml``.

NVML API reference: ``nvmlDeviceGetTotalEnergyConsumption`` gives millijoules
since the driver was loaded (Volta and newer); ``nvmlDeviceGetPowerUsage`` gives
milliwatts, a mean over one second on Ampere and newer except GA100, so the
field value ``NVML_FI_DEV_POWER_INSTANT`` is preferred where it exists.

The counter's refresh period was measured by Yang et al. (SC'24, arXiv
2312.02741): 20 ms on V100, about 100 ms on the boards after it.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .base import Domain, Found, Missing, Provenance, Reading, Source

RESOLUTION_S = 0.1
RESOLUTION_VOLTA_S = 0.02

# The enforced limit is an average: boards exceed it for some milliseconds.
_LIMIT_MARGIN = 2.0
_UNKNOWN_LIMIT_W = 4000.0

REMEDY_NO_DRIVER = (
    "If this machine has an NVIDIA GPU, install its driver; in a container start it with the "
    "NVIDIA runtime (`docker run --gpus all`). Without one there is nothing to do."
)
REMEDY_DRIVER = (
    "Run `nvidia-smi`: it names the fault. After a driver update, reload the driver or reboot."
)
REMEDY_VISIBLE = (
    "Set CUDA_VISIBLE_DEVICES to the GPUs to meter, or unset it, and restart the kernel."
)
REMEDY_NO_ENERGY = (
    "This GPU reports neither energy nor power (common for vGPU): measure it on the host."
)


@dataclass(frozen=True)
class _Gpu:
    handle: Any
    domain: Domain
    power_mw: Callable[[Any], int] | None


class Nvml(Source):
    """Reads the energy counter and the power of each visible GPU."""

    name = "nvml"

    def __init__(self, pynvml: Any, gpus: Sequence[_Gpu]) -> None:
        self._pynvml = pynvml
        self._gpus = list(gpus)

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain per GPU, named by its NVML index."""
        return [gpu.domain for gpu in self._gpus]

    def read(self, index: int) -> Reading:
        """Read one GPU's counter, in mJ, and its power."""
        return self._read(self._gpus[index])

    def close(self) -> None:
        """Give NVML back."""
        with contextlib.suppress(self._pynvml.NVMLError):
            self._pynvml.nvmlShutdown()

    def _read(self, gpu: _Gpu) -> Reading:
        error = None
        counter = power_w = None
        before = time.monotonic_ns()
        if gpu.domain.provenance is Provenance.COUNTER:
            try:
                counter = self._pynvml.nvmlDeviceGetTotalEnergyConsumption(gpu.handle)
            except self._pynvml.NVMLError as failure:
                error = f"energy of {gpu.domain.id}: {failure}"
        t_ns = (before + time.monotonic_ns()) // 2
        if gpu.power_mw is not None:
            try:
                power_w = gpu.power_mw(gpu.handle) / 1000
            except self._pynvml.NVMLError as failure:
                error = error or f"power of {gpu.domain.id}: {failure}"
            if gpu.domain.provenance is Provenance.POWER:
                t_ns = (before + time.monotonic_ns()) // 2
        return Reading(t_ns, counter, power_w, error)


def probe(environ: Mapping[str, str] = os.environ) -> Found:
    """Open NVML and describe each GPU that ``CUDA_VISIBLE_DEVICES`` in `environ` shows."""
    try:
        import pynvml
    except ImportError:
        remedy = "`pip install nvidia-ml-py` into the kernel's environment."
        return Found(
            missing=(Missing("nvml", "the package nvidia-ml-py is not installed", remedy),)
        )
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError_LibraryNotFound:
        reason = "no NVIDIA driver library (libnvidia-ml.so.1) on this machine"
        return Found(missing=(Missing("nvml", reason, REMEDY_NO_DRIVER),))
    except pynvml.NVMLError as error:
        return Found(missing=(Missing("nvml", f"NVML does not start: {error}", REMEDY_DRIVER),))
    gpus: list[_Gpu] = []
    missing: list[Missing] = []
    try:
        for index, handle in _visible(pynvml, environ.get("CUDA_VISIBLE_DEVICES"), missing):
            try:
                gpu = _describe(pynvml, index, handle)
            except pynvml.NVMLError as error:
                missing.append(
                    Missing(f"gpu:{index}", f"it cannot be read: {error}", REMEDY_DRIVER)
                )
                continue
            if gpu is None:
                reason = "it reports neither energy nor power"
                missing.append(Missing(f"gpu:{index}", reason, REMEDY_NO_ENERGY))
            else:
                gpus.append(gpu)
    except pynvml.NVMLError as error:
        missing.append(Missing("nvml", f"the GPUs cannot be listed: {error}", REMEDY_DRIVER))
    if not gpus:
        pynvml.nvmlShutdown()
        if not missing:
            missing.append(Missing("nvml", "the driver shows no GPU", REMEDY_DRIVER))
        return Found(missing=tuple(missing))
    return Found(Nvml(pynvml, gpus), tuple(missing))


def _visible(pynvml: Any, wanted: str | None, missing: list[Missing]) -> list[tuple[int, Any]]:
    """Return (index, handle) of the visible boards, each once.

    ``CUDA_VISIBLE_DEVICES`` holds indices, GPU UUIDs or MIG UUIDs (CUDA C
    programming guide, environment variables); CUDA stops at the first entry
    that it does not know, and so does this. A MIG device counts as its board,
    since NVML has no energy for a part of one.
    """
    count = pynvml.nvmlDeviceGetCount()
    if wanted is None:
        return [(i, pynvml.nvmlDeviceGetHandleByIndex(i)) for i in range(count)]
    boards: dict[int, Any] = {}
    entries = [entry.strip() for entry in wanted.split(",") if entry.strip()]
    for entry in entries:
        try:
            handle = _handle(pynvml, entry, count)
            index = pynvml.nvmlDeviceGetIndex(handle)
        except (pynvml.NVMLError, ValueError):
            reason = f"CUDA_VISIBLE_DEVICES={wanted!r} names a GPU that is not here: {entry!r}"
            missing.append(Missing("nvml", reason, REMEDY_VISIBLE))
            break
        boards[index] = handle
    if not entries:
        reason = "CUDA_VISIBLE_DEVICES hides every GPU"
        missing.append(Missing("nvml", reason, REMEDY_VISIBLE))
    return list(boards.items())


def _handle(pynvml: Any, entry: str, count: int) -> Any:
    if entry.lstrip("-").isdigit():
        if not 0 <= int(entry) < count:
            raise ValueError(entry)
        return pynvml.nvmlDeviceGetHandleByIndex(int(entry))
    if entry.startswith("MIG-"):
        part = pynvml.nvmlDeviceGetHandleByUUID(entry)
        return pynvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(part)
    for index in range(count):
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        if pynvml.nvmlDeviceGetUUID(handle).startswith(entry):
            return handle
    raise ValueError(entry)


def _describe(pynvml: Any, index: int, handle: Any) -> _Gpu | None:
    has_counter = _supported(pynvml, pynvml.nvmlDeviceGetTotalEnergyConsumption, handle)
    power_mw = _power_reader(pynvml, handle)
    if not has_counter and power_mw is None:
        return None
    domain = Domain(
        id=f"gpu:{index}",
        device=pynvml.nvmlDeviceGetName(handle),
        source=Nvml.name,
        provenance=Provenance.COUNTER if has_counter else Provenance.POWER,
        resolution_s=_resolution_s(pynvml, handle),
        unit_j=1e-3,
        power_limit_w=_power_limit_w(pynvml, handle),
    )
    return _Gpu(handle, domain, power_mw)


def _supported(pynvml: Any, call: Callable[[Any], object], handle: Any) -> bool:
    """Whether the board has this reading. A passing fault does not count as a no."""
    try:
        call(handle)
    except (pynvml.NVMLError_NotSupported, pynvml.NVMLError_FunctionNotFound):
        return False
    except pynvml.NVMLError:
        return True
    return True


def _power_reader(pynvml: Any, handle: Any) -> Callable[[Any], int] | None:
    field = getattr(pynvml, "NVML_FI_DEV_POWER_INSTANT", None)

    def instant_mw(handle: Any) -> int:
        value = pynvml.nvmlDeviceGetFieldValues(handle, [field])[0]
        pynvml._nvmlCheckReturn(value.nvmlReturn)  # noqa: SLF001  (the only way to its exceptions)
        return int(value.value.uiVal)

    if field is not None:
        try:
            instant_mw(handle)
        except pynvml.NVMLError:
            pass  # older boards and drivers have the plain reading only
        else:
            return instant_mw
    usage: Callable[[Any], int] = pynvml.nvmlDeviceGetPowerUsage
    return usage if _supported(pynvml, usage, handle) else None


def _resolution_s(pynvml: Any, handle: Any) -> float:
    try:
        volta = pynvml.nvmlDeviceGetArchitecture(handle) == pynvml.NVML_DEVICE_ARCH_VOLTA
    except pynvml.NVMLError:
        volta = False
    return RESOLUTION_VOLTA_S if volta else RESOLUTION_S


def _power_limit_w(pynvml: Any, handle: Any) -> float:
    try:
        _, highest_mw = pynvml.nvmlDeviceGetPowerManagementLimitConstraints(handle)
    except pynvml.NVMLError:
        return _UNKNOWN_LIMIT_W
    return _LIMIT_MARGIN * highest_mw / 1000 if highest_mw else _UNKNOWN_LIMIT_W
