"""Texts in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LIGATURES = re.compile(r"(?<=[-'`,?!])(?=[-'`,])")
"""Between signs that LaTeX's fonts would make one of: ``--``, two quotes, ``?`` and a quote."""
_BETWEEN = "\0"
_LATEX = str.maketrans(
    {
        _BETWEEN: "{}",
        "`": r"\textasciigrave{}",
        '"': r"\char34{}",
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "_": r"\_",
        "%": r"\%",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"$<$",
        ">": r"$>$",
        "≈": r"$\approx$",
        "±": r"$\pm$",
        "×": r"$\times$",
        "·": r"$\cdot$",
        "µ": r"$\mu$",
        "½": r"$\frac{1}{2}$",
        "°": r"$^\circ$",
        "…": r"\ldots{}",
        "–": "--",
    }
)

_SIZES = ((86, r"\small"), (95, r"\footnotesize"), (107, r"\scriptsize"))
"""How many typewriter characters a line of A4 with margins of an inch holds; in 6 pt it is 143."""
_ROOM_FOR_WORDS = 24
"""So many characters a last column has at least before a smaller size is taken."""
_GAP = re.compile(r" {2,}(?=\S)")
_COLUMNS = re.compile(r"\S {2,}\S")
_SPACES = re.compile(r"^ +| {2,}")
_RULE = re.compile("─+")
_AS_WIDE_AS_A_DIGIT = r"\hbox to \fontcharwd\font`0{\hss %s\hss}"
_TYPEWRITER = str.maketrans(
    {
        chr(code): _AS_WIDE_AS_A_DIGIT % form if form.startswith("$") else form
        for code, form in _LATEX.items()
    }
)


def escaped(text: str) -> str:
    """Return a text whose characters LaTeX shows as they are."""
    return _LIGATURES.sub(_BETWEEN, text.replace(_BETWEEN, "")).translate(_LATEX)


def typewriter(text: str) -> str:
    """Return a text as LaTeX in a typewriter font, in a size that keeps its columns together.

    A last column of words goes on in the next line, below itself, where it needs a smaller size
    than the others.
    """
    lines = text.split("\n")
    rows = [line for line in lines if _COLUMNS.search(line)]
    last = _last_column(rows)
    longest = max(map(len, rows), default=0)
    if last is not None:
        words = [word for row in rows for word in row[last:].split()]
        longest = min(longest, last + max(_ROOM_FOR_WORDS, *map(len, words), 0))
    size = next((size for most, size in _SIZES if longest <= most), r"\tiny")
    set_up = rf"\parindent0pt\parskip0pt\raggedright\everypar{{\hangindent2em}}\ttfamily{size}"
    shown = (_line(line, None if last is None or line not in rows else last) for line in lines)
    return "\n".join([f"{{{set_up}", *(rf"{line}\par" for line in shown), "}"])


def _last_column(rows: Sequence[str]) -> int | None:
    """Return where the last column begins, if its words stand to the left."""
    starts = [gap.end() for gap in _GAP.finditer(rows[0])] if rows else []
    if not starts or any(row[starts[-1] - 2 : starts[-1]].strip() for row in rows):
        return None
    return starts[-1]


def _line(text: str, hanging: int | None) -> str:
    if _RULE.fullmatch(text):
        return r"\rule[.5ex]{\linewidth}{.4pt}"
    signs = _LIGATURES.sub(_BETWEEN, text.replace(_BETWEEN, "")).translate(_TYPEWRITER)
    hang = "" if hanging is None else rf"\hangindent={hanging}\fontcharwd\font`0"
    spaced = _SPACES.sub(lambda found: "~" * len(found[0]), signs)
    return rf"\leavevmode{hang} {spaced}"
