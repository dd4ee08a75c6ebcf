"""The last figure of each example notebook, as the notebook was kept with it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

import nbformat

EXAMPLES = Path(__file__).parents[2] / "examples"


def figures_of(path: Path) -> list[bytes]:
    """Return a notebook's figures; the saved reports' pictures are none."""
    cells = nbformat.read(path, 4).cells
    outputs = (output.get("data", {}) for cell in cells for output in cell.get("outputs", ()))
    return [base64.b64decode(data["image/png"]) for data in outputs if "image/png" in data]


PICTURES = {
    f"example-{path.stem}.png": path
    for path in sorted(EXAMPLES.glob("*.ipynb"))
    if figures_of(path)
}


def take(names: Iterable[str], images: Path) -> None:
    """Write pictures."""
    for name in names:
        (images / name).write_bytes(figures_of(PICTURES[name])[-1])
        print(name, flush=True)
