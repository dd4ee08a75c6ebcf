"""The joules of each domain within one window, from what was read about that time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ..estimator.energy import energy_within, nominal_period, stands_still
from ..estimator.quantity import DomainEnergy, Interval
from ..estimator.refreshes import Period
from ..flags import DISAGREES, LOST
from ..report.fields import DomainReport
from ..sampler.accumulator import DomainSample
from ..sources.base import Domain, Missing, Provenance
from .agreement import Agreement, seen_in
from .evidence import Evidence, believed
from .readings import Readings
from .surroundings import Surroundings

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


class Found(NamedTuple):
    """The joules of each domain within a window, and what is missing."""

    domains: dict[str, DomainReport]
    missing: list[Missing]


def domain_reports(
    window: Interval, others: Sequence[Interval], read: Readings, around: Surroundings
) -> Found:
    """Return the joules of each domain within a window that has ended, and what is missing.

    Parameters
    ----------
    window, others
        The window, and those near it.
    read
        What was read about that time.
    around
        What is known besides.
    """
    domains: dict[str, DomainReport] = {}
    absent: list[Missing] = []
    for known in read.domains:
        evidence = _evidence(known, window, read, around)
        domain, readings = evidence.domain, evidence.readings
        if domain.counted and stands_still(domain, readings, window):
            reason = f"its counter did not move in {window.duration_s:.1f} s"
            absent.append(Missing(domain.id, reason, REMEDY_STANDS_STILL))
            continue
        lost_ns = _lost_ns(domain, readings, window)
        interval = window._replace(end_ns=lost_ns) if lost_ns else window
        period = _period(domain, readings, around)
        found = energy_within(domain, readings, interval, others, period)
        if lost_ns and found is not None:
            found = replace(found, flags=(*found.flags, LOST))
            after_s = (lost_ns - window.begin_ns) * 1e-9
            reason = read.errors.get(domain.id, "no further reading")
            reason = f"after {after_s:.1f} s: {reason}; its joules stop there"
            absent.append(Missing(domain.id, reason, REMEDY_NO_READING))
        if found is None:
            reason = read.errors.get(domain.id, "no reading arrived during the window")
            absent.append(Missing(domain.id, reason, REMEDY_NO_READING))
            continue
        found = replace(found, flags=(*evidence.flags, *found.flags))
        domains[domain.id] = _domain(domain, found, window, read, around)
    return Found(domains, absent)


def _evidence(known: Domain, window: Interval, read: Readings, around: Surroundings) -> Evidence:
    """Return what is believed of a domain, by all windows so far and by this one."""
    agreement = around.agreements.get(known.id, Agreement())
    alone = seen_in(known, read.readings, window)
    if alone is not None and (alone.disagrees or not agreement.seconds):
        agreement = alone
    return believed(known, read.readings, agreement)


def _period(domain: Domain, readings: Sequence[DomainSample], around: Surroundings) -> Period:
    """Return a counter's refresh period, as far as readings say how long ago the last one was.

    Of one that a slow driver took its time to show it lies the longer ago.
    """
    known = around.periods.get(domain.id) or nominal_period(domain)
    slowest_s = max((reading.took_s for reading in readings), default=0.0)
    return replace(known, margin_s=known.margin_s + slowest_s) if slowest_s else known


def _lost_ns(domain: Domain, readings: Sequence[DomainSample], window: Interval) -> int | None:
    """Return when a device was read last, if that was so long before the end that it is lost."""
    if not readings or readings[-1].t_ns <= window.begin_ns:
        return None
    silent_s = (window.ended_ns - readings[-1].t_ns) * 1e-9
    return readings[-1].t_ns if silent_s > max(LOST_S, 5 * domain.resolution_s) else None


def _domain(
    domain: Domain, found: DomainEnergy, window: Interval, read: Readings, around: Surroundings
) -> DomainReport:
    bridged_j = BRIDGED_SD * 1.96 * read.bridged_j.get(domain.id, 0.0)
    integrated_j = _integrated_power_j(domain, window, read)
    flags = [*found.flags, *domain.flags, *sorted(read.flags.get(domain.id, set()))]
    is_known_to = domain.provenance is Provenance.COUNTER and (
        around.agreements.get(domain.id, Agreement()).disagrees
    )
    if is_known_to or (
        integrated_j is not None and _disagree(found.energy_j, integrated_j, window)
    ):
        flags.append(DISAGREES)
    flags += around.device_flags(domain.id)
    return DomainReport(
        id=domain.id,
        device=domain.device,
        source=domain.source,
        energy_j=found.energy_j,
        uncertainty_j=math.hypot(found.uncertainty_j, bridged_j)
        + read.unsure_j.get(domain.id, 0.0),
        mean_power_w=found.energy_j / window.duration_s if window.duration_s > 0 else 0.0,
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


def _integrated_power_j(domain: Domain, window: Interval, read: Readings) -> float | None:
    """Integrate the power that is reported beside a counter, by the trapezoid rule."""
    if domain.provenance is not Provenance.COUNTER or window.duration_s < CROSS_CHECK_S:
        return None
    begin_ns, end_ns = window.begin_ns, window.ended_ns
    known = [
        (reading.t_ns * 1e-9, reading.power_w)
        for reading in read.readings.get(domain.id, ())
        if reading.power_w is not None and begin_ns <= reading.t_ns <= end_ns
    ]
    pairs = list(itertools.pairwise(known))
    covered_s = known[-1][0] - known[0][0] if pairs else 0.0
    if covered_s < 0.9 * window.duration_s:
        return None
    joules = sum((p0 + p1) / 2 * (t1 - t0) for (t0, p0), (t1, p1) in pairs)
    return joules * window.duration_s / covered_s


def _disagree(energy_j: float, integrated_j: float, window: Interval) -> bool:
    return window.duration_s >= CROSS_CHECK_S and abs(integrated_j - energy_j) > (
        MOST_DISAGREEMENT * max(energy_j, integrated_j)
    )
