"""The CPU estimate, for machines whose processor shows no energy counter.

watts = vCPUs x idle + busy vCPUs x (full - idle), with the watts per vCPU of the
processor's architecture between idle and full load from the Cloud Carbon
Footprint coefficients (``data/cpu_watts_per_vcpu.csv``, Apache-2.0, derived from
SPECpower results) and the busy time that the system itself counts.

It is a model. Its scale factor holds 95 % of the measured servers in
``data/specpower_hosts.csv``, at any utilisation and on measured power curves, each left
out of the figure that it is compared with; and 95 % of servers strewn by 20 % about the
table. The servers are the architecture's own where there are 20 results of 3 processor
models, else its maker's; for a processor that is not in the table, all of its maker.
``docs/estimate.md`` has the coverage.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from . import cpu_busy, cpuinfo
from .base import Domain, Found, Missing, Provenance, Reading, Scale, Source
from .cpu_busy import CGROUP_ROOT, POSSIBLE_CPUS, PROC_ROOT, BusyTime

_SCALE_SOURCE = "557 SPECpower results"
_TABLE = Path(__file__).parent / "data" / "cpu_watts_per_vcpu.csv"


class Coefficients(NamedTuple):
    """Watts per vCPU, and by what factor a server may differ from them, at 95 %."""

    idle_w: float
    full_w: float
    scale: Scale
    basis: str


class CpuEstimate(Source):
    """Turns busy time into modelled µJ, as a counter that never wraps.

    Parameters
    ----------
    busy
        Where busy time is read.
    coefficients
        The watts of a vCPU.
    model_name
        What the processor calls itself.
    clock_ns
        CLOCK_MONOTONIC, in nanoseconds.
    """

    name = "cpu-estimate"
    may_hang = False

    def __init__(
        self,
        busy: BusyTime,
        coefficients: Coefficients,
        model_name: str,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._busy = busy
        self._coefficients = coefficients
        self._clock_ns = clock_ns
        self._vcpus = busy.vcpus
        self._unplugged_vcpu_ns = 0.0
        self._domain = Domain(
            id="cpu",
            device=f"{model_name} ({busy.vcpus:g} vCPU)",
            source=self.name,
            provenance=Provenance.ESTIMATE,
            resolution_s=busy.resolution_s,
            unit_j=1e-6,
            power_limit_w=coefficients.full_w * busy.most_vcpus,
            scale=coefficients.scale,
            note=f"{coefficients.basis}, times the utilisation of {busy.scope}",
        )

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain: the processor as this system sees it."""
        return [self._domain]

    def read(self, index: int) -> Reading:  # noqa: ARG002  (there is one domain)
        """Return the modelled energy since the machine started, in µJ."""
        before = self._clock_ns()
        try:
            vcpus, busy_s = self._busy.read()
        except (OSError, ValueError) as error:
            return Reading(before, error=f"utilisation: {error}")
        t_ns = (before + self._clock_ns()) // 2
        idle_w, full_w, _, _ = self._coefficients
        energy_j = idle_w * self._vcpu_s(vcpus, t_ns) + (full_w - idle_w) * busy_s
        return Reading(t_ns, counter=round(energy_j * 1e6))

    def _vcpu_s(self, vcpus: float, t_ns: int) -> float:
        """Return the vCPU seconds since the machine started, busy or not.

        As if the first number of vCPUs had always been there, so that a process which
        takes over from this one goes on from the same figure; what was plugged in or
        out since counts from when it was seen.
        """
        if vcpus != self._vcpus:
            self._unplugged_vcpu_ns += (self._vcpus - vcpus) * t_ns
            self._vcpus = vcpus
        return (self._unplugged_vcpu_ns + vcpus * t_ns) * 1e-9

    def close(self) -> None:
        """There is nothing to close."""


def probe(
    proc_root: Path = PROC_ROOT,
    cgroup_root: Path = CGROUP_ROOT,
    possible_cpus: Path = POSSIBLE_CPUS,
) -> Found:
    """Choose the coefficients for this processor and the way to read its busy time."""
    busy = cpu_busy.find(proc_root, cgroup_root, possible_cpus)
    if busy is None:
        reason = (
            f"CPU utilisation unknown: {proc_root / 'stat'} cannot be read and psutil is not "
            "installed"
        )
        remedy = "Run `pip install psutil` in the kernel's environment."
        return Found(missing=(Missing("cpu-estimate", reason, remedy),))
    text = cpuinfo.text_of(proc_root / "cpuinfo")
    watts = coefficients(cpuinfo.architecture(text), cpuinfo.maker(text))
    return Found(CpuEstimate(busy, watts, cpuinfo.model_name(text)))


def coefficients(architecture: str | None, maker: str = "") -> Coefficients:
    """Return the coefficients of an architecture; where the table has none, of its maker.

    Those of a maker, and of all makers, are the median of the architectures.
    """
    with _TABLE.open(encoding="utf-8", newline="") as file:
        table = {row["architecture"]: row for row in csv.DictReader(file)}
    if architecture in table:
        row, basis = table[architecture], f"watts per vCPU of {architecture}"
    else:
        architecture = f"unknown {maker}" if f"unknown {maker}" in table else "unknown"
        row = table[architecture]
        basis = f"{row['note']}, because the processor is not in the table"
    idle_w, full_w = float(row["min_w_per_vcpu"]), float(row["max_w_per_vcpu"])
    scale = Scale(float(row["scale_factor"]), f"CPU model: {architecture}", _SCALE_SOURCE)
    return Coefficients(idle_w, full_w, scale, basis)
