"""The result of several runs, as a cell's output."""

from __future__ import annotations

from typing import Any

from ...flags import REPLAYED
from ...repeats.result import Repeats
from ...report import words
from .markup import markup

_PARAGRAPH = '<p style="margin:4px 0">'
_BADGE = "border:2px solid;border-radius:3px;padding:0 6px"


def bundle(result: Repeats) -> dict[str, Any]:
    """Return the result as a MIME bundle."""
    return {"text/plain": str(result), "text/html": html(result)}


def html(result: Repeats) -> str:
    """Return the result as HTML that needs neither scripts nor styles of its own."""
    is_replayed = REPLAYED in result.flags
    badge = f'<strong style="{_BADGE}">{words.REPLAY}</strong> ' if is_replayed else ""
    remarks = "".join(f"{_PARAGRAPH}{markup(text)}</p>" for text in result.remarks)
    return (
        f"<div>{_PARAGRAPH}{badge}"
        f'<strong style="font-size:1.2em">{markup(result.figure)}</strong> '
        f"{markup(result.details)}</p>{remarks}</div>"
    )
