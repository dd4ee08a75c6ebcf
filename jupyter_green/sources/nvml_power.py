"""NVML's power sensors: which of them a board has, and over which time they average.

NVML API reference. The field ``NVML_FI_DEV_POWER_INSTANT`` is the present power,
``NVML_FI_DEV_POWER_AVERAGE`` a mean over one second. ``nvmlDeviceGetPowerUsage``
is such a mean on Ampere and newer except GA100, and the present power on GA100
and older. The fields have a scope: the GPU (with its memory), the whole module of
a superchip such as Grace Hopper (its GPUs and its CPU), or the GPU's memory. A
driver refuses a scope that the board does not have.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .nvml_errors import refusal

INSTANT = "instant"
AVERAGE = "average"

SCOPE_GPU = 0
SCOPE_MODULE = 1
SCOPE_MEMORY = 2

_FIELDS = ((186, INSTANT), (185, AVERAGE))  # NVML_FI_DEV_POWER_INSTANT, NVML_FI_DEV_POWER_AVERAGE

_GA100 = (8, 0)
"""CUDA compute capability of the GA100 chip (A100, A800, A30), the first of Ampere."""


@dataclass(frozen=True)
class PowerSensor:
    """One power reading of a board: ``read_mw(handle)`` in milliwatts, instant or average."""

    kind: str
    read_mw: Callable[[Any], int]


def board_sensor(
    pynvml: Any, handle: Any, capability: tuple[int, int] | None
) -> PowerSensor | None:
    """Return the best sensor of the board itself: instant, else average, else the plain reading.

    `capability` is the board's CUDA compute capability, ``None`` where it is not
    known; then neither is the kind of the plain reading.
    """
    usage = PowerSensor(_usage_kind(capability), pynvml.nvmlDeviceGetPowerUsage)
    for sensor in (*_field_sensors(pynvml, SCOPE_GPU), usage):
        if refusal(pynvml, sensor.read_mw, handle) is None:
            return sensor
    return None


def scope_sensor(pynvml: Any, handle: Any, scope: int) -> PowerSensor | None:
    """Return the best sensor of another scope, ``None`` where the board has no such scope.

    A scope that shows 0 W is none: what is powered draws something.
    """
    sensors = _field_sensors(pynvml, scope)
    return next((s for s in sensors if _shows_power(s, handle)), None)


def _shows_power(sensor: PowerSensor, handle: Any) -> bool:
    with contextlib.suppress(Exception):  # an older pynvml fails in ways of its own
        return sensor.read_mw(handle) > 0
    return False


def _field_sensors(pynvml: Any, scope: int) -> list[PowerSensor]:
    return [PowerSensor(kind, _field_reader(pynvml, field, scope)) for field, kind in _FIELDS]


def _field_reader(pynvml: Any, field: int, scope: int) -> Callable[[Any], int]:
    def read_mw(handle: Any) -> int:
        value = pynvml.nvmlDeviceGetFieldValues(handle, [(field, scope)])[0]
        if value.nvmlReturn:
            raise pynvml.NVMLError(value.nvmlReturn)
        return int(value.value.uiVal)

    return read_mw


def _usage_kind(capability: tuple[int, int] | None) -> str:
    if capability is None:
        return ""
    return AVERAGE if capability > _GA100 else INSTANT
