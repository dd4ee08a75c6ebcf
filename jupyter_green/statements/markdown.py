"""A statement as Markdown: CommonMark, with the tables of GitHub's and Jupyter's dialects."""

from __future__ import annotations

import re

from ..printable import printable
from .document import Block, Document, Points, Table

_MARKUP = str.maketrans(
    {
        # A backslash before a parenthesis or a bracket opens a formula in Jupyter, escaped or not.
        "\\": "&#92;",
        **{sign: f"\\{sign}" for sign in "`*_[]<>&|~$#"},
    }
)
_OPENS_A_BLOCK = re.compile(r"^(?:\d{1,9}(?=[.)](?: |$))|(?=[-+=:]))")
"""What makes a list, a heading or a rule of a line that begins with it."""
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp)(:)|(www)(\.)|(@)")
"""What GitHub makes a link or a mention of."""


def escaped(text: str) -> str:
    """Return a text whose characters Markdown shows as they are, on one line."""
    line = " ".join(printable(text).split(" ")).strip(" \u00a0")
    line = line.translate(_MARKUP)
    line = _ADDRESS.sub(_broken, line)
    return _OPENS_A_BLOCK.sub(r"\g<0>\\", line)


def markdown(document: Document) -> str:
    """Return a statement as Markdown."""
    parts = [f"# {escaped(document.title)}", escaped(document.summary)]
    for section in document.sections:
        parts += [f"## {escaped(section.title)}", *map(_block, section.blocks)]
    return "\n\n".join(parts)


def _block(block: Block) -> str:
    if isinstance(block, Table):
        rule = ["--:" if column in block.figures else "---" for column in range(len(block.head))]
        rows = (" | ".join(map(escaped, row)) for row in block.rows)
        return "\n".join(
            f"| {row} |" for row in (" | ".join(map(escaped, block.head)), " | ".join(rule), *rows)
        )
    if isinstance(block, Points):
        return "\n".join(f"- {escaped(point)}" for point in block.points)
    return escaped(block)


def _broken(found: re.Match[str]) -> str:
    """Return an address in which a character is spelled, so that nothing becomes of it."""
    text = found[0]
    return f"{text[:-1]}&#{ord(text[-1])};"
