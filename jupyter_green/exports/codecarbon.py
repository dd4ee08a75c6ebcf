"""CodeCarbon's CSV: its 38 columns in their order, kilowatt-hours, watts and kilograms.

The columns are those of ``EmissionsData`` of CodeCarbon 3.3.2 (``output_methods``, MIT licence).
A file with any others it would move away. As there, energy and power hold the building's share
where a PUE was given. What the ledger does not know is empty, never 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, BinaryIO

from ..carbon import emissions
from ..carbon.emissions import NO_PUE
from ..ledger.emitted import Factor
from ..ledger.metered import Metered
from ..report.members import Kind, kind_of
from ..report.report import Report
from ..sources.base import Provenance
from .columns import by_hardware
from .comma_separated import write_rows
from .project import name_of
from .selection import Selection, Written, kwh

COLUMNS = (
    *("timestamp", "project_name", "run_id", "experiment_id", "duration"),
    *("emissions", "emissions_rate", "cpu_power", "gpu_power", "ram_power"),
    *("cpu_energy", "gpu_energy", "ram_energy", "energy_consumed", "water_consumed"),
    *("country_name", "country_iso_code", "region", "cloud_provider", "cloud_region"),
    *("os", "python_version", "codecarbon_version"),
    *("cpu_count", "cpu_model", "gpu_count", "gpu_model"),
    *("longitude", "latitude", "ram_total_size", "tracking_mode"),
    *("cpu_utilization_percent", "gpu_utilization_percent", "ram_utilization_percent"),
    *("ram_used_gb", "on_cloud", "pue", "wue"),
)
_HARDWARE: Mapping[Kind, str] = {"cpu": "cpu", "gpu": "gpu", "dram": "ram"}
"""Our kinds of hardware, and the name of each there."""
_ESTIMATED = "hold estimated joules, which CodeCarbon's columns cannot tell from measured ones"
_AT_LEAST = (
    "were not metered to their end, so that their joules are a lower bound, "
    "which CodeCarbon's columns cannot tell"
)
_USA = {"country_name": "United States", "country_iso_code": "USA"}


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write the windows as CodeCarbon writes its runs."""
    untold = Counter[str]()
    count = write_rows(out, COLUMNS, _rows(selection, untold))
    notes = (
        f"{windows} of {count} windows {what}: `csv` can"
        for what, windows in untold.items()
        if windows
    )
    return Written(count, tuple(notes))


def _rows(selection: Selection, untold: Counter[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each window; count the windows of which a row cannot tell all."""
    for metered, report in selection.windows():
        domains = report.domains.values()
        untold[_ESTIMATED] += any(
            d.counted and d.provenance is Provenance.ESTIMATE for d in domains
        )
        untold[_AT_LEAST] += report.is_at_least
        yield _row(metered, report, selection.factor)


def _row(metered: Metered, report: Report, factor: Factor | None) -> dict[str, Any]:
    pue = factor.pue if factor else NO_PUE
    of_kind = by_hardware(report)
    gpus = [domain.device for domain in report.domains.values() if kind_of(domain.id) == "gpu"]
    cpus = [domain.device for domain in report.domains.values() if kind_of(domain.id) == "cpu"]
    found: dict[str, Any] = dict.fromkeys(COLUMNS)
    found |= {
        "timestamp": _ended(metered),
        "project_name": name_of(metered) or metered.notebook or metered.label,
        "run_id": metered.run_id,
        "experiment_id": metered.session,
        "duration": report.duration_s,
        "codecarbon_version": f"jupyter-green {report.meter_version}",
        "cpu_model": cpus[0] if cpus else None,
        "gpu_count": len(gpus) or None,
        "gpu_model": " + ".join(f"{n} x {name}" for name, n in Counter(gpus).items()) or None,
        "tracking_mode": "machine",
        "gpu_utilization_percent": _utilization_percent(report),
        "pue": pue,
    }
    for kind, name in _HARDWARE.items():
        energy_j = of_kind[kind]
        if energy_j is not None:
            found[f"{name}_energy"] = kwh(energy_j * pue)
            found[f"{name}_power"] = _per_second(energy_j * pue, report)
    if report.energy_j is not None:
        found["energy_consumed"] = kwh(report.energy_j * pue)
        found |= _emissions(report, factor) if factor else {}
    return found


def _emissions(report: Report, factor: Factor) -> dict[str, Any]:
    assert report.energy_j is not None
    emissions_kg = emissions(report.energy_j, report.uncertainty_j, *factor).emissions_g / 1000
    found = {"emissions": emissions_kg, "emissions_rate": _per_second(emissions_kg, report)}
    code, name = factor.intensity.code, factor.intensity.place
    if code is None:
        return found
    if code.startswith("US-"):
        return {**found, **_USA, "region": name}
    return {**found, "country_name": name, "country_iso_code": code}


def _per_second(value: float, report: Report) -> float | None:
    return value / report.duration_s if report.duration_s else None


def _ended(metered: Metered) -> str:
    """Return when it ended, in UTC: the same wherever it is exported."""
    began = datetime.fromtimestamp(metered.started_s, timezone.utc)
    return (began + timedelta(seconds=metered.duration_s)).strftime("%Y-%m-%dT%H:%M:%S")


def _utilization_percent(report: Report) -> float | None:
    found = [
        domain.conditions["utilization_percent"]
        for domain in report.domains.values()
        if kind_of(domain.id) == "gpu" and "utilization_percent" in domain.conditions
    ]
    return sum(found) / len(found) if found else None
