"""Numbers among the arguments."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def number(text: str) -> int:
    """Return a number of windows, of 1 or more."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of windows, 1 or more")
    return int(text)


def seconds(text: str) -> int:
    """Return a number of seconds, of 1 or more."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of seconds, 1 or more")
    return int(text)


def whole_number(least: int) -> Callable[[str], int]:
    """Return what reads a whole number of at least so much."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, {least} or more")
        return int(text)

    return read


def rest_s(text: str) -> float:
    """Return a number of seconds, of 0 or more."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 to 86400")
    return seconds
