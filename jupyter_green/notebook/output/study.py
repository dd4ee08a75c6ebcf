"""A comparison of variants that took turns, as a cell's value."""

from __future__ import annotations

from ...studies.compare.study import Study
from ...studies.compare.tables import pair_rows, variant_rows
from .markup import markup, prose

_PARAGRAPH = '<p style="margin:4px 0">'
_NAME = "text-align:left;padding:2px 8px"
_CELL = "text-align:right;padding:2px 8px;white-space:nowrap;font-variant-numeric:tabular-nums"


def html(study: Study) -> str:
    """Return the verdicts, a table of the variants and one of the pairs, and the remarks."""
    said = "".join(
        f'{_PARAGRAPH}<strong style="font-size:1.1em">{markup(text)}</strong></p>'
        for text in study.verdicts
    )
    tables = ""
    if study.pairs:
        tables = _table(variant_rows(study)) + _table(pair_rows(study))
    remarks = "".join(f"{_PARAGRAPH}{prose(text)}</p>" for text in study.remarks)
    return f'<div dir="ltr">{said}{tables}{remarks}</div>'


def _table(rows: list[tuple[str, ...]]) -> str:
    head, *others = rows
    lines = [_row(head, "th"), *(_row(row, "td") for row in others)]
    return f'<table style="margin:6px 0;color:inherit;font:inherit">{"".join(lines)}</table>'


def _row(texts: tuple[str, ...], tag: str) -> str:
    first, *others = (markup(text) for text in texts)
    cells = "".join(f'<{tag} style="{_CELL}">{text}</{tag}>' for text in others)
    return f'<tr><{tag} style="{_NAME}">{first}</{tag}>{cells}</tr>'
