"""One report of several hosts.

Joules add; the seconds are those of the window, and the watts those of all hosts together. Each
host's instruments are its own, a model's error is that of all. An offset between clocks moves a
host's window: what it may have drawn meanwhile is in the uncertainty.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any

from .._version import __version__
from ..flags import HOST_LOST, LOST
from ..printable import shortened
from ..report import times
from ..report.addition import metered_times, net_of_sum, total_provenance, uncertainty_of_sum
from ..report.fields import (
    MAX_GAPS,
    MAX_HOST_GAPS,
    MAX_HOSTS,
    MAX_MISSING,
    MAX_NOTE,
    MAX_NOTES,
    DomainReport,
    HostReport,
    ReportTrace,
)
from ..report.format import duration
from ..report.metered_times import MeteredTimes
from ..report.report import Report
from ..report.scale import shares
from ..sources.base import MAX_ID, Missing
from .coarser import Coarseness, HostDomain, added, fitting
from .curves import HostCurve, common_gaps, together
from .hosts import HostPart
from .once import MeteredPart, each_once

_INTERVAL_S = 0.1
_HELD_INTERVALS = 3
_UNHEARD = "it told nothing"
_REMEDY = "See whether the host still runs; `jupyter green doctor` there says what it can read."


def report_of_hosts(
    parts: Sequence[HostPart], *, started_at: str, duration_s: float, **subject: Any
) -> Report:
    """Return the report of a window that was metered on several hosts.

    A board that two parts hold counts once, and so does a host: of a second part of it there
    remain the boards that the first one has not. Where a host told nothing, or was lost, what is
    known of the others stands, and the report has the flag ``host-lost``.

    Parameters
    ----------
    parts
        Those of the hosts, in the order in which they are shown.
    started_at, duration_s
        The window, as a report has it.
    subject
        More of its fields: label, stage, status, metric and others.
    """
    found = each_once(parts)
    measured = [part.report for part in found if part.report.energy_j is not None]
    domains = [*_domains(found, duration_s)]
    way = fitting(domains)
    rows = added(domains, way)
    trace = together([_curve(part, way) for part in found], duration_s)
    energy_j = sum(r.energy_j or 0.0 for r in measured) if measured else None
    uncertainty_j, bound_part_j = uncertainty_of_sum(measured) if measured else (None, None)
    net_j, net_uncertainty_j = net_of_sum(measured if len(measured) == len(parts) else ())
    baselines = [r.baseline_at for r in measured if r.baseline_at is not None]
    fields: dict[str, Any] = {
        "run_id": uuid.uuid4().hex,
        "status": "ok",
        "started_at": started_at,
        "duration_s": duration_s,
        "energy_j": energy_j,
        "uncertainty_j": uncertainty_j,
        "provenance": total_provenance(r.provenance for r in measured if r.provenance),
        "mean_power_w": energy_j / duration_s if energy_j is not None and duration_s > 0 else None,
        "peak_power_w": _peak_w(trace, rows, measured, duration_s),
        "domains": rows,
        "missing": tuple(_missing(parts))[:MAX_MISSING],
        "trace": trace,
        "gaps": common_gaps(_gaps(part, duration_s) for part in parts)[:MAX_GAPS],
        "meter_version": __version__,
        "interval_s": max((r.interval_s for r in measured), default=_INTERVAL_S),
        "net_energy_j": net_j,
        "net_uncertainty_j": net_uncertainty_j,
        "baseline_at": min(baselines, key=times.epoch_s, default=None)
        if net_j is not None
        else None,
        "flags": tuple(_flags(parts)),
        "notes": tuple(_notes(found, way))[:MAX_NOTES],
        "hosts": tuple(_hosts(parts, found, duration_s)),
        "ranks": _ranks(found),
        "parts": reduce(or_, (metered_times(part.report) for part in found), MeteredTimes()),
        "bound_part_j": bound_part_j,
        "sum_scales": shares((d.scale, d.energy_j) for _, d in domains if d.counted),
    }
    return Report(**fields | subject)


def _domains(found: Sequence[MeteredPart], duration_s: float) -> Iterator[HostDomain]:
    """Go through the domains of all as they stand in the report."""
    for part in found:
        for domain in part.report.domains.values():
            is_lost = part.of.lost_at_s is not None and domain.counted
            flags = (*domain.flags, LOST) if is_lost else domain.flags
            yield HostDomain(
                part.of.name,
                replace(
                    domain,
                    id=_place(part.of, domain.id),
                    mean_power_w=domain.energy_j / duration_s if duration_s > 0 else 0.0,
                    flags=tuple(dict.fromkeys(flags)),
                ),
            )


def _place(part: HostPart, id_: str) -> str:
    return shortened(f"{part.name}/{id_}", MAX_ID)


def _curve(part: MeteredPart, way: Coarseness) -> HostCurve:
    report, name = part.report, part.of.name
    power_w: dict[str, list[Sequence[float | None]]] = {}
    for id_, watts in report.trace.power_w.items():
        domain = report.domains.get(id_)
        if domain is None:
            continue
        place = way.place(HostDomain(name, replace(domain, id=_place(part.of, id_))))
        if place is not None:
            power_w.setdefault(place, []).append(watts)
    t_s = [part.of.begin_s + t for t in report.trace.t_s]
    return HostCurve(t_s, power_w, _HELD_INTERVALS * report.interval_s)


def _peak_w(
    trace: ReportTrace,
    rows: dict[str, DomainReport],
    measured: Sequence[Report],
    duration_s: float,
) -> float | None:
    """Return the most that all drew at once.

    It is no less than the most of one of them, nor than the mean: a host may have no curve.
    """
    counted = [watts for id_, watts in trace.power_w.items() if rows[id_].counted]
    of_all = (sum(w for w in at_once if w is not None) for at_once in zip(*counted, strict=True))
    of_one = (r.peak_power_w for r in measured if r.peak_power_w is not None)
    found_w = [*of_all, *of_one]
    if found_w and duration_s > 0:
        found_w.append(sum(r.energy_j or 0.0 for r in measured) / duration_s)
    return max(found_w, default=None)


def _missing(parts: Sequence[HostPart]) -> Iterator[Missing]:
    """Go through the hosts that told nothing, and what the others could not read.

    What none of several could read for the same reason stands once.
    """
    for part in parts:
        if part.report is None:
            yield Missing(part.name, part.reason or _UNHEARD, _REMEDY)
    reports = [(part.name, part.report) for part in parts if part.report is not None]
    counts = Counter(each for _, report in reports for each in set(report.missing))
    everywhere = {each for each, count in counts.items() if count == len(parts)}
    yield from dict.fromkeys(e for _, report in reports for e in report.missing if e in everywhere)
    for name, report in reports:
        for each in report.missing:
            if each not in everywhere:
                yield replace(each, id=shortened(f"{name}/{each.id}", MAX_ID))


def _gaps(part: HostPart, duration_s: float) -> list[tuple[float, float]]:
    """Return when nothing was read of a host, in seconds since the begin of all."""
    if part.report is None:
        return [(0.0, duration_s)]
    gaps = [(part.begin_s + t0, part.begin_s + t1) for t0, t1 in part.report.gaps]
    if part.lost_at_s is not None and part.lost_at_s < duration_s:
        gaps.append((part.lost_at_s, duration_s))
    return gaps


def _flags(parts: Sequence[HostPart]) -> Iterator[str]:
    if not all(part.is_whole for part in parts):
        yield HOST_LOST
    yield from dict.fromkeys(
        flag for part in parts if part.report for flag in part.report.flags if flag != HOST_LOST
    )


def _notes(found: Sequence[MeteredPart], way: Coarseness) -> Iterator[str]:
    if way.note:
        yield way.note
    for part in found:
        if part.of.lost_at_s is not None:
            why = f" ({part.of.reason})" if part.of.reason else ""
            text = f"Lost after {duration(part.of.lost_at_s)}: {part.of.name}{why}."
            yield shortened(text, MAX_NOTE)
    for note, count in Counter(note for part in found for note in part.report.notes).items():
        names = [part.of.name for part in found if note in part.report.notes]
        yield note if count == len(found) else shortened(f"{', '.join(names)}: {note}", MAX_NOTE)


def _hosts(
    parts: Sequence[HostPart], found: Sequence[MeteredPart], duration_s: float
) -> Iterator[HostReport]:
    """Go through what each host added; the last ones together, where there is no room for all."""
    reports = {part.of.name: part.report for part in found}
    each = [_host(part, reports.get(part.name), duration_s) for part in parts]
    if len(each) <= MAX_HOSTS:
        yield from each
        return
    yield from each[: MAX_HOSTS - 1]
    rest = each[MAX_HOSTS - 1 :]
    measured = [reports[host.name] for host in rest if host.energy_j is not None]
    lost = [host.lost_at_s for host in rest if host.lost_at_s is not None]
    yield HostReport(
        name=f"{len(rest)} more",
        duration_s=max(host.duration_s for host in rest),
        energy_j=sum(report.energy_j or 0.0 for report in measured) if measured else None,
        uncertainty_j=uncertainty_of_sum(measured)[0] if measured else None,
        offset_uncertainty_s=max(host.offset_uncertainty_s for host in rest),
        lost_at_s=min(lost, default=None),
    )


def _host(part: HostPart, report: Report | None, duration_s: float) -> HostReport:
    if report is None:
        return HostReport(part.name, 0.0, None, None, lost_at_s=part.lost_at_s or 0.0)
    return HostReport(
        name=part.name,
        host=report.host,
        duration_s=report.duration_s,
        energy_j=report.energy_j,
        uncertainty_j=report.uncertainty_j,
        offset_s=part.offset_s,
        offset_uncertainty_s=part.offset_uncertainty_s,
        gaps=tuple(_gaps(part, duration_s)[:MAX_HOST_GAPS]),
        lost_at_s=part.lost_at_s,
    )


def _ranks(found: Sequence[MeteredPart]) -> int | None:
    known = [part.report.ranks for part in found if part.report.ranks is not None]
    return sum(known) if known and len(known) == len(found) else None
