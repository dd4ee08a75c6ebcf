"""A statement as text for a terminal."""

from __future__ import annotations

import textwrap

from ..printable import printable
from ..report.table import aligned
from .document import Block, Document, Points, Table

_WIDTH = 100


def text(document: Document) -> str:
    """Return a statement as lines of text."""
    title = printable(document.title)
    parts = [title, "─" * len(title), "", _wrapped(document.summary)]
    for section in document.sections:
        heading = printable(section.title)
        parts += ["", heading, "─" * len(heading)]
        for number, block in enumerate(section.blocks):
            parts += [*([""] if number else []), _block(block)]
    return "\n".join(parts)


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return "\n".join(aligned([block.head, *block.rows], block.figures))
    if isinstance(block, Points):
        return "\n".join(_wrapped(point, "- ", "  ") for point in block.points)
    return _wrapped(block)


def _wrapped(text: str, first: str = "", others: str = "") -> str:
    return textwrap.fill(
        printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
