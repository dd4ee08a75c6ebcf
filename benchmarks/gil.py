"""Samples while one C call holds the interpreter lock: the widest gap between two of them."""

from __future__ import annotations

import ctypes
import statistics
import sys
import threading
import time
from itertools import pairwise

from .machine import SMALL, machine_with
from .program import Parent, ProgramError
from .table import Table, failed

INTERVAL_S = 0.1

_HEADS = ("", "widest gap", "in the worst run", "samples a second")
_MEASURED = {
    "jupyter_green, a sampler process": "process",
    "a thread of the same process": "thread",
}


def table(runs: int, held_s: float) -> Table:
    """Measure `runs` runs in which the lock is held for `held_s` seconds."""
    gaps_s: dict[str, list[float]] = {way: [] for way in _MEASURED.values()}
    counts: dict[str, list[int]] = {way: [] for way in _MEASURED.values()}
    try:
        with machine_with(SMALL) as machine:
            for _ in range(runs):
                with machine.start_on_files("benchmarks.gil", held_s) as program:
                    for way, times_s in program.answer().items():
                        gaps_s[way].append(max(b - a for a, b in pairwise(times_s)))
                        counts[way].append(len(times_s))
        rows = [
            [
                title,
                f"{statistics.median(gaps_s[way]) / INTERVAL_S:.2f} periods",
                f"{max(gaps_s[way]) / INTERVAL_S:.2f} periods",
                f"{statistics.median(counts[way]) / held_s:.1f}",
            ]
            for title, way in _MEASURED.items()
        ]
    except ProgramError as error:
        rows = [failed(title, error, len(_HEADS)) for title in _MEASURED]
    return Table(
        f"Samples while a C call holds the interpreter lock for {held_s:g} s",
        f"Sampling period {INTERVAL_S:g} s (jupyter_green samples five times as often in a "
        f"window's first second); both sample at the same time. Median and worst; runs: {runs}.",
        _HEADS,
        rows,
        "The aim is under 2.5 periods. CodeCarbon samples from a thread of the measured process; "
        "Zeus takes no samples of an open window where the hardware has energy counters.",
    )


def measure(held_s: float) -> dict[str, list[float]]:
    """Hold the lock; return when each way took its samples, in seconds."""
    import jupyter_green

    with jupyter_green.Meter(interval_s=INTERVAL_S) as meter:
        meter.discover()
        thread = SamplingThread()
        thread.start()
        window = meter.begin()
        ctypes.PyDLL(None).usleep(round(held_s * 1e6))  # PyDLL keeps the lock for the whole call
        report = window.end()
        thread.stop()
    return {"process": list(report.trace.t_s), "thread": thread.times_s}


class SamplingThread(threading.Thread):
    """What a sampler in the measured process comes to: it notes when it ran."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._stopped = threading.Event()
        self.times_s: list[float] = []

    def run(self) -> None:
        """Note the time, once each period."""
        while True:
            self.times_s.append(time.monotonic())
            if self._stopped.wait(INTERVAL_S):
                self.times_s.append(time.monotonic())
                return

    def stop(self) -> None:
        """Take a last sample and end."""
        self._stopped.set()
        self.join()


if __name__ == "__main__":
    parent = Parent()
    parent.say(measure(float(sys.argv[1])))
