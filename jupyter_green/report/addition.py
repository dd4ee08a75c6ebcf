"""``a + b``: the report of several windows together."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from functools import reduce
from operator import or_
from typing import TypeVar

from ..flags import SENSORS_DIFFER
from ..printable import printable
from ..sources.base import Provenance, Scale
from . import scale, times
from .chained import ChainedTrace
from .fields import (
    MAX_GAPS,
    MAX_LABEL,
    MAX_MARKS,
    MAX_NOTES,
    MIXED,
    DomainReport,
    Mark,
    ReportFields,
    ReportTrace,
)
from .format import is_below_resolution
from .metered_times import MeteredTime, MeteredTimes
from .outcome import MAX_METRICS
from .words import name_of

_BOARD_LETTERS = 12
"""Of a UUID: enough to tell the boards of a sum apart."""
_T = TypeVar("_T")
R = TypeVar("R", bound=ReportFields)

_MEASURED = {Provenance.COUNTER.value, Provenance.POWER.value}

WORST_FIRST = ("died", "error", "interrupted", "ok")
WEAKEST_FIRST = (Provenance.ESTIMATE, Provenance.POWER, Provenance.COUNTER)


def add(a: ReportFields, b: ReportFields, kind: type[R]) -> R:
    """Return the sum of two reports, as a `kind` of report.

    Joules and seconds add. The readings' uncertainties are independent from window to
    window: their squares add. Figures that are only bounds (their interval reaches zero)
    make a bound: their uncertainties add as they are, and so does what a baseline adds
    to the uncertainty of net joules. Scales add by their groups: see :mod:`.scale`. A
    report without joules adds only its time and what was missing. Units of work add where both
    count the same one; else the sum has none, as some of its joules were for no unit of these. A
    metric is what was achieved in the end: of one that both have, that of the later window.

    Raises
    ------
    ValueError
        Where both hold the same window, or windows that were open at the same time.
    """
    _refuse_twice(a, b)
    return joined(a, b, kind)


def joined(a: ReportFields, b: ReportFields, kind: type[R]) -> R:
    """Return the sum of two reports that are known to hold different joules."""
    a_times, b_times = metered_times(a), metered_times(b)
    measured = [r for r in (a, b) if r.energy_j is not None]
    energy_j = sum(r.energy_j or 0.0 for r in measured) if measured else None
    measured_s = sum(_read_s(r.energy_j, r.mean_power_w, r.duration_s) for r in measured)
    uncertainty_j, bound_part_j = uncertainty_of_sum(measured) if measured else (None, None)
    net_j, net_uncertainty_j = net_of_sum(measured)
    baselines = [r.baseline_at for r in measured if r.baseline_at is not None]
    peaks_w = [r.peak_power_w for r in measured if r.peak_power_w is not None]
    return kind(
        run_id=uuid.uuid5(uuid.NAMESPACE_OID, printable(f"{a.run_id}+{b.run_id}")).hex,
        status=min((a.status, b.status), key=WORST_FIRST.index),
        started_at=a.started_at if a_times.begin_s <= b_times.begin_s else b.started_at,
        duration_s=a.duration_s + b.duration_s,
        energy_j=energy_j,
        uncertainty_j=uncertainty_j,
        provenance=total_provenance(r.provenance for r in measured if r.provenance),
        mean_power_w=energy_j / measured_s if energy_j is not None and measured_s > 0 else None,
        peak_power_w=max(peaks_w, default=None),
        domains=_domains(a, b),
        missing=tuple(_united(a.missing, b.missing)),
        trace=_chained(a, b),
        gaps=_gaps(a, b),
        marks=_marks(a, b),
        meter_version=a.meter_version,
        interval_s=max(a.interval_s, b.interval_s),
        label=_label(a, b),
        stage=a.stage if a.stage == b.stage else None,
        cell_id=a.cell_id if a.cell_id == b.cell_id else None,
        cell_hash=a.cell_hash if a.cell_hash == b.cell_hash else None,
        notebook=a.notebook if a.notebook == b.notebook else None,
        host=a.host if a.host == b.host else None,
        net_energy_j=net_j,
        net_uncertainty_j=net_uncertainty_j,
        baseline_at=min(baselines, key=times.epoch_s, default=None) if net_j is not None else None,
        flags=_flags(a, b),
        notes=tuple(_united(a.notes, b.notes)[:MAX_NOTES]),
        metric=_metric(*((a, b) if a_times.begin_s <= b_times.begin_s else (b, a))),
        per_count=a.per_count + b.per_count
        if a.per_count is not None and b.per_count is not None and a.per_unit == b.per_unit
        else None,
        per_unit=a.per_unit if a.per_unit == b.per_unit else None,
        parts=a_times | b_times,
        bound_part_j=bound_part_j,
        sum_scales=scale.joined(part for r in measured for part in r.scales),
    )


def metered_times(report: ReportFields) -> MeteredTimes:
    """Return when each window of a report was open, by the wall clock."""
    if report.parts is not None:
        return report.parts
    begin_s = times.epoch_s(report.started_at)
    end_s = begin_s + report.duration_s
    hosts = [each.host for each in report.hosts] or [report.host]
    opened = (MeteredTime(report.run_id, begin_s, end_s, host) for host in hosts)
    return reduce(or_, map(MeteredTimes.of, opened))


def sum_of(reports: Iterable[ReportFields], kind: type[R]) -> R:
    """Return the sum of one or more reports that are known to hold different joules."""
    first, *others = reports
    total = kind(**{each.name: getattr(first, each.name) for each in fields(ReportFields)})
    return reduce(lambda a, b: joined(a, b, kind), others, total)


def of_cell(reports: Iterable[R], cell_id: str | None = None) -> R:
    """Return a cell's own report, of one or more in its output.

    Of those of one window the last is the refined one. Those with the cell's id go
    before others, which were made in another cell; in a copied cell all were. Of
    several windows the longest is the cell's: the others were opened within it. The
    panel chooses in the same way (``cellrow.ts``).
    """
    last = {report.run_id: report for report in reports}
    own = [report for report in last.values() if report.cell_id == cell_id]
    return max(own or last.values(), key=lambda report: report.duration_s)


def total_provenance(kinds: Iterable[str]) -> str | None:
    """Return how a total came about, ``None`` where nothing is in it.

    ``mixed`` is for measured and estimated joules together. Of counters and
    integrated power the total has the weaker kind, which is power.
    """
    found = set(kinds)
    if len(found) > 1 and found <= _MEASURED:
        return Provenance.POWER.value
    return found.pop() if len(found) == 1 else MIXED if found else None


def _refuse_twice(a: ReportFields, b: ReportFields) -> None:
    for first, second in metered_times(a).at_once(metered_times(b)):
        if first.run_id == second.run_id:
            raise ValueError(
                f"{name_of(a)} and {name_of(b)} are the same window, and its joules would "
                "count twice: add each report once"
            )
        _refuse_at_once(a, first.host, b, second.host)


def _refuse_at_once(
    a: ReportFields, first_host: str | None, b: ReportFields, second_host: str | None
) -> None:
    """Refuse windows that were open at the same time, unless on two hosts without a board shared.

    The clocks of two hosts may differ: windows that only seem to overlap are right to add, too.
    """
    names = f"{name_of(a)} and {name_of(b)}"
    if first_host is None or second_host is None:
        raise ValueError(
            f"{names} were measured at the same time, and one does not say on which host: the "
            "same joules might count twice. Of nested windows, add only the outer one"
        )
    if first_host == second_host:
        raise ValueError(
            f"{names} were measured at the same time on one host, so the same "
            "joules would count twice: of nested windows, add only the outer one"
        )
    shared = _boards(a) & _boards(b)
    if shared:
        raise ValueError(
            f"{names} were measured at the same time, and the board {printable(min(shared))} is in "
            "both: its joules would count twice"
        )


def _boards(report: ReportFields) -> set[str]:
    return {d.board for d in report.domains.values() if d.counted and d.board is not None}


def _read_s(energy_j: float | None, mean_power_w: float | None, duration_s: float) -> float:
    """Return the seconds in which joules were read: in a sum, not every part may have been."""
    return energy_j / mean_power_w if energy_j and mean_power_w else duration_s


def uncertainty_of_sum(parts: Iterable[ReportFields | DomainReport]) -> tuple[float, float]:
    """Return the half-width of a sum's 95 % interval, and its part from bounds: see :func:`add`."""
    bounds_j = known_j2 = 0.0
    for part in parts:
        bound_j = _bound_part_j(part)
        bounds_j += bound_j
        known_j2 += (part.uncertainty_j or 0.0) ** 2 - bound_j**2
    return math.hypot(bounds_j, math.sqrt(max(0.0, known_j2))), bounds_j


def _bound_part_j(part: ReportFields | DomainReport) -> float:
    if part.bound_part_j is not None:
        return part.bound_part_j
    is_bound = is_below_resolution(part.energy_j, part.uncertainty_j)
    return part.uncertainty_j or 0.0 if is_bound else 0.0


def net_of_sum(measured: Sequence[ReportFields]) -> tuple[float | None, float | None]:
    """Return the joules above idle and their uncertainty, if every part has them."""
    if not measured or any(r.net_energy_j is None for r in measured):
        return None, None
    of_baseline_j = (
        math.sqrt(max(0.0, (r.net_uncertainty_j or 0.0) ** 2 - (r.uncertainty_j or 0.0) ** 2))
        for r in measured
    )
    uncertainty_j = math.hypot(uncertainty_of_sum(measured)[0], sum(of_baseline_j))
    return sum(r.net_energy_j or 0.0 for r in measured), uncertainty_j


def _domains(a: ReportFields, b: ReportFields) -> dict[str, DomainReport]:
    both = dict(a.domains)
    places = _places(a, b)
    for id_, domain in b.domains.items():
        place = places[id_]
        if place in both:
            both[place] = _domain(a, both[place], b, domain)
        else:
            both[place] = replace(domain, id=place)
    return both


def _places(a: ReportFields, b: ReportFields) -> dict[str, str]:
    """Return under which id each domain of `b` stands in a sum with `a`.

    The same board may have another number in another container, and another one the same.
    """
    return {id_: _place(a, domain) for id_, domain in b.domains.items()}


def _place(a: ReportFields, domain: DomainReport) -> str:
    if domain.board is None:
        return domain.id
    for id_, known in a.domains.items():
        if known.board == domain.board and _scope(id_) == _scope(domain.id):
            return id_
    known_there = a.domains.get(domain.id)
    if known_there is None or known_there.board is None:
        return domain.id
    return f"{domain.id}@{domain.board[:_BOARD_LETTERS]}"


def _scope(id_: str) -> str:
    """Return which part of a board a domain is: of ``gpu:0/memory@GPU-1a2b`` it is ``memory``."""
    return id_.partition("@")[0].partition("/")[2]


def _domain(
    a: ReportFields, first: DomainReport, b: ReportFields, second: DomainReport
) -> DomainReport:
    if first.counted != second.counted:  # what is in the totals is in their sum
        return first if first.counted else second
    provenance = min((first.provenance, second.provenance), key=WEAKEST_FIRST.index)
    first_s = _read_s(first.energy_j, first.mean_power_w, a.duration_s)
    second_s = _read_s(second.energy_j, second.mean_power_w, b.duration_s)
    energy_j = first.energy_j + second.energy_j
    uncertainty_j, bound_part_j = uncertainty_of_sum((first, second))
    integrated = first.integrated_power_j, second.integrated_power_j
    return replace(
        first,
        device=_both(first.device, second.device),
        source=_both(first.source, second.source),
        energy_j=energy_j,
        uncertainty_j=uncertainty_j,
        bound_part_j=bound_part_j,
        mean_power_w=energy_j / (first_s + second_s) if first_s + second_s > 0 else 0.0,
        provenance=provenance,
        resolution_s=max(first.resolution_s, second.resolution_s),
        flags=tuple(_united(first.flags, second.flags)),
        note=first.note if first.note == second.note else None,
        scale=_scale(first.scale, second.scale),
        integrated_power_j=None if None in integrated else sum(p for p in integrated if p),
        conditions=_conditions(first, first_s, second, second_s),
    )


def _scale(first: Scale | None, second: Scale | None) -> Scale | None:
    """Return the scale of one domain in both; that of different boards is the wider one."""
    if first is None or second is None or first == second:
        return first or second
    wider = max((first, second), key=lambda each: each.factor)
    return replace(
        wider,
        group=_both(first.group, second.group),
        source=_both(first.source, second.source),
    )


def _conditions(
    first: DomainReport, first_s: float, second: DomainReport, second_s: float
) -> dict[str, float]:
    """Return the mean utilisation and the highest temperature; a power limit only if it stayed."""
    a, b = first.conditions, second.conditions
    found = {}
    if "utilization_percent" in a and "utilization_percent" in b and first_s + second_s > 0:
        busy_s = a["utilization_percent"] * first_s + b["utilization_percent"] * second_s
        found["utilization_percent"] = busy_s / (first_s + second_s)
    if "temperature_c" in a and "temperature_c" in b:
        found["temperature_c"] = max(a["temperature_c"], b["temperature_c"])
    if "power_limit_w" in a and a["power_limit_w"] == b.get("power_limit_w"):
        found["power_limit_w"] = a["power_limit_w"]
    return found


def _chained(a: ReportFields, b: ReportFields) -> ReportTrace:
    """Return one curve after the other, over the time that was metered."""
    return ChainedTrace(a.trace, a.duration_s, b.trace, _places(a, b))


def _gaps(a: ReportFields, b: ReportFields) -> tuple[tuple[float, float], ...]:
    """Return the gaps of both, the longest ones where a record has no room for all."""
    gaps = (*a.gaps, *((t0 + a.duration_s, t1 + a.duration_s) for t0, t1 in b.gaps))
    longest = sorted(gaps, key=lambda gap: gap[0] - gap[1])[:MAX_GAPS]
    return tuple(sorted(longest))


def _marks(a: ReportFields, b: ReportFields) -> tuple[Mark, ...]:
    """Return the marks of both, thinned evenly where a record has no room for all."""
    later = (replace(mark, t_s=mark.t_s + a.duration_s) for mark in b.marks)
    marks = (*a.marks, *later)
    return marks[:: -(-len(marks) // MAX_MARKS) or 1]


def _flags(a: ReportFields, b: ReportFields) -> tuple[str, ...]:
    found = _united(a.flags, b.flags)
    measured = [r for r in (a, b) if r.energy_j is not None]
    counted = [[d for d in r.domains.values() if d.counted] for r in measured]
    if len({frozenset((d.id, d.board) for d in each) for each in counted}) > 1:
        found = _united(found, (SENSORS_DIFFER,))
    return tuple(found)


def _metric(earlier: ReportFields, later: ReportFields) -> dict[str, float]:
    """Return the metrics of both; of one that both have, the later window's."""
    both = {**earlier.metric, **later.metric}
    return dict([*both.items()][-MAX_METRICS:])


def _label(a: ReportFields, b: ReportFields) -> str:
    label = f"{name_of(a)} + {name_of(b)}"
    return label if len(label) <= MAX_LABEL else f"{label[: MAX_LABEL - 4]} + …"


def _both(first: str, second: str) -> str:
    return first if second in first.split(", ") else f"{first}, {second}"


def _united(first: Iterable[_T], second: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys((*first, *second)))
