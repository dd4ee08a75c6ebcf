"""Work that draws a known power, and made-up studies, for what compares by rounds."""

from __future__ import annotations

import random

import jupyter_green as jg
from jupyter_green.studies.compare.run import Run

from . import reports

IDLE_W = 20.0


class Work:
    """Draws power for a while on the machine, with 1 % of scatter from call to call."""

    def __init__(self, machine, device, seed=1):
        self.machine, self.device = machine, device
        self.rng = random.Random(seed)
        self.calls = []

    def of(self, name, power_w, seconds=0.5, value=None):
        def call():
            self.calls.append(name)
            self.device.set_power(power_w * self.rng.gauss(1.0, 0.01))
            self.machine.sleep(seconds)
            self.device.set_power(IDLE_W)
            return value

        return call


def made(energies_j, flags=(), domain=reports.domain):
    """A study of made-up runs: rounds of two variants, flags by round."""
    runs = [
        Run(number, name, 1, 1.0, energy_j, 0.0, report)
        for number, pair in enumerate(energies_j, 1)
        for name, energy_j in zip("ab", pair, strict=True)
        for report in [
            reports.report(
                *([domain(energy_j=energy_j)] if energy_j is not None else []),
                flags=dict(flags).get(number, ()),
            )
        ]
    ]
    return jg.Study(("a", "b"), tuple(runs), unit="call", seed=0, margin=0.03, rounds_asked=10)


SAVES_10 = [(100.0 + n, 90.0 + 0.8 * n + 0.3 * (-1) ** n) for n in range(8)]
