"""What the live view costs and how late it is, in a real JupyterLab in Chromium."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tests.browser.lab import CHROMIUM, EXTENSION

from .machine import SMALL, machine_with
from .program import CHECKOUT, ProgramError
from .table import Table, typical_ms, unmeasured

NO_CHROMIUM = "Chromium is not installed (Debian: sudo apt-get install chromium)"
NOT_BUILT = "JupyterLab does not see the extension (run `make build`)"

WIDGET_LIMIT_B = 64 * 1024


def tables(for_s: float, watch_s: float, held_s: float, hours: Sequence[int]) -> list[Table]:
    """Watch the page for some seconds in each state, then feed it the samples of so many hours."""
    arguments = (for_s, watch_s, held_s, *hours)
    reason = missing()
    answer: dict[str, Any] = {}
    if reason is None:
        try:
            with (
                machine_with(SMALL) as machine,
                machine.start_on_files("benchmarks.page", *arguments) as program,
            ):
                answer = program.answer()
        except ProgramError as error:
            print(f"the live view: {error}", file=sys.stderr)
            reason = "failed"
    return [
        _latency_table(answer.get("latency"), reason, for_s, held_s),
        _cpu_table(answer.get("cpu"), reason, watch_s),
        _size_table(answer.get("memory"), reason, hours),
    ]


def missing() -> str | None:
    """Say what there is not for this, ``None`` where all is there."""
    if CHROMIUM is None:
        return NO_CHROMIUM
    return None if EXTENSION.exists() else NOT_BUILT


def _latency_table(
    found: Mapping[str, Any] | None, reason: str | None, for_s: float, held_s: float
) -> Table:
    heads = ("", "sample to page", "sample to pixel", "widest gap", "caught up after")
    held = f"held by one C call for {held_s:g} s"
    titles = {"free": "kernel free (sleeps)", "busy": "kernel busy in Python", "held": held}
    if found is None:
        rows = [unmeasured(title, reason or "", len(heads)) for title in titles.values()]
    else:
        rows = [
            [
                title,
                typical_ms(found[name]["journeys_s"]),
                typical_ms(found[name]["latencies_s"]),
                f"{found[name]['widest_gap_s'] * 1e3:.0f}",
                ""
                if found[name]["caught_up_s"] is None
                else f"{found[name]['caught_up_s'] * 1e3:.0f}",
            ]
            for name, title in titles.items()
        ]
    return Table(
        "From a sample to its pixel",
        f"A metered cell runs for {for_s:g} s in a real JupyterLab, in Chromium without a display, "
        "on the same machine. In ms, median (95th percentile) over the samples. A sample's time is "
        "when it was read, CLOCK_MONOTONIC; the cell says what wall-clock time that is, and the "
        "page has the same wall clock (`performance.timeOrigin + now()`). A sample has reached the "
        "page when its message is dispatched there, and is drawn with the next frame that paints "
        "the curve's canvas, once that frame has been committed; what the compositor and a screen "
        "take after that is not included. Nor are the samples before the curve appears: in its "
        "first second a cell's view is one line. The widest gap is that between two samples in "
        "the page, in ms; “caught up” is the frame with all samples up to the call's return.",
        heads,
        rows,
        "The aim is a median under 150 ms and a 95th percentile under 300 ms while the kernel is "
        "free, and everything drawn 300 ms after a call that held the interpreter lock. Samples "
        "come every 100 ms, so a much wider gap would mean a lost one. While the lock is held, "
        "samples wait in the sampler's pipe: the latencies of the last row include these waits.",
    )


def _cpu_table(found: Mapping[str, Any] | None, reason: str | None, watch_s: float) -> Table:
    heads = ("", "kernel and sampler", "server", "browser")
    titles = {
        "idle": "notebook open, nothing runs",
        "bare": "a cell sleeps, not metered",
        "live": "a cell sleeps, metered, live view in sight",
        "after": "after it, the result in sight",
    }
    rows = [
        unmeasured(title, reason or "", len(heads))
        if found is None
        else [title, *(f"{share * 100:.2f} %" for share in found[name])]
        for name, title in titles.items()
    ]
    return Table(
        "CPU time of the live view",
        f"CPU time over {watch_s:g} s in percent of one core. “Browser” is all processes "
        "of Chromium, which draws without a GPU here; the sampler counts as the kernel's.",
        heads,
        rows,
        "The aim is under 2 % for kernel and server in total, under 15 % for the browser while a "
        "cell runs, and the figures of the first row in the last one.",
    )


def _size_table(found: Mapping[str, Any] | None, reason: str | None, hours: Sequence[int]) -> Table:
    heads = ("", *(f"at {hour} h" for hour in hours))
    titles = {
        "browser_b": "JavaScript heap added in the browser, MiB",
        "kernel_b": "memory added in the kernel, MiB",
        "message_b": "the history as one message, MiB",
    }
    rows = [
        unmeasured(title, reason or "", len(heads))
        if found is None
        else [title, *(f"{found[name][str(hour)] / 2**20:.2f}" for hour in hours)]
        for name, title in titles.items()
    ]
    widget_b, extension_b = _bundle_sizes()
    return Table(
        "Memory of a long cell, size of the bundles",
        "A day's samples, ten a second, go as fast as they can through what keeps them: live "
        "messages into the open page, whose garbage is then collected; samples into the "
        "kernel's trace and into the history that it sends to late views.",
        heads,
        rows,
        f"Both curves are thinned, with their peaks kept; the joules are the counters'. The "
        f"widget is one file of {widget_b / 1000:.1f} kB (the aim: at most "
        f"{WIDGET_LIMIT_B / 1000:.1f} kB), the JupyterLab extension {extension_b / 1000:.1f} kB.",
    )


def _bundle_sizes() -> tuple[int, int]:
    package = CHECKOUT / "jupyter_green"
    widget = package / "notebook" / "static" / "live.js"
    scripts = (package / "labextension" / "static").glob("*.js")
    sizes = [path.stat().st_size for path in scripts]
    return (widget.stat().st_size if widget.exists() else 0), sum(sizes)
