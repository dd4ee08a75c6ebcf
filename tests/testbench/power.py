"""Power that this project did not make up: recorded GPU runs, and load that ignores windows.

The recordings and their source: `tests/data/power-traces/README.md`.
"""

from __future__ import annotations

import functools
import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .virtual import Curve, Levels

TRACES = Path(__file__).parents[1] / "data" / "power-traces"
STEP_S = 0.001
BOARDS = ("3090", "a100")
REST_S = 7.0
"""Idle before and after a recording: what was recorded, repeated."""
WORKING = 0.05
"""Work is where the power is so much of the way up from idle to full."""

Windows = list[tuple[float, float]]


@dataclass(frozen=True)
class Recording:
    """Power in W for each ms, and where work begins and ends in it."""

    levels_w: Sequence[float]
    onsets: Sequence[int]
    ends: Sequence[int]
    """Of each kernel or burst."""

    @property
    def end(self) -> int:
        """The end of all work; at rest from then on."""
        return self.ends[-1]


@functools.cache
def plateau(board: str) -> Recording:
    """Return one kernel of 6 s on a board at rest."""
    levels_w = _load(f"gpu-plateau-{board}.csv")
    full_w = statistics.median(levels_w[2000:5000])
    before_w, after_w = statistics.median(levels_w[:700]), statistics.median(levels_w[7000:7400])
    onset = next(i for i, w in enumerate(levels_w) if w > before_w + WORKING * (full_w - before_w))
    end = max(i for i, w in enumerate(levels_w) if w > after_w + WORKING * (full_w - after_w)) + 1
    return Recording(levels_w, [onset], [end])


@functools.cache
def bursts(board: str) -> Recording:
    """Return about 80 bursts of 50 ms with as much rest between."""
    levels_w = _load(f"gpu-bursts-{board}.csv")
    onsets: list[int] = []
    ends: list[int] = []
    for i, level_w in enumerate(levels_w):
        near_w = levels_w[max(0, i - 55) : i + 55]
        low_w, range_w = min(near_w), max(near_w) - min(near_w)
        high = len(onsets) > len(ends)
        if not high and range_w > 60 and level_w > low_w + 0.5 * range_w:
            onsets.append(i)
        elif high and level_w < low_w + 0.2 * range_w:
            ends.append(i)
    return Recording(levels_w, onsets, ends)


def _load(name: str) -> list[float]:
    lines = (TRACES / name).read_text(encoding="utf-8").splitlines()
    return [float(line) for line in lines[2:]]


def at_rest_around(
    before_w: Sequence[float], work_w: Sequence[float], after_w: Sequence[float], step_s: float
) -> tuple[Levels, float]:
    """Return work with repeated rest before and after it, and when it begins."""
    count = round(REST_S / step_s)
    first_w = (list(before_w) * (count // len(before_w) + 1))[-count:]
    missing = max(0, count - len(after_w))
    last_w = list(after_w[-800:])
    last_w = [*after_w, *(last_w * (missing // len(last_w) + 1))[:missing]]
    return Levels([*first_w, *work_w, *last_w], step_s), count * step_s


def beside_idle(
    rng: random.Random, board: str, shortest_s: float, step_s: float = STEP_S
) -> tuple[Levels, Windows]:
    """Return a cell with one kernel: its onset, some of its plateau, its end."""
    recorded = plateau(board)
    (onset,), end, levels_w = recorded.onsets, recorded.end, recorded.levels_w
    kernel_w = levels_w[onset:end]
    if rng.random() > 0.2:
        length = round(1000 * log_uniform(rng, shortest_s, 6.0))
        if length < len(kernel_w):
            head = length // 2
            kernel_w = [*kernel_w[:head], *kernel_w[len(kernel_w) - (length - head) :]]
    power, begin_s = at_rest_around(levels_w[: onset - 1], kernel_w, levels_w[end:], step_s)
    return power, [_around(rng, begin_s, begin_s + len(kernel_w) * step_s)]


def beside_idle_bursts(
    rng: random.Random, board: str, step_s: float = STEP_S
) -> tuple[Levels, Windows]:
    """Return a cell of 2 to 5 bursts on a board that is at rest before and after."""
    recorded, count = bursts(board), rng.randint(2, 5)
    i = rng.randrange(len(recorded.onsets) - count)
    work_w = recorded.levels_w[recorded.onsets[i] : recorded.ends[i + count - 1]]
    power, begin_s = at_rest_around(
        recorded.levels_w[: recorded.onsets[0] - 1],
        work_w,
        recorded.levels_w[recorded.end :],
        step_s,
    )
    return power, [_around(rng, begin_s, begin_s + len(work_w) * step_s)]


def random_phase(
    rng: random.Random, recorded: Recording, shortest_s: float, longest_s: float = 3.0
) -> tuple[Levels, Windows]:
    """Return a window that begins and ends anywhere in a recorded run."""
    onset, end = recorded.onsets[0], recorded.end
    power, run_s = _whole(recorded, STEP_S)
    length_s = log_uniform(rng, shortest_s, longest_s)
    lead_s, tail_s = 0.3, 0.3  # neither the onset nor the end
    latest_s = (end - onset) * STEP_S - tail_s - length_s
    begin_s = run_s + rng.uniform(lead_s, latest_s)
    return power, [(begin_s, begin_s + length_s)]


def back_to_back(rng: random.Random, board: str, step_s: float = STEP_S) -> tuple[Levels, Windows]:
    """Return three cells of 2 to 5 bursts each, with 1 to 20 ms from one to the next."""
    recorded, counts = bursts(board), [rng.randint(2, 5) for _ in range(3)]
    first = rng.randrange(len(recorded.onsets) - sum(counts) - 1)
    work_w: list[float] = []
    cells: list[tuple[int, int]] = []
    for count in counts:
        begin, end = recorded.onsets[first], recorded.ends[first + count - 1]
        gap = math.ceil(rng.uniform(0.002, 0.02) / step_s)
        cells.append((len(work_w), len(work_w) + end - begin))
        rest_w = recorded.levels_w[end : recorded.onsets[first + count] - 1]
        work_w += [*recorded.levels_w[begin:end], *(rest_w * (gap // len(rest_w) + 1))[:gap]]
        first += count
    power, begin_s = at_rest_around(
        recorded.levels_w[: recorded.onsets[0] - 1],
        work_w[: cells[-1][1]],
        recorded.levels_w[recorded.end :],
        step_s,
    )
    return power, [_around(rng, begin_s + a * step_s, begin_s + b * step_s) for a, b in cells]


def bursts_cut(rng: random.Random, board: str, step_s: float = STEP_S) -> tuple[Levels, Windows]:
    """Return three windows in a row, 1 to 20 ms apart, which cut a run of bursts anywhere."""
    recorded = bursts(board)
    power, run_s = _whole(recorded, step_s)
    lengths_s = [rng.uniform(2, 5) * 103 * step_s for _ in range(3)]
    last_s = run_s + (recorded.end - recorded.onsets[0] - 200) * step_s
    t_s = rng.uniform(run_s + 200 * step_s, last_s - sum(lengths_s) - 0.04)
    windows = []
    for length_s in lengths_s:
        windows.append((t_s, t_s + length_s))
        t_s += length_s + rng.uniform(0.001, 0.02)
    return power, windows


def bursts_beside(rng: random.Random, board: str, step_s: float = STEP_S) -> tuple[Levels, Windows]:
    """Return a window of 2 to 10 bursts; those before and after it belong to no window."""
    recorded, count = bursts(board), rng.randint(2, 10)
    i = rng.randrange(4, len(recorded.onsets) - count - 5)
    power, run_s = _whole(recorded, step_s)
    begin_s, end_s = (
        run_s + (recorded.onsets[k] - recorded.onsets[0]) * step_s for k in (i, i + count)
    )
    gap_s = rng.uniform(0.001, 45 * step_s)  # after the last burst some of its rest, or all of it
    return power, [(begin_s - rng.uniform(0, 0.0005), end_s - gap_s)]


def _whole(recorded: Recording, step_s: float) -> tuple[Levels, float]:
    """Return a whole recording at rest around, and when its work begins."""
    onset, end, levels_w = recorded.onsets[0], recorded.end, recorded.levels_w
    return at_rest_around(levels_w[: onset - 1], levels_w[onset:end], levels_w[end:], step_s)


def _around(rng: random.Random, begin_s: float, end_s: float) -> tuple[float, float]:
    """Return a window that begins a little before its work and ends a little after."""
    return begin_s - rng.uniform(0, 0.0005), end_s + rng.uniform(0, 0.0005)


def background(rng: random.Random, until_s: float) -> Curve:
    """Return load that steps to another power each 50 to 500 ms, whatever else runs."""
    points: list[tuple[float, float]] = []
    t_s = 0.0
    while t_s < until_s:
        level_w, next_s = rng.uniform(10, 350), t_s + rng.uniform(0.05, 0.5)
        points += [(t_s, level_w), (next_s, level_w)]
        t_s = next_s
    return Curve(points)


def log_uniform(rng: random.Random, least: float, most: float) -> float:
    """Draw a number each decade of which is as likely."""
    return float(least * (most / least) ** rng.random())
