"""Pictures of JupyterLab and of pages in Chromium, which browser tests take as they go."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
_THEMES = ("dark", "light")
_OF_OUTPUT = (
    *("github-markdown-light", "github-notebook-dark", "paper", "plain-dark"),
    *(f"view-{theme}" for theme in _THEMES),
)
_OF_PANEL = (
    *(f"{state}-{width}" for state in ("empty", "full", "running") for width in (250, 350, 500)),
    *(f"{machine}-cells-350" for machine in ("45-cells", "eight-gpus", "no-sensors")),
)
PICTURES = {
    "training-live-light.png": "test_pictures.py",
    "outcome-light.png": "test_outcome.py",
    **{f"output-{name}.png": "test_output.py" for name in _OF_OUTPUT},
    **{f"panel-{name}-{t}.png": "test_panel_looks.py" for name in _OF_PANEL for t in _THEMES},
}
"""Pictures, and the tests that take them."""


def take(names: Sequence[str], images: Path) -> None:
    """Run the tests that take pictures, and copy these."""
    if not names:
        return
    tests = [f"tests/browser/{test}" for test in sorted({PICTURES[name] for name in names})]
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"JUPYTER_GREEN_PICTURES": folder}
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT, env=env, check=True
        )
        for name in names:
            shutil.copy(Path(folder, name), images)
            print(name, flush=True)
