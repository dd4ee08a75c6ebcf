"""A page of a real JupyterLab that is watched: how late the live view is, and what it takes."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.browser.lab import CHROMIUM, KERNEL_TIMEOUT_MS, QUIET, TIMEOUT_MS, Lab, Notebook

from . import processes
from .program import Parent

HZ = 10
HOUR_S = 3600
SAMPLES_A_MESSAGE = 10
"""In the simulated long run; a real message has one or two."""

_SETUP = """%load_ext jupyter_green
import ctypes, json, time
from pathlib import Path
from jupyter_green.meter.shared import shared_meter
def clocks():
    (window,) = shared_meter().windows
    wall_ns = time.time_ns() - time.monotonic_ns()
    print(json.dumps({"begin_s": (window.begin_ns + wall_ns) * 1e-9}))
"""
_SLEEPING = "while not Path('enough').exists(): time.sleep(0.25)"
# The file is looked for seldom: a thread that lets go of the interpreter lock each millisecond, and
# has it back at once, leaves none of it to any other thread for seconds.
_BUSY = """while not Path('enough').exists():
    end_s = time.monotonic() + 0.25
    while time.monotonic() < end_s: sum(i * i for i in range(20_000))"""
_HELD = """time.sleep(2)
ctypes.PyDLL(None).usleep({held_us})
print(json.dumps({{"returned_s": time.time()}}))
time.sleep(2)"""

# Each live message as the page gets it, and each frame in which a curve is drawn, when it has
# been painted: a message posted from within a frame comes after that frame.
_WATCH = """() => {
    const seen = (window.benchSeen = {messages: [], frames: []});
    const now_s = () => (performance.timeOrigin + performance.now()) / 1000;
    window.jupyterapp.shell.currentWidget.sessionContext.iopubMessage.connect((_, message) => {
        const content = message.content?.data?.content;
        if (content?.kind === 'samples') {
            seen.messages.push({at_s: now_s(), t_s: content.t_s});
            window.benchRun ??= {message, seq: 1e6};
        }
    });
    let isPosted = false;
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
        isPosted = false;
        seen.frames.push(now_s());
    };
    const {stroke} = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.stroke = function (...path) {
        if (!isPosted && this.canvas.closest('.jpg-live')) {
            isPosted = true;
            painted.port2.postMessage(null);
        }
        return stroke.apply(this, path);
    };
}"""

# Live messages of a run that has lasted for hours, as fast as the page takes them in.
_FEED = """async ({from_s, until_s, hz, samples}) => {
    const {sessionContext} = window.jupyterapp.shell.currentWidget;
    const {message} = window.benchRun;
    const head = message.content.data.content;
    const {domains} = head;
    let seq = window.benchRun.seq;
    for (let first_s = from_s; first_s < until_s; first_s += samples / hz) {
        const t_s = Array.from({length: samples}, (_, i) => first_s + (i + 1) / hz);
        const watts = domain => t_s.map(t => 40 + 20 * domain + 20 * Math.sin(t / 7 + domain));
        const energy_j = t_s.map(t => 100 * t);
        const end_s = t_s.at(-1);
        const figures = domains.map(({id}, domain) =>
            [id, {power_w: watts(domain).at(-1), energy_j: 50 * end_s}]);
        const content = {
            ...head, kind: 'samples', seq: ++seq, t_s, energy_j, gaps: [],
            power_w: Object.fromEntries(domains.map(({id}, domain) => [id, watts(domain)])),
            now: {t_s: end_s, power_w: 100, energy_j: 100 * end_s,
                  domains: Object.fromEntries(figures)}
        };
        sessionContext._iopubMessage.emit({
            ...message, content: {...message.content, data: {method: 'custom', content}}
        });
        if (seq % 200 === 0) {
            await new Promise(requestAnimationFrame);
        }
    }
    window.benchRun.seq = seq;
}"""


@dataclass(frozen=True)
class Seen:
    """What a page saw of one run; wall-clock seconds."""

    samples: Sequence[tuple[float, float]]
    """When each sample was taken, and when its message arrived."""
    frames: Sequence[float]
    """When frames with a new curve had been painted."""

    def drawn(self, arrived_s: float) -> float | None:
        """Return when the first frame after a message had been painted."""
        return next((frame for frame in self.frames if frame >= arrived_s), None)

    @property
    def latencies_s(self) -> list[float]:
        """From each sample to the frame that shows it, from the first frame with a curve."""
        begin_s = self.frames[0] if self.frames else math.inf
        drawn = ((taken, self.drawn(arrived)) for taken, arrived in self.samples)
        return [shown - taken for taken, shown in drawn if shown is not None and taken >= begin_s]

    @property
    def journeys_s(self) -> list[float]:
        """From each sample to the page."""
        return [arrived - taken for taken, arrived in self.samples]


@contextmanager
def _open_notebook(*sources: str) -> Iterator[Notebook]:
    """Open a notebook in a JupyterLab and a browser of its own; the first cell has been run."""
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="jupyter-green-bench-"))
        lab = Lab(Path(folder), {})
        stack.callback(lab.close)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, timeout=KERNEL_TIMEOUT_MS
        )
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(TIMEOUT_MS)
        notebook = Notebook(page, lab, lab.notebook("bench.ipynb", _SETUP, *sources))
        notebook.open()
        notebook.run_cell(0)
        page.evaluate(_WATCH)
        yield notebook


def _watch_cell(notebook: Notebook, number: int, for_s: float | None = None) -> dict[str, Any]:
    """Run a metered cell, until it ends or for some seconds; return what the page saw."""
    _clear_outputs(notebook)
    notebook.page.evaluate("window.benchSeen.messages = []; window.benchSeen.frames = []")
    notebook.start_cell(number)
    if for_s is not None:
        notebook.page.wait_for_timeout(for_s * 1e3)
        notebook.lab.enough.touch()
    notebook.wait_end()
    notebook.lab.enough.unlink(missing_ok=True)
    found = notebook.page.evaluate("window.benchSeen")
    printed: dict[str, float] = {}
    for output in notebook.outputs(number):
        for line in "".join(output.get("text", "")).splitlines():
            printed |= json.loads(line)
    seen = Seen(
        samples=[
            (printed["begin_s"] + t_s, message["at_s"])
            for message in found["messages"]
            for t_s in message["t_s"]
        ],
        frames=found["frames"],
    )
    times = [taken for taken, _ in seen.samples]
    caught_up_s = None
    if (returned_s := printed.get("returned_s")) is not None:
        arrived = max(arrived for taken, arrived in seen.samples if taken <= returned_s)
        drawn = seen.drawn(arrived)
        caught_up_s = None if drawn is None else drawn - returned_s
    return {
        "journeys_s": seen.journeys_s,
        "latencies_s": seen.latencies_s,
        "widest_gap_s": max(b - a for a, b in pairwise(times)),
        "caught_up_s": caught_up_s,
    }


def _clear_outputs(notebook: Notebook) -> None:
    """Take the cells before together, so that the next one's output is in sight."""
    notebook.start("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    notebook.wait_end()


def latency(for_s: float, held_s: float) -> dict[str, Any]:
    """Watch a cell that sleeps, one that computes, and one that holds the interpreter lock."""
    held = _HELD.format(held_us=round(held_s * 1e6))
    cells = [f"%%energy\nclocks()\n{body}" for body in (_SLEEPING, _BUSY, held)]
    with _open_notebook(*cells) as notebook:
        return {
            "free": _watch_cell(notebook, 1, for_s),
            "busy": _watch_cell(notebook, 2, for_s),
            "held": _watch_cell(notebook, 3),
        }


def cpu(watch_s: float) -> dict[str, list[float]]:
    """Return the shares of a core of kernel, server and browser, in each state."""
    with _open_notebook(_SLEEPING, f"%%energy\n{_SLEEPING}") as notebook:
        found = {"idle": _shares(notebook, watch_s)}
        for name, number in (("bare", 1), ("live", 2)):
            _clear_outputs(notebook)
            notebook.start_cell(number)
            notebook.page.wait_for_timeout(2000)
            found[name] = _shares(notebook, watch_s)
            notebook.lab.enough.touch()
            notebook.wait_end()
            notebook.lab.enough.unlink()
        notebook.page.wait_for_timeout(2000)
        found["after"] = _shares(notebook, watch_s)
    return found


def _shares(notebook: Notebook, watch_s: float) -> list[float]:
    server = notebook.lab.process.pid
    kernels = processes.descendants(server)
    browser = set(filter(_is_chromium, processes.descendants(os.getpid()) - kernels))
    groups = (kernels, {server}, browser)
    before = [processes.cpu_s(group) for group in groups]
    began = time.monotonic()
    time.sleep(watch_s)  # not the page's own waiting, which takes part
    watched_s = time.monotonic() - began
    after = [processes.cpu_s(group) for group in groups]
    return [(b - a) / watched_s for a, b in zip(before, after, strict=True)]


def _is_chromium(pid: int) -> bool:
    try:
        return "chrom" in Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return False  # it has just ended


def memory(hours: Sequence[int]) -> dict[str, dict[int, int]]:
    """Return the bytes that a cell of so many hours adds in the page and in the kernel."""
    kernel_b, message_b = _kernel_bytes(hours)
    return {"browser_b": _browser_bytes(hours), "kernel_b": kernel_b, "message_b": message_b}


def _browser_bytes(hours: Sequence[int]) -> dict[int, int]:
    with _open_notebook(f"%%energy\n{_SLEEPING}") as notebook:
        page = notebook.page
        notebook.start_cell(1)
        page.wait_for_function("window.benchRun !== undefined")
        page.evaluate("window.benchSeen.messages = window.benchSeen.frames = {push() {}}")
        protocol = page.context.new_cdp_session(page)

        def heap_b() -> int:
            protocol.send("HeapProfiler.collectGarbage")
            return int(protocol.send("Runtime.getHeapUsage")["usedSize"])

        before_b = heap_b()
        found: dict[int, int] = {}
        fed_s = 60
        for hour in hours:
            feed = {"from_s": fed_s, "until_s": hour * HOUR_S, "hz": HZ}
            feed["samples"] = SAMPLES_A_MESSAGE
            notebook.start(f"({_FEED})({json.dumps(feed)})")
            notebook.wait_end()
            fed_s = hour * HOUR_S
            found[hour] = heap_b() - before_b
        notebook.lab.enough.touch()
        return found


def _kernel_bytes(hours: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    from jupyter_green.meter.trace import Trace
    from jupyter_green.notebook.live.history import History
    from jupyter_green.sampler.accumulator import DomainSample
    from jupyter_green.sampler.messages import Sample
    from jupyter_green.sources.base import Domain, Provenance

    ids = ("cpu:0/package", "cpu:0/dram", "gpu:0")
    domains = [Domain(id_, id_, "rapl", Provenance.COUNTER, 0.001) for id_ in ids]
    trace, history = Trace(domains, 1 / HZ), History()
    own = [os.getpid()]
    before_b = processes.memory_b(own)
    kept_b: dict[int, int] = {}
    message_b: dict[int, int] = {}
    for since, hour in pairwise((0, *hours)):
        for number in range(since * HOUR_S * HZ, hour * HOUR_S * HZ):
            t_ns = number * 10**9 // HZ
            # Watts that never repeat, so that no two points are one.
            figures = {
                id_: DomainSample(t_ns, number * 5.0 + number % 97, None, number) for id_ in ids
            }
            point = trace.add(Sample(t_ns, None, figures))
            history.add(
                {
                    "t_s": [t_ns * 1e-9],
                    "energy_j": [point.total_j],
                    "power_w": {id_: [watts] for id_, watts in point.power_w.items()},
                    "gaps": [],
                }
            )
        kept_b[hour] = processes.memory_b(own) - before_b
        message_b[hour] = len(json.dumps(history.record()))
    return kept_b, message_b


if __name__ == "__main__":
    parent = Parent()
    latency_s, watched_s, held_s, *fed_h = map(float, sys.argv[1:])
    parent.say(
        {
            "latency": latency(latency_s, held_s),
            "cpu": cpu(watched_s),
            "memory": memory([round(hour) for hour in fed_h]),
        }
    )
