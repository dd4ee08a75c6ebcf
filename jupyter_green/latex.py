"""Texts in LaTeX."""

from __future__ import annotations

import re

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
    """Return a text as LaTeX in a typewriter font, in a size that keeps its columns together."""
    lines = text.split("\n")
    longest = max((len(line) for line in lines if _COLUMNS.search(line)), default=0)
    size = next((size for most, size in _SIZES if longest <= most), r"\tiny")
    set_up = rf"\parindent0pt\parskip0pt\raggedright\everypar{{\hangindent2em}}\ttfamily{size}"
    return "\n".join([f"{{{set_up}", *(rf"{_line(line)}\par" for line in lines), "}"])


def _line(text: str) -> str:
    if _RULE.fullmatch(text):
        return r"\rule[.5ex]{\linewidth}{.4pt}"
    signs = _LIGATURES.sub(_BETWEEN, text.replace(_BETWEEN, "")).translate(_TYPEWRITER)
    return r"\leavevmode " + _SPACES.sub(lambda found: "~" * len(found[0]), signs)
