"""Texts in LaTeX."""

from __future__ import annotations

_LATEX = str.maketrans(
    {
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
    return text.translate(_LATEX)
