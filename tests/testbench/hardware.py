"""The devices of the truth as a source of a machine in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_green.sources.base import Conditions, Domain, Provenance, Reading, Source

from .truth import Device

if TYPE_CHECKING:
    from .machine import Machine

READ_NS = 5_000
"""How long a call takes that does not hang."""
CONDITIONS_CALLS = 7
"""How many calls it takes to ask what a board is doing."""
THROTTLES = 0xE0
"""nvml.h: slowed down by heat, by software or hardware, or by the power brake."""


class Hardware(Source):
    """The devices of the truth that begin with a prefix, on the machine's clock."""

    def __init__(self, machine: Machine, name: str, devices: Sequence[Device]) -> None:
        self.name = name
        self.may_hang = name == "nvml"
        self.has_conditions = self.may_hang or any(device.power_limit_w for device in devices)
        self._machine = machine
        self._devices = devices
        self._domains = [self._domain(device) for device in devices]

    def _domain(self, device: Device) -> Domain:
        has_energy = bool(device.knob("has_energy"))
        is_scope = self.may_hang and "/" in device.name
        limit_w = device.power_limit_w or None
        return Domain(
            id=device.name,
            device=device.knob("label").decode(),
            source=self.name,
            provenance=Provenance.COUNTER if has_energy else Provenance.POWER,
            resolution_s=0.1 if self.may_hang else 0.001,
            counted=not is_scope
            and not device.name.endswith(("core", "uncore"))
            and device.name != "psys",
            unit_j=device.unit_j,
            wrap_range=device.wrap_range or None,
            power_limit_w=2 * limit_w if limit_w else None,
            power_kind=self._power_kind(device),
            board=device.uuid if self.may_hang and "/" not in device.name else "",
        )

    def _power_kind(self, device: Device) -> str:
        if not self.may_hang:
            return ""
        return "instant" if device.knob("has_power_fields") else "average"

    @property
    def domains(self) -> Sequence[Domain]:
        return self._domains

    @property
    def is_slow(self) -> bool:
        """Whether calls take their time."""
        return any(device.knob("call_cost_ns") for device in self._devices)

    def _call(self, device: Device, calls: int = 1) -> None:
        """Let a call take its time; the driver shows what there is at its end."""
        self._machine.spend(READ_NS)
        if cost_ns := device.knob("call_cost_ns"):
            self._machine.driver_s += calls * cost_ns * 1e-9
            self._machine.take(calls * cost_ns)

    def read(self, index: int) -> Reading:
        reading = self.poll(index)
        device = self._devices[index]
        if reading.error or not self.may_hang or not device.knob("has_energy"):
            return reading
        self._call(device)
        return Reading(reading.t_ns, reading.counter, self._power_w(device, reading.t_ns))

    def poll(self, index: int) -> Reading:
        device = self._devices[index]
        begin_ns = self._machine.now_ns
        self._call(device)
        t_ns = (begin_ns + self._machine.now_ns) // 2
        if fault := device.fault(self._machine.now_ns):
            return Reading(t_ns, error=f"{device.name}: {fault}")
        if not device.knob("has_energy"):
            return Reading(t_ns, power_w=self._power_w(device, t_ns))
        return Reading(t_ns, device.counter(self._machine.now_ns - READ_NS // 2))

    @staticmethod
    def _power_w(device: Device, t_ns: int) -> float:
        is_instant = bool(device.knob("has_power_fields"))
        return device.shown_power_mw(t_ns, instant=is_instant) / 1000

    def conditions(self, index: int) -> Conditions | None:
        device = self._devices[index]
        if not self.may_hang:
            limit_w = device.power_limit_w
            return Conditions(power_limit_w=limit_w) if limit_w else None
        if "/" in device.name:
            return None
        self._call(device, CONDITIONS_CALLS)
        return Conditions(
            utilization_percent=float(device.knob("utilization_percent")),
            temperature_c=float(device.knob("temperature_c")),
            power_limit_w=device.power_limit_w,
            process_ids=tuple(device.knob("pids")[: device.knob("pid_count")]),
            process_percent=tuple(
                (device.knob("pids")[n], float(percent))
                for n in range(device.knob("pid_count"))
                if (percent := device.knob("sm_percents")[n])
            ),
            is_throttled=bool(device.knob("clocks_event_reasons") & THROTTLES),
        )

    def close(self) -> None:
        pass
