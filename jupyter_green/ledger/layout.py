"""How a table is laid out: ruled for a terminal, or as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ..markdown import escaped, table
from ..report.table import aligned

Rows = Sequence[Sequence[str]]
Layout = Callable[[Rows, Collection[int], Rows], str]
"""Lays out rows, of which the first is the head, the numbers of the columns that hold figures, and
rows that stand apart below."""


def ruled(rows: Rows, figures: Collection[int], below: Rows = ()) -> str:
    """Return a table for a terminal, a line under its head and one above what stands apart."""
    lines = aligned([*rows, *below], to_the_right=figures)
    rule = "─" * max(map(len, lines))
    apart = [rule, *lines[len(rows) :]] if below else []
    return "\n".join([lines[0], rule, *lines[1 : len(rows)], *apart])


def markdown(rows: Rows, figures: Collection[int], below: Rows = ()) -> str:
    """Return a table as GitHub's Markdown, whose texts are shown as they are; a blank line ends it.

    https://github.github.com/gfm/#tables-extension-
    """
    last = [[f"**{escaped(cell)}**" if cell else "" for cell in row] for row in below]
    return table([*([*map(escaped, row)] for row in rows), *last], figures) + "\n"
