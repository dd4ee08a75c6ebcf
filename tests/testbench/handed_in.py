"""What meters hand in to a ledger, without a meter: reports, entries, files of the intake."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

from jupyter_green.intake import lines
from jupyter_green.intake.owner import Owner, owner_of
from jupyter_green.intake.places import intake_folder
from jupyter_green.intake.writer import METER, SAMPLER, Writer
from jupyter_green.report.fields import DomainReport, ReportTrace
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Provenance, Scale
from jupyter_green.sources.machine import host

GONE = owner_of(os.getpid())._replace(start=1)
"""A process that has ended, whose id was used again."""
_numbers = itertools.count()
S = 1_000_000_000


def report(run_id: str | None = None, **fields: Any) -> Report:
    """Return a report of 50 J in 5 s."""
    domain = DomainReport(
        id="cpu:0/package",
        device="a processor",
        source="rapl",
        energy_j=fields.get("energy_j", 50.0),
        uncertainty_j=0.5,
        mean_power_w=10.0,
        provenance=fields.pop("by", Provenance.COUNTER),
        resolution_s=0.001,
        counted=True,
        scale=Scale(1.05, "package 0", "a test"),
    )
    values: dict[str, Any] = {
        "run_id": run_id or f"{next(_numbers):032x}",
        "status": "ok",
        "started_at": "2026-05-04T03:02:01.000Z",
        "duration_s": 5.0,
        "energy_j": 50.0,
        "uncertainty_j": 0.5,
        "provenance": domain.provenance.value,
        "mean_power_w": 10.0,
        "peak_power_w": 12.0,
        "domains": {domain.id: domain},
        "missing": (),
        "trace": ReportTrace((0.0, 5.0), {domain.id: (10.0, 10.0)}),
        "gaps": (),
        "meter_version": "0.1.0",
        "interval_s": 0.1,
        "host": host(),
    }
    return Report(**{**values, **fields})


def closed(found: Report, written_ns: int = 1, begin_s: float = 0.0, **fields: Any) -> bytes:
    """Return the line of a window that was closed."""
    begin_ns = round(begin_s * S)
    values = {
        "run_id": found.run_id,
        "written_ns": written_ns,
        "begin_ns": begin_ns,
        "end_ns": begin_ns + round(found.duration_s * S),
        "parent": None,
        "session": "one",
        "report": found.to_dict(),
    }
    return lines.pack(lines.CLOSED, **{**values, **fields})


def hand_in(ledger: Path, *what: bytes, role: str = METER, owner: Owner | None = None) -> Path:
    """Write lines into the intake as a meter or a sampler does; return the file."""
    writer = Writer(intake_folder(ledger), owner or owner_of(os.getpid()), role)
    writer.write(what)
    assert writer._path is not None
    sealed = writer._path.with_suffix(".lines")
    writer.seal()
    return sealed


def sensors(*, resumed: bool = False, **claim: Any) -> bytes:
    """Return the line of a sampler that reads one counter, or of a client with its claim."""
    domain = {
        "id": "cpu:0/package",
        "device": "a processor",
        "source": "rapl",
        "provenance": "counter",
        "resolution_s": 0.001,
        "counted": True,
        "unit_j": 1e-6,
        "wrap_range": None,
        "power_limit_w": 500.0,
        "scale": None,
        "note": "",
        "power_kind": "",
        "flags": [],
        "board": "",
        "parts": [],
    }
    hello = ["hello", {"domains": [domain], "missing": []}]
    return lines.pack(lines.SENSORS, hello=hello, resumed=resumed, **claim)


def opened(run_id: str, owner: Owner = GONE, begin_s: float = 0.0, **fields: Any) -> bytes:
    """Return the line of a window that was opened."""
    values = {
        "owner": owner.text,
        "subject": {"label": "fit", "stage": "training"},
        "started_at": "2026-05-04T03:02:01.000Z",
        "interval_s": 0.1,
        "parent": None,
        "session": "one",
        "project": "~/thesis",
        "commit": "c" * 40,
        "job": None,
        "domains": ["cpu:0/package"],
        "begin_ns": round(begin_s * S),
    }
    return lines.pack(lines.OPENED, run_id=run_id, **{**values, **fields})


def mark(t_s: float, energy_j: float, edge: tuple[str, str] | None = None) -> bytes:
    """Return the line of a mark: joules since the sampler began."""
    t_ns = round(t_s * S)
    entry = [t_ns, energy_j, None, round(energy_j * 1e6)]
    return lines.pack(lines.MARK, sample=["sample", t_ns, edge, [entry], {}])


def died(run_id: str, ledger: Path, owner: Owner = GONE) -> Path:
    """Hand in a window of 100 J in 10 s whose program and sampler have died."""
    return hand_in(
        ledger,
        sensors(),
        opened(run_id, owner),
        mark(0.0001, 7.0, ("begin", run_id)),
        mark(5.0, 57.0),
        mark(10.0, 107.0),
        role=SAMPLER,
        owner=GONE,
    )
