"""From a window's trace to its report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .._version import __version__
from ..sources.base import Missing, Provenance
from .report import (
    MAX_LABEL,
    MAX_STAGE,
    MAX_TRACE_POINTS,
    MIXED,
    DomainReport,
    Report,
    ReportTrace,
    thin,
)
from .trace import GAP_PERIODS, Point, Trace
from .uncertainty import Figure, figure

REMEDY_NO_READING = (
    "Run the cell again; if it stays away, `%green status` says what can be read here."
)


_MEASURED = {Provenance.COUNTER.value, Provenance.POWER.value}


@dataclass(frozen=True)
class Subject:
    """What a window is about: where it came from and what the user calls it.

    Raises
    ------
    ValueError
        For a label or a stage that is longer than a report may hold.
    """

    label: str | None = None
    stage: str | None = None
    cell_id: str | None = None
    cell_hash: str | None = None
    execution_count: int | None = None
    notebook: str | None = None

    def __post_init__(self) -> None:
        for name, text, most in (
            ("label", self.label, MAX_LABEL),
            ("stage", self.stage, MAX_STAGE),
        ):
            if text is not None and len(text) > most:
                raise ValueError(f"the {name} has {len(text)} characters, {most} at most")


@dataclass(frozen=True)
class Span:
    """The edges of a window: CLOCK_MONOTONIC, and the wall clock at its begin."""

    run_id: str
    begin_ns: int
    end_ns: int
    started_at: str

    @property
    def duration_s(self) -> float:
        """Seconds between the edges."""
        return (self.end_ns - self.begin_ns) * 1e-9


def summarise(
    span: Span, subject: Subject, status: str, trace: Trace, missing: Sequence[Missing]
) -> Report:
    """Return the report of a window that has ended."""
    domains, absent = _domains(span, trace)
    counted = [domain for domain in domains.values() if domain.counted]
    energy_j = sum(d.energy_j for d in counted) if counted else None
    uncertainty_j = math.hypot(*(d.uncertainty_j for d in counted))
    totals_w = (_total_w(point, counted) for point in trace.points)
    peak_w = max((w for w in totals_w if w is not None), default=None)
    mean_w = energy_j / span.duration_s if energy_j is not None and span.duration_s > 0 else None
    if peak_w is not None and mean_w is not None and uncertainty_j < (energy_j or 0.0):
        peak_w = max(peak_w, mean_w)  # the curve's points lie between refreshes
    return Report(
        run_id=span.run_id,
        status=status,
        started_at=span.started_at,
        duration_s=span.duration_s,
        energy_j=energy_j,
        uncertainty_j=uncertainty_j if counted else None,
        provenance=total_provenance(d.provenance.value for d in counted),
        mean_power_w=mean_w,
        peak_power_w=peak_w,
        domains=domains,
        missing=(*missing, *absent),
        trace=_curve(span, trace, domains),
        gaps=_gaps(span, trace),
        meter_version=__version__,
        interval_s=trace.interval_s,
        label=subject.label,
        stage=subject.stage,
        cell_id=subject.cell_id,
        cell_hash=subject.cell_hash,
        execution_count=subject.execution_count,
        notebook=subject.notebook,
    )


def total_provenance(kinds: Iterable[str]) -> str | None:
    """Return how a total came about, ``None`` where nothing is in it.

    ``mixed`` is for measured and estimated joules together. Of counters and
    integrated power the total has the weaker kind, which is power.
    """
    found = set(kinds)
    if len(found) > 1 and found <= _MEASURED:
        return Provenance.POWER.value
    return found.pop() if len(found) == 1 else MIXED if found else None


def _domains(span: Span, trace: Trace) -> tuple[dict[str, DomainReport], list[Missing]]:
    domains: dict[str, DomainReport] = {}
    absent: list[Missing] = []
    for domain in trace.domains:
        found = figure(domain, trace.readings.get(domain.id, ()), span.begin_ns, span.end_ns)
        if found is None:
            reason = trace.errors.get(domain.id, "no reading arrived while it was measured")
            absent.append(Missing(domain.id, reason, REMEDY_NO_READING))
            continue
        domains[domain.id] = DomainReport(
            id=domain.id,
            device=domain.device,
            source=domain.source,
            energy_j=found.energy_j,
            uncertainty_j=found.uncertainty_j,
            mean_power_w=found.energy_j / span.duration_s if span.duration_s > 0 else 0.0,
            provenance=domain.provenance,
            resolution_s=domain.resolution_s,
            counted=domain.counted,
            flags=_flags(found, trace.flags.get(domain.id, set())),
        )
    return domains, absent


def _flags(found: Figure, seen: set[str]) -> tuple[str, ...]:
    return (*found.flags, *sorted(seen))


def _total_w(point: Point, counted: Sequence[DomainReport]) -> float | None:
    watts = [w for d in counted if (w := point.power_w.get(d.id)) is not None]
    return sum(watts) if watts else None


def _curve(span: Span, trace: Trace, domains: Mapping[str, DomainReport]) -> ReportTrace:
    whole = ReportTrace(
        t_s=tuple(max(0.0, (p.t_ns - span.begin_ns) * 1e-9) for p in trace.points),
        power_w={id_: tuple(p.power_w.get(id_) for p in trace.points) for id_ in domains},
    )
    return thin(whole, MAX_TRACE_POINTS)


def _gaps(span: Span, trace: Trace) -> tuple[tuple[float, float], ...]:
    def seconds(t_ns: int) -> float:
        return min(max(0.0, (t_ns - span.begin_ns) * 1e-9), span.duration_s)

    gaps = list(trace.gaps)
    last_ns = trace.points[-1].t_ns if trace.points else span.begin_ns
    if span.end_ns - last_ns > GAP_PERIODS * trace.interval_s * 1e9:
        gaps.append((last_ns, span.end_ns))
    widest = sorted(gaps, key=lambda gap: gap[0] - gap[1])[:64]
    return tuple((seconds(a), seconds(b)) for a, b in sorted(widest))
