"""Apple silicon: the energy counters of macOS's IOReport, read through ``zeus_apple_silicon``.

The library's ``AppleEnergyMonitor.get_cumulative_energy`` gives millijoules per
part of the chip since an arbitrary time, ``None`` for a part that the chip does
not report. No privilege is needed. IOReport's group is called "Energy Model": the
counters come from the chip's firmware, and Apple's manual of ``powermetrics``
calls figures of this kind estimates. Nothing is published about their error.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Sequence
from typing import Any

from ..flags import FIRMWARE_MODEL
from . import scales
from .base import Domain, Found, Missing, Provenance, Reading, Source

RESOLUTION_S = 0.01
"""The refresh is not documented; below about 10 ms the library's README sees quantisation."""


_FRESH_NS = 2_000_000
"""One look at all counters serves every domain that is asked for within 2 ms."""

_LIMIT_W = 1000.0
"""Far above what any chip of the family draws."""

_INSIDE_CPU = "part of the CPU"
# The field of the library's metrics, the domain's id, and why it is not counted.
_PARTS = (
    ("cpu_total_mj", "cpu", ""),
    ("dram_mj", "dram", ""),
    ("gpu_mj", "gpu:0", ""),
    ("ane_mj", "ane", ""),
    ("gpu_sram_mj", "gpu:0/sram", "not documented whether the GPU's figure contains it"),
    ("efficiency_cluster_mj", "cpu/efficiency", _INSIDE_CPU),
    ("performance_cluster_mj", "cpu/performance", _INSIDE_CPU),
)
_NAMES = {
    "cpu": "CPU",
    "dram": "memory",
    "gpu:0": "GPU",
    "ane": "Neural Engine",
    "gpu:0/sram": "GPU memory on the chip",
    "cpu/efficiency": "efficiency cores",
    "cpu/performance": "performance cores",
}

REMEDY_NOT_INSTALLED = "Run `pip install 'jupyter-green[apple]'` in the kernel's environment."
REMEDY_NO_COUNTERS = (
    "A virtual machine shows no energy counters: measure on the Mac itself. On a new chip, "
    "`pip install -U zeus-apple-silicon` may know them."
)


class Apple(Source):
    """Reads all counters of the chip at once and hands them out by domain."""

    name = "apple"

    def __init__(self, monitor: Any, parts: Sequence[tuple[str, Domain]]) -> None:
        self._monitor = monitor
        self._parts = list(parts)
        self._metrics: Any = None
        self._t_ns = 0

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain per part that the chip reports."""
        return [domain for _, domain in self._parts]

    def read(self, index: int) -> Reading:
        """Return one part's counter, in mJ."""
        field, domain = self._parts[index]
        before = time.monotonic_ns()
        if self._metrics is None or before - self._t_ns > _FRESH_NS:
            try:
                self._metrics = self._monitor.get_cumulative_energy()
            except Exception as error:  # noqa: BLE001  (the extension raises what C++ throws)
                self._metrics = None
                return Reading(before, error=f"energy of {domain.id}: {error}")
            self._t_ns = (before + time.monotonic_ns()) // 2
        counter_mj = _millijoules(self._metrics, field)
        if counter_mj is None:
            return Reading(self._t_ns, error=f"energy of {domain.id}: the chip reports none now")
        return Reading(self._t_ns, counter=counter_mj)

    def close(self) -> None:
        """Let the monitor go."""
        self._monitor = self._metrics = None


def probe(system: str = sys.platform, machine: str = platform.machine()) -> Found:
    """Open the counters on a Mac with Apple silicon; elsewhere nothing is missing."""
    if system != "darwin" or machine != "arm64":
        return Found()
    try:
        import zeus_apple_silicon
    except ImportError:
        reason = "the package zeus-apple-silicon is not installed"
        return Found(missing=(Missing("apple", reason, REMEDY_NOT_INSTALLED),))
    try:
        monitor = zeus_apple_silicon.AppleEnergyMonitor()
        metrics = monitor.get_cumulative_energy()
    except Exception as error:  # noqa: BLE001  (the extension raises what C++ throws)
        reason = f"IOReport gives no energy: {error}"
        return Found(missing=(Missing("apple", reason, REMEDY_NO_COUNTERS),))
    parts = [
        (field, _domain(id_, note))
        for field, id_, note in _PARTS
        if _millijoules(metrics, field) is not None
    ]
    if not any(domain.counted for _, domain in parts):
        reason = "IOReport reports no energy of this chip"
        return Found(missing=(Missing("apple", reason, REMEDY_NO_COUNTERS),))
    return Found(Apple(monitor, parts))


def _domain(id_: str, note: str) -> Domain:
    return Domain(
        id=id_,
        device=f"Apple silicon, {_NAMES[id_]}",
        source=Apple.name,
        provenance=Provenance.COUNTER,
        resolution_s=RESOLUTION_S,
        counted=not note,
        unit_j=1e-3,
        power_limit_w=_LIMIT_W,
        scale=scales.firmware_model(id_),
        note=note,
        flags=(FIRMWARE_MODEL,),
    )


def _millijoules(metrics: Any, field: str) -> int | None:
    """Return a field's energy: a number, or the sum over clusters; ``None`` where it is absent."""
    value = getattr(metrics, field, None)  # versions before 1.1 have no clusters
    return sum(value) if isinstance(value, list) else value
