"""From a window's trace to its report."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .._version import __version__
from ..estimator.energy import energy_within, nominal_period, stands_still
from ..estimator.quantity import DomainEnergy, Interval
from ..estimator.refreshes import Period
from ..flags import (
    DISAGREES,
    EARLIER_WORK,
    HIDDEN_GPUS,
    HOST_BUSY,
    LOST,
    NOT_SYNCHRONISED,
    ORIGIN_UNCLEAR,
    OTHER_METERS,
    REPLAYED,
)
from ..printable import shortened
from ..report.addition import total_provenance, uncertainty_of_sum
from ..report.curve import MAX_TRACE_POINTS, thin
from ..report.fields import MAX_LABEL, MAX_STAGE, DomainReport, ReportTrace, Share
from ..report.report import Report
from ..sampler.accumulator import DomainSample
from ..sampler.load import Load
from ..sources.base import Domain, Missing, Provenance
from ..sources.machine import host
from .agreement import Agreement, seen_in
from .attribution import attribute, earlier_work, host_busy, is_estimated, origin_unclear
from .baseline import net
from .evidence import Evidence, believed
from .surroundings import Surroundings
from .trace import GAP_PERIODS, Point, Trace

REMEDY_NO_READING = (
    "Run the cell again; if the sensor stays missing, `%green status` says what can be read here."
)
REMEDY_STANDS_STILL = (
    "This machine has the counter but does not update it; nothing can be done. "
    "If it worked before, reboot."
)


LOST_S = 2.0
"""Samples of a second may wait in a sampler that hangs: less is no sign of a lost device."""
CROSS_CHECK_S = 5.0
"""A window has to last so long for counter and integrated power to be compared."""
MOST_DISAGREEMENT = 0.05
BRIDGED_SD = 0.25
"""How far the power may be from the one that was carried over a restart, 1 s.d. as a share."""
_LONGEST_NOTE = 300


@dataclass(frozen=True)
class Subject:
    """What a window is about: where it came from and what the user calls it.

    Raises
    ------
    TypeError
        For a label or a stage that is no text.
    ValueError
        For one that is longer than a report may hold.
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
            if text is None:
                continue
            if not isinstance(text, str):
                raise TypeError(f"the {name} is {shortened(repr(text), 80)}, not a text")
            if len(text) > most:
                raise ValueError(f"the {name} has {len(text)} characters, {most} at most")


@dataclass(frozen=True)
class Run:
    """One window that has ended: which, how, and when by the wall clock."""

    run_id: str
    interval: Interval
    others: Sequence[Interval]
    """The windows near it."""
    started_at: str
    status: str

    @property
    def duration_s(self) -> float:
        """Seconds between the edges."""
        return self.interval.duration_s


def summarise(
    run: Run,
    subject: Subject,
    trace: Trace,
    missing: Sequence[Missing],
    around: Surroundings,
) -> Report:
    """Return the report of a window that has ended."""
    domains, absent = _domains(run, trace, around)
    counted = [domain for domain in domains.values() if domain.counted]
    energy_j = sum(d.energy_j for d in counted) if counted else None
    uncertainty_j, _ = uncertainty_of_sum(counted)
    curve = _curve(run, trace, domains)
    # With hardly a sample in the window, its highest watts are unknown.
    points = trace.points if len(curve.t_s) > 1 else ()
    totals_w = (_total_w(point, counted) for point in points)
    peak_w = max((w for w in totals_w if w is not None), default=None)
    mean_w = energy_j / run.duration_s if energy_j is not None and run.duration_s > 0 else None
    if peak_w is not None and mean_w is not None and uncertainty_j < (energy_j or 0.0):
        peak_w = max(peak_w, mean_w)  # the curve's points lie between refreshes
    above = net(counted, run.duration_s, around.baseline) if around.baseline else None
    return Report(
        run_id=run.run_id,
        status=run.status,
        started_at=run.started_at,
        duration_s=run.duration_s,
        energy_j=energy_j,
        uncertainty_j=uncertainty_j if counted else None,
        provenance=total_provenance(d.provenance.value for d in counted),
        mean_power_w=mean_w,
        peak_power_w=peak_w,
        net_energy_j=above.energy_j if above else None,
        net_uncertainty_j=above.uncertainty_j if above else None,
        baseline_at=around.baseline.measured_at if around.baseline and above else None,
        share=_share(list(domains.values()), around),
        host=host(),
        flags=_flags_of_run(counted, around),
        domains=domains,
        missing=(*missing, *absent),
        trace=curve,
        gaps=_gaps(run, trace),
        meter_version=__version__,
        interval_s=trace.interval_s,
        label=subject.label,
        stage=subject.stage,
        cell_id=subject.cell_id,
        cell_hash=subject.cell_hash,
        execution_count=subject.execution_count,
        notebook=subject.notebook,
    )


def _domains(
    run: Run, trace: Trace, around: Surroundings
) -> tuple[dict[str, DomainReport], list[Missing]]:
    domains: dict[str, DomainReport] = {}
    absent: list[Missing] = []
    for known in trace.domains:
        evidence = _evidence(known, run, trace, around)
        domain, readings = evidence.domain, evidence.readings
        if domain.counted and stands_still(domain, readings, run.interval):
            reason = f"its counter did not move in {run.duration_s:.1f} s"
            absent.append(Missing(domain.id, reason, REMEDY_STANDS_STILL))
            continue
        lost_ns = _lost_ns(domain, readings, run)
        interval = run.interval._replace(end_ns=lost_ns) if lost_ns else run.interval
        period = _period(domain, readings, around)
        found = energy_within(domain, readings, interval, run.others, period)
        if lost_ns and found is not None:
            found = replace(found, flags=(*found.flags, LOST))
            after_s = (lost_ns - run.interval.begin_ns) * 1e-9
            reason = trace.errors.get(domain.id, "no further reading")
            reason = f"after {after_s:.1f} s: {reason}; its joules stop there"
            absent.append(Missing(domain.id, reason, REMEDY_NO_READING))
        if found is None:
            reason = trace.errors.get(domain.id, "no reading arrived during the window")
            absent.append(Missing(domain.id, reason, REMEDY_NO_READING))
            continue
        found = replace(found, flags=(*evidence.flags, *found.flags))
        domains[domain.id] = _domain(domain, found, run, trace, around)
    return domains, absent


def _evidence(known: Domain, run: Run, trace: Trace, around: Surroundings) -> Evidence:
    """Return what is believed of a domain, by all windows so far and by this one."""
    agreement = around.agreements.get(known.id, Agreement())
    alone = seen_in(known, trace.readings, run.interval)
    if alone is not None and (alone.disagrees or not agreement.seconds):
        agreement = alone
    return believed(known, trace.readings, agreement)


def _period(domain: Domain, readings: Sequence[DomainSample], around: Surroundings) -> Period:
    """Return a counter's refresh period, as far as readings say how long ago the last one was.

    Of one that a slow driver took its time to show it lies the longer ago.
    """
    known = around.periods.get(domain.id) or nominal_period(domain)
    slowest_s = max((reading.took_s for reading in readings), default=0.0)
    return replace(known, margin_s=known.margin_s + slowest_s) if slowest_s else known


def _lost_ns(domain: Domain, readings: Sequence[DomainSample], run: Run) -> int | None:
    """Return when a device was read last, if that was so long before the end that it is lost."""
    if not readings or readings[-1].t_ns <= run.interval.begin_ns:
        return None
    silent_s = (run.interval.ended_ns - readings[-1].t_ns) * 1e-9
    return readings[-1].t_ns if silent_s > max(LOST_S, 5 * domain.resolution_s) else None


def _domain(
    domain: Domain, found: DomainEnergy, run: Run, trace: Trace, around: Surroundings
) -> DomainReport:
    bridged_j = BRIDGED_SD * 1.96 * trace.bridged_j.get(domain.id, 0.0)
    integrated_j = _integrated_power_j(domain, run, trace)
    flags = [*found.flags, *domain.flags, *sorted(trace.flags.get(domain.id, set()))]
    is_known_to = domain.provenance is Provenance.COUNTER and (
        around.agreements.get(domain.id, Agreement()).disagrees
    )
    if is_known_to or (integrated_j is not None and _disagree(found.energy_j, integrated_j, run)):
        flags.append(DISAGREES)
    flags += around.device_flags(domain.id)
    return DomainReport(
        id=domain.id,
        device=domain.device,
        source=domain.source,
        energy_j=found.energy_j,
        uncertainty_j=math.hypot(found.uncertainty_j, bridged_j)
        + trace.unsure_j.get(domain.id, 0.0),
        mean_power_w=found.energy_j / run.duration_s if run.duration_s > 0 else 0.0,
        scale=domain.scale,
        provenance=domain.provenance,
        resolution_s=domain.resolution_s,
        counted=domain.counted,
        flags=tuple(dict.fromkeys(flags)),
        note=domain.note[:_LONGEST_NOTE] or None,
        integrated_power_j=integrated_j,
        conditions=around.device_conditions(domain.id),
        board=domain.board or None,
    )


def _integrated_power_j(domain: Domain, run: Run, trace: Trace) -> float | None:
    """Integrate the power that is reported beside a counter, by the trapezoid rule."""
    if domain.provenance is not Provenance.COUNTER or run.duration_s < CROSS_CHECK_S:
        return None
    begin_ns, end_ns = run.interval.begin_ns, run.interval.ended_ns
    known = [
        (reading.t_ns * 1e-9, reading.power_w)
        for reading in trace.readings.get(domain.id, ())
        if reading.power_w is not None and begin_ns <= reading.t_ns <= end_ns
    ]
    pairs = list(itertools.pairwise(known))
    covered_s = known[-1][0] - known[0][0] if pairs else 0.0
    if covered_s < 0.9 * run.duration_s:
        return None
    joules = sum((p0 + p1) / 2 * (t1 - t0) for (t0, p0), (t1, p1) in pairs)
    return joules * run.duration_s / covered_s


def _disagree(energy_j: float, integrated_j: float, run: Run) -> bool:
    return run.duration_s >= CROSS_CHECK_S and abs(integrated_j - energy_j) > (
        MOST_DISAGREEMENT * max(energy_j, integrated_j)
    )


def _share(domains: Sequence[DomainReport], around: Surroundings) -> Share | None:
    """Return the kernel's own part of what was measured or estimated."""
    loads = _loads(domains, around)
    if loads is None or _is_replay(domains):
        return None
    ids = {domain.id for domain in domains}
    gpu_shares = {id_: share for id_, share in around.gpu_shares().items() if id_ in ids}
    return attribute(*loads, domains, gpu_shares)


def _loads(domains: Sequence[DomainReport], around: Surroundings) -> tuple[Load, Load] | None:
    """Return the load at both edges, of what the processor's joules are about."""
    begin, end = around.begin_load, around.end_load
    if begin is None or end is None:
        return None
    return (begin.in_container(), end.in_container()) if is_estimated(domains) else (begin, end)


def _is_replay(domains: Sequence[DomainReport]) -> bool:
    return any(REPLAYED in domain.flags for domain in domains)


def _flags_of_run(counted: Sequence[DomainReport], around: Surroundings) -> tuple[str, ...]:
    flags = []
    if _is_replay(counted):
        return (REPLAYED,)  # the machine around it has nothing to do with it
    if around.other_meters:
        flags.append(OTHER_METERS)
    if (loads := _loads(counted, around)) is not None:
        found = (
            (HOST_BUSY, host_busy(*loads)),
            (ORIGIN_UNCLEAR, origin_unclear(*loads)),
            (EARLIER_WORK, earlier_work(*loads, around.own_thread_s)),
        )
        flags += [flag for flag, holds in found if holds]
    if around.hides_gpus:
        flags.append(HIDDEN_GPUS)
    if around.not_synchronised:
        flags.append(NOT_SYNCHRONISED)
    return tuple(flags)


def _total_w(point: Point, counted: Sequence[DomainReport]) -> float | None:
    watts = [w for d in counted if (w := point.power_w.get(d.id)) is not None]
    return sum(watts) if watts else None


def _curve(run: Run, trace: Trace, domains: Mapping[str, DomainReport]) -> ReportTrace:
    whole = ReportTrace(
        t_s=tuple(max(0.0, (p.t_ns - run.interval.begin_ns) * 1e-9) for p in trace.points),
        power_w={id_: tuple(p.power_w.get(id_) for p in trace.points) for id_ in domains},
    )
    return thin(whole, MAX_TRACE_POINTS)


def _gaps(run: Run, trace: Trace) -> tuple[tuple[float, float], ...]:
    def seconds(t_ns: int) -> float:
        return min(max(0.0, (t_ns - run.interval.begin_ns) * 1e-9), run.duration_s)

    begin_ns, end_ns = run.interval.begin_ns, run.interval.ended_ns
    first_ns, last_ns = begin_ns, begin_ns
    if trace.points:
        first_ns, last_ns = trace.points[0].t_ns, trace.points[-1].t_ns
    at_edges = ((begin_ns, min(first_ns, end_ns)), (last_ns, end_ns))
    longest_ns = GAP_PERIODS * trace.interval_s * 1e9
    gaps = [*trace.gaps, *((a, b) for a, b in at_edges if b - a > longest_ns)]
    widest = sorted(gaps, key=lambda gap: gap[0] - gap[1])[:64]
    return tuple((seconds(a), seconds(b)) for a, b in sorted(widest))
