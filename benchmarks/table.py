"""Figures and tables as Markdown."""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table: a title, what was done, the heads, the rows, and how to read it."""

    title: str
    method: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    reading: str = ""

    def __str__(self) -> str:
        lines = [self.heads, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.heads))]
        head, *rows = (
            "| " + " | ".join(_placed(text, widths[i], i) for i, text in enumerate(line)) + " |"
            for line in lines
        )
        rule = "|" + "|".join(_rule(width, i) for i, width in enumerate(widths)) + "|"
        parts = [f"## {self.title}", self.method, "\n".join([head, rule, *rows]), self.reading]
        return "\n\n".join(part for part in parts if part)


def unmeasured(title: str, reason: str, columns: int) -> list[str]:
    """Return a row that says why it has no figures."""
    return [title, reason, *[""] * (columns - 2)]


def failed(title: str, error: Exception, columns: int) -> list[str]:
    """Say on standard error why a measurement failed; return a row that says that it did."""
    print(f"{title}: {error}", file=sys.stderr)
    return unmeasured(title, "failed", columns)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def typical_ms(values_s: Sequence[float]) -> str:
    """Return the median and the 95th percentile of durations, in milliseconds."""
    return f"{_ms(statistics.median(values_s))} ({_ms(percentile(values_s, 0.95))})"


def spread_percent(shares: Sequence[float]) -> str:
    """Return the median of shares in percent, and the lowest and highest if they differ."""
    middle, lowest, highest = (
        _percent(share) for share in (statistics.median(shares), min(shares), max(shares))
    )
    return middle if lowest == highest else f"{middle} ({lowest} … {highest})"


def typical_percent(shares: Sequence[float]) -> str:
    """Return the median and the 90th percentile of shares, in percent to two figures."""
    return f"{_two_figures(statistics.median(shares))} ({_two_figures(percentile(shares, 0.9))})"


def worst_percent(shares: Sequence[float]) -> str:
    """Return the median and the highest of shares, in percent to two figures."""
    return f"{_two_figures(statistics.median(shares))} ({_two_figures(max(shares))})"


def _two_figures(share: float) -> str:
    percent = share * 100
    if percent >= 1000:
        return f"{percent:,.0f}".replace(",", " ")
    decimals = 0 if percent >= 10 else 1 if percent >= 1 else 2
    return f"{percent:.{decimals}f}"


def _ms(seconds: float) -> str:
    ms = seconds * 1e3
    decimals = 0 if abs(ms) >= 100 else 1 if abs(ms) >= 10 else 2 if abs(ms) >= 1 else 3
    return f"{ms:.{decimals}f}"


def _percent(share: float) -> str:
    percent = share * 100
    return f"{percent:.2f}" if abs(percent) < 1000 else f"{percent:,.0f}".replace(",", " ")


def _placed(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column == 0 else text.rjust(width)


def _rule(width: int, column: int) -> str:
    return "-" * (width + 2) if column == 0 else "-" * (width + 1) + ":"
