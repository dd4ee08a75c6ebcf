"""A project's runs, as statements are made of: two GPUs that are measured, a CPU that is not."""

from __future__ import annotations

from jupyter_green.report.fields import DomainReport
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Missing, Provenance, Scale

from .handed_in import report

MISSING = Missing("rapl", "/sys/class/powercap has no RAPL zone", "measure on the host")


def gpu(number: int, energy_j: float) -> DomainReport:
    """Return what a board with a counter used."""
    return DomainReport(
        id=f"gpu:{number}",
        device="NVIDIA H100 PCIe",
        source="nvml",
        energy_j=energy_j,
        uncertainty_j=2.0,
        mean_power_w=energy_j / 5,
        provenance=Provenance.COUNTER,
        resolution_s=0.02,
        counted=True,
        scale=Scale(1.1, f"board {number}", "a study"),
        board=f"GPU-{number}",
    )


def cpu(energy_j: float) -> DomainReport:
    """Return what a processor without a counter used, by a model."""
    return DomainReport(
        id="cpu",
        device="AMD EPYC 7763 (32 vCPU)",
        source="cpu-estimate",
        energy_j=energy_j,
        uncertainty_j=1.0,
        mean_power_w=energy_j / 5,
        provenance=Provenance.ESTIMATE,
        resolution_s=0.01,
        counted=True,
        scale=Scale(1.7, "CPU model: EPYC", "a table"),
    )


def run(at_s: int = 0, *domains: DomainReport, **fields: object) -> Report:
    """Return a run of 5 s that began so many seconds after three o'clock: 1 000 J and ≈ 100 J."""
    found = domains or (gpu(0, 600.0), gpu(1, 400.0), cpu(100.0))
    values = {
        "started_at": f"2026-05-04T03:{at_s // 60:02}:{at_s % 60:02}.000Z",
        "domains": {domain.id: domain for domain in found},
        "energy_j": sum(domain.energy_j for domain in found),
        "provenance": "mixed",
        "missing": (MISSING,),
        "notebook": "train.ipynb",
    }
    return report(**{**values, **fields})


def unread(at_s: int = 0, **fields: object) -> Report:
    """Return a run of which nothing could be read."""
    none = {"energy_j": None, "uncertainty_j": None, "provenance": None, "mean_power_w": None}
    return run(at_s, **{**none, "peak_power_w": None, "domains": {}, **fields})


def project() -> list[Report]:
    """Return a project's runs: one cell failed, then ran well twice; data; a block within it."""
    return [
        run(0, label="fit", stage="training", status="error"),
        run(10, label="fit", stage="training"),
        run(20, label="fit", stage="training"),
        run(30, cell_id="abc", execution_count=4, stage="data", status="interrupted"),
        run(40, gpu(0, 60.0), gpu(1, 40.0), cpu(10.0), cell_id="abc", execution_count=5),
        run(41, gpu(0, 20.0), cpu(5.0), label="inner", duration_s=2.0),
    ]
