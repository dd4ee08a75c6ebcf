"""What can be measured on this machine, found out by a short measurement.

A list of sensors says what should be there. Here each one is read for some seconds,
so that what is said about it (its power, its refresh period, whether counter and power
agree) was observed.
"""

from __future__ import annotations

import itertools
import os
import platform
import stat
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .._version import __version__
from ..estimator.refreshes import Period
from ..flags import REPLAYED
from ..meter.domains import MOST_DISAGREEMENT
from ..meter.meter import Meter
from ..meter.synchronise import FRAMEWORKS
from ..meter.trace import Point
from ..report.fields import DomainReport, ReportTrace
from ..report.report import Report
from ..sampler import lineage
from ..sampler.greeting import SERVICE
from ..sampler.host_load import HostLoad
from ..sampler.load import PROC_ROOT
from ..sampler.neighbours import Neighbours
from ..sources import cpu_busy, perf_event, pyrapl, rapl, remedies
from ..sources.base import Domain, Missing, Provenance
from ..sources.remedies import Remedy
from ..sources.variables import POWERCAP_VARIABLE
from .seconds import LONGEST_S, SECONDS, SHORTEST_S

SCHEMA = "jupyter-green.doctor.v1"

MEASURED, ESTIMATED, NOTHING = 0, 1, 2
"""Exit codes: something is measured; joules are only estimated or replayed; there are none."""

_LEAST_COVERED = 0.5
"""The share of the time for which the reported power must be known to be compared."""
_WATCH_S = 1.0
_WATCH_INTERVAL_S = 0.005
"""Counters are read this often and this long to see their refreshes."""
_LEAST_READINGS = 3
"""Readings that a refresh period has to hold for none to go unseen."""
_LEAST_REFRESHES = 4

EVERY_USER = "every user"


@dataclass(frozen=True)
class Sensor:
    """One domain, as it was seen."""

    id: str
    device: str
    source: str
    provenance: str
    counted: bool
    note: str
    """Why it is not in the total, or what a model rests on."""
    flags: tuple[str, ...]
    permission: str
    """Who may read it: :data:`EVERY_USER`, ``root``, ``group``, ``perf``, or ``granted``; or that
    the host's ``service`` reads it."""
    mean_power_w: float | None
    """``None`` where nothing could be read."""
    nominal_period_s: float
    """How often the hardware is said to refresh the figure."""
    observed_period_s: float | None
    """How often it did, ``None`` where no refresh was seen, or none is looked for."""
    observed_margin_s: float | None
    """Half-width of the bounds of the observed period."""
    reported_power_w: float | None
    """The mean of the power that the hardware reports beside its counter."""
    agrees: bool | None
    """Whether the two agree within 5 % and the counter's own uncertainty."""


@dataclass(frozen=True)
class Absence:
    """A sensor that cannot be read, why, and each way out."""

    id: str
    reason: str
    remedies: tuple[Remedy, ...]


@dataclass(frozen=True)
class Place:
    """Where this runs. It holds no name of a host or a user."""

    version: str
    """Of jupyter-green."""
    python: str
    platform: str
    cpus: int | None
    """Of the host, as far as it shows them."""
    usable_cpus: float | None
    """Of these, what a container's limits leave to this process."""
    has_host_load: bool
    """Whether the CPU time of the whole host can be read, and so the kernel's share be computed."""
    other_meters: int | None
    """Other programs that metered at that time; ``None`` where they cannot be seen."""
    gpu_frameworks: tuple[str, ...]
    """Those that are imported here, whose GPU work is waited for at the edges of a cell."""
    baseline_age_s: float | None
    baseline_note: str
    service: str | None = None
    """The socket of the host's service that reads; ``None`` where this program's own does."""


@dataclass(frozen=True)
class Diagnosis:
    """What can be measured on a machine, as observed over some seconds."""

    duration_s: float
    place: Place
    sensors: tuple[Sensor, ...]
    missing: tuple[Absence, ...]
    flags: tuple[str, ...]
    """What held for the measurement as a whole, as in a report."""

    @property
    def exit_code(self) -> int:
        """:data:`MEASURED`, :data:`ESTIMATED` or :data:`NOTHING`."""
        read = [sensor for sensor in self.sensors if sensor.mean_power_w is not None]
        if any(s.provenance != Provenance.ESTIMATE.value and REPLAYED not in s.flags for s in read):
            return MEASURED
        return ESTIMATED if read else NOTHING

    def to_dict(self) -> dict[str, Any]:
        """Return the diagnosis as JSON types."""
        return {"schema": SCHEMA, "exit_code": self.exit_code, **asdict(self)}


def examine(
    meter: Meter,
    seconds: float = SECONDS,
    *,
    proc_root: Path = PROC_ROOT,
    sleep: Callable[[float], None] = time.sleep,
    new_meter: Callable[[float], Meter] = Meter,
) -> Diagnosis:
    """Measure for some seconds, and say what was seen.

    Where there are counters that are refreshed slowly, another second goes by before,
    in which they are watched by a meter of its own.

    Parameters
    ----------
    meter
        The meter to measure with. Its other windows go on.
    seconds
        How long. Counter and reported power are compared best over 5 s or more.
    proc_root
        Where the host's CPU time is read.
    sleep
        What lets seconds go by.
    new_meter
        Makes a meter with that sampling period.

    Raises
    ------
    ValueError
        For a time below half a second or above ten minutes.
    """
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise ValueError(f"measure for {SHORTEST_S:g} to {LONGEST_S:g} seconds, not {seconds:g}")
    periods = _watch(meter.discover().domains, sleep, new_meter)
    window = meter.begin_unbooked("doctor")
    status = "interrupted"
    try:
        sleep(seconds)
        status = "ok"
    finally:
        window.end(status, wait=False)
    report = window.report
    assert window.begin_ns is not None
    assert window.end_ns is not None
    if meter.service:  # it meters for this program, and would be taken for another
        others: int | None = window.recording.surroundings.other_meters
    else:
        others = _other_meters(window.begin_ns, window.end_ns)
    return Diagnosis(
        duration_s=report.duration_s,
        place=_place(meter, others, proc_root),
        sensors=tuple(
            _sensor(domain, report, periods, SERVICE if meter.service else "")
            for domain in window.domains
        ),
        missing=tuple(_absence(missing) for missing in report.missing),
        flags=report.flags,
    )


# --- each sensor ----------------------------------------------------------------------------


def _sensor(domain: Domain, report: Report, periods: Mapping[str, Period], reader: str) -> Sensor:
    """Return what was seen of a domain that this program, or another `reader`, has read."""
    found = report.domains.get(domain.id)
    period = periods.get(domain.id)
    reported_j = _reported_j(domain, found, report) if found else None
    return Sensor(
        id=domain.id,
        device=domain.device,
        source=domain.source,
        provenance=domain.provenance.value,
        counted=domain.counted,
        note=domain.note,
        flags=found.flags if found else domain.flags,
        permission=reader or _permission(domain.source),
        mean_power_w=found.mean_power_w if found else None,
        nominal_period_s=domain.resolution_s,
        observed_period_s=period.seconds if period else None,
        observed_margin_s=period.margin_s if period else None,
        reported_power_w=None if reported_j is None else reported_j / report.duration_s,
        agrees=None if found is None or reported_j is None else _agree(found, reported_j),
    )


def _reported_j(domain: Domain, found: DomainReport, report: Report) -> float | None:
    """Integrate the power that is reported beside a counter.

    The report has it for long windows. The curve of a short one has it where the
    hardware says what kind of power it reports; else the curve is the counter's.
    """
    if domain.provenance is not Provenance.COUNTER:
        return None
    if found.integrated_power_j is not None:
        return found.integrated_power_j
    mean_w = mean_power_w(report.trace, domain.id, report.duration_s) if domain.power_kind else None
    return None if mean_w is None else mean_w * report.duration_s


def mean_power_w(trace: ReportTrace, id_: str, duration_s: float) -> float | None:
    """Return the mean of a curve by the trapezoid rule, ``None`` where too little is known."""
    watts = trace.power_w.get(id_, ())
    known = [(t_s, w) for t_s, w in zip(trace.t_s, watts, strict=False) if w is not None]
    covered_s = known[-1][0] - known[0][0] if known else 0.0
    if covered_s <= 0 or covered_s < _LEAST_COVERED * duration_s:
        return None
    joules = sum((w0 + w1) / 2 * (t1 - t0) for (t0, w0), (t1, w1) in itertools.pairwise(known))
    return joules / covered_s


def _agree(found: DomainReport, reported_j: float) -> bool:
    tolerance_j = MOST_DISAGREEMENT * max(found.energy_j, reported_j) + found.uncertainty_j
    return abs(reported_j - found.energy_j) <= tolerance_j


def _permission(source: str) -> str:
    """Return who may read a source that is being read here."""
    if source == perf_event.PerfEvent.name:
        return "perf"
    if source not in (rapl.Rapl.name, pyrapl.PyRapl.name):
        return "granted"
    if any(mode & stat.S_IROTH for mode in _rapl_modes()):
        return EVERY_USER
    return "root" if os.geteuid() == 0 else "group"


def _rapl_modes() -> list[int]:
    """Return the file modes of RAPL's counters."""
    root = Path(os.environ.get(POWERCAP_VARIABLE) or rapl.POWERCAP_ROOT)
    modes = []
    for zone, is_readable in rapl.access(root):
        if is_readable:
            try:
                modes.append((root / zone / "energy_uj").stat().st_mode)
            except OSError:
                continue
    return modes


def _absence(missing: Missing) -> Absence:
    ways = remedies.of(missing.remedy)
    if not ways and missing.remedy:
        ways = (Remedy(missing.remedy.removesuffix(".")),)
    return Absence(missing.id, missing.reason, ways)


# --- how often counters are refreshed -------------------------------------------------------


def _watch(
    domains: Iterable[Domain],
    sleep: Callable[[float], None],
    new_meter: Callable[[float], Meter],
) -> dict[str, Period]:
    """Read counters so often that no refresh goes unseen; return their periods.

    What the meter itself knows of them starts from the nominal period, and is
    there only once windows were measured.
    """
    slow = [
        domain.id
        for domain in domains
        if domain.provenance is Provenance.COUNTER
        and domain.resolution_s >= _LEAST_READINGS * _WATCH_INTERVAL_S
    ]
    if not slow:
        return {}
    points: list[Point] = []
    with new_meter(_WATCH_INTERVAL_S) as meter:
        window = meter.begin_unbooked("doctor", points.append)
        sleep(_WATCH_S)
        window.end(wait=False)
    found = {
        id_: observed_period([(p.t_ns, p.energy_j[id_]) for p in points if id_ in p.energy_j])
        for id_ in slow
    }
    return {id_: period for id_, period in found.items() if period is not None}


def observed_period(readings: Sequence[tuple[int, float]]) -> Period | None:
    """Return the refresh period of a counter from dense readings: (t_ns, energy_j).

    ``None`` where it changed too rarely, or with so many of the readings that some
    refreshes may have gone unseen.
    """
    pairs = list(itertools.pairwise(readings))
    changed_s = [t1 * 1e-9 for (_, before), (t1, after) in pairs if after != before]
    if len(changed_s) < _LEAST_REFRESHES or len(pairs) < _LEAST_READINGS * len(changed_s):
        return None
    apart_s = [b - a for a, b in itertools.pairwise(changed_s)]
    usual_s = statistics.median(apart_s)
    # A reading that came late may have passed over one: count whole periods.
    periods = sum(max(1, round(each / usual_s)) for each in apart_s)
    span_s = changed_s[-1] - changed_s[0]
    step_s = statistics.median((t1 - t0) * 1e-9 for (t0, _), (t1, _) in pairs)
    return Period(span_s / periods, step_s / periods, observed=True)


# --- the place ------------------------------------------------------------------------------


def _place(meter: Meter, other_meters: int | None, proc_root: Path) -> Place:
    load = HostLoad(os.getpid(), proc_root).read()
    busy = cpu_busy.find(proc_root)
    return Place(
        version=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpus=load.cpus if load else os.cpu_count(),
        usable_cpus=busy.vcpus if busy else None,
        has_host_load=load is not None,
        other_meters=other_meters,
        gpu_frameworks=_imported(tuple(FRAMEWORKS)),
        baseline_age_s=meter.baseline.age_s() if meter.baseline else None,
        baseline_note=meter.baseline.age_note() if meter.baseline else "",
        service=meter.service,
    )


def _imported(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in sys.modules)


def _other_meters(begin_ns: int, end_ns: int) -> int | None:
    """Return how many other programs metered then, ``None`` where they cannot be seen."""
    with closing(Neighbours(program=lineage.program(os.getpid()))) as registry:
        return registry.overlapping(begin_ns, end_ns) if registry.available else None
