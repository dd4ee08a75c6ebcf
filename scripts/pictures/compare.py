"""Three variants in turns, on the tests' stand-in of a GPU in virtual time.

Its power scatters by 1.2 % from call to call, and rises by 3 % while it warms up.
"""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from jupyter_green.studies.compare.bench import Bench
from jupyter_green.studies.compare.compare import study_of
from jupyter_green.studies.compare.plan import checked
from jupyter_green.studies.compare.progress import Silent
from tests.testbench.machine import Machine, S

IDLE_W = 60.0
WORKING_W = {"float32": 260.0, "bfloat16": 229.0, "cudagraph": 260.8}
TOKENS = 512
CALL_S = 1.9
WARM_S = 60.0
"""After which it is warm by two thirds."""


def draw(image: Path) -> str:
    """Draw the picture; return the verdicts."""
    with tempfile.TemporaryDirectory() as folder, Machine.create(Path(folder)) as machine:
        gpu = machine.truth.add("gpu:0", power_w=IDLE_W)
        rng = random.Random(7)

        def variant(power_w: float) -> Callable[[], None]:
            def call() -> None:
                worked_s = machine.now_ns / S - 1000
                warmth = 1 + 0.03 * (1 - math.exp(-worked_s / WARM_S))
                gpu.set_power(power_w * warmth * rng.gauss(1.0, 0.012))
                machine.sleep(CALL_S)
                gpu.set_power(IDLE_W)

            return call

        variants = {name: variant(power_w) for name, power_w in WORKING_W.items()}
        with machine.meter() as meter:
            plan = checked(variants, per=(TOKENS, "token"), rounds=12, seed=0)
            study = study_of(Bench(plan, meter, machine.sleep, machine.clock_ns), Silent())
        study.plot().savefig(image, dpi=144)
        return "\n".join(study.verdicts)
