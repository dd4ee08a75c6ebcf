"""A Pareto front, as a cell's value: the table that its text is, the front in bold."""

from __future__ import annotations

from ...studies.pareto import table
from ...studies.pareto.ranking import Ranking
from .markup import markup, prose

_CELL = "padding:2px 10px 2px 0;text-align:left"
_NUMBER = "padding:2px 10px 2px 0;text-align:right;white-space:nowrap"


def html(front: Ranking) -> str:
    """Return a row for each run, by its joules, and the remarks below."""
    head, *rows = table.rows(front)
    right = table.figures(front)
    body = "".join(
        _row("td", row, right, is_bold=front.standing(point) == "front")
        for row, point in zip(rows, front.points, strict=True)
    )
    remarks = "".join(f'<p style="margin:4px 0">{prose(text)}</p>' for text in front.remarks)
    return (
        '<div dir="ltr"><table style="border-collapse:collapse">'
        f"<thead>{_row('th', head, right)}</thead><tbody>{body}</tbody></table>{remarks}</div>"
    )


def _row(tag: str, texts: list[str], right: frozenset[int], *, is_bold: bool = False) -> str:
    shown = (f"<strong>{markup(text)}</strong>" if is_bold else markup(text) for text in texts)
    cells = (
        f'<{tag} style="{_NUMBER if column in right else _CELL}">{text}</{tag}>'
        for column, text in enumerate(shown)
    )
    return f"<tr>{''.join(cells)}</tr>"
