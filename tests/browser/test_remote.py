"""Servers that are not at the root of a machine, and kernels that are not on the server's."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as PageTimeoutError

from .lab import Lab
from .panel.helpers import execute
from .test_lab import PANEL, ROWS, SETUP, TRAINING, WIDGET, total_j, wait_elapsed, wait_rows
from .test_robust import reload, wait_live, wait_report

PREFIX = "/user/ada/"
STATIC = f"{PREFIX}lab/extensions/jupyter-green/static/"
"""Where the server has our extension's own files."""


class Gateway(Lab):
    """A server without a page, which runs another server's kernels: it has a gateway's REST API."""

    APP = ("-m", "jupyter_server")


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory, bench):
    """Start JupyterLab as JupyterHub starts a user's."""
    server = Lab(tmp_path_factory.mktemp("prefixed"), bench, base_url=PREFIX)
    yield server
    server.close()


@pytest.fixture(scope="module")
def gated(tmp_path_factory, bench):
    """Start JupyterLab with its kernels behind a gateway, beside which the hardware is."""
    gateway = Gateway(tmp_path_factory.mktemp("gateway"), bench)
    server = Lab(
        tmp_path_factory.mktemp("gated"), {}, options=(f"--GatewayClient.url={gateway.url}",)
    )
    server.enough = gateway.log.with_name("enough")  # the cells run there
    yield server
    server.close()
    gateway.close()


# Where a gateway takes the page's new connection before it has let go of the old one, it answers
# only to the next one. So it is without our extension too. It was also seen to answer once before.
RESTART = """(async () => {
    const {kernel} = window.jupyterapp.shell.currentWidget.sessionContext.session;
    const pause = () => new Promise(resolve => setTimeout(resolve, 3000));
    const answers = () => Promise.race([kernel.requestKernelInfo(), pause()]);
    await kernel.restart();
    while (!await answers() || await pause() || !await answers()) {
        await kernel.reconnect();
    }
})()"""

RECONNECT = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.reconnect()"


@pytest.fixture
def page(tab_page):
    return tab_page


class Requests:
    """What a page asks the server for, and by which scripts."""

    def __init__(self, page):
        self._seen = []
        network = page.context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", self._note)
        network.on("Network.webSocketCreated", self._note)
        network.send("Network.enable")
        # So that a request is known to be ours where one of our promises has led to it.
        network.send("Debugger.enable")
        network.send("Debugger.setAsyncCallStackDepth", {"maxDepth": 32})

    def _note(self, event):
        request = event.get("request") or {"method": "SOCKET", "url": event["url"]}
        scripts = set()
        stack = event.get("initiator", {}).get("stack")
        while stack:
            scripts |= {frame["url"] for frame in stack["callFrames"]}
            stack = stack.get("parent")
        self._seen.append((request["method"], request["url"], scripts))

    def of_ours(self):
        """Return method and address of each request in whose stack a script of ours is."""
        return [
            (method, url)
            for method, url, scripts in self._seen
            if any(STATIC in script for script in scripts)
        ]

    def forget(self):
        self._seen.clear()


def see_it_live(notebook):
    """Run the second cell until cell and panel have shown two seconds of it."""
    notebook.start_cell(1)
    wait_live(notebook)
    running = notebook.page.locator(f"{ROWS}[data-status=running]")
    running.locator(".jg-Sparkline polyline").wait_for()
    wait_elapsed(notebook, 1, 2)


def wait_live_again(notebook):
    """Wait until the second cell shows its run to a new page, whose connection may say nothing."""
    try:
        wait_live(notebook, timeout_ms=20_000)
    except PageTimeoutError:
        notebook.start(RECONNECT)
        notebook.wait_end()
        wait_live(notebook)


def see_its_end(notebook):
    """Let the second cell end; return its report, which cell and panel show."""
    notebook.lab.enough.touch()
    report = wait_report(notebook)
    wait_rows(notebook.page, 1, "ok")
    assert total_j(notebook.page) == report["energy_j"]
    assert {domain["source"] for domain in report["domains"]} == {"rapl", "nvml"}
    return report


def test_all_of_it_works_under_a_prefix(page, prefixed, book):
    notebook = book(SETUP, TRAINING, lab=prefixed)
    notebook.show_panel()
    notebook.run_cell(0)
    see_it_live(notebook)
    notebook.shot("remote-prefix-live")
    report = see_its_end(notebook)
    page.locator(f"{ROWS} .jg-Row-toggle").click()
    page.locator(f"{ROWS} .jg-Details canvas").first.wait_for(state="visible")
    with page.expect_download() as started:
        execute(notebook, "jupyter-green:export-csv")
    (row,) = csv.DictReader(io.StringIO(Path(started.value.path()).read_text()))
    assert float(row["energy_j"]) == report["energy_j"]
    execute(notebook, "jupyter-green:set-unit", unit="Wh")
    page.locator(f"{PANEL} .jg-Total-energy").filter(has_text="Wh").wait_for()
    notebook.save()
    reload(notebook)
    notebook.show_panel()
    page.locator(f"{PANEL} .jg-Total-energy").filter(has_text="Wh").wait_for()
    assert total_j(page) == report["energy_j"]


def test_nothing_is_asked_of_the_server(page, prefixed, book):
    notebook = book(SETUP, TRAINING, lab=prefixed)
    requests = Requests(page)
    notebook.show_panel()
    notebook.run_cell(0)
    see_it_live(notebook)
    see_its_end(notebook)
    page.locator(f"{ROWS} .jg-Row-toggle").click()
    page.locator(f"{ROWS} .jg-Details canvas").first.wait_for(state="visible")
    assert [(method, url) for method, url in requests.of_ours() if STATIC not in url] == []
    # What a user changes is written, which shows that what is ours would have been seen.
    requests.forget()
    execute(notebook, "jupyter-green:set-unit", unit="J")
    page.locator(f"{PANEL} .jg-Total-energy").filter(has_text="Wh").wait_for(state="detached")
    assert ("PUT", f"{prefixed.url}/lab/api/settings/jupyter-green:plugin") in [
        (method, url.partition("?")[0]) for method, url in requests.of_ours()
    ]


def test_a_kernel_behind_a_gateway_is_metered_and_restarted(page, gated, book):
    notebook = book(SETUP, TRAINING, lab=gated)
    notebook.show_panel()
    notebook.run_cell(0)
    see_it_live(notebook)
    notebook.shot("remote-gateway-live")
    notebook.start(RESTART)
    notebook.wait_end()
    notebook.cell(1).locator(WIDGET).filter(has_text="the kernel stopped").wait_for()
    page.locator(f"{ROWS}[data-status=restarted]").wait_for()
    notebook.run_cell(0)
    see_it_live(notebook)
    see_its_end(notebook)


def test_a_page_reloaded_while_its_cell_runs_behind_a_gateway(page, gated, book):
    notebook = book(SETUP, TRAINING, lab=gated)
    notebook.run_cell(0)
    notebook.start_cell(1)
    wait_live(notebook)
    notebook.save()
    reload(notebook)
    notebook.show_panel()
    wait_live_again(notebook)
    page.locator(f"{ROWS}[data-status=running]").wait_for()
    assert see_its_end(notebook)["status"] == "ok"
