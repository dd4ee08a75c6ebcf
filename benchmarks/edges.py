"""How far a window's marks are from its code, which is metered at the power of before and after."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.testbench.kernel import LAB

from .front_end import FrontEnd
from .machine import FIFTEEN, ONE, Devices, Machine, machine_with
from .program import Parent, ProgramError
from .table import Table, failed, typical_ms

MACHINES: dict[str, Devices] = {"1 domain": ONE, "15 domains": FIFTEEN}
BLOCKS = "blocks"
CELLS = "cells"

CELL_S = 0.01
SETTLED_S = 0.3
"""By then the window before is of no concern."""

_clock_ns = time.monotonic_ns

_HEADS = ("", "made ready", "mark to code", "code to mark")

Edges = dict[str, list[list[float]]]
"""By the way to meter: seconds of each window, in the order of the columns."""

# The hooks that stand closest to ours: what IPython does besides is the cell's with any meter.
_PREPARED = """
import time
def entered(info):
    global entered_ns
    entered_ns = time.monotonic_ns()
def left(result):
    global left_ns
    left_ns = time.monotonic_ns()
ip = get_ipython()
ip.events.register("post_run_cell", left)
ip.run_line_magic("load_ext", "jupyter_green")
ip.events.register("pre_run_cell", entered)
from jupyter_green.meter.shared import shared_meter
"""
_METERED = f"""%%energy
began_ns, window = entered_ns, shared_meter().windows[-1]
until_s = time.perf_counter() + {CELL_S}
while time.perf_counter() < until_s:
    pass
"""
_TOLD = "print([(began_ns - window.begin_ns) * 1e-9, (window.end_ns - left_ns) * 1e-9])"


def table(windows: int) -> Table:
    """Measure `windows` windows of each kind, with few and with many domains."""
    rows = []
    for title, devices in MACHINES.items():
        with machine_with(devices) as machine:
            for what in (BLOCKS, CELLS):
                rows += _rows(machine, title, what, windows)
    return Table(
        "From the mark to the code, in ms",
        f"Median (95th percentile); windows of {CELL_S * 1e3:.0f} ms: {windows}. What passes "
        "between a window's begin and the return to the code that is metered, and between that "
        "code's end and the window's, is in the window at the power of before and after.",
        _HEADS,
        rows,
        "The aim is under 0.05 ms at any number of domains, and a window that is ready within "
        "1.5 ms. What a window has to do at its edges comes before the one mark and after the "
        "other. 15 domains: two sockets with six zones each, the platform, and two GPUs. A cell's "
        "way is that to and from the hooks of jupyter_green; what IPython does between them and "
        "the cell's first and last line (compiling it, some tenths of a millisecond) is the same "
        "with any meter.",
    )


def _rows(machine: Machine, title: str, what: str, windows: int) -> Iterator[list[str]]:
    try:
        with machine.start_on_files("benchmarks.edges", what, windows) as program:
            answer: Edges = program.answer()
    except ProgramError as error:
        yield failed(f"{title}: {what}", error, len(_HEADS))
        return
    for way, found in answer.items():
        columns = [typical_ms(column) for column in zip(*found, strict=True)]
        yield [f"{title}: {way}", *[""] * (len(_HEADS) - 1 - len(columns)), *columns]


def of_blocks(windows: int) -> Edges:
    """Measure windows in this process; return the seconds of each step of each."""
    import jupyter_green as jg
    from jupyter_green.meter.measure import on_block_end
    from jupyter_green.meter.shared import shared_meter

    meter = shared_meter()
    meter.begin().end()  # the first use
    by_hand, by_block = [], []
    for _ in range(windows):
        time.sleep(SETTLED_S)
        made_ns = _clock_ns()
        window = meter.window()
        ready_ns = _clock_ns()
        window.begin()
        code_ns = _clock_ns(), _work(), _clock_ns()
        window.end(wait=False)
        by_hand.append([(ready_ns - made_ns) * 1e-9, *_steps_s(window, code_ns)])

        time.sleep(SETTLED_S)
        measured: list[Any] = []
        on_block_end[:] = [measured.append]
        with jg.measure():
            code_ns = _clock_ns(), _work(), _clock_ns()
        by_block.append(_steps_s(*measured, code_ns))
    return {"`Window.begin` and `end`": by_hand, "`jg.measure`": by_block}


def _work() -> None:
    until_s = time.perf_counter() + CELL_S
    while time.perf_counter() < until_s:
        pass


def _steps_s(window: Any, code_ns: tuple[int, None, int]) -> list[float]:
    began_ns, _, ended_ns = code_ns
    return [(began_ns - window.begin_ns) * 1e-9, (window.end_ns - ended_ns) * 1e-9]


def of_cells(cells: int) -> Edges:
    """Measure cells in a kernel; return the seconds of each step of each."""
    found = []
    with FrontEnd() as front_end:
        front_end.run(_PREPARED)
        front_end.run(_METERED, LAB)  # the first use
        for _ in range(cells):
            time.sleep(SETTLED_S)
            front_end.run(_METERED, LAB)
            found.append(json.loads(front_end.run(_TOLD)))
    return {"`%%energy`, live widget": found}


if __name__ == "__main__":
    parent = Parent()
    measure = {BLOCKS: of_blocks, CELLS: of_cells}[sys.argv[1]]
    parent.say(measure(int(sys.argv[2])))
