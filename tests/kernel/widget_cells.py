"""Cells with ipywidgets that clear and capture outputs, as the guides of ipywidgets teach them.

The files in ``guides`` hold the kinds of "Using Interact", "Output widgets" and "Asynchronous
widgets", in cells of our own. The first cell of each has the imports.
"""

from pathlib import Path

GUIDES = ("interact", "output", "asynchronous")


def cells_of(guide, line=""):
    """The cells of a guide, with a first line where no other magic has that place."""
    text = (Path(__file__).parent / "guides" / f"{guide}.txt").read_text(encoding="utf-8")
    first, *cells = text.rstrip("\n").split("\n\n# %%\n")
    return [first, *(cell if cell.startswith("%%") else f"{line}\n{cell}" for cell in cells)]
