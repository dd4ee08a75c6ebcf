"""`report.plot()` of a training cell, as a replayed machine saw it.

The report is made up, so that the picture is the same on every machine.
"""

from __future__ import annotations

import math
from pathlib import Path

from jupyter_green.report.fields import DomainReport, ReportTrace
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Provenance

SECONDS = 24.0
STEP_S = 0.1


def watts(t_s: float) -> dict[str, float]:
    """Epochs of 6 s on a GPU, fed by a processor that works between them."""
    phase = t_s % 6.0 / 6.0
    busy = 1.0 if 0.12 < phase < 0.85 else 0.0
    ripple = math.sin(9 * t_s) + 0.6 * math.sin(23 * t_s)
    return {
        "gpu:0": 62 + busy * (231 + 9 * ripple),
        "cpu:0/package": 41 + (1 - busy) * 38 + 3 * ripple,
        "cpu:0/dram": 6.5 + 2.5 * busy + 0.3 * ripple,
    }


def example() -> Report:
    """Return the report of the made-up cell."""
    t_s = [STEP_S * i for i in range(round(SECONDS / STEP_S))]
    curves = {id_: [watts(t)[id_] for t in t_s] for id_ in watts(0.0)}
    devices = {
        "gpu:0": ("NVIDIA A100-SXM4-40GB", "nvml", 0.1),
        "cpu:0/package": ("Intel Xeon Gold 6338", "rapl", 0.001),
        "cpu:0/dram": ("Intel Xeon Gold 6338", "rapl", 0.001),
    }
    domains = {}
    for id_, curve in curves.items():
        device, source, resolution_s = devices[id_]
        energy_j = sum(curve) * STEP_S
        domains[id_] = DomainReport(
            id=id_,
            device=device,
            source=source,
            energy_j=energy_j,
            uncertainty_j=max(0.4, energy_j * resolution_s * 0.04),
            mean_power_w=energy_j / SECONDS,
            provenance=Provenance.COUNTER,
            resolution_s=resolution_s,
            counted=True,
        )
    total_j = sum(domain.energy_j for domain in domains.values())
    uncertainty_j = math.hypot(*(domain.uncertainty_j for domain in domains.values()))
    return Report(
        run_id="example",
        status="ok",
        started_at="2026-01-01T12:00:00.000Z",
        duration_s=SECONDS,
        energy_j=total_j,
        uncertainty_j=uncertainty_j,
        provenance="counter",
        mean_power_w=total_j / SECONDS,
        peak_power_w=max(sum(watts(t).values()) for t in t_s),
        domains=domains,
        missing=(),
        trace=ReportTrace(
            t_s=tuple(t_s), power_w={id_: (None, *curve[1:]) for id_, curve in curves.items()}
        ),
        gaps=(),
        meter_version="example",
        interval_s=STEP_S,
        label="fit: 4 epochs",
        net_energy_j=total_j - 104.0 * SECONDS,
        net_uncertainty_j=math.hypot(uncertainty_j, 1.2 * SECONDS),
    )


def draw(image: Path) -> None:
    """Draw the picture."""
    example().plot().savefig(image, dpi=144)
