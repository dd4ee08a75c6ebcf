"""The tour as an animated picture: a real JupyterLab, stand-in sensors, the scenes below."""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, sync_playwright

from tests.browser.lab import CHROMIUM, QUIET, Lab, Notebook
from tests.testbench.nvml import Nvml
from tests.testbench.powercap import fuse_missing, serve_fuse, serve_tree
from tests.testbench.truth import Truth

SIZE = {"width": 1200, "height": 720}
CAPTION_PX = 46
FRAME_MS = 300
"""Between two frames while something moves."""
PANEL = "#jupyter-green-panel"

CELLS = (
    """import time

import jupyter_green as jg
import numpy as np

rng = np.random.default_rng(1)
x = rng.normal(size=(4000, 64))
y = x @ rng.normal(size=64)""",
    """w = np.zeros(64)
for epoch in jg.marked(range(4), "epoch"):
    for _ in range(8):
        w += 1e-4 * x.T @ (y - x @ w)
        time.sleep(0.15)""",
    """%%energy --label evaluate --stage evaluation
time.sleep(1.5)
float(np.abs(y - x @ w).mean())""",
)
DOMAINS = (
    ("cpu:0/package", 48.0, 155.0),
    ("cpu:0/dram", 7.0, 16.0),
    ("gpu:0", 70.0, 310.0),
)


@dataclass
class Film:
    """The frames so far, each with its caption and how long it stays."""

    page: Page
    frames: list[Image.Image] = field(default_factory=list)
    durations_ms: list[int] = field(default_factory=list)

    def still(self, caption: str, seconds: float = 3.0) -> None:
        """Show what the page shows, long enough to read the caption."""
        self._add(caption, int(seconds * 1000))

    def moving(self, caption: str, until: Callable[[], bool], most: int = 60) -> None:
        """Show what happens on the page until something has come about."""
        for _ in range(most):
            self._add(caption, FRAME_MS)
            if until():
                return
            self.page.wait_for_timeout(FRAME_MS)

    def save(self, path: Path) -> None:
        """Write the film as an animated WebP."""
        first, *others = self.frames
        first.save(
            path, save_all=True, append_images=others, duration=self.durations_ms, loop=0,
            quality=72, method=4,
        )  # fmt: skip

    def _add(self, caption: str, duration_ms: int) -> None:
        shot = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        frame = Image.new("RGB", (shot.width, shot.height + CAPTION_PX), "#1b5e20")
        frame.paste(shot, (0, 0))
        draw = ImageDraw.Draw(frame)
        place = (24, shot.height + CAPTION_PX // 2)
        draw.text(place, caption, fill="white", font=FONT, anchor="lm")
        self.frames.append(frame)
        self.durations_ms.append(duration_ms)


FONT = ImageFont.truetype(str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")), 21)


def play(page: Page, lab: Lab) -> Film:
    """Go through the scenes."""
    film = Film(page)
    path = lab.notebook("training.ipynb", *CELLS)
    notebook = Notebook(page, lab, path)
    notebook.open()
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    page.wait_for_timeout(1500)
    film.still("A notebook, as it is. Nothing is metered yet.")
    notebook.run_cell(0)
    select(page, 1)
    page.locator("[data-command='jupyter-green:meter-cell']").first.click()
    page.wait_for_timeout(1800)
    film.still("The leaf in the toolbar meters a cell. It loads the meter by itself.")
    notebook.start_cell(1)
    film.moving("Watts and joules, live, while the cell runs.", over(page))
    page.wait_for_timeout(1200)
    film.still("A report stays in the notebook: joules with their 95 % interval.", 4)
    chart = page.locator(".jp-Cell").nth(1).locator("canvas").first
    box = chart.bounding_box()
    if box is not None:
        page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
        page.wait_for_timeout(500)
        film.still("jg.marked put the epochs on the curve; hovering tells what lies between.", 4)
    notebook.show_panel()
    page.wait_for_timeout(1000)
    film.still("The panel in the sidebar adds up the notebook.", 4)
    notebook.start_cell(2)
    film.moving("Each metered cell has its row; a running one is live there, too.", over(page))
    page.wait_for_timeout(1500)
    set_source(page, 1, "%%energy\n" + CELLS[1].replace("range(8)", "range(5)"))
    notebook.start_cell(1)
    film.moving("Change the cell, and run it again …", over(page))
    page.wait_for_timeout(1500)
    film.still("… and the panel says what the change saved, with what is certain of it.", 4)
    for name, caption in (
        ("Stages", "Stages: what data, training and evaluation cost."),
        ("Host", "Host: every sensor, and what to do about one that cannot be read."),
    ):
        page.locator(f"{PANEL} [role=tab]", has_text=name).click()
        page.wait_for_timeout(700)
        film.still(caption)
    notebook.theme("JupyterLab Dark")
    film.still("Light or dark, in JupyterLab and in Notebook 7.", 4)
    return film


def select(page: Page, number: int) -> None:
    """Make a cell the active one."""
    page.evaluate(
        "n => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n; }", number
    )


def set_source(page: Page, number: int, source: str) -> None:
    """Write a cell."""
    page.evaluate(
        "([n, source]) => window.jupyterapp.shell.currentWidget.content.widgets[n].model"
        ".sharedModel.setSource(source)",
        [number, source],
    )


def over(page: Page) -> Callable[[], bool]:
    """Return whether what was started has come to its end."""
    return lambda: bool(page.evaluate("window.testOutcome"))


def draw(image: Path) -> None:
    """Make the film."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tour-")))
        truth = stack.enter_context(Truth.create(folder / "truth"))
        for name, low_w, high_w in DOMAINS:
            wave = [
                (k * 0.2, low_w + (high_w - low_w) * (0.5 + 0.5 * math.sin(k / 4 + len(name))))
                for k in range(4000)
            ]
            truth.add(name, power_w=low_w, offset=3_000_000 * len(name)).schedule(wave)
        serve = serve_tree if fuse_missing() else serve_fuse
        tree = stack.enter_context(serve(truth, folder / "powercap"))
        env = {"JUPYTER_GREEN_POWERCAP": str(tree.root), **Nvml(truth).env}
        lab = Lab(folder / "lab", env)
        stack.callback(lab.close)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport=SIZE)
        film = play(page, lab)
        film.save(image)
        browser.close()
