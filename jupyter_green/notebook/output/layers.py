"""The joules of a model's layers, as a cell's value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...studies.layers import text
from ...studies.layers.fields import LayersFields
from .markup import markup, prose

_PARAGRAPH = '<p style="margin:4px 0">'
_LEFT = ' style="text-align:left"'


def html(result: LayersFields) -> str:
    """Return the table of the layers, the totals by type, what is left, and the remarks."""
    heading = f"<strong>{markup(text.heading(result))}</strong>: {markup(text.whole(result))}."
    parts = [f"{_PARAGRAPH}{heading}</p>"]
    if result.calls:
        types = _table(("Type", "Calls", "Time", "Energy", "Share"), text.type_rows_of(result))
        calls = _table(("Layer", "Type", "Time", "Energy", "Share"), text.rows_of(result))
        parts += [types, f"{_PARAGRAPH}{markup(text.left_over(result))}</p>"]
        parts.append(f"<details><summary>Each call, in order</summary>{calls}</details>")
    parts += [f"{_PARAGRAPH}{prose(remark)}</p>" for remark in text.remarks(result)]
    return f'<div dir="ltr">{"".join(parts)}</div>'


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th{_LEFT if n < 2 else ''}>{name}</th>" for n, name in enumerate(names))
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: Sequence[str]) -> Iterable[str]:
    return (f"<td{_LEFT if n < 2 else ''}>{markup(cell)}</td>" for n, cell in enumerate(row))
