"""Verdicts of simulated studies whose truth is known, by the statistics that `jg.compare` uses.

The noises are those of runs on real machines: independent from run to run, thermal drift, noise
that lasts for some runs, both, and bursts of other programs besides. Only the energies are
made up, or recorded; orders, test, interval and verdict are the package's.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from jupyter_green.meter.meter import Meter
from jupyter_green.sources.variables import POWERCAP_VARIABLE
from jupyter_green.studies.compare import statistics
from jupyter_green.studies.compare.bench import Bench
from jupyter_green.studies.compare.orders import orders
from jupyter_green.studies.compare.pair import Pair, pairs_of
from jupyter_green.studies.compare.pilot import pilot
from jupyter_green.studies.compare.plan import UNTIL_LEAST, UNTIL_MOST, checked
from jupyter_green.studies.compare.rounds import rounds as rounds_of
from tests.testbench.powercap import serve_tree
from tests.testbench.truth import Truth

from .table import Table

ROUNDS = 10
QUIET_SD, USUAL_SD = 0.01, 0.02
"""Independent noise from run to run, as a share."""
TRUE_RATIO = 1.03
MARGIN = 0.03
UNTIL = 0.015

THERMAL, THERMAL_RUNS, CREEP = 0.03, 12.0, 0.0005
"""A machine that warms up by 3 % with a time constant of 12 runs, and 0.05 % more each run."""
LASTING_SD, LASTING_RUNS = 0.01, 10.0
BURST_SHARE, BURST = 0.05, 0.10

TRACES = Path(__file__).parents[1] / "tests" / "data" / "power-traces"
RECORDED = {
    "RTX 3090, bursts": ("gpu-bursts-3090.csv", 0, 9000, 100),
    "A100, bursts": ("gpu-bursts-a100.csv", 0, 9000, 100),
    "RTX 3090, steady load": ("gpu-plateau-3090.csv", 1500, 6500, 150),
    "A100, steady load": ("gpu-plateau-a100.csv", 1500, 6500, 150),
}
"""File, the part of it in ms that is used, and the length of a run in ms."""


@dataclass(frozen=True)
class Noise:
    """What makes the energies of equal runs differ."""

    name: str
    has_drift: bool = False
    is_lasting: bool = False
    has_bursts: bool = False

    def logs(self, rng: Any, runs: int, sd: float) -> Any:
        """Return the log energies of so many runs, one after the other, of 0 on the whole."""
        found = rng.normal(0.0, sd, runs)
        times = np.arange(runs)
        if self.has_drift:
            found += THERMAL * (1 - np.exp(-times / THERMAL_RUNS)) + CREEP * times
        if self.is_lasting:
            found += _lasting(rng, runs)
        if self.has_bursts:
            found += np.log1p(BURST) * (rng.random(runs) < BURST_SHARE)
        return found


def _lasting(rng: Any, runs: int) -> Any:
    """Return noise of which a share stays from one run to the next."""
    stays = np.exp(-1 / LASTING_RUNS)
    values = [rng.normal(0.0, LASTING_SD)]
    for fresh in rng.normal(0.0, LASTING_SD * np.sqrt(1 - stays**2), runs - 1):
        values.append(stays * values[-1] + fresh)
    return np.array(values)


NOISES = (
    Noise("independent"),
    Noise("thermal drift", has_drift=True),
    Noise("autocorrelated", is_lasting=True),
    Noise("drift and autocorrelated", has_drift=True, is_lasting=True),
    Noise("both, and bursts", has_drift=True, is_lasting=True, has_bursts=True),
)


@dataclass(frozen=True)
class Shares:
    """How many of the studies had a property, from 0 to 1."""

    rejects_same: float
    """A/A studies with "more" or "less"."""
    blocks_reject_same: float
    """The same by Welch, all runs of one variant before those of the other."""
    finds: float
    """Of a true 3 %, at 2 % of scatter."""
    covers: float
    """Intervals that hold the truth, of both."""
    wrongly_same: float
    """Studies of a true 3 % that say "no difference larger than 3 %"."""


def study(logs: Any, effect: float, seed: int) -> Pair:
    """Return what a study of two variants finds, from its runs' log energies in their order."""
    values: dict[str, list[float]] = {"a": [], "b": []}
    runs = iter(logs)
    for order in itertools.islice(orders(2, seed), len(logs) // 2):
        for index, log in zip(order, runs, strict=False):
            values["ab"[index]].append(float(np.exp(log + index * np.log(effect))))
    (pair,) = pairs_of(values, margin=MARGIN, seed=seed)
    return pair


def shares(noise: Noise, studies: int, rounds: int = ROUNDS, seed: int = 0) -> Shares:
    """Simulate so many studies without a difference, and as many with one of 3 %."""
    rng = np.random.default_rng([seed, len(noise.name)])
    same = [noise.logs(rng, 2 * rounds, QUIET_SD) for _ in range(studies)]
    other = [noise.logs(rng, 2 * rounds, USUAL_SD) for _ in range(studies)]
    of_same = [study(logs, 1.0, number) for number, logs in enumerate(same)]
    of_other = [study(logs, TRUE_RATIO, number) for number, logs in enumerate(other)]
    held = [1.0 in pair.interval for pair in of_same]
    held += [TRUE_RATIO in pair.interval for pair in of_other]
    return Shares(
        rejects_same=_share(pair.is_different for pair in of_same),
        blocks_reject_same=_share(_blocks_differ(logs) for logs in same),
        finds=_share(pair.is_different for pair in of_other),
        covers=_share(held),
        wrongly_same=_share(pair.is_same for pair in of_other),
    )


def until(noise: Noise, studies: int, sd: float = USUAL_SD, seed: int = 1) -> tuple[float, float]:
    """Return how many intervals of studies with ``until=0.015`` hold the truth; the mean rounds."""
    rng = np.random.default_rng([seed, len(noise.name)])
    held, rounds = [], []
    for number in range(studies):
        logs = noise.logs(rng, 2 * UNTIL_MOST, sd)
        places = list(itertools.islice(orders(2, number), UNTIL_MOST))
        differences = [
            logs[2 * n + order.index(1)] - logs[2 * n + order.index(0)]
            for n, order in enumerate(places)
        ]
        for count in range(UNTIL_LEAST, UNTIL_MOST + 1):
            found = statistics.limits(differences[:count], seed=number)
            if found.half_width <= UNTIL:
                break
        held.append(0.0 in found)
        rounds.append(count)
    return _share(held), float(np.mean(rounds))


def recorded_runs(name: str, rng: Any, runs: int) -> Any:
    """Return the log energies of so many runs in a row, cut out of a recording at random."""
    file, begin, end, length = RECORDED[name]
    lines = (TRACES / file).read_text(encoding="utf-8").splitlines()[2:]
    watts = np.array(lines[begin:end], float)
    first = rng.integers(0, len(watts) - runs * length + 1)
    return np.log(watts[first : first + runs * length].reshape(runs, length).sum(axis=1) * 1e-3)


def recorded(name: str, studies: int, seed: int = 2) -> tuple[float, float]:
    """Return the share of A/A studies of recorded runs that reject: in turns, and in blocks."""
    rng = np.random.default_rng([seed, len(name)])
    cut = [recorded_runs(name, rng, 2 * ROUNDS) for _ in range(studies)]
    in_turns = [study(logs, 1.0, number).is_different for number, logs in enumerate(cut)]
    return _share(in_turns), _share(_blocks_differ(logs) for logs in cut)


def _blocks_differ(logs: Any) -> bool:
    half = len(logs) // 2
    return statistics.tests(list(logs[:half]), list(logs[half:])).welch_p <= 0.05


def _share(found: Iterator[bool] | Sequence[bool] | Any) -> float:
    return float(np.mean(list(found)))


def tables(
    studies: int, recorded_studies: int, until_studies: int, real_rounds: int
) -> list[Table]:
    """Return the tables: simulated studies, recorded runs, and the time of a real study."""
    simulated = _simulated(studies, until_studies)
    return [simulated, _of_recordings(recorded_studies), _overhead(real_rounds)]


def beyond(rounds: int) -> tuple[float, float]:
    """Return what a real study's rounds take besides runs and rests, as a share; and a run, in s.

    The sensor is a stand-in of RAPL, and the work is to sleep for a second.
    """
    with TemporaryDirectory() as folder, Truth.create(Path(folder) / "truth") as truth:
        truth.add("cpu:0/package", power_w=20.0)
        with serve_tree(truth, Path(folder) / "powercap") as powercap:
            before = os.environ.get(POWERCAP_VARIABLE)
            os.environ[POWERCAP_VARIABLE] = str(powercap.root)
            try:
                return _beyond(rounds)
            finally:
                os.environ.pop(POWERCAP_VARIABLE)
                if before is not None:
                    os.environ[POWERCAP_VARIABLE] = before


def _beyond(rounds: int) -> tuple[float, float]:
    def work() -> None:
        time.sleep(1.0)

    with Meter() as meter:
        bench = Bench(checked({"a": work, "b": work}, rounds=rounds), meter)
        found = pilot(bench, lambda _: None)
        begin_s = time.monotonic()
        runs = [run for of_one in rounds_of(bench, found) for run in of_one]
        took_s = time.monotonic() - begin_s
    run_s = sum(run.report.duration_s for run in runs)
    return took_s / (run_s + sum(run.rest_s for run in runs)) - 1, run_s / len(runs)


def _overhead(rounds: int) -> Table:
    share, run_s = beyond(rounds)
    return Table(
        title="What a comparison takes besides its runs and rests",
        method=f"{rounds} rounds of two variants that sleep, in runs of {run_s:.1f} s, on RAPL.",
        heads=("", "percent of runs and rests"),
        rows=[["time besides", f"{100 * share:.2f}"]],
    )


def _simulated(studies: int, until_studies: int) -> Table:
    rows = []
    for noise in NOISES:
        found = shares(noise, studies)
        held, rounds = until(noise, until_studies)
        figures = (
            found.rejects_same,
            found.blocks_reject_same,
            found.finds,
            found.covers,
            found.wrongly_same,
            held,
        )
        rows.append([noise.name, *map(_percent, figures), f"{rounds:.0f}"])
    return Table(
        title="Verdicts of simulated comparisons",
        method=(
            f"{studies:,} studies of {ROUNDS} rounds for each figure, by the package's own "
            "orders, test, interval and verdict; in percent of the studies. Run-to-run scatter "
            f"{QUIET_SD:.0%} without a difference, {USUAL_SD:.0%} with a true "
            f"{TRUE_RATIO - 1:.0%}. Drift: {THERMAL:.0%} with a time constant of "
            f"{THERMAL_RUNS:.0f} runs and "
            f"{CREEP:.2%} per run; autocorrelation: {LASTING_SD:.0%} over {LASTING_RUNS:.0f} runs; "
            f"bursts: {BURST_SHARE:.0%} of the runs use {BURST:.0%} more. With `until={UNTIL}`: "
            f"{until_studies:,} studies at {USUAL_SD:.0%}."
        ).replace("%", " %"),
        heads=(
            "noise",
            "no difference: one is claimed",
            "the same, runs in blocks and Welch",
            "true 3 %: found",
            "interval covers",
            "true 3 %: called none",
            "`until`: covers",
            "`until`: rounds",
        ),
        rows=rows,
        reading=(
            "A verdict should claim a difference that is not there in 5 % of the studies, and an "
            "interval cover the truth in 95 %. All runs of one variant before those of the other, "
            "as scripts do it, find the drift instead. Nothing helps much against bursts but "
            "more rounds."
        ),
    )


def _of_recordings(studies: int) -> Table:
    rows = [[name, *map(_percent, recorded(name, studies))] for name in RECORDED]
    return Table(
        title="Comparisons of recorded runs with themselves",
        method=(
            f"Power of two boards, recorded by Yang et al. (SC'24), cut into runs: {studies:,} "
            f"times {2 * ROUNDS} runs in a row from a random time on, told apart as two "
            "variants that are the same; in percent of the studies. They overlap, so these are "
            "no independent studies."
        ),
        heads=("recording", "in turns: a difference is claimed", "in blocks, Welch"),
        rows=rows,
        reading=(
            "A recording holds one to four studies that do not overlap, so these figures are "
            "coarse: in turns they are near 5 %, in blocks far from it."
        ),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
