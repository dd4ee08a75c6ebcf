"""The error by the length of the window in virtual time.

The meter, its sampler and its estimator are the real ones (`tests/testbench/machine.py`); how late
threads come is drawn. So nothing depends on the machine that this runs on, nor on its load.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.testbench.machine import Machine

from .lengths import BETWEEN_S, IDLE_W, steps

FIRST_S = 0.2
SETTLED_S = 0.5
"""From the end of a window until its figure is final."""

Errors = dict[str, list[float]]
"""|reported / true - 1| of each window, by the device."""


def errors(lengths_s: Iterable[float], windows: int, seed: int) -> dict[float, Errors]:
    """Measure so many windows of each length."""
    rng = random.Random(seed)
    found: dict[float, Errors] = {}
    with TemporaryDirectory() as folder, Machine.create(Path(folder), seed) as machine:
        for device, watts in IDLE_W.items():
            machine.truth.add(device, power_w=watts)
        with machine.meter() as meter:
            first = meter.begin()
            machine.sleep(FIRST_S)
            first.end()
            for length_s in lengths_s:
                found[length_s] = {device: [] for device in IDLE_W}
                for _ in range(windows):
                    machine.sleep(rng.uniform(*BETWEEN_S))
                    window = meter.begin()
                    for device in IDLE_W:
                        machine.truth[device].schedule(steps(device, length_s, rng))
                    machine.sleep(length_s)
                    window.end(wait=False)
                    machine.sleep(SETTLED_S)
                    for device in IDLE_W:
                        true_j = machine.truth[device].energy_j(window.begin_ns, window.end_ns)
                        reported_j = window.report.domains[device].energy_j
                        found[length_s][device].append(abs(reported_j / true_j - 1))
    return found
