"""Made-up reports, for what is done with reports."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

from jupyter_green.report.addition import total_provenance
from jupyter_green.report.fields import DomainReport, ReportTrace
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Provenance

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def domain(id_="cpu:0/package", energy_j=100.0, uncertainty_j=1.0, **fields) -> DomainReport:
    known = {
        "device": f"device of {id_}",
        "source": "rapl",
        "mean_power_w": energy_j / 2,
        "provenance": Provenance.COUNTER,
        "resolution_s": 0.001,
        "counted": True,
    }
    return DomainReport(
        id=id_, energy_j=energy_j, uncertainty_j=uncertainty_j, **{**known, **fields}
    )


def estimate(energy_j=10.0, uncertainty_j=4.0, **fields) -> DomainReport:
    return domain(
        "cpu", energy_j, uncertainty_j, provenance=Provenance.ESTIMATE, source="estimate", **fields
    )


def report(*domains: DomainReport, at_s: float = 0.0, points: int = 21, **fields) -> Report:
    """A window of two seconds, `at_s` after noon, in which each domain draws its mean power."""
    counted = [d for d in domains if d.counted]
    energy_j = sum(d.energy_j for d in counted) if counted else None
    started_at = (NOON + timedelta(seconds=at_s)).isoformat(timespec="milliseconds")
    t_s = tuple(2.0 * i / (points - 1) for i in range(points))
    known = {
        "run_id": f"run-at-{at_s}",
        "status": "ok",
        "started_at": started_at.replace("+00:00", "Z"),
        "duration_s": 2.0,
        "energy_j": energy_j,
        "uncertainty_j": math.hypot(*(d.uncertainty_j for d in counted)) if counted else None,
        "provenance": total_provenance(d.provenance.value for d in counted),
        "mean_power_w": energy_j / 2 if counted else None,
        "peak_power_w": energy_j / 2 if counted else None,
        "domains": {d.id: d for d in domains},
        "missing": (),
        "trace": ReportTrace(
            t_s, {d.id: (None, *[d.mean_power_w] * (points - 1)) for d in domains}
        ),
        "gaps": (),
        "meter_version": "0",
        "interval_s": 0.1,
    }
    return Report(**{**known, **fields})
