"""Texts in HTML, whoever they are from."""

from __future__ import annotations

import re
from html import escape

from ...printable import printable, shortened

_CODE = re.compile("`([^`]+)`")


def markup(text: str, longest: int | None = None) -> str:
    """Return a text as HTML: nothing in it is a tag, an escape sequence or turns the line round.

    Parameters
    ----------
    text
        Any text; its line breaks become spaces.
    longest
        Characters of the text that are shown at most; all of them without a number.
    """
    shown = printable(text)
    return escape(shown if longest is None else shortened(shown, longest))


def prose(text: str, longest: int | None = None) -> str:
    """Return sentences as HTML, with what stands in backticks as code; else as `markup`."""
    return _CODE.sub(r"<code>\1</code>", markup(text, longest))
