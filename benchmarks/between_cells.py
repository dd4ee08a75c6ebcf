"""What a session costs while no window is open: some minutes after its last one, and then.

Once every two seconds the counters are read, so that the next window's figure knows what the
machine draws at rest; later nothing is.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict

from jupyter_green.sampler.rate import IN_USE_S

from . import footprint, processes
from .footprint import LULL_S, Watched
from .machine import FIFTEEN, LARGE, SMALL, Devices, machine_with
from .meters import JupyterGreen
from .program import Parent
from .table import Table

MACHINES: dict[str, Devices] = {
    "1 socket, 1 GPU": SMALL,
    "2 sockets, 2 GPUs, 15 domains": FIFTEEN,
    "2 sockets, 8 GPUs": LARGE,
}

_HEADS = ("", "own process", "sampler", "wake-ups/s", "later: CPU", "later: wake-ups/s")


def table(watch_s: float, later_s: float) -> Table:
    """Watch all machines' programs at the same time, for so long in use and for so long later."""
    with ExitStack() as opened:
        programs = []
        for title, devices in MACHINES.items():
            machine = opened.enter_context(machine_with(devices))
            started = machine.start_on_files("benchmarks.between_cells", watch_s, later_s)
            programs.append((title, opened.enter_context(started)))
        rows = [[title, *_figures(program.answer())] for title, program in programs]
    return Table(
        "CPU between cells",
        f"After a window's end, no other is open. CPU in percent of one core, over {watch_s:g} s "
        f"of the first {IN_USE_S:g} s, in which the session counts as in use and the counters are "
        f"read every two seconds; and over {later_s:g} s after these. Of a program that sleeps.",
        _HEADS,
        rows,
        "The aim is under 0.1 % in use, and no wake-up later.",
    )


def _figures(answer: dict[str, dict[str, float]]) -> list[str]:
    in_use, later = Watched(**answer["in use"]), Watched(**answer["later"])  # type: ignore[arg-type]
    return [
        f"{in_use.own_cpu * 100:.3f} %",
        f"{in_use.helpers_cpu * 100:.3f} %",
        f"{in_use.wakeups_per_s:.1f}",
        f"{(later.own_cpu + later.helpers_cpu) * 100:.3f} %",
        f"{later.wakeups_per_s:.1f}",
    ]


def measure(watch_s: float, later_s: float) -> dict[str, Watched]:
    """Watch this process and its sampler after a window."""
    own = os.getpid()
    before = processes.descendants(own)  # the stand-ins, not the meter's
    JupyterGreen.load()
    meter = JupyterGreen()
    meter.prepare()
    meter.ready()
    meter.begin()
    time.sleep(LULL_S)
    helpers = processes.descendants(own) - before
    meter.end()
    meter.energy_j()
    ended_s = time.monotonic()
    time.sleep(LULL_S)
    in_use = footprint.watch(own, helpers, watch_s)
    time.sleep(max(0.0, ended_s + IN_USE_S + 2 * LULL_S - time.monotonic()))
    return {"in use": in_use, "later": footprint.watch(own, helpers, later_s)}


if __name__ == "__main__":
    parent = Parent()
    found = measure(float(sys.argv[1]), float(sys.argv[2]))
    parent.say({when: asdict(watched) for when, watched in found.items()})
