"""The result of several runs, as a cell's output."""

from __future__ import annotations

from typing import Any

from ...flags import REPLAYED
from ...repeats.record import record
from ...repeats.result import Repeats
from ...report import words
from ...report.report import Report
from .latex import latex
from .markup import markup, prose

MIME_TYPE = "application/vnd.jupyter-green.repeats.v1+json"
_PARAGRAPH = '<p style="margin:4px 0">'
_BADGE = "border:2px solid;border-radius:3px;padding:0 6px"


def bundle(result: Repeats, whole: Report | None) -> dict[str, Any]:
    """Return the result as a MIME bundle.

    Parameters
    ----------
    whole
        The report of all that was used, the loops by which their number was found included;
        ``None`` in a cell that is metered itself, whose report holds it.
    """
    text = str(result)
    forms = {"text/html": html(result), "text/latex": latex(text), "text/plain": text}
    return forms | {MIME_TYPE: record(result, whole)}


def bundle_without_result(text: str, whole: Report | None) -> dict[str, Any]:
    """Return a bundle that says why there is no result, with what was used all the same."""
    said = {"text/plain": text, "text/html": f'<p dir="ltr">{text}</p>'}
    return said | ({MIME_TYPE: record(None, whole)} if whole is not None else {})


def html(result: Repeats) -> str:
    """Return the result as HTML that needs neither scripts nor styles of its own."""
    is_replayed = REPLAYED in result.flags
    badge = f'<strong style="{_BADGE}">{words.REPLAY}</strong> ' if is_replayed else ""
    remarks = "".join(f"{_PARAGRAPH}{prose(text)}</p>" for text in result.remarks)
    return (
        f'<div dir="ltr">{_PARAGRAPH}{badge}'
        f'<strong style="font-size:1.2em">{markup(result.figure)}</strong> '
        f"{markup(result.details)}</p>{remarks}</div>"
    )
