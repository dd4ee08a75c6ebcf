"""Texts for a terminal or a file that does not know all of our characters.

Python raises where a stream's encoding lacks one of them, and then there is no figure at
all. Here each is spelled with the ones that every encoding has: ``~ 67 +- 51 J``.
"""

from __future__ import annotations

import codecs
import sys
from typing import TextIO

SPELLED = "jupyter-green.spelled"
"""The name of this way for :func:`str.encode` and the streams' ``reconfigure``."""

_SPELLING = str.maketrans(
    {
        "≈": "~",
        "±": "+-",
        "×": "x",
        "·": "-",
        "µ": "u",
        "½": "0.5",
        "°": " deg ",
        "²": "^2",
        "√": "sqrt ",
        "–": "-",
        "─": "-",
        "…": "...",
        "“": '"',
        "”": '"',
    }
)


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_SPELLING)
    return "".join(c if c.isascii() else "?" for c in text), error.end


codecs.register_error(SPELLED, _spell)


def spelled(text: str, stream: TextIO) -> str:
    """Return a text as a stream can write it."""
    encoding = getattr(stream, "encoding", None)
    if not encoding or text.isascii():
        return text
    return text.encode(encoding, SPELLED).decode(encoding)


def say(text: str, stream: TextIO | None = None) -> None:
    """Write a text to a stream, to standard output if none is given."""
    out = sys.stdout if stream is None else stream
    out.write(spelled(text, out))
