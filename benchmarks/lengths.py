"""The error of a figure by the length of its window: where counters' refreshes begin to matter.

A cell wakes idle hardware, draws in steps of random power, and leaves it idle
again. The program with the meter turns the power itself, between the return of
`begin` and the call of `end`, and the truth is what was used between these.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.testbench.truth import Truth

from . import window
from .machine import GPU, PACKAGE, machine_with
from .meters import (
    METERS,
    CodeCarbonTask,
    CodeCarbonTracker,
    JupyterGreen,
    Meter,
    PyJoules,
    PyRapl,
    Zeus,
    absent,
)
from .program import Parent, ProgramError
from .table import Table, failed, typical_percent, unmeasured

MEASURED = (JupyterGreen, CodeCarbonTracker, CodeCarbonTask, Zeus, PyRapl, PyJoules)
AT_ONCE = 2
"""Meters that are measured at the same time; they sleep for most of it."""

IDLE_W = {PACKAGE: 20.0, GPU: 60.0}
BUSY_W = {PACKAGE: (50.0, 160.0), GPU: (100.0, 340.0)}
MOST_STEPS = 4
BETWEEN_S = (0.15, 0.35)

_TITLES = {PACKAGE: "RAPL refreshed every 1 ms", GPU: "NVML refreshed every 100 ms"}
_READINGS = {
    PACKAGE: "Reading a file takes some 0.1 to 0.2 ms here, far more than on real hardware: "
    "a part of a 1 ms window, and of every meter's error in it.",
    GPU: "Without a refresh in the window, a plain difference is 0 J, an error of 100 %. "
    "jupyter_green waits for the refreshes around it instead; what remains at 1 ms is the "
    "power at the edges, which nobody can know, and its report states an interval for it.",
}

Windows = Mapping[float, int]
"""How many windows of each length, in seconds."""

Errors = dict[str, list[float | None]]
"""|reported / true - 1| of each window, by the device; ``None`` where nothing was reported."""


def tables(windows: Windows) -> list[Table]:
    """Measure the windows with each meter."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip(MEASURED, pool.map(lambda m: _errors(m, windows), MEASURED), strict=True))
    counts = ", ".join(f"{count} of {_length(s)}" for s, count in windows.items())
    return [
        Table(
            f"Error by window length, {title}",
            "Median (90th percentile) of |reported / true - 1| in percent, at random phases. "
            f"Windows: {counts}. The hardware idles before and after; a window's power has "
            f"1 to {MOST_STEPS} steps of random height.",
            ["", *map(_length, windows)],
            [_row(meter, found[meter], device, windows) for meter in MEASURED],
            _READINGS[device],
        )
        for device, title in _TITLES.items()
    ]


def _length(seconds: float) -> str:
    return f"{seconds * 1e3:g} ms" if seconds < 1 else f"{seconds:g} s"


def _errors(meter: type[Meter], windows: Windows) -> list[Errors] | ProgramError | str:
    """Return the errors of each length, or why there are none."""
    if reason := absent(meter):
        return reason
    devices = {device: {"power_w": watts} for device, watts in IDLE_W.items()}
    try:
        with machine_with(devices) as machine:
            path = machine.truth.path
            arguments = [f"{s}:{count}" for s, count in windows.items()]
            with machine.start("benchmarks.lengths", meter.__name__, path, *arguments) as program:
                answer: list[Errors] = program.answer()
                return answer
    except ProgramError as error:
        return error


def _row(
    meter: type[Meter],
    found: Sequence[Errors] | ProgramError | str,
    device: str,
    windows: Windows,
) -> list[str]:
    if isinstance(found, str):
        return unmeasured(meter.title, found, len(windows) + 1)
    if isinstance(found, ProgramError):
        return failed(meter.title, found, len(windows) + 1)
    return [meter.title, *(_figure(errors[device]) for errors in found)]


def _figure(errors: Sequence[float | None]) -> str:
    known = [error for error in errors if error is not None]
    return typical_percent(known) if known else "–"


def measure(kind: type[Meter], truth: Truth, windows: Windows) -> list[Errors]:
    """Measure all windows in this process."""
    meter = window.warm(kind)
    found = []
    for length_s, count in windows.items():
        errors: Errors = {PACKAGE: [], GPU: []}
        for _ in range(count):
            for device, error in _window(meter, truth, length_s).items():
                errors[device].append(error)
        found.append(errors)
    return found


def _window(meter: Meter, truth: Truth, length_s: float) -> dict[str, float | None]:
    meter.prepare()
    time.sleep(random.uniform(*BETWEEN_S))
    rng = random.Random()
    powers = {device: steps(device, length_s, rng) for device in IDLE_W}

    def work() -> None:
        end_ns = time.monotonic_ns() + round(length_s * 1e9)
        for device, powers_w in powers.items():
            truth[device].schedule(powers_w)
        window.sleep_until(end_ns)

    edges, said = window.measure(meter, work)
    errors: dict[str, float | None] = {}
    for device, reported_j in ((PACKAGE, said.package), (GPU, said.gpu)):
        true_j = truth[device].energy_j(*edges)
        errors[device] = None if reported_j is None else abs(reported_j / true_j - 1)
    return errors


def steps(device: str, length_s: float, rng: random.Random) -> list[tuple[float, float]]:
    """Return (seconds from now, watts): random steps, and idle at the end."""
    count = rng.randint(1, MOST_STEPS)
    times_s = sorted([0.0, *(rng.uniform(0, length_s) for _ in range(count - 1))])
    powers_w = [(at_s, rng.uniform(*BUSY_W[device])) for at_s in times_s]
    return [*powers_w, (length_s, IDLE_W[device])]


if __name__ == "__main__":
    parent = Parent()
    name, path, *counts = sys.argv[1:]
    asked = {float(s): int(count) for s, count in (text.split(":") for text in counts)}
    with Truth.open(path) as opened:
        parent.say(measure(METERS[name], opened, asked))
