"""The short form of the benchmarks: what is promised, each as a ratio, in under three minutes."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterable, Mapping

from . import browser, intervals, panel, slowdown, virtual_lengths, yardstick
from .figures import Kept, Measured
from .kernel import LIVE
from .machine import GPU, LARGE, PACKAGE, SMALL, machine_with

KERNELS = 9
CELLS = 20
RUN_S = 6.0
WATCH_S = 8.0
LENGTHS = {"1 ms": 0.001, "10 ms": 0.01, "100 ms": 0.1, "1 s": 1.0}
WINDOWS = 300
"""Of each length."""
WINDOWS_OF_A_KIND = 60
UPDATES = 20

WORK = "× the yardstick's work"
_DEVICES = {PACKAGE: "RAPL", GPU: "NVML"}

KEPT: Mapping[str, Kept] = {
    "load_ext": Kept("`%load_ext jupyter_green`", WORK),
    "energy_pass": Kept("what `%%energy pass` adds to `pass`", "× a bare `pass`"),
    "slow_down": Kept("what a metered cell's run time is longer", "%", least=0.2),
    "sampler": Kept("the sampler at 10 Hz, 2 sockets and 8 GPUs", f"{WORK} a second"),
    **{
        f"error_{device.lower()}_{title.replace(' ', '_')}": Kept(
            f"median error of a window of {title}, {device}",
            "% of the truth",
            is_time=False,
            least=0.002,
        )
        for title in LENGTHS
        for device in _DEVICES.values()
    },
    "coverage": Kept(
        "windows with their truth within the interval",
        "%",
        "higher",
        is_time=False,
        share=0.0,
        least=0.3,
    ),
    "interval_score": Kept(
        "the interval's score", "× that of the simplest good estimate", is_time=False, share=0.03
    ),
    "panel_shown": Kept("the panel of 2000 cells, shown", WORK),
    "panel_update": Kept("one row of it, updated", WORK),
}
"""All that is kept, in the order in which it is shown."""


def loading() -> dict[str, Measured]:
    """Load the extension in fresh kernels."""
    loads_s, ratios = [], []
    with machine_with(SMALL) as machine:
        for _ in range(KERNELS):
            before_s = yardstick.work_s()
            with machine.start_on_files("benchmarks.kernel", "load", LIVE.title, 1) as program:
                (loaded,) = program.answer()
            work_s = (before_s + yardstick.work_s()) / 2
            loads_s.append(loaded["inside_s"])
            ratios.append(loaded["inside_s"] / work_s)
    return {"load_ext": Measured(statistics.median(ratios), _ms(statistics.median(loads_s)))}


def metering() -> dict[str, Measured]:
    """Run bare and metered cells in turn."""
    with (
        machine_with(SMALL) as machine,
        machine.start_on_files("benchmarks.kernel", "pairs", LIVE.title, CELLS) as program,
    ):
        bare_s, metered_s, _ = program.answer()
    added_s = statistics.median(b - a for a, b in zip(bare_s, metered_s, strict=True))
    return {"energy_pass": Measured(added_s / statistics.median(bare_s), _ms(added_s))}


def slowing() -> dict[str, Measured]:
    """Run cells of several kinds in an open window."""
    with (
        machine_with(SMALL) as machine,
        machine.start_on_files("benchmarks.slowdown", RUN_S) as program,
    ):
        extra_s = [each for of_cell in program.answer().values() for each in of_cell]
    percent = 100 * slowdown.trimmed_mean(extra_s) / slowdown.INTERVAL_S
    return {"slow_down": Measured(percent, f"{percent:+.2f} %")}


def sampling() -> dict[str, Measured]:
    """Watch the sampler while a program sleeps in an open window."""
    what = ("program", "JupyterGreen", WATCH_S, 0.5, 1)
    with (
        machine_with(LARGE) as machine,
        machine.start_on_files("benchmarks.footprint", *what) as program,
    ):
        before_s = yardstick.work_s()
        share = program.answer()["open"]["helpers_cpu"]
    work_s = (before_s + yardstick.work_s()) / 2
    return {"sampler": Measured(share / work_s, f"{share:.2%} of a core")}


def accuracy() -> dict[str, Measured]:
    """Measure windows of four lengths in virtual time."""
    found = {}
    for length_s, errors in virtual_lengths.errors(LENGTHS.values(), WINDOWS, _seed()).items():
        (title,) = (title for title, each_s in LENGTHS.items() if each_s == length_s)
        for device, of_device in errors.items():
            percent = 100 * statistics.median(of_device)
            name = f"error_{_DEVICES[device].lower()}_{title.replace(' ', '_')}"
            found[name] = Measured(percent, f"{percent:.3f} %")
    return found


def covering() -> dict[str, Measured]:
    """Measure windows of all kinds of power in virtual time."""
    kinds = intervals.measure(list(intervals.KINDS), WINDOWS_OF_A_KIND, _seed())
    factor = intervals.anchored_factor(list(kinds.values()))
    rows = [intervals.row(of_kind, factor) for of_kind in kinds.values()]
    covered = statistics.fmean(row.covered for row in rows)
    score = statistics.geometric_mean(row.score_j / row.anchored_score_j for row in rows)
    return {
        "coverage": Measured(covered, f"{covered:.1f} %"),
        "interval_score": Measured(score, f"{score:.3f}"),
    }


def showing() -> dict[str, Measured]:
    """Show the panel of a large notebook, and update one of its rows."""
    if (reason := browser.missing()) is not None:
        raise RuntimeError(reason)
    found = panel.measure(UPDATES, idle_s=0.5)
    return {
        f"panel_{what}": Measured(took_ms / found["yardstick_ms"], f"{took_ms:.1f} ms")
        for what, took_ms in (("shown", found["show_ms"]), ("update", found["update_ms"]))
    }


MEASUREMENTS: Iterable[Callable[[], dict[str, Measured]]] = (
    loading,
    metering,
    slowing,
    sampling,
    accuracy,
    covering,
    showing,
)


def _seed() -> int:
    """Return a new one each time: so it is seen how far the figures of one estimator scatter."""
    return random.randrange(2**32)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"
