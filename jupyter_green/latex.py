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


def escaped(text: str) -> str:
    """Return a text whose characters LaTeX shows as they are."""
    return _LIGATURES.sub(_BETWEEN, text.replace(_BETWEEN, "")).translate(_LATEX)
