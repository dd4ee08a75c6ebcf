"""How often the truth lies inside jupyter_green's own interval, and how wide the interval is.

Windows of random length and phase on machines with two packages and four GPUs,
whose counters differ in period and phase, all at changing power. Some windows
stand alone between idle stretches, others follow one another by milliseconds,
as the cells of "Run All" do. Several such machines run at the same time.
"""

from __future__ import annotations

import itertools
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from tests.testbench.truth import Truth

from .machine import Knobs, machine_with
from .program import Parent, ProgramError
from .table import Table, failed

SHORTEST_S, LONGEST_S = 1e-3, 10.0
IN_ONE_PROGRAM = 8
"""Windows; a device has room for some thousand power steps."""
BACK_TO_BACK = 0.3
"""The share of turns with several windows one after the other."""
WINDOWS_IN_ROW = (2, 4)
BETWEEN_S = (0.006, 0.025)
NEIGHBOURS_S = (0.01, 2.0)
"""Lengths of the windows around one in a row."""
REST_S = (0.35, 1.0)
"""Idle before each turn."""
LEAD_S = (0.0002, 0.0005)
"""From the window's begin until its work begins, and from the work's end until the window's."""
READY_S = 0.0035
"""What making a window ready takes at most, as it waits for a reading before the edge."""
BEGIN_S = 0.0002
"""What beginning it takes: work begins after it, as a cell's or a program's does."""
WRITING_S = 2e-5
"""What it takes at most to write one step of a device's power."""
LATE_S = 0.0002
"""Work that is later than it was planned is not what the windows were made for."""
PUNCTUAL_S = 0.001
"""Before an edge: the program no longer sleeps, so as to be on time."""
NOISE = 0.03
"""Standard deviation, of what is drawn anew at each step and of what wanders."""
NOISE_STEP_S = 0.005
WANDERS_S = 0.1
"""After this time a power has forgotten two thirds of how far it had wandered."""
AT_EDGES_S = 0.15
"""The noise within a window's first and last stretch of this length has all its steps."""
# Refresh periods: Yang et al., SC'24, arXiv 2312.02741.
VOLTA: Knobs = {"label": "Tesla V100-SXM2-32GB", "architecture": 5, "refresh_s": 0.02}
HOPPER: Knobs = {"label": "NVIDIA H100 PCIe", "architecture": 9, "refresh_s": 0.1}
MOST_STEPS = 24
"""Of a window's shape, and of the noise between its first and last stretch."""

LENGTHS = ((1e-3, 1e-2), (1e-2, 1e-1), (1e-1, 1.0), (1.0, 10.0))
_HEADS = (
    "",
    "figures",
    "truth inside",
    "median error",
    "median half-width",
    "half-width / error",
)


@dataclass(frozen=True)
class Figure:
    """One figure of one window, in joules."""

    domain: str
    duration_s: float
    alone: bool
    true_j: float
    reported_j: float
    uncertainty_j: float

    @property
    def error_j(self) -> float:
        """How far it is from the truth."""
        return abs(self.reported_j - self.true_j)

    @property
    def holds(self) -> bool:
        """Whether the truth lies inside."""
        return self.error_j <= self.uncertainty_j


def table(windows: int, at_once: int) -> Table:
    """Measure at least `windows` windows, `at_once` at the same time."""
    programs = math.ceil(windows / IN_ONE_PROGRAM)
    each = math.ceil(windows / programs)
    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(lambda seed: _program(seed, each), range(programs)))
    figures = [
        figure for answer in answers if not isinstance(answer, Exception) for figure in answer
    ]
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    rows = [failed("a program", error, len(_HEADS)) for error in errors]
    totals = [figure for figure in figures if figure.domain == "total"]
    rows += [_row(title, chosen) for title, chosen in _groups(figures) if chosen]
    return Table(
        "jupyter_green's own 95 % interval",
        f"Windows: {len(totals)}, of {SHORTEST_S * 1e3:g} ms to {LONGEST_S:g} s (log-uniform) at "
        f"random phases, {sum(not figure.alone for figure in totals)} of them "
        f"{BETWEEN_S[0] * 1e3:g} to {BETWEEN_S[1] * 1e3:g} ms after another. Power is constant, or "
        f"changes in steps, ramps or bursts, with noise of {NOISE:.0%} that is new "
        f"every {NOISE_STEP_S * 1e3:g} ms and as much that wanders over tenths of a second. The "
        "same windows measure 2 RAPL packages (1 ms) and 4 GPUs (one of 20 ms, three of 100 ms, "
        "each off by up to 1 %). Error and half-width as a share of the truth.",
        _HEADS,
        rows,
        "The aim is the truth inside in 95 % of the cases, with a half-width of three median "
        "errors: for errors that are normal with one known width it is 2.9. "
        "[uncertainty.md](uncertainty.md) says how close to that a meter can come. Sensors' gain "
        "errors are not included.",
    )


def _groups(figures: Sequence[Figure]) -> Iterator[tuple[str, list[Figure]]]:
    kinds: dict[str, Callable[[Figure], bool]] = {
        "RAPL": lambda figure: figure.domain.startswith("cpu:"),
        "NVML": lambda figure: figure.domain.startswith("gpu:"),
        "total": lambda figure: figure.domain == "total",
    }
    for kind, belongs in kinds.items():
        chosen = [figure for figure in figures if belongs(figure)]
        yield f"{kind}, all", chosen
        for least_s, most_s in LENGTHS:
            title = f"{kind}, {_seconds(least_s)} to {_seconds(most_s)}"
            yield title, [f for f in chosen if least_s <= f.duration_s < most_s]
        yield f"{kind}, after idle", [figure for figure in chosen if figure.alone]
        yield f"{kind}, back to back", [figure for figure in chosen if not figure.alone]


def _seconds(seconds: float) -> str:
    return f"{seconds * 1e3:g} ms" if seconds < 1 else f"{seconds:g} s"


def _row(title: str, figures: Sequence[Figure]) -> list[str]:
    error = statistics.median(figure.error_j / figure.true_j for figure in figures)
    half = statistics.median(figure.uncertainty_j / figure.true_j for figure in figures)
    return [
        title,
        str(len(figures)),
        f"{statistics.fmean(figure.holds for figure in figures):.1%}",
        f"{error:.3%}",
        f"{half:.3%}",
        f"{half / error:.1f}",
    ]


def _program(seed: int, windows: int) -> list[Figure] | Exception:
    """Measure some windows on a machine of their own."""
    rng = random.Random(f"coverage {seed}")
    try:
        with (
            machine_with(_devices(rng)) as machine,
            machine.start("benchmarks.coverage", machine.truth.path, seed, windows) as program,
        ):
            return [Figure(**entry) for entry in program.answer()]
    except ProgramError as error:
        return error


def _devices(rng: random.Random) -> dict[str, Knobs]:
    packages = {
        f"cpu:{n}/package": _device(rng, 0.001 * rng.uniform(0.98, 1.02)) | {"offset": n * 10**9}
        for n in range(2)
    }
    boards = {
        f"gpu:{n}": board | _device(rng, board["refresh_s"] * rng.uniform(0.995, 1.01))
        for n, board in enumerate((VOLTA, *3 * (HOPPER,)))
    }
    return packages | boards


def _device(rng: random.Random, period_s: float) -> Knobs:
    return {
        "power_w": rng.uniform(10, 60),
        "refresh_s": period_s,
        "phase_s": rng.uniform(0, period_s),
        "power_limit_w": 800.0,
    }


# --- in the program -------------------------------------------------------------------------


def measure(truth: Truth, rng: random.Random, windows: int) -> list[Figure]:
    """Measure windows in this process."""
    import jupyter_green

    idle_w = {device.name: device.power_w(time.monotonic_ns()) for device in truth.devices}
    figures: list[Figure] = []
    count = 0
    with jupyter_green.Meter() as meter:
        first = meter.begin()
        time.sleep(0.1)
        first.end()
        while count < windows:
            time.sleep(rng.uniform(*REST_S))
            row = _row_of_windows(meter, truth, rng, idle_w)
            for window in row:
                figures += _figures(window, truth, alone=len(row) == 1)
            count += len(row)
    return figures


def _lengths(rng: random.Random) -> list[float]:
    length_s = _log_uniform(rng, SHORTEST_S, LONGEST_S)
    if rng.random() >= BACK_TO_BACK:
        return [length_s]
    others = [_log_uniform(rng, *NEIGHBOURS_S) for _ in range(rng.randint(*WINDOWS_IN_ROW) - 1)]
    others.insert(rng.randint(0, len(others)), length_s)
    return others


def _log_uniform(rng: random.Random, least: float, most: float) -> float:
    return math.exp(rng.uniform(math.log(least), math.log(most)))


def _row_of_windows(
    meter: Any, truth: Truth, rng: random.Random, idle_w: dict[str, float]
) -> list[Any]:
    """Measure some windows, in which every device draws by a pattern of its own.

    None are returned where the machine was busy, so that one has begun after its work,
    which a program's own work never does, or ended before it.
    """
    windows_s: list[tuple[float, float]] = []
    for length_s in _lengths(rng):
        begin_s = windows_s[-1][1] + rng.uniform(*BETWEEN_S) if windows_s else 0.0
        windows_s.append((begin_s, begin_s + length_s))
    works_s = [_within(rng, *window_s) for window_s in windows_s]
    plans = {device.name: _plan(rng, idle_w[device.name], works_s) for device in truth.devices}
    start_s = time.monotonic() + READY_S + WRITING_S * sum(map(len, plans.values()))
    ended = []
    is_punctual = True
    for device in truth.devices:
        plan = plans[device.name]
        ahead_s = start_s - time.monotonic()
        first_ns, *_ = device.schedule([(ahead_s + at_s, watts) for at_s, watts in plan])
        is_punctual &= first_ns * 1e-9 - plan[0][0] - start_s < LATE_S
    for (begin_s, end_s), (work_s, _) in zip(windows_s, works_s, strict=True):
        _wait_until(start_s + begin_s - READY_S)
        window = meter.window()
        _wait_until(start_s + begin_s - BEGIN_S)
        window.begin()
        is_punctual &= time.monotonic() < start_s + work_s
        _wait_until(start_s + end_s)
        window.end(wait=False)
        ended.append(window)
    return ended if is_punctual else []


def _within(rng: random.Random, begin_s: float, end_s: float) -> tuple[float, float]:
    """Return when a window's work begins and ends."""
    lead_s, tail_s = (min(rng.uniform(*LEAD_S), (end_s - begin_s) / 4) for _ in range(2))
    return begin_s + lead_s, end_s - tail_s


def _wait_until(t_s: float) -> None:
    time.sleep(max(0.0, t_s - PUNCTUAL_S - time.monotonic()))
    while time.monotonic() < t_s:
        pass


def _plan(
    rng: random.Random, idle_w: float, works_s: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return (seconds, watts): a pattern for each work, idle between and after, with noise."""
    steps: list[tuple[float, float]] = []
    idle_until_s = [begin_s for begin_s, _ in works_s[1:]] + [works_s[-1][1] + REST_S[1]]
    for (begin_s, end_s), next_s in zip(works_s, idle_until_s, strict=True):
        length_s = end_s - begin_s
        busy_w = rng.uniform(2, 8) * idle_w
        shape = rng.choice((_constant, _steps, _ramp, _bursts))
        work = _refined(shape(rng, idle_w, busy_w, length_s), length_s)
        steps += [(begin_s + at_s, watts) for at_s, watts in work]
        count = math.ceil((next_s - end_s) / NOISE_STEP_S)
        steps += [(end_s + n * NOISE_STEP_S, idle_w) for n in range(count)]
    return list(_noisy(rng, steps))


def _noisy(
    rng: random.Random, steps: Iterable[tuple[float, float]]
) -> Iterator[tuple[float, float]]:
    """Add noise of two kinds: drawn anew at each step, and wandering over tenths of a second."""
    wandered, before_s = rng.gauss(0, NOISE), 0.0
    for at_s, watts in steps:
        kept = math.exp((before_s - at_s) / WANDERS_S)
        wandered = kept * wandered + math.sqrt(1 - kept * kept) * rng.gauss(0, NOISE)
        before_s = at_s
        yield at_s, max(1.0, watts * (1 + wandered + rng.gauss(0, NOISE)))


def _constant(
    _rng: random.Random, _idle_w: float, busy_w: float, _length_s: float
) -> list[tuple[float, float]]:
    return [(0.0, busy_w)]


def _steps(
    rng: random.Random, idle_w: float, busy_w: float, length_s: float
) -> list[tuple[float, float]]:
    times_s = sorted([0.0, *(rng.uniform(0, length_s) for _ in range(rng.randint(1, 4)))])
    return [(at_s, rng.uniform(idle_w, busy_w)) for at_s in times_s]


def _ramp(
    rng: random.Random, idle_w: float, busy_w: float, length_s: float
) -> list[tuple[float, float]]:
    first_w, last_w = rng.uniform(idle_w, busy_w), rng.uniform(idle_w, busy_w)
    shares = [(i + 0.5) / MOST_STEPS for i in range(MOST_STEPS)]
    return [
        (i / MOST_STEPS * length_s, first_w + (last_w - first_w) * share)
        for i, share in enumerate(shares)
    ]


def _bursts(
    rng: random.Random, idle_w: float, busy_w: float, length_s: float
) -> list[tuple[float, float]]:
    period_s = max(rng.choice((0.003, 0.02, 0.05, 0.15, 0.5)), 2 * length_s / MOST_STEPS)
    duty = rng.uniform(0.2, 0.8)
    starts_s = [n * period_s for n in range(math.ceil(length_s / period_s))]
    both = [[(at_s, busy_w), (at_s + duty * period_s, 1.5 * idle_w)] for at_s in starts_s]
    return [step for step in itertools.chain(*both) if step[0] < length_s]


def _refined(
    steps: Sequence[tuple[float, float]], length_s: float
) -> Iterator[tuple[float, float]]:
    """Divide long steps, finely near a window's edges, so that noise has something to change."""
    coarse_s = max(NOISE_STEP_S, length_s / MOST_STEPS)
    ends_s = [*(at_s for at_s, _ in steps[1:]), length_s]
    for (at_s, watts), end_s in zip(steps, ends_s, strict=True):
        t_s = at_s
        while t_s < end_s:
            yield t_s, watts
            is_near = t_s < AT_EDGES_S or t_s >= length_s - AT_EDGES_S - coarse_s
            t_s += NOISE_STEP_S if is_near else coarse_s


def _figures(window: Any, truth: Truth, *, alone: bool) -> Iterator[Figure]:
    report = window.report
    span_ns = window.begin_ns, window.end_ns
    true_j = {device.name: device.energy_j(*span_ns) for device in truth.devices}
    said = {name: report.domains[name] for name in true_j if name in report.domains}
    for name, domain in said.items():
        yield Figure(
            name, report.duration_s, alone, true_j[name], domain.energy_j, domain.uncertainty_j
        )
    if len(said) == len(true_j):
        yield Figure(
            "total",
            report.duration_s,
            alone,
            sum(true_j.values()),
            report.energy_j,
            report.uncertainty_j,
        )


if __name__ == "__main__":
    parent = Parent()
    path, number, asked = sys.argv[1:]
    with Truth.open(path) as opened:
        measured = measure(opened, random.Random(f"windows {number}"), int(asked))
    parent.say([asdict(figure) for figure in measured])
