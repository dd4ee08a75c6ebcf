"""From a window's trace to its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .._version import __version__
from ..estimator.quantity import Interval
from ..flags import (
    EARLIER_WORK,
    HIDDEN_GPUS,
    HOST_BUSY,
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
from ..sampler.load import Load
from ..sources.base import Missing
from ..sources.machine import host
from .attribution import attribute, earlier_work, host_busy, is_estimated, origin_unclear
from .baseline import net
from .domains import domain_reports
from .fitted import Served
from .surroundings import Surroundings
from .trace import GAP_PERIODS, Point, Trace


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
    ranks: int | None = None
    """How many processes of a parallel job it covers."""

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
    *,
    told: Served | None = None,
) -> Report:
    """Return the report of a window that has ended.

    `told` is what the host's service says of its joules, where one reads: without it they are
    found from what the window has recorded.
    """
    if told is None:
        domains, absent = domain_reports(run.interval, run.others, trace, around)
        share = _share(list(domains.values()), around)
    else:
        domains, absent = _with_devices(told.found.domains, around), told.found.missing
        share = told.share
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
        share=share,
        host=host(),
        flags=_flags_of_run(counted, around, told),
        notes=told.notes if told is not None else (),
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
        ranks=subject.ranks,
    )


def _with_devices(
    domains: Mapping[str, DomainReport], around: Surroundings
) -> dict[str, DomainReport]:
    """Return domains with what their devices did."""
    return {
        id_: replace(
            domain,
            flags=tuple(dict.fromkeys((*domain.flags, *around.device_flags(id_)))),
            conditions=around.device_conditions(id_),
        )
        for id_, domain in domains.items()
    }


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


def _flags_of_run(
    counted: Sequence[DomainReport], around: Surroundings, told: Served | None
) -> tuple[str, ...]:
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
    elif told is not None and told.is_host_busy:
        flags.append(HOST_BUSY)
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
