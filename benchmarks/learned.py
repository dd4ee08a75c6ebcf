"""How narrow an interval could be: trees that were trained on the very windows they are tried on.

Not part of `make bench`, as no meter is measured: it says what there is to be known.
`python -m benchmarks.learned` takes some minutes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from jupyter_green.estimator.energy import energy_within
from jupyter_green.estimator.neighbourhood import Neighbourhood, after, around
from tests.testbench.windows import SENSORS, MeasuredWindow, measured_window

from .table import Table

WINDOWS = 40_000
AT_ONCE = 500
"""Windows from one seed."""
TRAINED, CALIBRATED = 0.6, 0.15
"""Shares of the windows; the others are what the figures are of."""
COVERAGE = 0.95
STRETCHES, POWERS, EDGES = 3, 4, 3
"""How many on each side of an edge are shown to the trees."""
RARE = 100
"""What is known of so few windows, such as a reported power of RAPL's, is left out."""
LEAST_ERROR = 1e-6
"""Of the energy of one refresh at full power: its logarithm is what is learned."""

Numbers = NDArray[np.float64]

_HEADS = (
    "",
    "truth inside",
    "median error",
    "median half-width",
    "half-width / error",
    "the same in joules",
)


def table(sensor: str, windows: int) -> Table:
    """Return our intervals of one sensor beside those of the trees, at the same coverage."""
    with ProcessPoolExecutor(2) as pool:
        parts = list(pool.map(_shown, [sensor] * (windows // AT_ONCE), range(windows // AT_ONCE)))
    shown, scales_j, truths_j, energies_j, halves_j = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    shown = shown[:, np.isfinite(shown).sum(axis=0) > RARE]
    count = len(truths_j)
    ends = [round(TRAINED * count), round((TRAINED + CALIBRATED) * count)]
    trained, calibrated, tried = np.split(np.arange(count), ends)

    def widths_j(figures_j: Numbers) -> Numbers:
        errors = np.abs(figures_j - truths_j) / scales_j
        trees = _trees(COVERAGE).fit(shown[trained], np.log(errors + LEAST_ERROR)[trained])
        return np.exp(trees.predict(shown)) * scales_j

    def row(title: str, figures_j: Numbers, widths_j: Numbers) -> list[str]:
        errors_j = np.abs(figures_j - truths_j)
        widths_j = widths_j * np.quantile((errors_j / widths_j)[calibrated], COVERAGE)
        inside = np.mean(errors_j[tried] <= widths_j[tried])
        error, half = (np.median((x / truths_j)[tried]) for x in (errors_j, widths_j))
        in_joules = np.median(widths_j[tried]) / np.median(errors_j[tried])
        shares = f"{inside:.1%}", f"{error:.3%}", f"{half:.3%}"
        return [title, *shares, f"{half / error:.1f}", f"{in_joules:.1f}"]

    better_j = energies_j + scales_j * _crossed(shown, (truths_j - energies_j) / scales_j, trained)
    return Table(
        f"What there is to be known, {sensor}",
        f"{count:,} random windows in virtual time, {len(trained):,} to train on, {len(tried):,} "
        "to try. All intervals are brought to the same coverage.",
        _HEADS,
        [
            row("jupyter_green", energies_j, halves_j),
            row("the same figures, the width by trees", energies_j, widths_j(energies_j)),
            row("figures and width by trees", better_j, widths_j(better_j)),
        ],
    )


def _trees(quantile: float) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        loss="quantile",
        quantile=quantile,
        max_iter=400,
        learning_rate=0.05,
        max_leaf_nodes=63,
        min_samples_leaf=60,
        early_stopping=False,
        random_state=0,
    )


def _crossed(shown: Numbers, wanted: Numbers, trained: NDArray[np.int_]) -> Numbers:
    """Learn a median; for what it was learned from, by trees that have not seen it."""
    halves = trained[::2], trained[1::2]
    first, second = (_trees(0.5).fit(shown[half], wanted[half]).predict(shown) for half in halves)
    found = (first + second) / 2
    found[halves[0]], found[halves[1]] = second[halves[0]], first[halves[1]]
    return found


def _shown(sensor: str, seed: int) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers]:
    """Return what is shown of some windows, a scale (J) for each, the truth, and our figures."""
    rng = random.Random(f"learned {seed}")
    rows = []
    for _ in range(AT_ONCE):
        window = measured_window(rng, SENSORS[sensor])
        begin_ns, end_ns = window.interval
        assert end_ns is not None
        edges_ns = begin_ns, end_ns
        neighbourhood = around(window.readings, edges_ns, window.others, window.period)
        found = energy_within(
            window.domain, window.readings, window.interval, window.others, window.period
        )
        if neighbourhood is None or found is None:
            continue
        scale_w = max(stretch.power_w for stretch in neighbourhood.stretches)
        scale_j = scale_w * window.period.seconds
        least_j, most_j = neighbourhood.bounds_j()
        ours_j = found.energy_j, found.uncertainty_j, found.energy_j - least_j
        shown = [
            *(
                value
                for t_ns in edges_ns
                for value in _at_edge(window, neighbourhood, t_ns, scale_w)
            ),
            *(value / scale_j for value in ours_j),
            min(most_j - found.energy_j, 1e9) / scale_j,
            window.duration_s / window.period.seconds,
            len(window.others),
        ]
        rows.append((shown, scale_j, window.truth_j, found.energy_j, found.uncertainty_j))
    shown, *others = zip(*rows, strict=True)
    return np.array(shown, float), *(np.array(values, float) for values in others)


def _at_edge(
    window: MeasuredWindow, neighbourhood: Neighbourhood, t_ns: int, scale_w: float
) -> Iterator[float]:
    """Yield all that is known near an edge: times in periods, powers as shares of the highest."""
    period_ns = neighbourhood.period.seconds * 1e9
    times_ns = [refresh.t_ns for refresh in neighbourhood.near]
    at = sum(time_ns <= t_ns for time_ns in times_ns)
    for i in range(at - STRETCHES - 1, at + STRETCHES):
        stretch = neighbourhood.stretches[i] if 0 <= i < len(neighbourhood.stretches) else None
        yield stretch.power_w / scale_w if stretch else math.nan
        yield (stretch.end_ns - stretch.begin_ns) / period_ns if stretch else math.nan
    for i in (at - 1, at):
        refresh = neighbourhood.near[i] if 0 <= i < len(neighbourhood.near) else None
        yield (refresh.t_ns - t_ns) / period_ns if refresh else math.nan
        yield refresh.margin_ns / period_ns if refresh else math.nan
    middle = after(window.readings, t_ns)
    for readings in (window.readings[:middle][::-1], window.readings[middle:]):
        powers = list(dict.fromkeys(r.power_w for r in readings if r.power_w is not None))
        yield from _some([power / scale_w for power in powers], POWERS)
    others_ns = [edge_ns - t_ns for edge_ns in neighbourhood.edges_ns]
    for side in (
        sorted(-away_ns for away_ns in others_ns if away_ns < 0),
        sorted(away_ns for away_ns in others_ns if away_ns > 0),
    ):
        yield from _some([away_ns / period_ns for away_ns in side], EDGES)


def _some(values: Sequence[float], count: int) -> Iterator[float]:
    """Yield the first values, and that there are no more."""
    for i in range(count):
        yield values[i] if i < len(values) else math.nan


if __name__ == "__main__":
    for name in ("rapl", "nvml"):
        print(f"\n{table(name, WINDOWS)}", flush=True)
