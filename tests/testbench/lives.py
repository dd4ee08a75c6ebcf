"""Whole lives of kernels in virtual time, in which things go wrong, and what became of the joules.

A life has windows one after another and within each other, of any length, on random hardware.
Meanwhile the sampler is killed or hangs, reads fail, counters restart, a GPU is lost, another
program meters the same machine, and the kernel may end in the middle of a window.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jupyter_green.flags import OTHER_METERS
from jupyter_green.sampler.lineage import Program
from jupyter_green.sampler.neighbours import Neighbours
from jupyter_green.sampler.registry import RUNTIME_VARIABLE

from .machine import Machine, S, VirtualMeter
from .truth import Device

FAR_OFF = 3
"""A figure that is off by more half-widths, and says nothing of it, is wrong."""
UNSURE = 0.02
"""A small part of the joules that no interval has to hold: steps of the counters."""
NEAR_S = 0.1
"""Another program's window that touches one by less is told of or not."""
SAID = {
    *("counter-restarted", "jump-rejected", "read-failed", "no-answer", "lost"),
    *("edge-extrapolated", "below-resolution"),
}
"""Flags that say that something is missing or was carried over."""


@dataclass
class Life:
    """What was seen of one kernel."""

    windows: int = 0
    troubles: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What must not be, in words."""
    left: int = 0
    """Samplers that live on after the kernel."""


class Stranger:
    """Another program on the machine, which meters now and then."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        self._machine = machine
        program = Program(2**22, 7)  # no process has this number (proc(5), pid_max)
        self._sampler = Neighbours((folder,), program, (), machine.clock_ns)
        self._open: list[tuple[int, int]] = []

    def meter(self, begin_s: float, end_s: float) -> None:
        """Have a window open from then to then, in seconds from now or the end of the last one."""
        now_ns = max([self._machine.now_ns, *(end_ns for _, end_ns in self._open)])
        begin_ns, end_ns = (now_ns + int(at_s * S) for at_s in (begin_s, end_s))
        self._open.append((begin_ns, end_ns))
        self._machine.at(begin_ns, lambda: self._sampler.mark(1, begin_ns))
        self._machine.at(end_ns, lambda: self._sampler.mark(0, end_ns))

    def overlaps(self, begin_ns: int, end_ns: int, margin_s: float) -> bool:
        """Whether one of its windows was open in between, by more than a margin."""
        margin_ns = int(margin_s * S)
        return any(b + margin_ns < end_ns and e - margin_ns > begin_ns for b, e in self._open)

    def close(self) -> None:
        """End."""
        self._sampler.close()


def live(folder: Path, seed: int) -> Life:
    """Live one life."""
    shared = folder / "shared"
    with patch.dict("os.environ", {RUNTIME_VARIABLE: str(shared)}):
        return _live(folder, shared, seed)


def _live(folder: Path, shared: Path, seed: int) -> Life:
    rng = random.Random(seed)
    life = Life()
    with Machine.create(folder, seed) as machine, closing(Stranger(shared, machine)) as stranger:
        devices = _hardware(machine, rng)
        meter = machine.new_meter()
        for _ in range(rng.randint(2, 8)):
            if rng.random() < 0.3:
                begin_s = rng.uniform(0.0, 3.0)
                stranger.meter(begin_s, begin_s + 10 ** rng.uniform(-2, 1))
                life.troubles.append("another program metered")
            _cell(machine, meter, devices, stranger, rng, life)
            machine.sleep(rng.choice((0.0, 0.001, 0.05, 0.5, 3.0, 200.0)))
        if rng.random() < 0.3:  # the kernel ends within a cell
            meter.begin()
            machine.sleep(rng.uniform(0.0, 1.0))
        meter.close()
        machine.sleep(5.0)
        life.left = len(machine.samplers)
    return life


def _hardware(machine: Machine, rng: random.Random) -> list[Device]:
    devices = [
        machine.truth.add("cpu:0/package", power_w=rng.uniform(10, 100), phase_s=rng.random())
    ]
    devices += [
        machine.truth.add(f"gpu:{n}", power_w=rng.uniform(20, 300), phase_s=rng.random())
        for n in range(rng.randint(0, 2))
    ]
    return devices


def _cell(
    machine: Machine,
    meter: VirtualMeter,
    devices: list[Device],
    stranger: Stranger,
    rng: random.Random,
    life: Life,
) -> None:
    """Meter one cell, perhaps with a block of code in it that is metered as well."""
    for device in devices:
        steps = sorted(rng.uniform(0.0, 3.0) for _ in range(rng.randint(0, 4)))
        device.schedule([(at_s, rng.uniform(10.0, 300.0)) for at_s in steps])
    window = meter.begin()
    _work(machine, meter, devices, rng, life)
    if rng.random() < 0.3:
        within = meter.begin()
        _work(machine, meter, devices, rng, life)
        _end(within, devices, stranger, life)
    _end(window, devices, stranger, life)


def _work(
    machine: Machine, meter: VirtualMeter, devices: list[Device], rng: random.Random, life: Life
) -> None:
    duration_s = 10 ** rng.uniform(-3, 0.6)
    trouble = rng.choice([None, None, None, *TROUBLES])
    if trouble is None:
        machine.sleep(duration_s)
        return
    at_s = rng.uniform(0.0, duration_s)
    machine.sleep(at_s)
    TROUBLES[trouble](machine, meter, rng.choice(devices))
    life.troubles.append(trouble)
    machine.sleep(duration_s - at_s)


def _kill(machine: Machine, meter: VirtualMeter, device: Device) -> None:
    if meter.sampler_pid is not None:
        meter.kill_sampler()


def _hang(machine: Machine, meter: VirtualMeter, device: Device) -> None:
    if meter.sampler_pid is not None:
        meter.stop_sampler()
        machine.later(2.0, lambda: _kill(machine, meter, device))


def _fail(machine: Machine, meter: VirtualMeter, device: Device) -> None:
    device.set(failing=(machine.now_ns, machine.now_ns + S // 3))


def _restart(machine: Machine, meter: VirtualMeter, device: Device) -> None:
    device.set(reset_ns=machine.now_ns)


TROUBLES: dict[str, Callable[[Machine, VirtualMeter, Device], None]] = {
    "the sampler was killed": _kill,
    "the sampler hung": _hang,
    "reads failed": _fail,
    "a counter restarted": _restart,
}


def _end(window: Any, devices: list[Device], stranger: Stranger, life: Life) -> None:
    """End a window, and look whether its figures are true or say what is missing."""
    life.windows += 1
    report = window.end()
    reasons = [missing.reason for missing in report.missing]
    is_told = OTHER_METERS in report.flags
    flags = {flag for domain in report.domains.values() for flag in domain.flags}
    if not (is_told or report.gaps or SAID & flags) and stranger.overlaps(
        window.begin_ns, window.end_ns, NEAR_S
    ):
        life.wrong.append(f"another program metered the same joules without a word: {report}")
    if is_told and not stranger.overlaps(window.begin_ns, window.end_ns, -NEAR_S):
        life.wrong.append(f"another program is said to have metered: {report}")
    for device in devices:
        truth_j = device.energy_j(window.begin_ns, window.end_ns)
        domain = report.domains.get(device.name)
        if domain is None or domain.energy_j is None:
            if not reasons:
                life.wrong.append(f"{device.name} is missing without a word")
            continue
        off_j = abs(domain.energy_j - truth_j)
        is_said = bool(SAID & set(domain.flags)) or bool(report.gaps)
        if off_j > FAR_OFF * domain.uncertainty_j + UNSURE * truth_j and not is_said:
            life.wrong.append(
                f"{device.name}: {domain.energy_j:.4g} ± {domain.uncertainty_j:.2g} J "
                f"for {truth_j:.4g} J in {report.duration_s:.3g} s, flags {domain.flags}"
            )
