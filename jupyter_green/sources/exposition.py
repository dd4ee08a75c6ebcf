"""The rows of a page in Prometheus's text format (prometheus.io, "Exposition formats").

A page may have thousands of rows: only those of the asked names are looked at.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_LABEL = re.compile(r'([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": "\n"}


class Row(NamedTuple):
    """One figure of a page."""

    name: str
    labels: Mapping[str, str]
    value: float


def pattern(names: str) -> re.Pattern[bytes]:
    """Return what finds the rows whose names fit a regular expression."""
    figure = rb"[ \t]+([0-9.eE+\-]{1,40})(?:[ \t]+-?\d+)?[ \t]*$"
    return re.compile(
        rb"^(" + names.encode() + rb")(?:\{([^\n]{0,4000}?)\})?" + figure, re.ASCII | re.MULTILINE
    )


def rows(page: bytes, wanted: re.Pattern[bytes]) -> Iterator[Row]:
    """Yield the rows that are wanted; lines that are none are passed over."""
    for match in wanted.finditer(page):
        try:
            value = float(match[3])
            labels = (match[2] or b"").decode()
        except ValueError:
            continue
        if math.isfinite(value):
            yield Row(match[1].decode(), _labels(labels), value)


def _labels(text: str) -> dict[str, str]:
    return {
        name: _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), value)
        for name, value in _LABEL.findall(text)
    }
