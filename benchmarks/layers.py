"""How often the shares of a model's layers hold, where the true ones are known.

Windows, rounds, sensors and figures are those of `jg.layers`, in virtual time; instead of a
torch model there is code that draws a known power, which scatters and drifts.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.testbench.machine import Machine

from .table import Table

LAYERS = {"small": (60.0, 0.004), "large": (200.0, 0.010), "medium": (120.0, 0.006)}
BETWEEN = (90.0, 0.003)
"""The watts and seconds of each layer in one run of the model, and of what is between them."""
SENSORS = {"cpu:0/package": "RAPL", "gpu:0": "NVML's counter"}
ROUNDS = 6
SD = 0.01
THERMAL, THERMAL_RUNS = 0.03, 24.0
"""Drift that begins with the rounds: how far it goes, and in how many runs most of it."""


def _joules(power_w: float, seconds: float) -> float:
    return power_w * seconds


WHOLE_J = sum(_joules(*each) for each in (*LAYERS.values(), BETWEEN))
TRUE_SHARES = {name: _joules(*each) / WHOLE_J for name, each in LAYERS.items()} | {
    "between": _joules(*BETWEEN) / WHOLE_J
}


@dataclass
class Draw:
    """Code that draws known powers one after the other, with the noise of its time."""

    machine: Machine
    device: str
    drifts: bool
    rng: random.Random
    runs: int = field(default=0, init=False)

    def of(self, *parts: tuple[float, float]) -> Callable[[int], None]:
        """Return code that draws these watts for these seconds, so many loops of it."""

        def run(loops: int) -> None:
            if not loops:
                return
            self.runs += 1
            noise = self.rng.gauss(0.0, SD)
            if self.drifts:
                noise += THERMAL * (1 - math.exp(-self.runs / THERMAL_RUNS))
            for _ in range(loops):
                for power_w, seconds in parts:
                    self.machine.truth[self.device].set_power(power_w * math.exp(noise))
                    self.machine.sleep(seconds)

        return run


def held(device: str, seed: int, *, drifts: bool) -> Iterator[tuple[bool, float]]:
    """Measure a model's layers once; yield whether each true share is held, and its half-width."""
    from jupyter_green.studies.layers.figures import Term, figures
    from jupyter_green.studies.layers.rounds import Piece, fit, measure_rounds, pace_for, results

    rng = random.Random(seed)
    with (
        TemporaryDirectory() as folder,
        Machine.create(Path(folder), seed) as machine,
        machine.meter() as meter,
    ):
        machine.truth.add(device, power_w=20.0, phase_s=rng.random() * 0.1)
        pace = pace_for(meter.discover().domains)
        draw = Draw(machine, device, drifts, rng)
        whole = Piece("whole", draw.of(*LAYERS.values(), BETWEEN))
        layers = [Piece(name, draw.of(each)) for name, each in LAYERS.items()]
        for piece in (whole, *layers):
            fit(meter, piece, pace)
        draw.runs = 0
        measure_rounds(meter, [whole, *layers], ROUNDS, seed)
        all_runs, *runs = results([whole, *layers])
    found = [figures([Term(1, each)], all_runs) for each in runs]
    left = [Term(1, all_runs), *(Term(-1, each) for each in runs)]
    found.append(figures(left, all_runs))
    for true, each in zip(TRUE_SHARES.values(), found, strict=True):
        assert each.share is not None
        assert each.share_interval is not None
        yield abs(each.share - true) <= each.share_interval, each.share_interval


def table(studies: int) -> Table:
    """Measure that many models' layers with each sensor, without and with thermal drift."""
    rows = []
    for device, sensor in SENSORS.items():
        for drifts in (False, True):
            with redirect_stderr(sys.stdout):
                found = [
                    each for seed in range(studies) for each in held(device, seed, drifts=drifts)
                ]
            title = f"{sensor}, {'thermal drift' if drifts else 'no drift'}"
            share = sum(is_held for is_held, _ in found) / len(found)
            width = math.fsum(interval for _, interval in found) / len(found)
            rows.append([title, str(len(found)), f"{100 * share:.1f}", f"{100 * width:.2f}"])
    return Table(
        "Shares of layers that hold, in %",
        f"{studies} studies of a model of three layers and what is between them, with {ROUNDS} "
        "rounds each, in virtual time: windows, rounds, sensors and figures are those of "
        "`jg.layers`, and the code draws known powers. Each run of a piece scatters by 1 %. Drift: "
        "3 %, from the first round on, with a time constant of 24 of its 72 runs. "
        "Held: the true share is in the 95 % interval.",
        ("", "shares", "held", "mean half-width, in points"),
        rows,
        "An interval says that it holds in 95 %. The aim is 93 % at least.",
    )
