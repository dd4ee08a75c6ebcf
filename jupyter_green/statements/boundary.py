"""What the joules of a statement cover, and what they do not: its boundary."""

from __future__ import annotations

from collections.abc import Iterable

from .. import flags
from ..report.members import KIND_NAMES, KINDS
from ..sources.base import Provenance
from ..sources.cpu_estimate import CpuEstimate
from .facts import Facts, Sensor

_HOW = {
    Provenance.COUNTER: "energy counter",
    Provenance.POWER: "power samples, integrated",
    Provenance.ESTIMATE: "estimate by a model, not a measurement",
}
_NAMES = {**KIND_NAMES, "dram": "memory", "other": "the whole board"}
_REMARKABLE = (
    flags.REPLAYED,
    flags.OTHER_METERS,
    flags.HOST_BUSY,
    flags.SHARED,
    flags.WHOLE_BOARD,
    flags.HIDDEN_GPUS,
    flags.NOT_SYNCHRONISED,
    flags.EXTRAPOLATED,
    flags.RESTARTED,
    flags.WRAPS_MISSED,
    flags.LOST,
    flags.HOST_LOST,
    flags.DISAGREES,
    flags.FIRMWARE_MODEL,
)
"""Flags that bear on what the joules cover, or on how far to trust them."""


def hardware(facts: Facts) -> str:
    """Return the devices whose joules were told, such as ``"8 × NVIDIA H100 PCIe"``."""
    found: dict[str, int] = {}
    for sensor in facts.sensors:
        if sensor.kind != "dram":  # a processor's memory has the processor's name
            found[sensor.device] = max(found.get(sensor.device, 0), sensor.count)
    return ", ".join(f"{count} × {name}" if count > 1 else name for name, count in found.items())


def sensors(facts: Facts) -> list[str]:
    """Return a line for each instrument: its device, how it is read, and how far it may be off."""
    return [_sensor(each, facts.runs) for each in facts.sensors]


def covered(facts: Facts) -> list[str]:
    """Return what is in the joules."""
    said = []
    if names := _kinds(s for s in facts.sensors if s.provenance is not Provenance.ESTIMATE):
        said.append(f"Measured: {names}, as the devices' own sensors tell.")
    if names := _kinds(s for s in facts.sensors if _is_other_model(s)):
        said.append(f"Estimated: {names}, by another tool's models.")
    if _has_server_model(facts):
        said.append(
            "Estimated: the processor and the server around it (memory, fans, power supply), from "
            "how busy it was, by a model of servers of its architecture; no GPU is in the estimate."
        )
    if facts.sensors:
        said.append(
            "The joules are gross: those of the whole devices while a run was open, at rest or "
            "not, whoever used them."
        )
    return said


def not_covered(facts: Facts) -> list[str]:
    """Return what is not in the joules."""
    kinds = {sensor.kind for sensor in facts.sensors}
    has_model = _has_server_model(facts)
    said = []
    rest = [
        *(["memory"] if "dram" not in kinds and not has_model and "cpu" in kinds else []),
        "disks",
        "the network",
        *([] if has_model else ["fans", "losses of the power supply"]),
    ]
    said.append(f"Not measured: {', '.join(rest)}, cooling, and other machines that had a part.")
    said.append(
        "Not included: what was used between runs and by work that was not metered; making and "
        "disposing of the hardware."
    )
    if facts.total.unmeasured:
        said.append(
            f"{facts.total.unmeasured} of {facts.runs} runs: nothing could be read, and no joules "
            "count for them."
        )
    said += [
        f"{absence.id} could not be read in {absence.runs} of {facts.runs} runs: "
        f"{absence.reason.rstrip('.')}."
        for absence in facts.absences
    ]
    return said


def remarks(facts: Facts) -> list[str]:
    """Return what else the runs' flags say of the joules."""
    return [
        f"{count} of {facts.runs} runs: {flags.sentence(name)}."
        for name in _REMARKABLE
        if (count := facts.flags.get(name, 0))
    ]


def _has_server_model(facts: Facts) -> bool:
    """Whether our own model of whole servers is in the joules."""
    return any(sensor.source == CpuEstimate.name for sensor in facts.sensors)


def _is_other_model(sensor: Sensor) -> bool:
    return sensor.provenance is Provenance.ESTIMATE and sensor.source != CpuEstimate.name


def _kinds(sensors: Iterable[Sensor]) -> str:
    """Return the kinds of hardware of some sensors, such as ``"CPU and GPU"``."""
    found = {sensor.kind for sensor in sensors}
    return " and ".join(_NAMES[kind] for kind in KINDS if kind in found)


def _sensor(sensor: Sensor, runs: int) -> str:
    count = f"{sensor.count} × " if sensor.count > 1 else ""
    kind = "" if sensor.kind == "other" else f" ({KIND_NAMES[sensor.kind]})"
    every = "" if sensor.provenance is Provenance.ESTIMATE else f", new each {_period(sensor)}"
    scale = ""
    if sensor.factor is not None:
        off = (
            f"{100 * (sensor.factor - 1):.0f} %"
            if sensor.factor < 1.25
            else f"a factor of {sensor.factor:.3g}"
        )
        scale = f"; may be off by {off} in all its figures alike ({sensor.scale_source})"
    return (
        f"{count}{sensor.device}{kind}: {_HOW[sensor.provenance]}, by {sensor.source}{every}"
        f"{scale}; {sensor.runs} of {runs} runs."
    )


def _period(sensor: Sensor) -> str:
    period_s = sensor.resolution_s
    return f"{period_s:g} s" if period_s >= 1 else f"{1000 * period_s:g} ms"
