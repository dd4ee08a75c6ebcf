"""A line of text in LaTeX, for PDF files that are made of notebooks.

nbconvert, Quarto and myst-nb put the text of an output into LaTeX where there is no other
form of it; the typewriter font that they use there has no ``≈``, which would be lost.
"""

from __future__ import annotations

from ...latex import escaped


def latex(text: str) -> str:
    """Return a text as LaTeX: its characters as they are, each of its lines a paragraph."""
    return escaped(text).replace("\n", "\n\n")
