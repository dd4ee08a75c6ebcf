"""A comparison of two reports, as a cell's value."""

from __future__ import annotations

from ...report.comparison import Comparison
from .markup import markup

_PARAGRAPH = '<p style="margin:4px 0">'


def html(comparison: Comparison) -> str:
    """Return the verdict with its figures, and each remark in a paragraph of its own."""
    (verdict, *rest), *remarks = (line.split(": ", 1) for line in str(comparison).split("\n"))
    said = ": ".join([f"<strong>{markup(verdict)}</strong>", *map(markup, rest)])
    paragraphs = [said, *(markup(": ".join(remark)) for remark in remarks)]
    page = "".join(f"{_PARAGRAPH}{text}</p>" for text in paragraphs)
    return f'<div dir="ltr">{page}</div>'
