"""Makes the pictures in docs/images: ``python -m scripts.pictures [PICTURE…]``; without one, all.

Three are of a measurement or of a random study, whose figures stand above them in the page: these
are written there, too.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path

from . import browser, notebooks

DOCS = Path(__file__).parents[2] / "docs"
IMAGES = DOCS / "images"
DRAWN = {
    "compare.png": "compare",
    "layers.png": "layers",
    "ledger-page-light.png": "ledger_page",
    "pareto.png": "pareto",
    "plot.png": "plot",
    "search.png": "search",
    "tour.webp": "tour",
}
"""Pictures, and the modules that draw them."""
TOLD = {"compare.png": "compare.md", "layers.png": "layers.md", "search.png": "search.md"}
"""Pictures, and the pages that hold their figures."""


def main() -> int:
    """Make those that are asked for."""
    every = [*DRAWN, *browser.PICTURES, *notebooks.PICTURES]
    wanted = sys.argv[1:] or every
    if unknown := sorted({*wanted} - {*every}):
        print(f"not known: {', '.join(unknown)}; there are {', '.join(every)}", file=sys.stderr)
        return 2
    for name in wanted:
        if name in DRAWN:
            draw(name)
    notebooks.take([name for name in wanted if name in notebooks.PICTURES], IMAGES)
    browser.take([name for name in wanted if name in browser.PICTURES], IMAGES)
    return 0


def draw(name: str) -> None:
    """Draw a picture, and write the figures that go with it into its page."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, name)  # a picture that cannot be drawn takes no other's place
        figures = import_module(f".{DRAWN[name]}", __package__).draw(made)
        (IMAGES / name).write_bytes(made.read_bytes())
    if name in TOLD:
        page = DOCS / TOLD[name]
        page.write_text(with_figures(page.read_text("utf-8"), name, figures), "utf-8")
    print(name, flush=True)


def with_figures(page: str, picture: str, figures: str) -> str:
    """Return a page with these figures in the last block of output above a picture."""
    above, image, below = page.partition(f"](images/{picture})")
    before, fence, block = above.rpartition("```output\n")
    _, end, after = block.partition("```\n")
    return f"{before}{fence}{figures.rstrip()}\n{end}{after}{image}{below}"


if __name__ == "__main__":
    sys.exit(main())
