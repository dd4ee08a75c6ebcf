"""Reported joules against the true ones, at changing power and with faults of the hardware.

Each meter watches a window in a program of its own on a machine of its own, a
moment after the one before it. The truth is the energy between the return of
`begin` and the call of `end`.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.testbench.truth import RAPL_WRAP_RANGE_UJ, Device

from .machine import GPU, PACKAGE, PSYS, Knobs, Machine, machine_with
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
from .table import Table, spread_percent

MEASURED = (JupyterGreen, CodeCarbonTracker, CodeCarbonEachSecond, Zeus, PyRapl, PyJoules)

LEAD_S = 0.5
"""From the first watt until the window, in seconds: nothing is read cold."""
TURN_S = 0.2
"""Between the windows of two meters: what one does at its edges does not delay another."""
FAILING_SHARE = 0.25
BOARD_W = 15.0
"""What the whole platform draws beside the package."""
READY = "ready"

# Share of the window's length, watts. The first step comes LEAD_S before the window.
_PACKAGE_W = ((0.0, 50.0), (0.08, 90.0), (0.26, 35.0), (0.42, 160.0), (0.6, 60.0), (0.84, 110.0))
_GPU_W = ((0.0, 70.0), (0.08, 300.0), (0.26, 180.0), (0.42, 340.0), (0.84, 150.0))

CPU = "cpu"
"""All that a meter counts for processors: the package, if nothing is counted twice."""

_READING = (
    "The aim is within 0.5 % for the CPU and 2.5 % for the GPU. A GPU counter that restarts takes "
    "the joules since its last refresh with it, so a little below 100 is the best that can be "
    "known; of a GPU that is lost the truth here is what it used until then. A meter that reads "
    "only at the two edges meets no fault in between. Where `energy_uj` cannot be read, CodeCarbon "
    "books a figure of its model in the same column; jupyter_green lists the sensor as missing "
    "with the reason and the remedy, and what it estimates instead is marked as an estimate. The "
    "truth is what was used between the return of `begin` and the call of `end`; a meter that "
    "takes long for these counts some of their time as well. “–”: no figure and no word."
)


@dataclass(frozen=True)
class Course:
    """One run's times, in seconds from its first watt on."""

    begin_s: float
    window_s: float

    @property
    def end_s(self) -> float:
        """When the window ends."""
        return self.begin_s + self.window_s

    @property
    def middle_s(self) -> float:
        """The window's middle."""
        return self.begin_s + self.window_s / 2

    def steps(self, powers_w: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return (seconds, watts) of the given shares of the window."""
        first, *rest = powers_w
        at_s = [(self.begin_s + share * self.window_s, watts) for share, watts in rest]
        return [(0.0, first[1]), *at_s]

    def package_j(self, until_s: float) -> float:
        """Return what the package has used by then."""
        steps = [*self.steps(_PACKAGE_W), (float("inf"), 0.0)]
        return sum(
            watts * (min(next_s, until_s) - at_s)
            for (at_s, watts), (next_s, _) in pairwise(steps)
            if at_s < until_s
        )


@dataclass(frozen=True)
class Fault:
    """What happens to a device in a run."""

    knobs: Callable[[Course], Knobs]
    """Turned from the start."""
    arrange: Callable[[Device, int, Course], None]
    """Turns others; the number is the time of the first watt, in nanoseconds."""


@dataclass(frozen=True)
class Scenario:
    """What happens in a run, and the rows that it gives: one for each device that is named."""

    package: Fault
    gpu: Fault
    rows: Mapping[str, str]
    has_psys: bool = False


def _usual(_: Course) -> Knobs:
    return {"offset": 50_000_000}


def _unreadable(_: Course) -> Knobs:
    return {"mode": 0o400}


def _leave(device: Device, zero_ns: int, course: Course) -> None:
    """Turn no knob."""


def _wrapping_at(course: Course, at_s: float) -> Knobs:
    return {"offset": RAPL_WRAP_RANGE_UJ - round(course.package_j(at_s) * 1e6)}


def _wrapping_in_the_middle(course: Course) -> Knobs:
    return _wrapping_at(course, course.middle_s)


def _wrapping_before_the_end(course: Course) -> Knobs:
    return _wrapping_at(course, course.end_s - 0.01)


def _fail(device: Device, zero_ns: int, course: Course) -> None:
    half_s = FAILING_SHARE * course.window_s / 2
    from_ns, until_ns = (_ns(zero_ns, course.middle_s + s) for s in (-half_s, half_s))
    device.set(failing=(from_ns, until_ns))


def _restart(device: Device, zero_ns: int, course: Course) -> None:
    device.set(reset_ns=_ns(zero_ns, course.middle_s))


def _lose(device: Device, zero_ns: int, course: Course) -> None:
    lost_ns = _ns(zero_ns, course.middle_s)
    device.schedule([*_from_now(course.steps(_GPU_W), zero_ns, lost_ns), *_off_at(lost_ns)])
    device.set(lost_ns=lost_ns)


def _from_now(
    steps: Sequence[tuple[float, float]], zero_ns: int, until_ns: int
) -> Iterator[tuple[float, float]]:
    """Return the steps that lie between now and a time, in seconds from now."""
    for at_s, watts in steps:
        after_s = (_ns(zero_ns, at_s) - time.monotonic_ns()) * 1e-9
        if after_s > 0 and _ns(zero_ns, at_s) < until_ns:
            yield after_s, watts


def _off_at(t_ns: int) -> Iterator[tuple[float, float]]:
    yield (t_ns - time.monotonic_ns()) * 1e-9, 0.0


def _ns(zero_ns: int, after_s: float) -> int:
    return zero_ns + round(after_s * 1e9)


HEALTHY = Fault(_usual, _leave)
WRAPPING = Fault(_wrapping_in_the_middle, _leave)
WRAPPING_LATE = Fault(_wrapping_before_the_end, _leave)
FAILING = Fault(_usual, _fail)
RESTARTING = Fault(_usual, _restart)
LOST = Fault(_usual, _lose)
UNREADABLE = Fault(_unreadable, _leave)

# A wrap and a restart only change what is read, so one run can have both.
SCENARIOS = (
    Scenario(HEALTHY, HEALTHY, {PACKAGE: "CPU, changing power", GPU: "GPU, changing power"}),
    Scenario(
        WRAPPING,
        RESTARTING,
        {
            PACKAGE: "CPU, counter wraps in mid-window",
            GPU: "GPU, counter restarts in mid-window",
        },
    ),
    Scenario(WRAPPING_LATE, HEALTHY, {PACKAGE: "CPU, counter wraps 10 ms before the end"}),
    Scenario(FAILING, HEALTHY, {PACKAGE: "CPU, reads fail in mid-window"}),
    Scenario(HEALTHY, HEALTHY, {CPU: "CPU, all packages, beside a psys zone"}, has_psys=True),
    Scenario(UNREADABLE, HEALTHY, {PACKAGE: "CPU, `energy_uj` cannot be read"}),
    Scenario(HEALTHY, FAILING, {GPU: "GPU, reads fail in mid-window"}),
    Scenario(HEALTHY, LOST, {GPU: "GPU, lost in mid-window"}),
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
        f"Windows of {window_s:g} s at changing power, the CPU's counter refreshed each 1 ms, the "
        f"GPU's each 100 ms; where reads fail, they do for {FAILING_SHARE * window_s:.1f} s. "
        f"Median (lowest … highest); runs, each with other phases: {runs}.",
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
        PACKAGE: {"power_w": 0.0} | scenario.package.knobs(course),
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
        zero_ns = package.schedule(course.steps(_PACKAGE_W))[0]
        gpu.schedule(course.steps(_GPU_W))
        if self._scenario.has_psys:
            steps = [(at_s, watts + BOARD_W) for at_s, watts in course.steps(_PACKAGE_W)]
            self._truth[PSYS].schedule(steps)
        self._scenario.package.arrange(package, zero_ns, course)
        self._scenario.gpu.arrange(gpu, zero_ns, course)
        self._program.tell([_ns(zero_ns, course.begin_s), _ns(zero_ns, course.end_s)])

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
        _sleep_until(begin_ns)
        meter.begin()
        window_ns = [time.monotonic_ns()]
        _sleep_until(end_ns)
        window_ns.append(time.monotonic_ns())
        meter.end()
        said = meter.energy_j()
    except Exception as error:  # noqa: BLE001  (that a meter raises is a result)
        return _raised(error)
    return {
        "window_ns": window_ns,
        PACKAGE: said.package,
        GPU: said.gpu,
        CPU: said.cpu,
        "note": said.note,
    }


def _raised(error: Exception) -> dict[str, str]:
    return {"failed": f"raises {type(error).__name__}"}


def _sleep_until(t_ns: int) -> None:
    time.sleep(max(0, t_ns - time.monotonic_ns()) * 1e-9)


def _warmed_up(kind: type[Meter]) -> Meter:
    """Return a meter that has measured once, so that its first use is over."""
    kind.load()
    meter = kind()
    meter.prepare()
    meter.begin()
    time.sleep(0.2)
    meter.end()
    meter.energy_j()
    return meter


def main() -> None:
    """Measure one window with a meter that is warm, at the times that the parent says."""
    parent = Parent()
    try:
        warm = _warmed_up(METERS[sys.argv[1]])
    except Exception as error:  # noqa: BLE001  (that a meter raises is a result)
        parent.say(_raised(error))
        return
    parent.say(READY)
    parent.say(measure(warm, *parent.hear()))


if __name__ == "__main__":
    main()
