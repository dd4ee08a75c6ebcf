"""What tells a cell that runs again from another one: one rule for every table."""

from __future__ import annotations


def known_cell(cell_id: str | None, cell_hash: str | None, label: str | None) -> str | None:
    """Return by what a cell is known: its id, else its text where it has no label either.

    Notebooks before nbformat 4.5 have no ids, and most programs that execute notebooks send none.
    """
    if cell_id or label or not cell_hash:
        return cell_id
    return f"text {cell_hash}"


def cell_or_label(
    cell_id: str | None, label: str | None, execution_count: int | None
) -> tuple[str, str] | None:
    """Return what a window is one run of, within its notebook: its cell, else what has its label.

    A block within a cell has the cell's id but no number, and its label is its own.

    Parameters
    ----------
    cell_id
        As :func:`known_cell` returns it.
    label, execution_count
        Those of its report.

    Returns
    -------
    tuple or None
        ``("cell", id)`` or ``("label", label)``; ``None`` for a window that stands by itself.
    """
    if cell_id and not (label and execution_count is None):
        return "cell", cell_id
    return ("label", label) if label else None
