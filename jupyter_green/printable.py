"""Texts from outside, fit for a terminal and a page: of devices, drivers, files and users.

An escape sequence in a device's name recolours or overwrites a terminal, an override of
the writing direction turns the figures beside it round, and a lone surrogate cannot be
printed at all. Records keep texts as they are; whatever prints one calls :func:`printable`.
The panel follows the same rule (``printable.ts``).
"""

from __future__ import annotations

import re
import textwrap

LINE = 100
"""Characters of a line of sentences."""
LONGEST_MESSAGE = 1500
"""Characters of an error at most: with the sentence around it a message stays below 2 000."""

_BREAKS = re.compile("[\t-\r\x85\u2028\u2029]+")
_UNFIT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls, ESC among them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # of the writing direction
    "\ud800-\udfff]"  # surrogates that are not in a pair
)
_REPLACEMENT = "\ufffd"


def printable(text: str) -> str:
    """Return a text as one line: breaks become a space, what cannot be shown U+FFFD."""
    if text.isprintable():
        return text
    return _UNFIT.sub(_REPLACEMENT, _BREAKS.sub(" ", text))


def printable_lines(text: str) -> str:
    """Return a text whose line breaks stay, each of its lines :func:`printable`."""
    return "\n".join(printable(line) for line in text.split("\n"))


def shortened(text: str, longest: int) -> str:
    """Return a text of at most so many characters, its end replaced by ``"…"`` where it was longer.

    Parameters
    ----------
    text
        Any text.
    longest
        Characters, at least 1.
    """
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def message_of(error: BaseException) -> str:
    """Return an error's kind and text as one line of at most :data:`LONGEST_MESSAGE` characters."""
    return shortened(printable(f"{type(error).__name__}: {error}"), LONGEST_MESSAGE)


def folded(text: str) -> str:
    """Return a long sentence as lines that break between words, as no notebook does with text."""
    return textwrap.fill(text, LINE, break_long_words=False, break_on_hyphens=False)
