"""NVML: the energy counters and power sensors of NVIDIA GPUs, read through ``pynvml``.

NVML API reference: ``nvmlDeviceGetTotalEnergyConsumption`` gives millijoules
since the driver was loaded (Volta and newer). ``nvml_power`` has the power
sensors, ``nvml_boards`` the boards, ``nvml_conditions`` what they do.

The counter's refresh period was measured by Yang et al. (SC'24, arXiv
2312.02741): 20 ms on V100, about 100 ms on the boards after it.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import cuda_visible, nvml_boards, scales
from .base import Conditions, Domain, Found, Missing, Provenance, Reading, Source
from .nvml_boards import Board
from .nvml_conditions import ConditionsReader
from .nvml_errors import DRIVER_GONE, NO_PERMISSION, refusal
from .nvml_power import SCOPE_MEMORY, SCOPE_MODULE, PowerSensor, board_sensor, scope_sensor

RESOLUTION_S = 0.1
RESOLUTION_VOLTA_S = 0.02

REATTACH_INTERVAL_S = 5.0
"""How long to wait between two attempts to join a driver that went away."""

# The enforced limit is an average: boards exceed it for some milliseconds.
_LIMIT_MARGIN = 2.0
_UNKNOWN_LIMIT_W = 4000.0

_VOLTA = ((7, 0), (7, 2))  # CUDA compute capabilities

_SCOPES = (
    ("module", SCOPE_MODULE, "the whole module: it contains the GPU, its memory and the CPU"),
    ("memory", SCOPE_MEMORY, "part of the GPU's own figure"),
)

REMEDY_NO_DRIVER = (
    "If this machine has an NVIDIA GPU, install its driver; in a container start it with the "
    "NVIDIA runtime (`docker run --gpus all`). Otherwise there is nothing to do."
)
REMEDY_DRIVER = (
    "Run `nvidia-smi` to see the fault. After a driver update, reload the driver or reboot."
)
REMEDY_NO_ENERGY = (
    "This GPU reports neither energy nor power (common for vGPU): measure it on the host."
)
REMEDY_NO_PERMISSION = (
    "The driver does not let this user read the GPU: ask the administrator, or measure on "
    "the host; `nvidia-smi -q -d POWER` shows the same refusal."
)


@dataclass
class _Gpu:
    """A board and the driver's handle to it, which changes when the driver is loaded again."""

    uuid: str
    handle: Any
    conditions: ConditionsReader


@dataclass(frozen=True)
class _Sensor:
    """What is read for one domain."""

    gpu: _Gpu
    domain: Domain
    power: PowerSensor | None
    is_board: bool


class Nvml(Source):
    """Reads the energy counter and the power of each GPU.

    A driver that is reloaded while GPUs are read is joined again, so that
    metering goes on: the counters then start from 0.
    """

    name = "nvml"
    has_conditions = True

    def __init__(self, pynvml: Any, sensors: Sequence[_Sensor]) -> None:
        self._pynvml = pynvml
        self._sensors = list(sensors)
        self._is_detached = False
        self._last_attempt_s = float("-inf")

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain per GPU, named by its NVML index, and its other scopes behind them."""
        return [sensor.domain for sensor in self._sensors]

    def read(self, index: int) -> Reading:
        """Read one domain's counter, in mJ, where it has one, and its power."""
        sensor = self._attached(index)
        if sensor.domain.provenance is Provenance.POWER:
            return self._power(sensor)
        reading = self._counter(sensor)
        if reading.error is not None or sensor.power is None:
            return reading
        return reading._replace(power_w=self._power(sensor).power_w)

    def poll(self, index: int) -> Reading:
        """Read one domain's counter alone, or its power where it has no counter."""
        sensor = self._attached(index)
        if sensor.domain.provenance is Provenance.POWER:
            return self._power(sensor)
        return self._counter(sensor)

    def conditions(self, index: int) -> Conditions | None:
        """Return what the GPU is doing; its other scopes have nothing to add."""
        sensor = self._attached(index)
        return sensor.gpu.conditions.read(sensor.gpu.handle) if sensor.is_board else None

    def close(self) -> None:
        """Give NVML back."""
        with contextlib.suppress(self._pynvml.NVMLError):
            self._pynvml.nvmlShutdown()

    def _counter(self, sensor: _Sensor) -> Reading:
        before_ns = time.monotonic_ns()
        try:
            counter = self._pynvml.nvmlDeviceGetTotalEnergyConsumption(sensor.gpu.handle)
        except self._pynvml.NVMLError as error:
            return self._failed(before_ns, f"energy of {sensor.domain.id}", error)
        return Reading(_middle_ns(before_ns), counter=counter)

    def _power(self, sensor: _Sensor) -> Reading:
        assert sensor.power is not None
        before_ns = time.monotonic_ns()
        try:
            power_mw = sensor.power.read_mw(sensor.gpu.handle)
        except self._pynvml.NVMLError as error:
            return self._failed(before_ns, f"power of {sensor.domain.id}", error)
        return Reading(_middle_ns(before_ns), power_w=power_mw / 1000)

    def _failed(self, t_ns: int, what: str, error: Any) -> Reading:
        self._is_detached |= error.value in DRIVER_GONE
        return Reading(t_ns, error=f"{what}: {error}")

    def _attached(self, index: int) -> _Sensor:
        """Return a domain's sensor, after an attempt to join a driver that went away."""
        if self._is_detached:
            now_s = time.monotonic()
            if now_s - self._last_attempt_s >= REATTACH_INTERVAL_S:
                self._last_attempt_s = now_s
                self._is_detached = not self._attach()
        return self._sensors[index]

    def _attach(self) -> bool:
        """Start NVML again; handles of before are void. Return whether every GPU is back."""
        with contextlib.suppress(self._pynvml.NVMLError):
            self._pynvml.nvmlShutdown()
        try:
            self._pynvml.nvmlInit()
            boards = nvml_boards.all_boards(self._pynvml).found.values()
        except self._pynvml.NVMLError:
            return False
        handles = {board.uuid: board.handle for board in boards}
        for gpu in (sensor.gpu for sensor in self._sensors if sensor.is_board):
            gpu.handle = handles.get(gpu.uuid, gpu.handle)
            gpu.conditions = ConditionsReader(self._pynvml)
        return all(sensor.gpu.uuid in handles for sensor in self._sensors)


def probe() -> Found:
    """Open NVML and describe each GPU of this machine, whoever may use it."""
    try:
        import pynvml
    except ImportError:
        remedy = "Run `pip install nvidia-ml-py` in the kernel's environment."
        return Found(
            missing=(Missing("nvml", "the package nvidia-ml-py is not installed", remedy),)
        )
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError_LibraryNotFound:
        library = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
        reason = f"no NVIDIA driver library ({library}) on this machine"
        return Found(missing=(Missing("nvml", reason, REMEDY_NO_DRIVER),))
    except pynvml.NVMLError as error:
        return Found(missing=(Missing("nvml", f"NVML cannot start: {error}", REMEDY_DRIVER),))
    sensors: list[_Sensor] = []
    missing: list[Missing] = []
    try:
        boards = nvml_boards.all_boards(pynvml)
    except pynvml.NVMLError as error:
        missing.append(Missing("nvml", f"the GPUs cannot be listed: {error}", REMEDY_DRIVER))
    else:
        missing.extend(boards.missing)
        for board in boards.found.values():
            found = _described(pynvml, board)
            if isinstance(found, Missing):
                missing.append(found)
            else:
                sensors.extend(found)
    if not sensors:
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()
        if not missing:
            missing.append(Missing("nvml", "the driver lists no GPU", REMEDY_DRIVER))
        return Found(missing=tuple(missing))
    sensors.sort(key=lambda sensor: not sensor.is_board)
    return Found(Nvml(pynvml, sensors), tuple(missing))


def _described(pynvml: Any, board: Board) -> list[_Sensor] | Missing:
    """Describe a board; one that cannot be described costs only itself."""
    try:
        return _sensors(pynvml, board)
    except Exception as error:  # noqa: BLE001  (whatever it is, the other boards are read)
        reason = f"it cannot be described: {type(error).__name__}: {error}"[:1000]
        return Missing(f"gpu:{board.index}", reason, REMEDY_DRIVER)


def _sensors(pynvml: Any, board: Board) -> list[_Sensor] | Missing:
    """Describe a board and the scopes beside it, or say why it cannot be metered."""
    capability = _compute_capability(pynvml, board.handle)
    power = board_sensor(pynvml, board.handle, capability)
    refused = refusal(pynvml, pynvml.nvmlDeviceGetTotalEnergyConsumption, board.handle)
    if refused is not None and power is None:
        is_forbidden = getattr(refused, "value", None) == NO_PERMISSION
        remedy = REMEDY_NO_PERMISSION if is_forbidden else REMEDY_NO_ENERGY
        reason = f"it reports neither energy nor power: {refused}"
        return Missing(f"gpu:{board.index}", reason, remedy)
    gpu = _Gpu(board.uuid, board.handle, ConditionsReader(pynvml))
    domain = Domain(
        id=f"gpu:{board.index}",
        device=board.name,
        source=Nvml.name,
        provenance=Provenance.COUNTER if refused is None else Provenance.POWER,
        resolution_s=RESOLUTION_VOLTA_S if capability in _VOLTA else RESOLUTION_S,
        unit_j=1e-3,
        power_limit_w=_power_limit_w(pynvml, board.handle),
        scale=scales.nvidia(board.name, board.uuid),
        note="; ".join(cuda_visible.NOTES[flag] for flag in board.flags),
        power_kind=power.kind if power else "",
        flags=board.flags,
        board=board.uuid,
        parts=tuple(nvml_boards.parts(pynvml, board)),
    )
    sensors = [_Sensor(gpu, domain, power, is_board=True)]
    for name, scope, note in _SCOPES:
        power = scope_sensor(pynvml, board.handle, scope)
        if power is not None:
            beside = replace(
                domain,
                id=f"{domain.id}/{name}",
                device=f"{domain.device} {name}",
                provenance=Provenance.POWER,
                counted=False,
                power_limit_w=None,
                note=note,
                power_kind=power.kind,
            )
            sensors.append(_Sensor(gpu, beside, power, is_board=False))
    return sensors


def _compute_capability(pynvml: Any, handle: Any) -> tuple[int, int] | None:
    try:
        major, minor = pynvml.nvmlDeviceGetCudaComputeCapability(handle)
    except (pynvml.NVMLError, AttributeError):  # or an older pynvml
        return None
    return major, minor


def _power_limit_w(pynvml: Any, handle: Any) -> float:
    try:
        _, highest_mw = pynvml.nvmlDeviceGetPowerManagementLimitConstraints(handle)
    except pynvml.NVMLError:
        return _UNKNOWN_LIMIT_W
    return _LIMIT_MARGIN * highest_mw / 1000 if highest_mw else _UNKNOWN_LIMIT_W


def _middle_ns(before_ns: int) -> int:
    return (before_ns + time.monotonic_ns()) // 2
