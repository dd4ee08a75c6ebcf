"""What watching costs the machine: processor time, memory and wake-ups, while a program sleeps.

And what the two edges of a window cost, at which most is read.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from tests.testbench.kernel import LAB

from . import processes
from .front_end import FrontEnd
from .machine import LARGE, SMALL, Devices, Machine, machine_with
from .meters import (
    METERS,
    CodeCarbonTenHertz,
    CodeCarbonTracker,
    JupyterGreen,
    Meter,
    Zeus,
    absent,
)
from .program import Parent, ProgramError
from .table import Table, failed, unmeasured

IN_PROGRAMS = (JupyterGreen, CodeCarbonTracker, CodeCarbonTenHertz, Zeus)
MACHINES = {"1 socket, 1 GPU": SMALL, "2 sockets, 8 GPUs": LARGE}
BARE = "bare"
LIVE = "live"
IN_KERNELS = {
    "a kernel's cell, not metered": BARE,
    "a kernel's cell, `%%energy` with live widget": LIVE,
}
# What is run before the cell, and the cell's first line.
_CELLS = {BARE: ("pass", ""), LIVE: ("%load_ext jupyter_green", "%%energy\n")}

SETTLE_S = 1.5
"""From the begin until the watching starts: what is done once is over."""
LULL_S = 1.0
"""From the end until idling is watched: what is still read after a window is over."""
EDGES_S = 0.6
"""For one window of no length and all that is read after it."""

_HEADS = (
    "",
    "CPU open, own process",
    "CPU open, helpers",
    "CPU idle, helpers",
    "memory added",
    "of it helpers",
    "wake-ups/s, open",
    "wake-ups/s of helpers, idle",
    "CPU of one window's edges",
)


@dataclass(frozen=True)
class Watched:
    """What processes used over some time: shares of a core, bytes, wake-ups a second."""

    own_cpu: float
    helpers_cpu: float
    own_b: int
    helpers_b: int
    wakeups_per_s: float


@dataclass(frozen=True)
class Footprint:
    """What a meter used: bytes before it was loaded, with a window open, and after that."""

    before_b: int
    open: Watched
    idle_cpu: float
    idle_wakeups_per_s: float
    edges_cpu_s: float | None
    """Processor time of begin and end and all that is read for them, own and helpers'."""


def table(
    watch_s: float, idle_s: float, windows: int, machines: Mapping[str, Devices] = MACHINES
) -> Table:
    """Watch each meter for `watch_s` seconds with a window open, `idle_s` seconds without."""
    rows = []
    for hardware, devices in machines.items():
        with machine_with(devices) as machine:
            ways = IN_KERNELS if devices is SMALL else {}
            for title, way in ways.items():
                rows.append(_row(machine, title, "kernel", way, watch_s, idle_s, 0))
            for meter in IN_PROGRAMS:
                title = f"{hardware}: {meter.title}"
                if reason := absent(meter):
                    rows.append(unmeasured(title, reason, len(_HEADS)))
                else:
                    what = ("program", meter.__name__, watch_s, idle_s, windows)
                    rows.append(_row(machine, title, *what))
    return Table(
        "CPU, memory and wake-ups",
        f"A cell or a program sleeps for {watch_s:g} s in an open window, then {idle_s:g} s "
        "without one. CPU in percent of one core; memory as proportional share (PSS) in MiB, above "
        "the same process before it loaded the meter. Helpers are the processes that a meter "
        "starts. The last column is the CPU time of a window's begin and end in total, with "
        f"everything read after them, in ms: median of {windows}.",
        _HEADS,
        rows,
        "The aim is under 1 % of a core with 2 sockets and 8 GPUs at 10 Hz, under 0.05 % idle, and "
        "at most 40 MiB. jupyter_green samples ten times a second here, and watches for the "
        "counters' refreshes at a window's edges; CodeCarbon runs a timer thread once a period "
        "and, by default, measures every 15 s; Zeus looks for wraps of the CPU's counters, about "
        "once per second and counter, for as long as the program runs. A kernel wakes by itself. "
        "Wake-ups of threads that have ended, as CodeCarbon's do at once, are not counted.",
    )


def _row(machine: Machine, title: str, *arguments: object) -> list[str]:
    try:
        with machine.start_on_files("benchmarks.footprint", *arguments) as program:
            answer = program.answer()
    except ProgramError as error:
        return failed(title, error, len(_HEADS))
    watched = Watched(**answer["open"])
    edges_s = answer["edges_cpu_s"]
    added_b = watched.own_b + watched.helpers_b - answer["before_b"]
    return [
        title,
        f"{watched.own_cpu * 100:.2f} %",
        f"{watched.helpers_cpu * 100:.2f} %",
        f"{answer['idle_cpu'] * 100:.3f} %",
        f"{added_b / 2**20:.1f}",
        f"{watched.helpers_b / 2**20:.1f}",
        f"{watched.wakeups_per_s:.1f}",
        f"{answer['idle_wakeups_per_s']:.1f}",
        "" if edges_s is None else f"{edges_s * 1e3:.1f}",
    ]


def watch(own: int, helpers: Iterable[int], for_s: float) -> Watched:
    """Watch processes for some seconds."""
    helpers = list(helpers)
    before = processes.cpu_s([own]), processes.cpu_s(helpers)
    wakeups = processes.wakeups([own, *helpers])
    began = time.monotonic()
    time.sleep(for_s)
    watched_s = time.monotonic() - began
    return Watched(
        own_cpu=(processes.cpu_s([own]) - before[0]) / watched_s,
        helpers_cpu=(processes.cpu_s(helpers) - before[1]) / watched_s,
        own_b=processes.memory_b([own]),
        helpers_b=processes.memory_b(helpers),
        wakeups_per_s=(processes.wakeups([own, *helpers]) - wakeups) / watched_s,
    )


def watch_idle(helpers: Iterable[int], for_s: float) -> tuple[float, float]:
    """Return the helpers' share of a core and wake-ups a second while no window is open."""
    helpers = list(helpers)
    time.sleep(LULL_S)
    cpu_s, wakeups = processes.cpu_s(helpers), processes.wakeups(helpers)
    time.sleep(for_s)
    return (
        (processes.cpu_s(helpers) - cpu_s) / for_s,
        (processes.wakeups(helpers) - wakeups) / for_s,
    )


def in_program(kind: type[Meter], watch_s: float, idle_s: float, windows: int) -> Footprint:
    """Watch this process, which measures a window in which it sleeps."""
    own = os.getpid()
    before = processes.descendants(own)  # the stand-ins, not the meter's
    before_b = processes.memory_b([own])
    kind.load()
    meter = kind()
    meter.prepare()
    meter.ready()
    meter.begin()
    time.sleep(SETTLE_S)
    helpers = processes.descendants(own) - before
    watched = watch(own, helpers, watch_s)
    meter.end()
    meter.energy_j()
    idle = watch_idle(helpers, idle_s)
    edges_s = [_edges_cpu_s(meter, [own, *helpers]) for _ in range(windows)]
    return Footprint(before_b, watched, *idle, statistics.median(edges_s))


def _edges_cpu_s(meter: Meter, pids: list[int]) -> float:
    meter.prepare()
    before_s = processes.cpu_s(pids)
    meter.ready()
    meter.begin()
    meter.end()
    meter.energy_j()
    time.sleep(EDGES_S)
    return processes.cpu_s(pids) - before_s


def in_kernel(way: str, watch_s: float, idle_s: float) -> Footprint:
    """Watch a kernel whose cell sleeps."""
    load, first_line = _CELLS[way]
    with FrontEnd() as front_end:
        own = front_end.kernel_pid
        front_end.run("import time")
        before_b = processes.memory_b([own])
        before = processes.descendants(own)
        front_end.run(load)
        sleep = f"{first_line}time.sleep({2 * SETTLE_S + watch_s})"
        request = front_end.start(sleep, LAB)
        time.sleep(SETTLE_S)
        helpers = processes.descendants(own) - before
        watched = watch(own, helpers, watch_s)
        front_end.finish(request)
        return Footprint(before_b, watched, *watch_idle(helpers, idle_s), None)


if __name__ == "__main__":
    parent = Parent()
    where, name, watch_for, idle_for, count = sys.argv[1:]
    if where == "kernel":
        parent.say(asdict(in_kernel(name, float(watch_for), float(idle_for))))
    else:
        meter_kind = METERS[name]
        parent.say(asdict(in_program(meter_kind, float(watch_for), float(idle_for), int(count))))
