"""OpenTelemetry's ``hw.energy``: as a line of OTLP JSON, and as a counter of a program's own.

Names and attributes are those of the semantic conventions for hardware metrics
(opentelemetry.io/docs/specs/semconv/hardware/energy/): joules, ``hw.id``, ``hw.type``. No sensor
here reads a whole host, so there is no ``hw.host.energy``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from .._version import __version__
from ..intake.places import LEDGER_VARIABLE, ledger_folder
from ..ledger.metered import Metered
from ..report.members import Kind, kind_of
from .devices import Device, by_device
from .project import last_ended_s
from .rising import Counted, advanced
from .selection import Selection, Written
from .texts import encodable

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

NAME = "hw.energy"
DESCRIPTION = "Energy of a device in all metered windows, each joule once"
AT_LEAST = "jupyter_green.at_least.windows"
_AT_LEAST_IS = "Windows not metered to their end: they used at least what is counted"
_SCOPE = "jupyter_green"
_TYPES: Mapping[Kind, str] = {"cpu": "cpu", "dram": "memory", "gpu": "gpu", "other": "other"}
_CUMULATIVE = 2


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write the counters as one line of OTLP JSON, which a collector's file receiver reads."""
    metered = selection.metered()
    metrics = [_energy(metered), *_at_least(metered)] if metered else []
    scope = {"name": _SCOPE, "version": __version__}
    line = {
        "resourceMetrics": [
            {
                "resource": {"attributes": _attributes({"service.name": "jupyter-green"})},
                "scopeMetrics": [{"scope": scope, "metrics": metrics}],
            }
        ]
    }
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    out.write(text.encode() + b"\n")
    return Written(len(metered))


def observe(provider: MeterProvider, ledger: Path | None = None) -> None:
    """Let a program's OpenTelemetry show the joules of a ledger as a counter ``hw.energy``.

    The ledger is read whenever the provider's reader collects. The counter never falls.

    Parameters
    ----------
    provider
        The program's own, with the exporter that it uses.
    ledger
        The ledger's folder; the one that this program meters into, where it is ``None``.

    Raises
    ------
    ImportError
        Without ``opentelemetry-api``, which the extra ``otel`` installs.
    ValueError
        Where there is no ledger.
    """
    try:
        from opentelemetry.metrics import Observation
    except ImportError:
        raise ImportError("this needs pip install 'jupyter-green[otel]'") from None
    folder = ledger or ledger_folder()
    if folder is None:
        raise ValueError(f"the ledger is off: set {LEDGER_VARIABLE} to `on` or to a folder")
    last: dict[Device, Counted] = {}
    lock = threading.Lock()

    def collect(_: CallbackOptions) -> Iterable[Observation]:
        sums_j = by_device(Selection(folder).metered())
        with lock:
            last.update(advanced(last, sums_j))
            return [Observation(each.shown_j, _names(device)) for device, each in last.items()]

    meter = provider.get_meter(_SCOPE, __version__)
    meter.create_observable_counter(NAME, [collect], unit="J", description=DESCRIPTION)


def _energy(metered: Sequence[Metered]) -> dict[str, Any]:
    begin_ns = _nanoseconds(min(each.started_s for each in metered))
    end_ns = _nanoseconds(last_ended_s(metered))
    points = [
        {
            "attributes": _attributes(_names(device)),
            "startTimeUnixNano": str(begin_ns),
            "timeUnixNano": str(end_ns),
            "asDouble": energy_j,
        }
        for device, energy_j in by_device(metered).items()
    ]
    counter = {
        "dataPoints": points,
        "aggregationTemporality": _CUMULATIVE,
        "isMonotonic": True,
    }
    return {"name": NAME, "description": DESCRIPTION, "unit": "J", "sum": counter}


def _at_least(metered: Sequence[Metered]) -> list[dict[str, Any]]:
    """Return how many windows were not metered to their end; no metric where there are none."""
    count = sum(each.is_at_least for each in metered)
    if not count:
        return []
    point = {"timeUnixNano": str(_nanoseconds(last_ended_s(metered))), "asInt": str(count)}
    gauge = {"dataPoints": [point]}
    return [
        {"name": AT_LEAST, "description": _AT_LEAST_IS, "unit": "{window}", "gauge": gauge},
    ]


def _nanoseconds(at_s: float) -> int:
    """Return a time in nanoseconds since 1970; the ledger has it in milliseconds."""
    return round(at_s * 1000) * 1_000_000


def _names(device: Device) -> dict[str, str]:
    return {
        "hw.id": str(encodable(device.id)),
        "hw.type": _TYPES[kind_of(device.domain)],
        "jupyter_green.provenance": device.how,
    }


def _attributes(names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in names.items()]
