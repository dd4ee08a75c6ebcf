"""How many digits the figures of a live message have."""

from __future__ import annotations


def rounded(value: float | None) -> float | None:
    """Round to five significant digits, which is more than a screen shows."""
    return None if value is None else float(f"{value:.5g}")


def joules(value: float | None) -> float | None:
    """Round to nine significant digits: a reader may take differences of a day's joules."""
    return None if value is None else float(f"{value:.9g}")


def seconds(value: float) -> float:
    """Round a time since the window's begin to a tenth of a millisecond."""
    return round(max(0.0, value), 4)
