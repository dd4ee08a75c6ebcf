"""A real JupyterLab on loopback, and Chromium to look at it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from jupyter_green.sources.variables import POWERCAP_VARIABLE

PICTURES = os.environ.get("JUPYTER_GREEN_PICTURES", "")
"""The folder of the pictures to look at; where it is not named, none are taken."""
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
EXTENSION = Path(sys.prefix) / "share/jupyter/labextensions/jupyter-green/package.json"

# What is waited for takes a second or two; a loaded machine may take this long.
TIMEOUT_MS = 60_000
KERNEL_TIMEOUT_MS = 120_000  # where a kernel starts or a cell runs

WITHOUT_BOARDS = {name: os.environ.get(name, "") for name in ("LD_LIBRARY_PATH", "PATH")}
"""What a kernel's environment has where it is not to find the GPUs that its server would."""
WITHOUT_SENSORS = {**WITHOUT_BOARDS, POWERCAP_VARIABLE: ""}

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def picture(place, name: str) -> None:
    """Take a picture of a page, or of a part of it, where pictures are asked for."""
    if PICTURES:
        settle(place if hasattr(place, "goto") else place.page)
        place.screenshot(path=Path(PICTURES, f"{name}.png"))


def settle(page) -> None:
    """Wait until all that follows a change is drawn: the frames of it, and transitions."""
    page.evaluate(
        """async () => {
            const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
            for (let n = 0; n < 3; n++) {
                await frame();
            }
            const ends = animation => animation.effect.getComputedTiming().endTime < 2000;
            const ending = document.getAnimations().filter(ends);
            await Promise.allSettled(ending.map(({finished}) => finished));
            await frame();
        }"""
    )


class Lab:
    """A JupyterLab server in a folder of its own, without anybody's settings."""

    APP = (
        *("-m", "jupyterlab"),
        *("--LabApp.expose_app_in_browser=True", "--LabApp.news_url="),
    )
    DOCUMENT = "lab/tree"
    """The place of a notebook's page."""

    def __init__(
        self,
        folder: Path,
        env: dict[str, str],
        *,
        base_url: str = "/",
        options: tuple[str, ...] = (),
    ) -> None:
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
        self.url = f"http://127.0.0.1:{port}{base_url}".rstrip("/")
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
                    *(sys.executable, *self.APP, "--no-browser", "--allow-root"),
                    f"--ServerApp.port={port}",
                    "--ServerApp.port_retries=0",
                    "--ServerApp.ip=127.0.0.1",
                    "--IdentityProvider.token=",
                    "--ServerApp.disable_check_xsrf=True",
                    f"--ServerApp.root_dir={self.notebooks}",
                    f"--ServerApp.base_url={base_url}",
                    *options,
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

    def disable(self, *extensions: str) -> None:
        """Have pages that are loaded from now on lack these extensions, and no others.

        As `jupyter labextension disable --level=user` does, which takes seconds.
        """
        page_config = Path(self.env["JUPYTER_CONFIG_DIR"], "labconfig", "page_config.json")
        page_config.parent.mkdir(parents=True, exist_ok=True)
        page_config.write_text(json.dumps({"disabledExtensions": dict.fromkeys(extensions, True)}))

    def offer_kernel(self, name: str, *command: str, env: Mapping[str, str] | None = None) -> None:
        """Offer another kernel, or the usual one with something else in its environment."""
        usual = (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")
        spec = {
            "argv": command or usual,
            "display_name": name,
            "language": "python",
            "env": dict(env or {}),
        }
        folder = Path(self.env["JUPYTER_DATA_DIR"]) / "kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kernel.json").write_text(json.dumps(spec))

    def notebook(self, name: str, *sources: str, kernel: str = "python3") -> Path:
        """Write a notebook with these code cells."""
        book = new_notebook(cells=[new_code_cell(source) for source in sources])
        book.metadata["kernelspec"] = {
            "name": kernel,
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


RUNS = itertools.count(1)
"""Numbers for what is started in pages."""


class Notebook:
    """A notebook that is open in the browser."""

    def __init__(self, page, lab: Lab, path: Path) -> None:
        self.page = page
        self.lab = lab
        self.path = path
        self._run = 0

    def open(self, *, kernel: bool = True) -> None:
        """Load the page and wait until panel, context and kernel are ready."""
        self.page.goto(f"{self.lab.url}/{self.lab.DOCUMENT}/{self.path.name}?reset")
        self.wait_ready(kernel=kernel)
        if self.page.evaluate("document.body.dataset.jpThemeLight") != "true":
            self.theme("JupyterLab Light")  # the server remembers an earlier page's theme

    def wait_ready(self, *, kernel: bool = True) -> None:
        """Wait until all is ready, also where the page loads itself anew meanwhile.

        JupyterLab does so where it comes too late to forget an earlier page's state.
        """
        outcome = RELOADED
        while outcome == RELOADED:
            loaded = "window.jupyterapp !== undefined"
            self.page.wait_for_function(loaded, timeout=KERNEL_TIMEOUT_MS)
            self.start(f"({READY})({json.dumps({'kernel': kernel})})")
            outcome = self._outcome()
        assert outcome == "done"

    def start(self, promise: str) -> None:
        """Start something in the page; `wait_end` waits for its end.

        It is not awaited inside evaluate, which has no time limit: its outcome is kept instead.
        """
        self._run = next(RUNS)
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
            self._run,
        )

    def wait_end(self) -> None:
        """Wait until what was started last has come to its end, a good one."""
        assert self._outcome() == "done"

    def _outcome(self) -> str:
        """Wait for the outcome of what was started last; a page that was loaded anew has none."""
        waited = self.page.wait_for_function(
            "([run, reloaded]) => window.testRun === run ? window.testOutcome : reloaded",
            arg=[self._run, RELOADED],
            timeout=KERNEL_TIMEOUT_MS,
        )
        return waited.json_value()

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

    def scroller(self):
        """The element that scrolls the notebook."""
        return self.page.locator(".jp-Notebook .jp-WindowedPanel-outer").first

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
        for waited in range(20):
            self.page.wait_for_timeout(700)
            before, seen = seen, now()
            if seen == before and (seen or waited > 8):  # on a busy machine the first comes late
                break
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
        settle(self.page)

    def shot(self, name: str) -> None:
        picture(self.page, name)


PANEL_ID = "jupyter-green-panel"
RELOADED = "the page was loaded anew"

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
                const connection = panel.sessionContext.session.kernel;
                const pause = () => new Promise(resolve => setTimeout(resolve, 20000));
                while (!await Promise.race([connection.info, pause()])) {
                    await connection.reconnect(); // a gateway may not answer the first one
                }
            }
            return;
        }
        await new Promise(resolve => setTimeout(resolve, 50));
    }
}
"""
