"""A statement as LaTeX, to be put into a paper: no package is needed beyond LaTeX's own."""

from __future__ import annotations

import re

from ..latex import escaped
from ..printable import printable
from .document import Block, Document, Points, Table

_HEAD = r"""% An energy statement; \input it into a paper.
% Characters that pdfLaTeX may lack are shown by LuaLaTeX and XeLaTeX, and else by their code.
\providecommand{\greencharacter}[2]{\ifdefined\Umathchar\char#2\relax\else U+#1\fi}"""
_LACKING = re.compile(r"[^\x00-\x7f\xc0-\xcf\xd1-\xd6\xd8-\xdd\xdf-\xef\xf1-\xf6\xf8-\xfd\xff]")
"""What is beyond the letters that every encoding of LaTeX's fonts has or composes."""


def latex(document: Document) -> str:
    """Return a statement as LaTeX."""
    parts = [_HEAD, rf"\section*{{{_line(document.title)}}}", _line(document.summary)]
    for section in document.sections:
        parts += [rf"\subsection*{{{_line(section.title)}}}", *map(_block, section.blocks)]
    return "\n\n".join(parts)


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Points):
        points = (rf"\item {{}}{_line(point)}" for point in block.points)
        return "\n".join([r"\begin{itemize}", *points, r"\end{itemize}"])
    return _line(block)


def _table(table: Table) -> str:
    columns = "".join("r" if column in table.figures else "l" for column in range(len(table.head)))
    rows = ["{}" + " & ".join(map(_line, row)) + r" \\" for row in (table.head, *table.rows)]
    return "\n".join(
        [
            r"{\footnotesize\setlength{\tabcolsep}{3pt}\noindent",
            rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
            r"\hline",
            rows[0],
            r"\hline",
            *rows[1:],
            r"\hline",
            r"\end{tabular}\par\medskip}",
        ]
    )


def _line(text: str) -> str:
    return _LACKING.sub(_by_its_code, escaped(printable(text)))


def _by_its_code(found: re.Match[str]) -> str:
    code = ord(found[0])
    return rf"\greencharacter{{{code:04X}}}{{{code}}}"
