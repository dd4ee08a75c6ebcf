"""What a GPU is doing beside using energy, read through NVML.

Each call costs time, so what a board refuses once is not asked for again.
"""

from __future__ import annotations

from typing import Any

from .base import Conditions
from .nvml_errors import REFUSALS

# nvml.h, "Clocks Event Reasons" (before CUDA 12.2 "Throttle Reasons"). A board at its power limit
# (SW_POWER_CAP, 0x4) works as it is meant to, most of its life long. HW_SLOWDOWN stands for heat,
# for the power brake and for a draw that is too high, "may be also reported during PState or clock
# change", and so counts where it is seen twice in a row.
_HW_SLOWDOWN = 0x8
_SW_THERMAL, _HW_THERMAL, _HW_POWER_BRAKE = 0x20, 0x40, 0x80
_THROTTLES = _SW_THERMAL | _HW_THERMAL | _HW_POWER_BRAKE


class ConditionsReader:
    """Reads one board. Keeps what the board refused and which samples were seen."""

    def __init__(self, pynvml: Any) -> None:
        self._pynvml = pynvml
        self._refused: set[str] = set()
        self._seen_us = 0
        self._was_slowed = False
        """Whether the hardware held the clocks back when it was last asked."""

    def read(self, handle: Any) -> Conditions:
        """Ask for each part; a part that the board does not give is ``None`` or empty."""
        rates = self._ask("nvmlDeviceGetUtilizationRates", handle)
        limit_mw = self._ask("nvmlDeviceGetEnforcedPowerLimit", handle)
        return Conditions(
            utilization_percent=None if rates is None else float(rates.gpu),
            temperature_c=self._temperature_c(handle),
            power_limit_w=None if limit_mw is None else limit_mw / 1000,
            process_ids=self._process_ids(handle),
            process_percent=self._process_percent(handle),
            is_throttled=self._is_throttled(handle),
        )

    def _ask(self, function: str, *arguments: Any) -> Any | None:
        if function in self._refused:
            return None
        try:
            return getattr(self._pynvml, function)(*arguments)
        except self._pynvml.NVMLError as error:
            if error.value in REFUSALS:
                self._refused.add(function)
            return None
        except AttributeError:  # an older pynvml has no such function
            self._refused.add(function)
            return None

    def _temperature_c(self, handle: Any) -> float | None:
        sensor = self._pynvml.NVML_TEMPERATURE_GPU
        celsius = self._ask("nvmlDeviceGetTemperature", handle, sensor)
        return None if celsius is None else float(celsius)

    def _process_ids(self, handle: Any) -> tuple[int, ...] | None:
        computing = self._processes("Compute", handle)
        if computing is None:
            return None
        drawing = self._processes("Graphics", handle) or []
        return tuple(sorted({process.pid for process in (*computing, *drawing)}))

    def _is_throttled(self, handle: Any) -> bool:
        """Ask why the clocks are as they are, by the present name or that of older drivers."""
        for name in ("Event", "Throttle"):
            reasons = self._ask(f"nvmlDeviceGetCurrentClocks{name}Reasons", handle)
            if reasons is not None:
                was_slowed, self._was_slowed = self._was_slowed, bool(reasons & _HW_SLOWDOWN)
                return bool(reasons & _THROTTLES) or (was_slowed and self._was_slowed)
        return False

    def _processes(self, kind: str, handle: Any) -> list[Any] | None:
        """Ask in the present form, or in that of the drivers before 510, or of an old `pynvml`."""
        for version in ("_v3", "_v2", ""):
            found = self._ask(f"nvmlDeviceGet{kind}RunningProcesses{version}", handle)
            if found is not None:
                return list(found)
        return None

    def _process_percent(self, handle: Any) -> tuple[tuple[int, float], ...]:
        """Return the newest sample of each process since the last call, if there are any.

        The driver's answer may hold empty, old and impossible samples beside them.
        """
        samples = self._ask("nvmlDeviceGetProcessUtilization", handle, self._seen_us) or []
        fresh = sorted(
            (s.timeStamp, s.pid, float(s.smUtil))
            for s in samples
            if s.timeStamp > self._seen_us and s.smUtil <= 100
        )
        if fresh:
            self._seen_us = fresh[-1][0]
        return tuple(sorted({pid: percent for _, pid, percent in fresh}.items()))
