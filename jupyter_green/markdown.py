"""Texts and tables in Markdown: CommonMark, with the tables of GitHub's and Jupyter's dialects."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .printable import printable

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


def table(rows: Sequence[Sequence[str]], figures: Collection[int]) -> str:
    """Return rows of Markdown, of which the first is the head, as a table.

    Parameters
    ----------
    rows
        Cells that are Markdown already: see :func:`escaped`.
    figures
        The numbers of the columns that are set to the right.
    """
    rule = ["--:" if column in figures else "---" for column in range(len(rows[0]))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))


def _broken(found: re.Match[str]) -> str:
    """Return an address in which a character is spelled, so that nothing becomes of it."""
    text = found[0]
    return f"{text[:-1]}&#{ord(text[-1])};"
