r"""Windows: the processor's energy counters, by the Energy Meter Interface's performance counters.

Microsoft, "Energy Meter Interface": from Windows 10 on drivers give accumulated energy in
picowatt-hours. The counter set ``Energy Meter`` shows it to any user; of an Intel or AMD
processor, where the driver shows it, its instances are RAPL's domains: ``RAPL_Package0_PKG``,
``…_PP0`` (the cores), ``…_PP1`` (what else is in the package), ``…_DRAM``. How often they are
refreshed is not documented, so it is watched once, at the begin.

Never seen on real hardware.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from . import cpuinfo, rapl, rapl_zones
from .base import Domain, Found, Missing, Reading, Source
from .pdh import PdhError, RawCounters

COUNTERS = r"\Energy Meter(*)\Energy"
UNIT_J = 3.6e-9
"""A picowatt-hour."""
SLOWEST_S = 1.2
"""A package whose counter shows one figure for so long does not count."""
WATCHED = 5
ENOUGH_S = 0.2
"""Where a counter was seen to be refreshed once, and then not for so long, it is not watched on."""
_STEP_S = 0.001
LEAST_W = 0.2
"""No processor that runs this draws less."""
_FRESH_NS = 500_000
"""One look at all counters serves every domain that is asked for within half a millisecond."""

_INSTANCE = re.compile(r"RAPL_Package(\d+)_(PKG|PP0|PP1|DRAM)", re.IGNORECASE)
_FAMILIES = {"PKG": "package", "PP0": "core", "PP1": "uncore", "DRAM": "dram"}

ABSENT = "Windows shows no energy meter of the processor here"
REMEDY = (
    '`typeperf -qx "Energy Meter"` lists what Windows shows; RAPL_Package0_PKG is what is read. '
    "Virtual machines and some drivers show none: accept the CPU estimate, or measure on Linux."
)


class _Refresh(NamedTuple):
    """What was seen of a counter from one refresh to the next."""

    duration_s: float
    power_w: float


class EnergyMeter(Source):
    """Reads all counters at once and hands them out by domain."""

    name = "emi"

    def __init__(self, counters: RawCounters, instances: Sequence[tuple[str, Domain]]) -> None:
        self._counters = counters
        self._instances = list(instances)
        self._shown: Mapping[str, int] = {}
        self._t_ns = 0

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain per instance that counts."""
        return [domain for _, domain in self._instances]

    def read(self, index: int) -> Reading:
        """Return one domain's counter, in picowatt-hours."""
        instance, domain = self._instances[index]
        before = time.monotonic_ns()
        if before - self._t_ns > _FRESH_NS:
            try:
                self._shown = self._counters.read()
            except PdhError as error:
                self._t_ns = 0
                return Reading(before, error=f"energy of {domain.id}: {error}")
            self._t_ns = (before + time.monotonic_ns()) // 2
        if instance not in self._shown:
            return Reading(self._t_ns, error=f"energy of {domain.id}: {instance} shows none now")
        return Reading(self._t_ns, counter=self._shown[instance])

    def close(self) -> None:
        """Close the query."""
        self._counters.close()


def probe(system: str = sys.platform) -> Found:
    """Open the counters on Windows; elsewhere nothing is missing."""
    if system != "win32":
        return Found()
    try:
        counters = RawCounters(COUNTERS)
    except PdhError as error:
        return _missing(f"{ABSENT}: {error}")
    try:
        found = _found(counters)
    except PdhError as error:
        found = _missing(f"{ABSENT}: {error}")
    if found.source is None:
        counters.close()
    return found


def _found(counters: RawCounters) -> Found:
    shown = _of_processor(counters.read())
    package = next((each for each, (_, family) in shown.items() if family == "package"), None)
    if package is None:
        return _missing(ABSENT)
    refresh = _refresh(counters, package)
    if refresh is None:
        return _missing(f"the counter of {package} stands still")
    if not LEAST_W <= refresh.power_w <= rapl_zones.UNKNOWN_LIMIT_W:
        return _missing(f"{package} would draw {refresh.power_w:.3g} W: it counts in another unit")
    # No period is known better than the clock: before Python 3.13 Windows' has steps of 16 ms.
    clock_s = time.get_clock_info("monotonic").resolution
    period_s = max(refresh.duration_s, clock_s, rapl_zones.RESOLUTION_S)
    processor = cpuinfo.model_name(cpuinfo.text_of(rapl.CPUINFO))
    instances = [
        (instance, _domain(number, family, processor, period_s))
        for instance, (number, family) in shown.items()
    ]
    return Found(EnergyMeter(counters, instances))


def _of_processor(shown: Mapping[str, int]) -> dict[str, tuple[int, str]]:
    """Return package and family of each instance of RAPL; those that show 0 are not there."""
    found = {
        instance: (int(match[1]), _FAMILIES[match[2].upper()])
        for instance, value in shown.items()
        if value and (match := _INSTANCE.fullmatch(instance))
    }
    order = list(_FAMILIES.values())
    return dict(sorted(found.items(), key=lambda each: (each[1][0], order.index(each[1][1]))))


def _refresh(counters: RawCounters, instance: str) -> _Refresh | None:
    """Watch an instance over some refreshes; return ``None`` if it stands still.

    The shortest is the one that counts: a busy machine makes others seem longer.
    """
    looked_s = time.perf_counter()
    last, refreshed_s = counters.read().get(instance, 0), None
    seen: list[_Refresh] = []
    while len(seen) < WATCHED:
        time.sleep(_STEP_S)
        value, now_s = counters.read().get(instance, 0), time.perf_counter()
        if value != last:
            if refreshed_s is not None:
                duration_s = now_s - refreshed_s
                seen.append(_Refresh(duration_s, (value - last) * UNIT_J / duration_s))
            last, refreshed_s, looked_s = value, now_s, now_s
        if now_s - looked_s > (ENOUGH_S if seen else SLOWEST_S):
            break
    return min(seen, default=None)


def _domain(package: int, family: str, processor: str, period_s: float) -> Domain:
    return replace(
        rapl_zones.domain(f"cpu:{package}", family, EnergyMeter.name, processor),
        resolution_s=period_s,
        unit_j=UNIT_J,
    )


def _missing(reason: str) -> Found:
    return Found(missing=(Missing("emi", reason, REMEDY),))
