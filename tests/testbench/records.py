"""Real records of many kinds, as a meter in virtual time and its sums make them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_green.meter.baseline import Baseline
from jupyter_green.meter.meter import Meter
from jupyter_green.report.fields import Share
from jupyter_green.report.report import Report
from jupyter_green.sources import scales
from jupyter_green.sources.base import Missing, Provenance

from .machine import Machine
from .reports import domain, estimate, report

CHANGING = [(0.4, 90.0), (1.3, 35.0), (2.1, 160.0), (3.0, 60.0), (4.2, 110.0)]
BASELINE = Baseline(
    "2026-01-01T12:00:00.000Z",
    10.0,
    {"cpu:0/package": 12.0, "cpu:0/dram": 2.0, "gpu:0": 60.0, "gpu:1": 20.0},
    {"cpu:0/package": 0.2, "cpu:0/dram": 0.1, "gpu:0": 0.8, "gpu:1": 0.5},
)
SHARE = Share(0.431, 0.02, 93.1, 4.2, {"gpu:0": 0.8})
MISSING = Missing("rapl", "no RAPL zone", "Measure on the host.")
PROCESSOR = scales.rapl("cpu:0", "package", "Intel(R) Xeon(R)")
BOARD = scales.nvidia("NVIDIA H100 PCIe", "GPU-0123456789ab")
MODEL = replace(PROCESSOR, factor=2.0, group="CPU model: some")


def real_records(folder: Path) -> dict[str, dict[str, Any]]:
    """Return records by what they are of, as JSON gives them back."""
    return {name: json.loads(json.dumps(made.to_dict())) for name, made in _reports(folder).items()}


def _reports(folder: Path) -> dict[str, Report]:
    with Machine.create(folder) as machine, machine.meter() as meter:
        truth = machine.truth
        truth.add("cpu:0/package", power_w=50.0).schedule(CHANGING)
        truth.add("cpu:0/dram", power_w=8.0, offset=10_000_000)
        truth.add("cpu:0/core", power_w=30.0, offset=12_000_000)
        truth.add("gpu:0", power_w=70.0, phase_s=0.013, pids=(1, 2)).schedule(CHANGING)
        truth.add("gpu:1", power_w=30.0, phase_s=0.04, has_energy=False)
        meter.baseline = BASELINE
        whole = _window(machine, meter, 6.0, "fit", "training")
        short = _window(machine, meter, 0.02, None, None)
        truth["gpu:0"].fail(2.0)
        failed = _window(machine, meter, 4.0, "with failed reads", "training")
        window = meter.begin("with a gap")
        machine.sleep(1.0)
        meter.kill_sampler()
        machine.sleep(2.0)
        gap = window.end()
    by_scale = {"cpu:0/package": PROCESSOR, "gpu:0": BOARD}
    scaled = {i: replace(d, scale=by_scale.get(i)) for i, d in whole.domains.items()}
    parts = replace(whole, domains=scaled, share=SHARE, missing=(MISSING,))
    estimated = report(estimate(scale=MODEL, note="two cores busy"), at_s=60, label="estimated")
    mixed = report(
        estimate(scale=MODEL),
        domain("gpu:0", provenance=Provenance.POWER, scale=BOARD),
        at_s=120,
        metric={"accuracy": 0.9, "epochs": 3},
        per_count=1000,
        per_unit="image",
    )
    return {
        "a window with net joules, scales and a share": parts,
        "a window below the resolution": short,
        "failed reads": failed,
        "a gap": gap,
        "an estimate": estimated,
        "measured and estimated": mixed,
        "a sum": estimated + mixed,
        "nothing read": replace(
            report(at_s=180), missing=(MISSING,), domains={}, flags=("host-busy",)
        ),
        "a sum of windows": _sum(parts, failed),
        "a sum of two hosts": _sum(parts, _elsewhere(failed)),
    }


def _window(
    machine: Machine, meter: Meter, seconds: float, label: str | None, stage: str | None
) -> Report:
    window = meter.begin(label, stage=stage)
    machine.sleep(seconds)
    return window.end()


def _elsewhere(made: Report) -> Report:
    """Return a report as another host with boards of its own makes one."""
    domains = {
        id_: replace(each, board=f"GPU-{id_[4:]}123-4567" if id_.startswith("gpu") else None)
        for id_, each in made.domains.items()
    }
    return replace(made, host="another-host", domains=domains)


def _sum(first: Report, second: Report) -> Report:
    """Add reports of virtual time, whose wall clocks stand still."""
    later = replace(second, started_at="2026-01-01T13:00:00.000Z")
    return replace(first, started_at="2026-01-01T12:00:00.000Z") + later
