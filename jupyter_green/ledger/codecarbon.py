"""The runs in an ``emissions.csv`` of CodeCarbon, as reports.

The file has kilowatt-hours of processor, GPUs and memory, with what the building takes where a
PUE was given: that is taken out, as joules here are those of the devices. It does not say how they
were read. CodeCarbon 3.3.2 reads the counters of GPUs and models the memory; a processor it reads,
or models where it cannot (``core/measure.py``, ``external/hardware.py``): so it counts as
estimated, with the range of a processor that our own table lacks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from ..report.fields import MIXED, DomainReport, ReportTrace
from ..report.report import Report
from ..sources import scales
from ..sources.base import Provenance, Scale
from ..sources.cpu_estimate import coefficients

NEEDED = ("timestamp", "run_id", "duration", "energy_consumed")
"""The columns without which a file is none of CodeCarbon's."""
TASKS = "task_name"
"""The column of a file of a run's tasks, whose joules are the run's."""
_J_PER_KWH = 3.6e6
_INTERVAL_S = 15.0
"""CodeCarbon's default; the file does not say it."""
_COUNTER_STEP_S = 0.1
"""How often the counters of boards go on (Yang et al. 2024): either edge is that uncertain."""
_NOTE = (
    "Imported from CodeCarbon {version}, whose file has no uncertainty, and does not say whether "
    "the processor was read or modelled."
)


class Run(NamedTuple):
    """A run, and where it belongs."""

    report: Report
    context: Mapping[str, Any]


def runs(rows: Iterable[Mapping[str, str | None]]) -> Iterator[Run]:
    """Yield the runs of a file's rows.

    Raises
    ------
    ValueError
        For a row that cannot be read; the message names the line and the column.
    """
    for line, row in enumerate(rows, start=2):
        yield _run_of(line, row)


def _run_of(line: int, row: Mapping[str, str | None]) -> Run:
    try:
        return _run(row)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"line {line}: {error}") from None


def _run(row: Mapping[str, str | None]) -> Run:
    if None in row or None in row.values():
        raise ValueError("it has more or fewer cells than the first line has names")
    duration_s = _number(row, "duration")
    ended = datetime.fromisoformat(str(row["timestamp"])).astimezone(timezone.utc)
    began = (ended - timedelta(seconds=duration_s)).isoformat(timespec="milliseconds")
    version = row.get("codecarbon_version") or "of an unknown version"
    domains = {domain.id: domain for domain in _domains(row, duration_s)}
    energy_j = math.fsum(domain.energy_j for domain in domains.values())
    how = {domain.provenance.value for domain in domains.values()}
    project = row.get("project_name") or None
    report = Report(
        run_id=str(row["run_id"]),
        status="ok",
        started_at=began.replace("+00:00", "Z"),
        duration_s=duration_s,
        energy_j=energy_j if domains else None,
        uncertainty_j=_together(domains.values()) if domains else None,
        provenance=(how.pop() if len(how) == 1 else MIXED) if domains else None,
        mean_power_w=_mean_w(energy_j, duration_s) if domains else None,
        peak_power_w=None,
        domains=domains,
        missing=(),
        trace=ReportTrace(),
        gaps=(),
        meter_version=f"codecarbon {version}",
        interval_s=_INTERVAL_S,
        label=project and project[:200],
        notes=(_NOTE.format(version=version)[:300],),
    )
    context = {
        "project": project,
        "session": row.get("experiment_id") or None,
        "origin": f"codecarbon {version}",
        # Of the rows of one run, which CodeCarbon may write while it goes on, the last counts.
        "written_ns": 1 + round(duration_s * 1000),
    }
    return Run(report, context)


def _domains(row: Mapping[str, str | None], duration_s: float) -> Iterator[DomainReport]:
    pue = _number(row, "pue") if row.get("pue") else 1.0
    if pue < 1:
        raise ValueError(f"pue is {row['pue']}, expected 1 or more")
    modelled = Scale(
        coefficients(None).scale.factor,
        "CodeCarbon's models",
        "as a model of a processor that our table lacks: the file says nothing of it",
    )
    parts = [
        ("cpu", "cpu", row.get("cpu_model") or "processor", Provenance.ESTIMATE, modelled),
        ("ram", "dram", "memory", Provenance.ESTIMATE, modelled),
        ("gpu", "gpu", row.get("gpu_model") or "GPUs", Provenance.COUNTER, None),
    ]
    if not any(row.get(f"{name}_energy") for name, *_ in parts):
        parts = [("", "host", "the whole computer", Provenance.ESTIMATE, modelled)]
    for name, id_, device, provenance, scale in parts:
        column = f"{name}_energy" if name else "energy_consumed"
        energy_j = _number(row, column) * _J_PER_KWH / pue if row.get(column) else 0.0
        if not energy_j:
            continue
        mean_w = _mean_w(energy_j, duration_s)
        is_counter = provenance is Provenance.COUNTER
        yield DomainReport(
            id=id_,
            device=device[:200],
            source="codecarbon",
            energy_j=energy_j,
            uncertainty_j=min(energy_j, mean_w * _COUNTER_STEP_S) if is_counter else 0.0,
            mean_power_w=mean_w,
            provenance=provenance,
            resolution_s=_COUNTER_STEP_S if is_counter else _INTERVAL_S,
            counted=True,
            scale=scale or scales.nvidia(device, device[:60]),
        )


def _number(row: Mapping[str, str | None], column: str) -> float:
    text = row[column] or ""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found < 1e12:
        raise ValueError(f"{column} is {text[:40]!r}, expected a number of 0 or more")
    return found


def _mean_w(energy_j: float, duration_s: float) -> float:
    return energy_j / duration_s if duration_s else 0.0


def _together(domains: Iterable[DomainReport]) -> float:
    return math.hypot(*(domain.uncertainty_j for domain in domains))
