"""Cells that IPython runs silently: those of ``%run notebook.ipynb`` and ``ipython file.ipy``.

Around these it calls no hooks that know them. So they keep their ``%%energy`` line, and it runs
as the cell magic that it is.
"""

from __future__ import annotations

import sys

RUNNER = "_run_cell"
"""The method of IPython's shell that transforms a cell and has it run."""
DIRECTLY = 4
"""Frames from what a transformer asks here up to the runner, where that transforms the cell
itself: the transformer, the one that calls all of them, the shell, and the runner."""


def is_silent_cell() -> bool:
    """Whether a transformer that asks transforms a cell that IPython runs silently."""
    silent, distance = _nearest_run()
    return silent and distance == DIRECTLY


def is_within_silent_cell() -> bool:
    """Whether it does so for such a cell, be it for what another magic in it is to run."""
    silent, _ = _nearest_run()
    return silent


def _nearest_run() -> tuple[bool, int]:
    """Return whether the cell that is being run is run silently, and how far away that is."""
    distance, frame = 1, sys._getframe(2)  # noqa: SLF001  (IPython tells transformers nothing)
    while frame.f_code.co_name != RUNNER:
        if frame.f_back is None:
            return False, distance
        distance, frame = distance + 1, frame.f_back
    return bool(frame.f_locals.get("silent")), distance
