"""A statement before it has a form: titles, paragraphs, points and tables of plain texts.

Texts may hold what users wrote; each form shows them as they are (:mod:`.text`,
:mod:`.markdown`, :mod:`.latex`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Table:
    """Rows of texts; the first column names a row, the ones in `figures` hold figures."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Points:
    """Sentences that stand one below the other."""

    points: Sequence[str]


Block: TypeAlias = str | Table | Points
"""A text is a paragraph."""


@dataclass(frozen=True)
class Section:
    """Blocks under a title."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """Sections under a title, with a paragraph before them."""

    title: str
    summary: str
    sections: Sequence[Section]
