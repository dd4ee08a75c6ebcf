"""Meters a cell as a new user does, by the leaf alone, and prints what each step takes.

Arguments: the environment with JupyterLab and jupyter-green, then `STEP=SECONDS` for each step
that came before. Exits with 1 if no figure is shown; a machine that is slow or busy may be
above the aim.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Error, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

AIM_S = 20.0
"""From opening JupyterLab to the first figure."""

PATIENCE_S = 120.0
CODE = "total = sum(i * i for i in range(30_000_000))"
"""The user's own cell: some seconds of work, nothing of ours."""

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LEAF = "[data-jp-item-name=jupyter-green-meter]"
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
"""Both front ends show this, also before there is a kernel."""
FIGURE = re.compile(r"\d\s?[mµk]?J\b")
PICTURE = Path("build/first.png")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def is_notebook(environment: Path) -> bool:
    """Whether Notebook 7 is installed: it brings JupyterLab's server along."""
    return (environment / "bin" / "jupyter-notebook").exists()


def start_lab(environment: Path, home: Path, port: int) -> subprocess.Popen[bytes]:
    """Start JupyterLab, or Notebook 7, for somebody who has never used it."""
    own = {name: str(home / name.lower()) for name in ("HOME", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON"))}
    app = "jupyter-notebook" if is_notebook(environment) else "jupyter-lab"
    command = [environment / "bin" / app, "--no-browser", f"--port={port}"]
    command += ["--ip=127.0.0.1", "--IdentityProvider.token=", "--LabApp.news_url="]
    if os.geteuid() == 0:
        command.append("--allow-root")
    return subprocess.Popen(
        command,
        env=inherited | own,
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def answers(url: str) -> bool:
    """Whether a server answers."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except OSError:
        return False
    return True


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + PATIENCE_S
    while not answers(url):
        if time.monotonic() > end:
            raise RuntimeError("JupyterLab does not answer")
        time.sleep(0.1)


def wait_for_kernel(url: str) -> None:
    """Wait until the notebook's kernel has started, as the server sees it."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{url}/api/sessions", timeout=10) as said:
            states = [session["kernel"]["execution_state"] for session in json.load(said)]
        if states == ["idle"]:
            return
        time.sleep(0.1)
    raise RuntimeError("the kernel does not start")


def use(page: Page, url: str, path: str) -> Iterator[str]:
    """Do what the user does; yields what has been done."""
    page.goto(f"{url}/{path}/first.ipynb")
    page.locator(LEAF).wait_for()
    page.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
    yield "the page with the notebook"
    page.locator(LEAF).click()
    yield "a click on the leaf"
    wait_for_kernel(url)  # no cell is run before there is one
    page.locator(IDLE).first.wait_for()
    yield "the kernel"
    page.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
    page.keyboard.press("Control+Enter")
    output = page.locator(".jp-Notebook .jp-OutputArea").first
    output.get_by_text(FIGURE).first.wait_for()
    yield "the cell's first figure"
    page.locator(".jp-OutputArea-output .jg-Report").first.wait_for()
    yield "the cell's report"


def main(environment: Path, before: dict[str, float]) -> int:
    """Print the seconds of each step; return the exit status."""
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    steps: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        (home / "home").mkdir()
        notebook = new_notebook(cells=[new_code_cell(CODE)], metadata={"kernelspec": KERNEL})
        nbformat.write(notebook, home / "first.ipynb")
        at = time.monotonic()

        def note(step: str) -> None:
            nonlocal at
            now = time.monotonic()
            steps[step] = now - at
            at = now

        port = free_port()
        url = f"http://127.0.0.1:{port}"
        lab = start_lab(environment, home, port)
        try:
            wait_for(f"{url}/api")
            note("JupyterLab's server")
            browser = playwright.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1360, "height": 820})
            page.set_default_timeout(PATIENCE_S * 1000)
            note("the browser")
            PICTURE.parent.mkdir(exist_ok=True)
            try:
                path = "notebooks" if is_notebook(environment) else "lab/tree"
                for step in use(page, url, path):
                    note(step)
            finally:
                page.screenshot(path=PICTURE)
                browser.close()
        except (Error, RuntimeError) as error:
            print(f"No figure was shown: {error}", file=sys.stderr)
            return 1
        finally:
            lab.terminate()
            lab.wait()
    figure_s = sum(list(steps.values())[:-1])
    install_s = sum(before.values())
    for step, seconds in (before | steps).items():
        print(f"{seconds:7.1f} s  {step}")
    print(
        f"{figure_s:7.1f} s  of machine time from opening JupyterLab to the first figure, "
        f"no line typed (aim: under {AIM_S:.0f} s)"
    )
    print(f"{install_s + figure_s:7.1f} s  with the environment and the installation")
    return 0


if __name__ == "__main__":
    named = (argument.rpartition("=") for argument in sys.argv[2:])
    sys.exit(
        main(Path(sys.argv[1]).resolve(), {step: float(seconds) for step, _, seconds in named})
    )
