"""What the hardware does in a run: its changing power, and the faults of its counters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.testbench.truth import RAPL_WRAP_RANGE_UJ, Device

from .machine import GPU, PACKAGE, Knobs

CPU = "cpu"
"""All that a meter counts for processors: the package, if nothing is counted twice."""

FAILING_SHARE = 0.25
"""Of the window's length: how long reads fail."""

# Share of the window's length, watts. The first step comes some time before it.
PACKAGE_W = ((0.0, 50.0), (0.08, 90.0), (0.26, 35.0), (0.42, 160.0), (0.6, 60.0), (0.84, 110.0))
GPU_W = ((0.0, 70.0), (0.08, 300.0), (0.26, 180.0), (0.42, 340.0), (0.84, 150.0))


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
        steps = [*self.steps(PACKAGE_W), (float("inf"), 0.0)]
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
    from_ns, until_ns = (at_ns(zero_ns, course.middle_s + s) for s in (-half_s, half_s))
    device.set(failing=(from_ns, until_ns))


def _restart(device: Device, zero_ns: int, course: Course) -> None:
    device.set(reset_ns=at_ns(zero_ns, course.middle_s))


def _lose(device: Device, zero_ns: int, course: Course) -> None:
    lost_ns = at_ns(zero_ns, course.middle_s)
    device.schedule([*_from_now(course.steps(GPU_W), zero_ns, lost_ns), *_off_at(lost_ns)])
    device.set(lost_ns=lost_ns)


def _from_now(
    steps: Sequence[tuple[float, float]], zero_ns: int, until_ns: int
) -> Iterator[tuple[float, float]]:
    """Return the steps that lie between now and a time, in seconds from now."""
    for at_s, watts in steps:
        after_s = (at_ns(zero_ns, at_s) - time.monotonic_ns()) * 1e-9
        if after_s > 0 and at_ns(zero_ns, at_s) < until_ns:
            yield after_s, watts


def _off_at(t_ns: int) -> Iterator[tuple[float, float]]:
    yield (t_ns - time.monotonic_ns()) * 1e-9, 0.0


def at_ns(zero_ns: int, after_s: float) -> int:
    """Return a time in a run, from that of its first watt."""
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
