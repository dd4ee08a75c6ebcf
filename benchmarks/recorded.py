"""The error on recorded power, real refresh intervals and other programs' load.

Windows of some of the kinds of `tests/testbench/kinds.py`, here in real time and with every
meter. The stand-ins play a curve of one value a millisecond. The truth is what it used between
the return of `begin` and the call of `end`; for an interval, what it used between the edges that
its window names, some 0.2 ms earlier at the begin. The meters get the same windows of the same
curves, each on a machine of its own whose counters have their own phase.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.testbench import power
from tests.testbench.kinds import load_under_work
from tests.testbench.power import BOARDS, STEP_S, Windows
from tests.testbench.refreshing import refreshes_s
from tests.testbench.truth import Device
from tests.testbench.virtual import Power

from . import window
from .accuracy import READY, measure
from .machine import GPU, PACKAGE, Knobs, machine_with
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
from .program import Parent, Program, ProgramError
from .scenarios import at_ns
from .table import Table, worst_percent

MEASURED = (JupyterGreen, CodeCarbonTracker, CodeCarbonTask, Zeus, PyRapl, PyJoules)

PREPARE_S = 1.8
"""What a meter may take to get ready."""
LEAD_S = 1.0
"""The curve before its window, and after it."""
TURN_S = 0.12
"""Between the windows of two meters: what one does at its edges does not delay another."""
BEGIN_S = 0.015
"""How long before its window `begin` is called: none takes longer on an idle machine."""
LONGEST_S = 3.0
ON_ONE_MACHINE = 6
"""Windows; a machine has room for the steps of so many of the longest."""

CPU_AS = "Ice Lake-SP"
PLACEHOLDER_W = 20.0
"""What is drawn before the first curve, and by the device that is not looked at."""

Draw = Callable[[random.Random], tuple[Power, Windows]]


@dataclass(frozen=True)
class Kind:
    """A row: which device plays which curves."""

    row: str
    device: str
    draw: Draw
    knobs: Knobs = field(default_factory=dict)


def _beside_idle(board: str) -> Draw:
    def draw(rng: random.Random) -> tuple[Power, Windows]:
        while True:
            curve, windows = power.beside_idle(rng, board, 0.3)
            if windows[0][1] - windows[0][0] <= LONGEST_S:
                return curve, windows

    return draw


def _among_bursts(rng: random.Random) -> tuple[Power, Windows]:
    return power.bursts_beside(rng, rng.choice(BOARDS))


def _in_bursts(rng: random.Random) -> tuple[Power, Windows]:
    return power.random_phase(rng, power.bursts(rng.choice(BOARDS)), 0.01, 1.0)


KINDS = (
    Kind("GPU, RTX 3090, a cell beside idle", GPU, _beside_idle("3090"), {"instant_window_s": 0.1}),
    Kind("GPU, A100, a cell beside idle", GPU, _beside_idle("a100"), {"instant_window_s": 0.025}),
    Kind("GPU, both, bursts with others beside", GPU, _among_bursts, {"instant_window_s": 0.1}),
    Kind("GPU, work over another program's load", GPU, lambda rng: load_under_work(rng, 0.1)),
    Kind(f"CPU as {CPU_AS}, a piece of recorded bursts", PACKAGE, _in_bursts),
    Kind(
        f"CPU as {CPU_AS}, work over another program's load",
        PACKAGE,
        lambda rng: load_under_work(rng, 0.01),
    ),
)

_READING = (
    "Beside idle, a GPU's figure can be had to a fraction of a percent by waiting for the "
    "refreshes around it. Where other work is beside the window, a counter that is refreshed ten "
    "times a second cannot say what of its first and last interval belongs to the window: the "
    "figure is a division, no nearer in the median among bursts than a plain difference, which is "
    "now and then off by a third or more; the interval says how uncertain it is. RAPL's "
    "intervals of 0.6 to 2 ms matter only to short windows; there a plain difference by a meter "
    "that reads quickly is as near. The last two columns are for the edges that the window itself "
    "names; no other meter here states an interval. With so few windows, medians differ from run "
    "to run by a factor of two or three."
)


@dataclass(frozen=True)
class Played:
    """A curve as the stand-ins play it, and its window; seconds from its first step on."""

    steps: Sequence[tuple[float, float]]
    begin_s: float
    end_s: float


def played(curve: Power, begin_s: float, end_s: float) -> Played:
    """Return a curve around its window: the mean power of each millisecond."""
    first, last = round((begin_s - LEAD_S) / STEP_S), round((end_s + LEAD_S) / STEP_S)
    energies_j = [curve.energy_j(n * STEP_S) for n in range(first, last + 1)]
    steps = [
        (n * STEP_S, max(0.0, energies_j[n + 1] - energies_j[n]) / STEP_S)
        for n in range(last - first)
    ]
    return Played(steps, begin_s - first * STEP_S, end_s - first * STEP_S)


@dataclass(frozen=True)
class Figure:
    """What a meter said of one window, in joules."""

    true_j: float
    reported_j: float
    own_true_j: float | None
    """What was used in the window that the meter's interval is for."""
    half_j: float | None

    @property
    def error(self) -> float:
        """How far it is off, as a share of the truth."""
        return abs(self.reported_j / self.true_j - 1)

    @property
    def holds(self) -> bool:
        """Whether the truth lies in its interval."""
        if self.half_j is None or self.own_true_j is None:
            return False
        return abs(self.reported_j - self.own_true_j) <= self.half_j


Figures = dict[type[Meter], list[Figure | None]]
"""``None`` is a window that the meter began too late."""


def table(windows: int, kinds: Sequence[Kind] = KINDS) -> Table:
    """Measure `windows` windows of each kind."""
    absences = {meter: absent(meter) for meter in MEASURED}
    present = [meter for meter in MEASURED if absences[meter] is None]
    found = {kind.row: _figures(kind, present, windows) for kind in kinds}
    remarks = [f"{meter.title}: {reason}." for meter, reason in absences.items() if reason]
    late = [
        f"{meter.title} {figures.count(None)} in “{row}”"
        for row, of_meters in found.items()
        for meter, figures in of_meters.items()
        if None in figures
    ]
    if late:
        remarks.append(f"Left out, as the machine was late: {', '.join(late)}.")
    return Table(
        "Error on recorded power, real refresh intervals and other programs' load",
        "Median (worst) of |reported / true - 1| in percent. Windows of each kind: "
        f"{windows}, the same for each meter. GPUs: NVML's counter each 100 ms, windows of 0.1 to "
        f"{LONGEST_S:g} s. CPUs: RAPL's counter refreshed as irregularly as on {CPU_AS}, windows "
        f"of 25 ms to {LONGEST_S:g} s. Power of boards is recorded (Yang et al., SC'24); another "
        "program's load steps by itself each 50 to 500 ms.",
        ["", *(meter.title for meter in MEASURED), "truth in our interval", "its half-width"],
        [_row(row, of_meters) for row, of_meters in found.items()],
        " ".join([_READING, *remarks]),
    )


def _row(row: str, of_meters: Figures) -> list[str]:
    known = {meter: [f for f in figures if f] for meter, figures in of_meters.items()}
    errors = [[figure.error for figure in known.get(meter, ())] for meter in MEASURED]
    ours = known.get(JupyterGreen, [])
    halves = [f.half_j / f.true_j for f in ours if f.half_j is not None]
    return [
        row,
        *(worst_percent(of_meter) if of_meter else "–" for of_meter in errors),
        f"{sum(figure.holds for figure in ours)} of {len(ours)}",
        f"± {statistics.median(halves):.2%}" if halves else "–",
    ]


def _figures(kind: Kind, meters: Sequence[type[Meter]], windows: int) -> Figures:
    """Measure the windows of one kind with each meter, some of them on one machine."""
    found: Figures = {meter: [] for meter in meters}
    for first in range(0, windows, ON_ONE_MACHINE):
        numbers = range(first, min(first + ON_ONE_MACHINE, windows))
        for meter, figures in _figures_of(kind, meters, numbers).items():
            found[meter] += figures
    return found


def _figures_of(kind: Kind, meters: Sequence[type[Meter]], numbers: Sequence[int]) -> Figures:
    """Measure these windows of one kind with each meter."""
    found: Figures = {meter: [] for meter in meters}
    with ExitStack() as stack:
        watches = [stack.enter_context(_Watch(kind, meter)) for meter in meters]
        ready = [watch for watch in watches if watch.ready()]
        for n in numbers:
            rng = random.Random(f"{kind.row} {n}")
            curve, ((begin_s, end_s),) = kind.draw(rng)
            play = played(curve, begin_s, end_s)
            for turn, watch in enumerate(ready):
                watch.begin(play, PREPARE_S + turn * TURN_S)
            for watch in ready:
                found[watch.meter] += watch.figure()
    return found


class _Watch:
    """One meter in a program on a machine of its own, through all windows of a kind."""

    def __init__(self, kind: Kind, meter: type[Meter]) -> None:
        self.meter = meter
        self._kind = kind
        self._planned_ns = 0

    def __enter__(self) -> _Watch:
        self._open = ExitStack()
        machine = self._open.enter_context(machine_with(_devices(self._kind)))
        self._device: Device = machine.truth[self._kind.device]
        program = machine.start("benchmarks.recorded", self.meter.__name__)
        self._program: Program = self._open.enter_context(program)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def ready(self) -> bool:
        """Wait until the meter has been used once; return whether it could be."""
        try:
            return bool(self._program.answer() == READY)
        except ProgramError as error:
            print(f"recorded: {error}", file=sys.stderr)
            return False

    def begin(self, play: Played, wait_s: float) -> None:
        """Play a curve after a while, and have its window measured."""
        times_ns = self._device.schedule([(wait_s + at_s, watts) for at_s, watts in play.steps])
        self._planned_ns = at_ns(times_ns[0], play.begin_s)
        begin_ns = at_ns(self._planned_ns, -BEGIN_S)
        self._program.tell([begin_ns, at_ns(times_ns[0], play.end_s)])

    def figure(self) -> Iterator[Figure | None]:
        """Wait for the window's figure, if the meter says anything of the device."""
        answer = self._program.answer()
        if "failed" in answer:
            print(f"{self._kind.row}: {self.meter.title} {answer['failed']}", file=sys.stderr)
            return
        begin_ns, end_ns = answer["window_ns"]
        reported_j = answer[self._kind.device]
        if reported_j is None:
            return
        if begin_ns > self._planned_ns:
            yield None
            return
        own, half_j = answer["edges_ns"], answer["half"][self._kind.device]
        own_true_j = self._device.energy_j(*own) if own else None
        yield Figure(self._device.energy_j(begin_ns, end_ns), reported_j, own_true_j, half_j)


def _devices(kind: Kind) -> dict[str, Knobs]:
    times_s = refreshes_s(CPU_AS)
    devices: dict[str, Knobs] = {
        PACKAGE: {
            "refreshes_s": times_s,
            "phase_s": random.uniform(0.0, times_s[-1]),
            "offset": 50_000_000,
            "power_limit_w": 1000.0,
        },
        GPU: {
            "refresh_s": 0.1 * random.uniform(0.98, 1.015),
            "phase_s": random.uniform(0.0, 0.1),
            "power_limit_w": 1000.0,
        },
    }
    devices[kind.device] |= kind.knobs
    return {name: {"power_w": PLACEHOLDER_W} | knobs for name, knobs in devices.items()}


def main() -> None:
    """Measure windows with a meter that is warm, at the times that the parent says."""
    parent = Parent()
    warm = window.warm(METERS[sys.argv[1]])
    parent.say(READY)
    for begin_ns, end_ns in parent.all():
        parent.say(measure(warm, begin_ns, end_ns))


if __name__ == "__main__":
    main()
