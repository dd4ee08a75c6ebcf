"""The page of `jupyter green report --html`, of made-up windows over sixty days."""

from __future__ import annotations

import random
import tempfile
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright

from jupyter_green.ledger.metered import Part
from jupyter_green.ledger.overview import overview
from jupyter_green.ledger.page.page import page as html
from jupyter_green.sources.base import Scale
from tests.browser.lab import CHROMIUM, QUIET
from tests.cli.test_ledger_page import window

FIRST = date(2026, 9, 28)
DAYS = 60
SIZE = {"width": 1100, "height": 1010}
SCALE = Scale(1.05, "cpu:0/package", "made up")
KINDS = (
    ("finetune.ipynb", "training", 240.0, 52_000.0),
    ("search.ipynb", "training", 60.0, 7_500.0),
    ("evaluate.ipynb", "evaluation", 20.0, 2_100.0),
    ("baselines.ipynb", "data", 6.0, 320.0),
)
"""Notebooks, what they are for, and seconds and joules of a window."""


def part(energy_j: float) -> Part:
    """Return what the processor used."""
    return Part(
        "cpu:0/package",
        is_estimate=False,
        energy_j=energy_j,
        uncertainty_j=0.002 * energy_j,
        scale=SCALE,
    )


def draw(image: Path) -> None:
    """Take the picture."""
    rng = random.Random(1)
    windows = []
    for day in (FIRST + timedelta(n) for n in range(DAYS)):
        for _ in range(rng.randint(1, 3) if day.weekday() >= 5 else rng.randint(18, 42)):
            notebook, stage, seconds, energy_j = rng.choice(KINDS)
            work = rng.lognormvariate(0.0, 0.4)
            used_j = energy_j * work
            windows.append(
                window(
                    len(windows),
                    day,
                    used_j,
                    parts=[part(used_j)],
                    duration_s=seconds * work,
                    notebook=notebook,
                    cell_id=str(rng.randrange(6)),
                    stage=stage,
                    status="error" if rng.random() < 0.14 else "ok",
                )
            )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "page.html")
        file.write_text(html(overview(windows), "thesis"), "utf-8")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        shown = browser.new_page(viewport=SIZE, color_scheme="light")
        shown.goto(file.as_uri())
        shown.screenshot(path=image)
        browser.close()
