"""Reported joules against the true ones, at changing power and with faults of the hardware.

Each meter watches a window in a program of its own on a machine of its own, a
moment after the one before it. The truth is the energy between the return of
`begin` and the call of `end`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from . import window
from .machine import GPU, PACKAGE, PSYS, Machine, machine_with
from .meters import (
    METERS,
    SAYS_UNSURE,
    CodeCarbonEachSecond,
    CodeCarbonTracker,
    JupyterGreen,
    Meter,
    PyJoules,
    PyRapl,
    Zeus,
    absent,
)
from .program import Parent, Program, ProgramError
from .scenarios import (
    CPU,
    FAILING_SHARE,
    GPU_W,
    PACKAGE_W,
    SCENARIOS,
    Course,
    Scenario,
    at_ns,
)
from .table import Table, spread_percent

MEASURED = (JupyterGreen, CodeCarbonTracker, CodeCarbonEachSecond, Zeus, PyRapl, PyJoules)

LEAD_S = 0.5
"""From the first watt until the window, in seconds: nothing is read cold."""
TURN_S = 0.2
"""Between the windows of two meters: what one does at its edges does not delay another."""
ASLEEP_W = 1.0
"""The package before its window: one that draws nothing is taken for a figure of a hypervisor."""
BOARD_W = 15.0
"""What the whole platform draws beside the package."""
READY = "ready"

_READING = (
    "The aim is within 0.5 % for the CPU and 2.5 % for the GPU. A GPU counter that restarts loses "
    "the joules since its last refresh, so a little below 100 is the best that can be known; for a "
    "lost GPU, the truth here is what it used until then. A meter that reads "
    "only at the two edges meets no fault in between. Where `energy_uj` cannot be read, CodeCarbon "
    "books a figure from its model in the same column; jupyter_green lists the sensor as missing "
    "with the reason and the remedy, and marks what it estimates instead as an estimate. The "
    "truth is what was used between the return of `begin` and the call of `end`; a meter that "
    "takes long for these counts some of their time as well. “–”: no figure and no explanation."
)


_Results = dict[str, dict[type[Meter], list[float | str]]]


def table(runs: int, window_s: float, scenarios: Sequence[Scenario] = SCENARIOS) -> Table:
    """Measure each scenario `runs` times."""
    absences = {meter: absent(meter) for meter in MEASURED}
    present = [meter for meter in MEASURED if absences[meter] is None]
    results: _Results = {
        scenario.rows[device]: {meter: [] for meter in MEASURED}
        for device in (PACKAGE, CPU, GPU)
        for scenario in scenarios
        if device in scenario.rows
    }
    for scenario in scenarios:
        for _ in range(runs):
            for row, shares in _run(scenario, present, window_s).items():
                for meter, said in shares.items():
                    results[row][meter] += said
    remarks = [f"{meter.title}: {reason}." for meter, reason in absences.items() if reason]
    return Table(
        "Reported energy as a share of the true energy, in percent",
        f"Windows of {window_s:g} s with changing power, the CPU's counter refreshed every 1 ms, "
        "the GPU's every 100 ms; where reads fail, they fail for "
        f"{FAILING_SHARE * window_s:.1f} s. Median (lowest … highest); runs, each with other "
        f"phases: {runs}.",
        ["", *(meter.title for meter in MEASURED)],
        [
            [row, *(_figure(of_meters[meter]) for meter in MEASURED)]
            for row, of_meters in results.items()
        ],
        " ".join([_READING, *remarks]),
    )


def _figure(results: Sequence[float | str]) -> str:
    numbers = [result for result in results if not isinstance(result, str)]
    words = sorted({result for result in results if isinstance(result, str)})
    return "; ".join([*([spread_percent(numbers)] if numbers else []), *words]) or "–"


def _run(
    scenario: Scenario, meters: Sequence[type[Meter]], window_s: float
) -> dict[str, dict[type[Meter], list[float | str]]]:
    """Measure one window with each meter; return its share of the truth and remarks, by row."""
    with ExitStack() as stack:
        watches = {
            meter: stack.enter_context(_watch(scenario, meter, LEAD_S + turn * TURN_S, window_s))
            for turn, meter in enumerate(meters)
        }
        started = {meter: watch for meter, watch in watches.items() if watch.ready()}
        for watch in started.values():
            watch.begin()
        for watch in started.values():
            watch.finish()
        return {
            row: {meter: watch.said(device) for meter, watch in watches.items()}
            for device, row in scenario.rows.items()
        }


@contextmanager
def _watch(
    scenario: Scenario, meter: type[Meter], lead_s: float, window_s: float
) -> Iterator[_Watch]:
    course = Course(lead_s + random.uniform(0.0, 0.1), window_s)
    devices = {
        PACKAGE: {"power_w": ASLEEP_W} | scenario.package.knobs(course),
        GPU: {"power_w": 0.0, "phase_s": random.uniform(0.0, 0.1)} | scenario.gpu.knobs(course),
    }
    if scenario.has_psys:
        devices[PSYS] = {"power_w": BOARD_W, "offset": 10**9}
    with (
        machine_with(devices) as machine,
        machine.start("benchmarks.accuracy", meter.__name__) as program,
    ):
        yield _Watch(scenario, course, machine, program)


class _Watch:
    """One meter in a program on a machine of its own, through one window."""

    def __init__(
        self, scenario: Scenario, course: Course, machine: Machine, program: Program
    ) -> None:
        self._scenario = scenario
        self._course = course
        self._truth = machine.truth
        self._program = program
        self._answer: Any = None

    def ready(self) -> bool:
        """Wait until the meter has been used once; return whether it could be."""
        self.finish()
        return bool(self._answer == READY)

    def begin(self) -> None:
        """Let power be drawn and things happen from now on, and the window at its time."""
        course, package, gpu = self._course, self._truth[PACKAGE], self._truth[GPU]
        zero_ns = package.schedule(course.steps(PACKAGE_W))[0]
        gpu.schedule(course.steps(GPU_W))
        if self._scenario.has_psys:
            steps = [(at_s, watts + BOARD_W) for at_s, watts in course.steps(PACKAGE_W)]
            self._truth[PSYS].schedule(steps)
        self._scenario.package.arrange(package, zero_ns, course)
        self._scenario.gpu.arrange(gpu, zero_ns, course)
        self._program.tell([at_ns(zero_ns, course.begin_s), at_ns(zero_ns, course.end_s)])

    def finish(self) -> None:
        """Wait for the program's answer."""
        try:
            self._answer = self._program.answer()
        except ProgramError as error:
            print(f"accuracy: {error}", file=sys.stderr)
            self._answer = {"failed": "failed"}

    def said(self, device: str) -> list[float | str]:
        """Return the reported joules over the true ones and what else the meter said of them."""
        if "failed" in self._answer:
            return [self._answer["failed"]]
        reported_j, note = self._answer[device], self._answer["note"]
        if reported_j is None:
            return [note or "–"]
        truth = self._truth[PACKAGE if device == CPU else device]
        share = float(reported_j / truth.energy_j(*self._answer["window_ns"]))
        return [share, note] if note == SAYS_UNSURE else [share]


def measure(meter: Meter, begin_ns: int, end_ns: int) -> dict[str, Any]:
    """Measure one window in this process; return its edges and what the meter says of it."""
    try:
        meter.prepare()
        window.sleep_until(begin_ns)
        edges, said = window.measure(meter, lambda: window.sleep_until(end_ns))
    except Exception as error:  # noqa: BLE001  (that a meter raises is a result)
        return _raised(error)
    return {
        "window_ns": edges,
        PACKAGE: said.package,
        GPU: said.gpu,
        CPU: said.cpu,
        "note": said.note,
        "half": {PACKAGE: said.package_half, GPU: said.gpu_half},
        "edges_ns": said.edges_ns,
    }


def _raised(error: Exception) -> dict[str, str]:
    return {"failed": f"raises {type(error).__name__}"}


def main() -> None:
    """Measure one window with a meter that is warm, at the times that the parent says."""
    parent = Parent()
    try:
        warm = window.warm(METERS[sys.argv[1]])
    except Exception as error:  # noqa: BLE001  (that a meter raises is a result)
        parent.say(_raised(error))
        return
    parent.say(READY)
    parent.say(measure(warm, *parent.hear()))


if __name__ == "__main__":
    main()
