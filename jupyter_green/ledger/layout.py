"""How a table is laid out: ruled for a terminal, or as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from ..printable import printable
from ..report.table import aligned

Rows = Sequence[Sequence[str]]
Layout = Callable[[Rows, Collection[int], Rows], str]
"""Lays out rows, of which the first is the head, the numbers of the columns that hold figures, and
rows that stand apart below."""
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&#$]")
_BACKSLASH = "&#92;"


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
    head, *others = rows
    marks = ["--:" if number in figures else "---" for number in range(len(head))]
    last = [[f"**{_escaped(cell)}**" if cell else "" for cell in row] for row in below]
    shown = [[_escaped(cell) for cell in row] for row in (head, *others)]
    return "\n".join(_line(row) for row in (shown[0], marks, *shown[1:], *last)) + "\n"


def _escaped(text: str) -> str:
    # A backslash is spelled: before a bracket, Jupyter takes it for the begin of a formula.
    return _SPECIAL.sub(_spelled, printable(text))


def _spelled(found: re.Match[str]) -> str:
    return _BACKSLASH if found[0] == "\\" else f"\\{found[0]}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
