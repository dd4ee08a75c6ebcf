"""A line of text in LaTeX, for PDF files that are made of notebooks.

nbconvert, Quarto and myst-nb put the text of an output into LaTeX where there is no other
form of it; the typewriter font that they use there has no ``≈``, which would be lost.
"""

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
        "\n": "\n\n",
    }
)


def latex(text: str) -> str:
    """Return a text as LaTeX: its characters as they are, each of its lines a paragraph."""
    return text.translate(_LATEX)
