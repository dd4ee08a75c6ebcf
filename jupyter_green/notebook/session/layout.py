"""A table of what a session used: rows of texts, as a page and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...printable import printable
from ...report.addition import sum_of
from ...report.report import Report
from ...report.table import aligned
from ..output.latex import table_bundle
from ..output.markup import markup, prose
from .reports import Metered

_CELL = "padding:2px 10px 2px 0;text-align:left"
_NUMBER = "padding:2px 10px 2px 0;text-align:right;white-space:nowrap"


@dataclass(frozen=True)
class SessionTable:
    """Rows of texts, as a page and as text."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str]
    remarks: Sequence[str]
    figures: frozenset[int]
    """The numbers of the columns that stand to the right."""
    below: Sequence[Sequence[str]] = ()
    """What stands below the total."""

    @property
    def bundle(self) -> dict[str, Any]:
        """The table as a MIME bundle."""
        return table_bundle(self.text, self.html)

    @property
    def text(self) -> str:
        """The table for terminals."""
        lines = aligned([self.head, *self.rows, self.total, *self.below], self.figures)
        rule = "─" * max(map(len, lines))
        remarks = map(printable, self.remarks)
        total = 1 + len(self.rows)
        return "\n".join([lines[0], rule, *lines[1:total], rule, *lines[total:], *remarks])

    @property
    def html(self) -> str:
        """The table for notebooks; it needs neither scripts nor styles of its own."""
        rows = "".join(self._row("td", row) for row in self.rows)
        feet = self._row("th", self.total) + "".join(self._row("td", row) for row in self.below)
        remarks = "".join(f'<p style="margin:4px 0">{prose(text)}</p>' for text in self.remarks)
        return (
            f'<div dir="ltr"><table style="border-collapse:collapse">'
            f"<thead>{self._row('th', self.head)}"
            f"</thead><tbody>{rows}</tbody><tfoot>{feet}</tfoot></table>"
            f"{remarks}</div>"
        )

    def _row(self, tag: str, texts: Sequence[str]) -> str:
        cells = (
            f'<{tag} style="{_NUMBER if column in self.figures else _CELL}">{markup(text)}</{tag}>'
            for column, text in enumerate(texts)
        )
        return f"<tr>{''.join(cells)}</tr>"


def total_of(metered: Sequence[Metered]) -> Report:
    """Add reports up, whatever their wall clocks say: their edges are known to lie apart."""
    return sum_of((each.report for each in metered), Report)


def share(part_j: float | None, whole_j: float | None) -> str:
    """Return which part of the joules these are, in percent."""
    return f"{100 * part_j / whole_j:.0f} %" if part_j is not None and whole_j else "–"
