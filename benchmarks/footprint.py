"""What watching costs the machine: processor time, memory and wake-ups, while a program sleeps."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from . import processes
from .front_end import SHOWS_WIDGETS, FrontEnd
from .machine import Machine, steady_machine
from .meters import (
    METERS,
    CodeCarbonTracker,
    JupyterGreen,
    Meter,
    Zeus,
    absent,
)
from .program import Parent, ProgramError
from .table import Table, failed, unmeasured

IN_PROGRAMS = (JupyterGreen, CodeCarbonTracker, Zeus)
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

_HEADS = (
    "",
    "CPU, own process",
    "CPU, helpers",
    "memory added",
    "of it helpers",
    "wake-ups/s, open",
    "wake-ups/s of helpers, idle",
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
    """What a meter used: bytes before it was loaded, while a window was open, and after that."""

    before_b: int
    open: Watched
    idle_wakeups_per_s: float


def table(watch_s: float, idle_s: float) -> Table:
    """Watch each meter for `watch_s` seconds with a window open, `idle_s` seconds without."""
    with steady_machine() as machine:
        rows = [
            _row(machine, title, ("kernel", way), watch_s, idle_s)
            for title, way in IN_KERNELS.items()
        ]
        for meter in IN_PROGRAMS:
            title = f"a program, {meter.title}"
            if reason := absent(meter):
                rows.append(unmeasured(title, reason, len(_HEADS)))
            else:
                rows.append(_row(machine, title, ("program", meter.__name__), watch_s, idle_s))
    return Table(
        "What watching costs the machine",
        f"A cell or a program sleeps for {watch_s:g} s in an open window, then {idle_s:g} s "
        "without one. CPU in percent of one core; memory as proportional share (PSS) in MiB, above "
        "the same process before it loaded the meter. Helpers are the processes that a meter "
        "starts.",
        _HEADS,
        rows,
        "jupyter_green samples ten times a second here; CodeCarbon runs a timer thread once a "
        "second and measures each 15 s; Zeus looks for wraps of the CPU's counters, about once a "
        "second and counter, for as long as the program runs. A kernel wakes by itself. Wake-ups "
        "of threads that have ended, as CodeCarbon's do at once, are not seen.",
    )


def _row(
    machine: Machine, title: str, what: tuple[str, str], watch_s: float, idle_s: float
) -> list[str]:
    try:
        with machine.start_on_files("benchmarks.footprint", *what, watch_s, idle_s) as program:
            answer = program.answer()
    except ProgramError as error:
        return failed(title, error, len(_HEADS))
    watched = Watched(**answer["open"])
    added_b = watched.own_b + watched.helpers_b - answer["before_b"]
    return [
        title,
        f"{watched.own_cpu * 100:.2f} %",
        f"{watched.helpers_cpu * 100:.2f} %",
        f"{added_b / 2**20:.1f}",
        f"{watched.helpers_b / 2**20:.1f}",
        f"{watched.wakeups_per_s:.1f}",
        f"{answer['idle_wakeups_per_s']:.1f}",
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


def idle_wakeups_per_s(helpers: Iterable[int], for_s: float) -> float:
    """Return how often the helpers wake while no window is open."""
    helpers = list(helpers)
    time.sleep(0.2)
    before = processes.wakeups(helpers)
    time.sleep(for_s)
    return (processes.wakeups(helpers) - before) / for_s


def in_program(kind: type[Meter], watch_s: float, idle_s: float) -> Footprint:
    """Watch this process, which measures a window in which it sleeps."""
    own = os.getpid()
    before = processes.descendants(own)  # the stand-ins, not the meter's
    before_b = processes.memory_b([own])
    kind.load()
    meter = kind()
    meter.prepare()
    meter.begin()
    time.sleep(SETTLE_S)
    helpers = processes.descendants(own) - before
    watched = watch(own, helpers, watch_s)
    meter.end()
    meter.energy_j()
    return Footprint(before_b, watched, idle_wakeups_per_s(helpers, idle_s))


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
        request = front_end.start(sleep, SHOWS_WIDGETS)
        time.sleep(SETTLE_S)
        helpers = processes.descendants(own) - before
        watched = watch(own, helpers, watch_s)
        front_end.finish(request)
        return Footprint(before_b, watched, idle_wakeups_per_s(helpers, idle_s))


if __name__ == "__main__":
    parent = Parent()
    where, name, *seconds = sys.argv[1:]
    durations_s = [float(text) for text in seconds]
    if where == "kernel":
        parent.say(asdict(in_kernel(name, *durations_s)))
    else:
        parent.say(asdict(in_program(METERS[name], *durations_s)))
