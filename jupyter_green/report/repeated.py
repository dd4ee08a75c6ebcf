"""What tells a cell that runs again from another one: one rule for every table."""

from __future__ import annotations


def cell_or_label(
    cell_id: str | None, label: str | None, execution_count: int | None
) -> tuple[str, str] | None:
    """Return what a window is one run of, within its notebook: its cell, else what has its label.

    A block within a cell has the cell's id but no number, and its label is its own.

    Returns
    -------
    tuple or None
        ``("cell", id)`` or ``("label", label)``; ``None`` for a window that stands by itself.
    """
    if cell_id and not (label and execution_count is None):
        return "cell", cell_id
    return ("label", label) if label else None
