"""What a search used, as a cell's value."""

from __future__ import annotations

from ...studies.hpo import text
from ...studies.hpo.result import SearchEnergy
from .markup import markup, prose

_PARAGRAPH = '<p style="margin:4px 0">'
_LEFT, _RIGHT = (f'style="text-align:{side};padding:1px 10px 1px 0"' for side in ("left", "right"))


def html(search: SearchEnergy) -> str:
    """Return the figures as a table, below it what is missing."""
    rows = "".join(
        f"<tr><th {_LEFT}>{markup(row.part)}</th><td {_RIGHT}>{markup(row.joules)}</td>"
        f"<td {_RIGHT}>{markup(row.share)}</td><td {_LEFT}>{markup(row.remark)}</td></tr>"
        for row in text.rows(search)
    )
    notes = "".join(f"{_PARAGRAPH}{prose(note)}</p>" for note in search.notes)
    return (
        f'<div dir="ltr">{_PARAGRAPH}<strong>{markup(text.heading(search))}</strong></p>'
        f"<table>{rows}</table>{notes}</div>"
    )
