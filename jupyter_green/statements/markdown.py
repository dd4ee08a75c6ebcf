"""A statement as Markdown."""

from __future__ import annotations

from ..markdown import escaped, table
from .document import Block, Document, Points, Table


def markdown(document: Document) -> str:
    """Return a statement as Markdown."""
    parts = [f"# {escaped(document.title)}", escaped(document.summary)]
    for section in document.sections:
        parts += [f"## {escaped(section.title)}", *map(_block, section.blocks)]
    return "\n\n".join(parts)


def _block(block: Block) -> str:
    if isinstance(block, Table):
        rows = [list(map(escaped, row)) for row in (block.head, *block.rows)]
        return table(rows, block.figures)
    if isinstance(block, Points):
        return "\n".join(f"- {escaped(point)}" for point in block.points)
    return escaped(block)
