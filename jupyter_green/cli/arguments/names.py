"""Names among the arguments: of projects and notebooks, as the ledger has them."""

from __future__ import annotations

import argparse

from ...printable import printable, shortened

_LONGEST = 1000


def name(text: str) -> str:
    """Return a name, which a database can be asked for."""
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8
        fits = False
    else:
        fits = bool(text.strip()) and "\0" not in text and len(text) <= _LONGEST
    if not fits:
        shown = shortened(printable(text), 40)
        raise argparse.ArgumentTypeError(f"{shown!r} is no name: give one as `history` shows it")
    return text
