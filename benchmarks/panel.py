"""What the sidebar panel costs with a large notebook, in a real JupyterLab in Chromium."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.browser.lab import CHROMIUM, KERNEL_TIMEOUT_MS, QUIET, Lab, Notebook

from . import yardstick
from .browser import missing
from .table import Table, unmeasured

REPORT = "application/vnd.jupyter-green.report.v1+json"
CELLS = 2000
REPORTS = 1000
POINTS = 240
PANEL = "jupyter-green-panel"
DOMAINS = ("cpu:0/package", "cpu:0/dram", "gpu:0")
STAGES = ("data", "training", "evaluation", None)

SETTINGS = {
    # Without the item in the status bar nothing is read before the panel is shown.
    "jupyter-green/plugin": {"statusBar": False},
}

SHOW_LIMIT_MS = 200
UPDATE_LIMIT_MS = 5

_FEED = """async ({cell, updates}) => {
    const session = window.jupyterapp.shell.currentWidget.sessionContext;
    const head = {schema: 'jupyter-green.live.v1', run_id: 'bench', cell_id: cell,
        execution_count: 1, label: 'live', stage: null, started_at: '2026-01-02T03:04:05Z',
        provenance: 'counter', domains: [{id: 'gpu:0', device: 'a GPU',
            provenance: 'counter', counted: true, flags: [], resolution_s: 0.1}]};
    for (let n = 1; n <= updates; n++) {
        const seq = (window.jgSeq = (window.jgSeq ?? 0) + 1);
        const t_s = seq / 10, power_w = 100 + seq % 7, energy_j = 10 * seq;
        const now = {t_s, power_w, energy_j, peak_power_w: 106,
            domains: {'gpu:0': {power_w, energy_j, t_s}}};
        const content = {...head, kind: 'samples', seq, t_s: [t_s],
            power_w: {'gpu:0': [power_w]}, energy_j: [energy_j], gaps: [], now};
        session._iopubMessage.emit({header: {msg_type: 'comm_msg'}, parent_header: {},
            content: {data: {method: 'custom', content}}});
        await new Promise(resolve => setTimeout(resolve, 150));
    }
}"""


def tables(updates: int = 40, idle_s: float = 5.0) -> list[Table]:
    """Show the panel of a large notebook, update one of its rows, and leave it alone."""
    heads = ("", "main thread", "limit")
    title = "Main-thread time of the panel"
    reason = missing()
    if reason is not None:
        return [Table(title, "", heads, [unmeasured("panel", reason, len(heads))])]
    found = measure(updates, idle_s)
    limit = f"{SHOW_LIMIT_MS} ms"
    rows = [
        ["shown for the first time", f"{found['show_ms']:.0f} ms", limit],
        ["shown again", f"{found['again_ms']:.0f} ms", limit],
        ["the last row begins to run", f"{found['begin_ms']:.0f} ms", limit],
        ["one row updated", f"{found['update_ms']:.1f} ms", f"{UPDATE_LIMIT_MS} ms"],
        ["nothing runs, panel shown", f"{found['idle_shown']:.2%}", ""],
        ["nothing runs, panel hidden", f"{found['idle_hidden']:.2%}", ""],
    ]
    return [
        Table(
            title,
            f"A saved notebook of {CELLS} cells with {REPORTS} reports, each of {POINTS} points of "
            f"{len(DOMAINS)} domains, is opened in a real JupyterLab, in Chromium without a "
            "display. Main thread is the time with a script of the extension on the stack, by the "
            "browser's own profiler: JupyterLab itself draws the cells of such a notebook for "
            "minutes, which would hide it. Style and layout are the browser's and not included. "
            "An update lasts from a live message of a running cell until the panel's document has "
            "changed. Where a row begins to run below those drawn so far, all rows down to it are "
            "drawn once, so that it can be scrolled to: that is told apart.",
            heads,
            rows,
        )
    ]


def measure(updates: int, idle_s: float) -> dict[str, float]:
    """Measure once, in ms and as shares of the main thread; and the yardstick in that page."""
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder), {})
        try:
            settings = Path(lab.env["JUPYTERLAB_SETTINGS_DIR"])
            for name, values in SETTINGS.items():
                place = settings / f"{name}.jupyterlab-settings"
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(json.dumps(values))
            path = lab.notebooks / "large.ipynb"
            path.write_text(json.dumps(_large()))
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = browser.new_page(viewport={"width": 1360, "height": 820})
            page.set_default_timeout(KERNEL_TIMEOUT_MS)
            notebook = Notebook(page, lab, path)
            notebook.open()
            return _watch(page, notebook, updates, idle_s)
        finally:
            lab.close()


def _watch(page: Any, notebook: Notebook, updates: int, idle_s: float) -> dict[str, float]:
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")

    def own_s(action: Callable[[], object], wait_s: float) -> float:
        """Return what the extension's scripts took, with all that they called."""
        session.send("Profiler.start")
        action()
        page.wait_for_timeout(wait_s * 1000)
        return _own_s(session.send("Profiler.stop")["profile"])

    def show() -> None:
        page.evaluate("panel => { window.jupyterapp.shell.activateById(panel); }", PANEL)

    def hide() -> None:
        page.evaluate("() => { window.jupyterapp.shell.collapseRight(); }")

    def total_j() -> float:
        return float(page.locator(f"#{PANEL} .jg-Total").get_attribute("data-energy-j"))

    def feed(updates: int) -> None:
        arguments = {"cell": f"cell-{CELLS - 1}", "updates": updates}
        notebook.start(f"({_FEED})({json.dumps(arguments)})")
        notebook.wait_end()

    hide()
    page.wait_for_timeout(5000)
    yardstick_s = page.evaluate(yardstick.SCRIPT)
    idle_hidden_s = own_s(lambda: None, idle_s)
    show_s = own_s(show, 2.0)
    assert page.locator(f"#{PANEL} .jg-Row").count() > 0
    idle_shown_s = own_s(lambda: None, idle_s)
    hide()
    again_s = own_s(show, 2.0)
    before_j = total_j()
    begin_s = own_s(lambda: feed(1), 0.5)
    update_s = own_s(lambda: feed(updates), 0.5)
    assert total_j() > before_j, "the panel has not taken in what was sent"
    return {
        "show_ms": show_s * 1e3,
        "again_ms": again_s * 1e3,
        "begin_ms": begin_s * 1e3,
        "update_ms": update_s / updates * 1e3,
        "idle_shown": idle_shown_s / idle_s,
        "idle_hidden": idle_hidden_s / idle_s,
        "yardstick_ms": yardstick_s * 1e3,
    }


def _own_s(profile: dict[str, Any]) -> float:
    """Add up the samples with a script of the extension on their stack."""
    nodes = {node["id"]: node for node in profile["nodes"]}
    parents = {child: node["id"] for node in profile["nodes"] for child in node.get("children", [])}

    def is_own(node: int | None) -> bool:
        while node is not None:
            if "/jupyter-green/static/" in nodes[node]["callFrame"]["url"]:
                return True
            node = parents.get(node)
        return False

    own = {node for node in nodes if is_own(node)}
    samples = zip(profile["samples"], profile["timeDeltas"], strict=True)
    return float(sum(delta_us for node, delta_us in samples if node in own)) * 1e-6


def _large() -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "source": f"%%energy\nwork({number})",
            "metadata": {},
            "execution_count": number + 1,
            "outputs": [_output(number)] if number % (CELLS // REPORTS) == 0 else [],
        }
        for number in range(CELLS)
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _output(number: int) -> dict[str, Any]:
    data = {REPORT: _report(number), "text/plain": "a report"}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _report(number: int) -> dict[str, Any]:
    duration_s = 1.0 + number % 50
    curve = [50.0 + (k * number) % 23 for k in range(POINTS)]
    energy_j = statistics.mean(curve) * duration_s
    domain = {
        "device": "a device",
        "source": "rapl",
        "energy_j": energy_j,
        "uncertainty_j": 0.5,
        "mean_power_w": energy_j / duration_s,
        "provenance": "counter",
        "resolution_s": 0.001,
        "counted": True,
        "flags": [],
    }
    return {
        "schema": "jupyter-green.report.v1",
        "run_id": f"run-{number}",
        "cell_id": f"cell-{number}",
        "cell_hash": None,
        "execution_count": number + 1,
        "notebook": "large.ipynb",
        "label": f"step {number}",
        "stage": STAGES[number // 2 % len(STAGES)],
        "status": "ok",
        "started_at": "2026-01-02T03:04:05Z",
        "duration_s": duration_s,
        "energy_j": 3 * energy_j,
        "uncertainty_j": 1.0,
        "provenance": "counter",
        "mean_power_w": 3 * energy_j / duration_s,
        "peak_power_w": 250.0,
        "net_energy_j": None,
        "domains": [{"id": name, **domain} for name in DOMAINS],
        "missing": [],
        "trace": {
            "t_s": [k * duration_s / POINTS for k in range(POINTS)],
            "power_w": dict.fromkeys(DOMAINS, curve),
        },
        "gaps": [],
        "metric": {},
        "per": None,
        "meter": {"version": "0", "interval_s": 0.1},
    }


if __name__ == "__main__":
    for table in tables():
        sys.stdout.write(f"{table}\n")
