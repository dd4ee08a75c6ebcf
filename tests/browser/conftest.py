"""A real JupyterLab on loopback, and Chromium to look at it."""

import json
import math
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.testbench.nvml import Nvml
from tests.testbench.powercap import fuse_missing, serve_fuse, serve_tree
from tests.testbench.truth import Truth

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
EXTENSION = Path(sys.prefix) / "share/jupyter/labextensions/jupyter-green/package.json"

# What is waited for takes a second or two; a loaded machine may take this long.
TIMEOUT_MS = 60_000
KERNEL_TIMEOUT_MS = 120_000  # where a kernel starts or a cell runs
TEST_TIMEOUT_S = 300

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(TEST_TIMEOUT_S))


class Lab:
    """A JupyterLab server in a folder of its own, without anybody's settings."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self.enough = self.notebooks / "enough"
        """A cell can run until this file is there, which a new notebook takes away."""
        settings = folder / "settings" / "@jupyterlab"
        for name, values in (
            ("apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False}),
            ("docmanager-extension/plugin", {"autosave": False}),
        ):
            path = settings / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "lab.log"
        own = {
            name: str(folder / name.lower())
            for name in (
                "HOME",
                "JUPYTER_CONFIG_DIR",
                "JUPYTER_DATA_DIR",
                "JUPYTER_RUNTIME_DIR",
                "IPYTHONDIR",
                "JUPYTERLAB_WORKSPACES_DIR",
            )
        }
        self.env = os.environ | env | own | {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
        (folder / "home").mkdir()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                    f"--ServerApp.port={port}",
                    "--ServerApp.port_retries=0",
                    "--ServerApp.ip=127.0.0.1",
                    "--IdentityProvider.token=",
                    "--ServerApp.disable_check_xsrf=True",
                    f"--ServerApp.root_dir={self.notebooks}",
                    "--LabApp.expose_app_in_browser=True",
                    "--LabApp.news_url=",
                ],
                env=self.env,
                stdout=log,
                stderr=log,
                cwd=folder,
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.url}/api", timeout=2).close()
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
            else:
                return
        raise RuntimeError(f"JupyterLab does not answer:\n{self.log.read_text()[-4000:]}")

    def notebook(self, name: str, *sources: str) -> Path:
        """Write a notebook with these code cells."""
        book = new_notebook(cells=[new_code_cell(source) for source in sources])
        book.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        self.enough.unlink(missing_ok=True)
        path = self.notebooks / name
        nbformat.write(book, path)
        return path

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Notebook:
    """A notebook that is open in the browser."""

    def __init__(self, page, lab: Lab, path: Path) -> None:
        self.page = page
        self._lab = lab
        self.path = path
        self._started = 0

    def open(self, *, kernel: bool = True) -> None:
        """Load the page and wait until panel, context and kernel are ready."""
        self.page.goto(f"{self._lab.url}/lab/tree/{self.path.name}?reset")
        self.wait_ready(kernel=kernel)
        if self.page.evaluate("document.body.dataset.jpThemeLight") != "true":
            self.theme("JupyterLab Light")  # the server remembers an earlier page's theme

    def wait_ready(self, *, kernel: bool = True) -> None:
        self.page.wait_for_function("window.jupyterapp !== undefined", timeout=KERNEL_TIMEOUT_MS)
        self.start(f"({READY})({json.dumps({'kernel': kernel})})")
        self.wait_end()

    def start(self, promise: str) -> None:
        """Start something in the page; `wait_end` waits for its end.

        It is not awaited inside evaluate, which has no time limit: its outcome is kept instead.
        """
        self._started += 1
        self.page.evaluate(
            f"""run => {{
                window.testRun = run;
                window.testOutcome = null;
                Promise.resolve({promise}).then(() => 'done', String).then(outcome => {{
                    if (window.testRun === run) {{
                        window.testOutcome = outcome;
                    }}
                }});
            }}""",
            self._started,
        )

    def wait_end(self) -> None:
        """Wait until what was started last has come to its end, a good one."""
        outcome = self.page.wait_for_function("window.testOutcome", timeout=KERNEL_TIMEOUT_MS)
        assert outcome.json_value() == "done"

    def start_cell(self, number: int) -> None:
        """Run one cell; `wait_end` waits until its outputs are in the model."""
        self.page.evaluate(
            """n => {
                const panel = window.jupyterapp.shell.currentWidget;
                panel.content.activeCellIndex = n;
                panel.content.deselectAll();
            }""",
            number,
        )
        self.start("window.jupyterapp.commands.execute('notebook:run-cell')")

    def run_cell(self, number: int) -> None:
        self.start_cell(number)
        self.wait_end()

    def restart_kernel(self) -> None:
        """Restart the kernel and wait for the new one."""
        self.start(
            """(async () => {
                const {kernel} = window.jupyterapp.shell.currentWidget.sessionContext.session;
                await kernel.restart();
                await kernel.requestKernelInfo();
            })()"""
        )
        self.wait_end()

    def cell(self, number: int):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def outputs(self, number: int) -> list[dict]:
        """The outputs that would be saved."""
        return self.page.evaluate(
            "n => window.jupyterapp.shell.currentWidget.content.widgets[n].model.outputs.toJSON()",
            number,
        )

    def reports(self, number: int) -> list[dict]:
        """Return a cell's reports once they are final: a first one is replaced soon after."""
        mime = "application/vnd.jupyter-green.report.v1+json"

        def now() -> list[dict]:
            return [o["data"][mime] for o in self.outputs(number) if mime in o.get("data", {})]

        seen = now()
        while True:
            self.page.wait_for_timeout(700)
            before, seen = seen, now()
            if seen == before:
                return seen

    def save(self) -> None:
        self.start("window.jupyterapp.commands.execute('docmanager:save')")
        self.wait_end()

    def show_panel(self) -> None:
        """Open our panel in the right sidebar."""
        self.page.evaluate("id => window.jupyterapp.shell.activateById(id)", PANEL_ID)
        self.page.locator(f"#{PANEL_ID}").wait_for(state="visible")

    def theme(self, name: str) -> None:
        self.page.evaluate(
            "theme => { window.jupyterapp.commands.execute('apputils:change-theme', {theme}); }",
            name,
        )
        light = "true" if "Light" in name else "false"
        self.page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light", arg=light
        )
        self.page.wait_for_timeout(600)  # for the sake of the pictures, until all is drawn

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")


PANEL_ID = "jupyter-green-panel"

READY = """
async ({kernel}) => {
    const app = window.jupyterapp;
    await app.restored;
    for (;;) {
        const panel = app.shell.currentWidget;
        if (panel && panel.context && panel.sessionContext) {
            await panel.context.ready;
            if (kernel) {
                await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
            }
            return;
        }
        await new Promise(resolve => setTimeout(resolve, 50));
    }
}
"""


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.fail("Chromium is not installed. On Debian: sudo apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, timeout=KERNEL_TIMEOUT_MS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab_with(tmp_path_factory):
    """Start JupyterLabs in environments of their own; they end with the session."""
    if not EXTENSION.exists():
        pytest.fail("JupyterLab does not see the built extension: run `make test` once")
    labs = []

    def start(env):
        labs.append(Lab(tmp_path_factory.mktemp("lab"), env))
        return labs[-1]

    yield start
    for lab in labs:
        lab.close()


@pytest.fixture
def new_page(chromium):
    """Open fresh pages; an uncaught error in one of them fails the test."""
    contexts, errors = [], []

    def open_():
        contexts.append(chromium.new_context(viewport={"width": 1360, "height": 820}))
        contexts[-1].set_default_timeout(TIMEOUT_MS)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [e for e in errors if "ResizeObserver" not in e] == []


@pytest.fixture
def page(new_page):
    """One fresh page."""
    return new_page()


@pytest.fixture(scope="session")
def bench(tmp_path_factory):
    """Two sockets with memory and a GPU, all of them busy in their own rhythm."""
    folder = tmp_path_factory.mktemp("bench")
    with Truth.create(folder / "truth") as truth:
        for name, low_w, high_w in (
            ("cpu:0/package", 38.0, 145.0),
            ("cpu:0/dram", 7.0, 16.0),
            ("cpu:1/package", 32.0, 96.0),
            ("cpu:1/dram", 6.0, 12.0),
            ("gpu:0", 70.0, 310.0),
        ):
            wave = [
                (k * 0.2, low_w + (high_w - low_w) * (0.5 + 0.5 * math.sin(k / 4 + len(name))))
                for k in range(4000)
            ]
            truth.add(name, power_w=low_w, offset=3_000_000 * len(name)).schedule(wave)
        serve = serve_tree if fuse_missing() else serve_fuse
        with serve(truth, folder / "powercap") as tree:
            yield {"JUPYTER_GREEN_POWERCAP": str(tree.root), **Nvml(truth).env}


@pytest.fixture(scope="session")
def lab(lab_with, bench):
    return lab_with(bench)
